"""Every page with a table gives it out as CSV and as a workbook: what the page shows, to this reader."""

from __future__ import annotations

import datetime
import re
from html import unescape

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import pilot, programme, reference
from tests.web.partnerships_of_trust import coaching_of_cast, partnership
from tests.web.practices_of_trust import practice
from tests.web.reviews_of_trust import capitals_of, written
from tests.web.sharing_of_trust import agreement
from tests.web.sheets import csv_rows, sheets_of
from upwards.core.errors import UserError
from upwards.web import table_files
from upwards.web.accounts.models import User
from upwards.web.health.models import Pulse, Tally
from upwards.web.health.pulse import STATEMENTS
from upwards.web.jobs.queue import run_job
from upwards.web.people.models import Person, Wish
from upwards.web.reviews.models import ReviewAction
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
RUNS = "=1+1"
SECRET = "asked in private"


def people_who_share_and_ask():
    for number, school in enumerate(("Alder", "Birch")):
        one = Person.objects.create(name=f"{RUNS} {number}", school=school, subjects="art")
        for direction, topic in (("share", "routines"), ("help", f"{SECRET} {number}")):
            Wish.objects.create(person=one, direction=direction, topic=topic, accepted=timezone.now())


def partnerships():
    coaching_of_cast()
    partnership(provider="Cedar", recipients=("Damson",), aim=RUNS)


def review_with_action():
    made = written("agreed")
    day = timezone.localdate()
    ReviewAction.objects.create(review=made, what=RUNS, post="head of art", due=day)
    return (made.pk,)


def closed_pulse():
    made = Pulse.objects.create(
        year=2026, term="1", closes=timezone.localdate() - datetime.timedelta(days=1), shown_from=6
    )
    counts = dict.fromkeys(STATEMENTS, [0, 0, 0, 0, 8, 0])
    for school in ("Alder", "Birch"):
        Tally.objects.create(pulse=made, school=school, n=8, counts=counts)


def audit():
    return (capitals_of(replies=(2, 3), who=User.objects.order_by("pk")[:2]).pk,)


PAGES = {
    "data_coverage": (None, "researcher"),
    "data_sources": (None, "governor"),
    "data_snapshots": (None, "governor"),
    "people": (people_who_share_and_ask, "teacher"),
    "practice": (lambda: practice(title=RUNS), "teacher"),
    "partnerships": (partnerships, "teacher"),
    "innovation": (lambda: pilot(title=RUNS), "teacher"),
    "reading": (lambda: reference(title=RUNS), "teacher"),
    "programmes": (lambda: programme(title=RUNS), "governor"),
    "reviews": (review_with_action, "school_lead"),
    "review": (review_with_action, "reviewer"),
    "capitals": (audit, "governor"),
    "capitals_picture": (audit, "governor"),
    "pulse_results": (closed_pulse, "teacher"),
    "settings": (None, "governor"),
    "sharings": (lambda: agreement(reference=RUNS), "other_lead"),
    "trail": (None, None),
}


def page_of(client, where: str):
    answer = client.get(where)
    if answer.status_code == 202:
        run_job.func(answer.context["job"].pk)
        answer = client.get(where)
    assert answer.status_code == 200, where
    return answer


def links_in(text: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"]*format=(?:csv|xlsx)[^"]*)"', text)]


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize(
    ("route", "who"),
    [(route, who) for route, (_, other) in PAGES.items() for who in ("owner", other) if who],
)
def test_a_page_s_table_is_given_out_both_ways(route, who, browser_of, people):
    make = PAGES[route][0]
    made = make() if make is not None else None
    where = reverse(route, args=made if route in ("review", "capitals_picture") else ())
    text = page_of(browser_of(who), where).content.decode()
    links = links_in(text)
    assert links, "no file is offered"
    for csv_link, xlsx_link in zip(links[::2], links[1::2], strict=True):
        assert (("format=csv" in csv_link), ("format=xlsx" in xlsx_link)) == (True, True)
        rows = csv_rows(page_of(browser_of(who), where + csv_link))
        about, sheet = sheets_of(page_of(browser_of(who), where + xlsx_link))[:2]
        assert about[0] == ["Group", "Orchard Trust"]
        assert rows[0] == sheet[0]
        added = 1 if route == "trail" else 0  # the export before is an entry by then
        assert len(rows) + added == len(sheet) > 1
        assert added or [row[0].removeprefix("'") for row in rows] == [row[0] for row in sheet]
        shown = plain(text)
        for row in rows[1:]:
            assert row[3 if route == "trail" else 0].removeprefix("'") in shown
        assert not [cell for row in rows for cell in row if cell.startswith("=")]
    assert AuditEntry.objects.filter(what="exported", who=people[who]).exists()


def test_what_a_colleague_asks_for_is_in_no_file_for_others(browser_of, people):
    people_who_share_and_ask()
    for who, asked in (("owner", 2), ("school_lead", 1), ("teacher", 0)):
        rows = csv_rows(browser_of(who).get(reverse("people") + "?format=csv"))
        assert [SECRET in row[-1] for row in rows[1:]].count(True) == asked
        assert rows[0] == ["name", "school", "subjects", "roles", "can share", "asks for help with"]
    assert AuditEntry.objects.filter(what="exported", kind="list of people").count() == 3


def test_hours_stand_only_for_those_who_see_them_on_the_page(browser_of, people):
    partnerships()
    for who, seen in (("owner", 2), ("teacher", 1)):
        rows = csv_rows(browser_of(who).get(reverse("partnerships") + "?format=csv"))[1:]
        assert [bool(row[-1]) for row in rows].count(True) == seen


@pytest.mark.parametrize("route", ["capitals_picture", "pulse_results", "review"])
def test_where_nothing_is_shown_there_is_no_file(route, owner):
    made = {"capitals_picture": lambda: (capitals_of().pk,), "review": lambda: (written("agreed").pk,)}
    where = reverse(route, args=made.get(route, tuple)())
    assert owner.get(where).status_code == 200
    assert owner.get(where + "?format=csv").status_code == 404


@pytest.mark.parametrize("asked", ["?format=exe", "?format=csv&table=other"])
def test_a_file_that_is_not_offered_is_not_there(asked, owner):
    assert owner.get(reverse("settings") + asked).status_code == 404


def test_without_a_table_there_is_no_file():
    with pytest.raises(Http404):
        table_files.table_answer(RequestFactory().get("/"), [], "none", {}, "csv")


def test_a_workbook_holds_so_many_rows(monkeypatch):
    monkeypatch.setattr(table_files, "MOST_SHEET_ROWS", 1)
    table = table_files.table_of("t", "T", ("a",), [[1], [2]])
    with pytest.raises(UserError, match="Take it as CSV"):
        table_files.table_answer(RequestFactory().get("/"), [table], "t", {}, "xlsx")
