"""After a mistake in a form axe finds nothing wrong, one is led to it, and what was typed is still there.

The mistake is sent by Django's test client; a browser then looks at the page that comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import expect

from tests.stories.axe import scrolls_sideways, violations
from tests.stories.conftest import SIZES
from tests.stories.shown_page import HOUSE
from tests.web.routes.objects import (
    a_draft,
    a_partnership,
    a_person,
    a_pilot,
    a_practice,
    a_programme,
    a_pulse,
    a_review,
    a_wish,
)

pytestmark = pytest.mark.django_db
LONG = "Every pupil explains a method before writing it.\n" * 59 + "The end."


@dataclass(frozen=True)
class Mistake:
    """What somebody sends to an address, and the fields in which it is wrong (none: the form as a whole)."""

    who: str
    sent: Mapping[str, Any]
    wrong: tuple[str, ...]
    arguments: Callable[[], tuple[Any, ...]] = tuple
    lost: tuple[str, ...] = field(default=())  # no browser is given these again


def _after(make: Callable[[], Any]) -> Callable[[], tuple[Any, ...]]:
    """Return no arguments, once something is made that the page is about."""
    return lambda: make() and ()


DAYS_TURNED = {"starts": "2026-09-20", "ends": "2026-09-10"}
MISTAKES: dict[str, Mistake] = {
    "account_login": Mistake(
        "stranger", {"login": "owner@orchard.test", "password": "not mine"}, (), lost=("password",)
    ),
    "account_change_password": Mistake(
        "teacher",
        {"oldpassword": "not mine", "password1": "short", "password2": "shorter"},
        ("oldpassword", "password1"),
        lost=("oldpassword", "password1", "password2"),
    ),
    "invitations": Mistake("owner", {"email": "mary@", "role": "coach", "school": "Alder"}, ("email",)),
    "person_add": Mistake(
        "school_lead",
        {"name": "", "school": "", "posts": "Lead of reading", "joined": "2026-09-20", "left": "2026-09-10"},
        ("name", "school", "left"),
        lost=("school",),  # the browser chooses the only one
    ),
    "term_hours": Mistake("school_lead", {"year": "2027", "term": "1", "hours": "-3"}, ("hours",), a_person),
    "training_add": Mistake(
        "school_lead",
        {"standing": "other", "title": "", "day": "2026-02-31"},
        ("title", "day"),
        a_person,
        lost=("day",),
    ),
    "wish_add": Mistake(
        "school_lead", {"direction": "help", "topic": "x", "note": "Soon"}, ("topic",), a_person
    ),
    "my_class_add": Mistake(
        "teacher",
        {"class_name": "7b", "subject": "", "year": "26", "verdict": "shared"},
        ("subject", "year", "percent"),
        _after(a_wish),
    ),
    "partnership_new": Mistake(
        "group_lead",
        {
            "kind": "coaching",
            "provider_school": "Alder",
            "aim": "Explain it. " * 30 + "The end.",
            "hours": "0",
            **DAYS_TURNED,
        },
        ("recipient_school", "aim", "hours", "ends"),
    ),
    "visit_log": Mistake(
        "coach",
        {"date": "2096-01-01", "hours": "90", "step": "Try it once", "next_date": "x"},
        ("date", "hours", "activity", "next_date"),
        a_partnership,
        lost=("next_date",),  # a browser's calendar holds days only
    ),
    "partnership_note": Mistake("coach", {"about": "goal", "text": LONG}, ("text",), a_partnership),
    "practice_new": Mistake("coach", {"school": "Alder", "title": "", "subject": "reading"}, ("title",)),
    "practice_edit": Mistake(
        "school_lead", {"title": "", "done": "A pause", "hours": "-1"}, ("title", "hours"), a_draft
    ),
    "practice_use": Mistake("other_lead", {"school": "Birch", "manner": "adapted"}, ("how",), a_practice),
    "practice_file_add": Mistake(
        "school_lead",
        {"file": SimpleUploadedFile("notes.docx", b"no document")},
        ("file",),
        a_draft,
        lost=("file",),
    ),
    "pilot_new": Mistake(
        "teacher",
        {"school": "Alder", "title": "Five", "for_whom": "year 8", "hours_a_week": "-2", **DAYS_TURNED},
        ("if_we", "then", "because", "for_pupils", "hours_a_week", "ends", "lead"),
    ),
    "pilot_decide": Mistake("teacher", {"reason": "It did not work"}, ("reached", "decision"), a_pilot),
    "observation_add": Mistake("teacher", {"date": "2096-01-01", "text": "Seen"}, ("date",), a_pilot),
    "programme_new": Mistake(
        "school_lead",
        {"title": "Talk", "budget": "x", "other_costs": "0", "currency": "GBP", **DAYS_TURNED},
        ("purpose", "schools", "ends", "budget"),
        lost=("budget",),  # a browser's field of numbers holds numbers only
    ),
    "programme_session_new": Mistake(
        "school_lead",
        {"title": "The first question", "date": "1996-01-01", "hours": "0", "cost": "-1"},
        ("date", "hours", "cost"),
        a_programme,
    ),
    "review_new": Mistake(
        "group_lead",
        {"school": "Alder", "first_day": "2026-09-20", "last_day": "2026-09-10"},
        ("last_day",),
    ),
    "review_action": Mistake(
        "school_lead",
        {"what": "Watch lessons", "post": "Teacher", "due": "1996-01-01"},
        ("post", "due"),
        lambda: a_review("agreed"),
    ),
    "pulse": Mistake("teacher", {"trust-use": "4"}, ("record-kept", "trust-fail"), _after(a_pulse)),
    "data_upload": Mistake("owner", {"table": "results", "licence": "our own"}, ("file",)),
    "setting": Mistake("owner", {"value": "many", "reason": ""}, ("value", "reason"), lambda: ("top_share",)),
}

TOLD = """wrong => [...document.querySelectorAll("main [name]")].filter(one => wrong.includes(one.name))
  .map(one => { const place = one.closest("fieldset.field[aria-describedby]") || one;
    const said = (place.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);
    const found = said.map(id => document.getElementById(id));
    const message = found.find(one => one?.matches(".errorlist"))?.innerText || "";
    return {name: one.name, invalid: one.getAttribute("aria-invalid"), says: message.split("\\n")[0],
      lost: said.filter((_, place) => !found[place])} })"""

SUMMARY = "main [role=alert]:focus"
LEADS_NOWHERE = f"""() => [...document.querySelectorAll("{SUMMARY} a")]
  .filter(one => !document.querySelector("main " + one.hash)?.matches("input, select, textarea"))
  .map(one => one.outerHTML)"""
KEPT = """names => names.map(name => { const found = [...document.getElementsByName(name)];
  const chosen = found.filter(one => !["radio", "checkbox"].includes(one.type) || one.checked);
  return chosen.map(one => one.value).join() })"""


@pytest.mark.parametrize("route", MISTAKES)
def test_after_a_mistake_the_page_says_what_is_wrong_and_where_and_loses_nothing(route, browser_of, shown):
    mistake = MISTAKES[route]
    client = browser_of(mistake.who)
    address = reverse(route, args=mistake.arguments())
    page = shown(HOUSE + address, client.post(address, mistake.sent))
    expect(page.locator(SUMMARY), "who reads is led to what is wrong").to_have_count(1)
    assert not page.evaluate(LEADS_NOWHERE)
    _fields_say_so(page, mistake.wrong)
    names = [name for name in mistake.sent if name not in mistake.lost]
    assert page.evaluate(KEPT, names) == [mistake.sent[name] for name in names]
    page.set_viewport_size(dict(zip(("width", "height"), SIZES["phone"], strict=True)))
    assert not (found := [*violations(page), *scrolls_sideways(page)]), "\n".join(found)


def _fields_say_so(page: Any, wrong: tuple[str, ...]) -> None:
    """Each field that is wrong is marked, visible, and tied to its message, which the summary repeats."""
    told = page.evaluate(TOLD, list(wrong))
    assert {one["name"] for one in told} == set(wrong)
    summary = page.locator(SUMMARY).inner_text()
    for one in told:
        assert one["invalid"] == "true", one
        assert one["says"], one
        assert one["says"] in summary, one
        assert not one["lost"], one
        assert page.locator(f"main [name='{one['name']}']").first.is_visible(), f"{one['name']} is folded"


def test_a_button_pressed_again_while_the_form_is_on_its_way_sends_it_once(browser_of, shown):
    address = HOUSE + reverse("person_add")
    page = shown(address, browser_of("school_lead").get(reverse("person_add")))
    page.get_by_label("Name").fill("Nia")
    sent: list[str] = []

    def take(route: Any) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)  # the browser stays where it is

    page.route(address, take)
    for _ in range(3):
        page.evaluate("document.querySelector('main form button').click()")
        page.wait_for_timeout(100)
    page.unroute(address)
    assert sent == ["POST"]
