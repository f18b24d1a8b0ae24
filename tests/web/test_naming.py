"""Teams of one or two people: named by agreement only, among those who know how only, and gone at once."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from tests.web.api_of_trust import program_of
from tests.web.sharing_of_trust import agreement, birch_by_itself
from tests.web.test_answer_pages import finished
from tests.web.workspace_of_trust import SCHOOLS, SUBJECTS
from upwards.actions.find_bright_spots import find_bright_spots
from upwards.actions.make_plan import make_plan
from upwards.core.audience import ANOTHER_SCHOOL
from upwards.web import answers
from upwards.web.access import Reader, reader_for
from upwards.web.answer_pages.views import PAGES
from upwards.web.answers import QUESTIONS, answer_or_job
from upwards.web.jobs.models import Job
from upwards.web.people.agreements import Agreement
from upwards.web.people.models import ClassCheck, Person
from upwards.web.people.named import agreed_teams
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
TEAM = ("Alder", "mathematics", "year 6")
OTHERS = [school for school in SCHOOLS if school != "Alder"]


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    """Copies of one trust have one state, so that an earlier test's answer would serve for the next."""
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())


@pytest.fixture
def personal(trust_workspace: Path, tmp_path: Path, settings) -> Path:
    """A copy of the trust in which every team, of three, counts as personal."""
    find_bright_spots(trust_workspace)  # the teams are measured once for all tests
    folder = tmp_path / "orchard"
    shutil.copytree(trust_workspace, folder)
    toml = folder / "upwards.toml"
    toml.write_text(toml.read_text() + "\n[settings.personal_unit]\nmin_teachers = 4\n")
    settings.UPWARDS_WORKSPACE = folder
    return folder


@pytest.fixture
def all_agree(people, appointed) -> list[Agreement]:
    """The three who taught mathematics in Alder agree to be named."""
    found = []
    for number in range(3):
        user = people["teacher"] if number == 0 else appointed(f"t{number}")
        one = Person.objects.create(name=f"T{number}", school="Alder", subjects="Mathematics", user=user)
        place = {"school": "Alder", "subject": "mathematics", "stage": "year 6"}
        for year in (2022, 2023, 2024):
            ClassCheck.objects.create(
                person=one, **place, year=year, class_name=f"Alder-{year}-{number}", verdict="mine"
            )
        found.append(Agreement.objects.create(person=one, **place))
    return found


def named(client) -> str:
    """Return the page and its table of who knows how, one text."""
    page = finished(client, reverse("who_knows_how")).content.decode()
    return page + client.get(reverse("who_knows_how") + "?format=csv&table=teams").content.decode()


def kept_names(folder: Path) -> list[Path]:
    return [path for path in folder.glob("answers/*/*/answer.json") if b'"by_agreement"' in path.read_bytes()]


def test_a_personal_team_stands_on_no_page_before_everybody_agreed(personal, all_agree, group_lead):
    all_agree[0].delete()
    assert "Teams that know how" not in named(group_lead)
    assert not kept_names(personal)


def test_once_all_agree_it_is_named_and_once_one_withdraws_it_is_gone_at_once(
    personal, all_agree, group_lead, teacher
):
    assert "Alder,mathematics,year 6,bright spot" in named(group_lead)
    assert AuditEntry.objects.filter(what="read", kind="people.agreement").exists()
    finished(group_lead, reverse("plan"))
    assert len(kept_names(personal)) >= 2
    teacher.post(reverse("agreement_withdraw", args=[all_agree[0].pk]))
    assert not kept_names(personal)
    page = named(group_lead)
    assert "Teams that know how" not in page
    assert "bright spot</td>" not in page
    plan = finished(group_lead, reverse("plan"))
    assert "Alder" not in plan.content.decode().split("Who works with whom")[1].split("Teams without")[0]
    assert not kept_names(personal)


def test_a_class_that_a_teacher_added_counts_once_a_lead_confirmed_it(
    personal, all_agree, teacher, school_lead
):
    own = all_agree[0].person
    own.staff_code = "T-Alder-0"
    own.save()
    own.class_checks.get(year=2024).delete()
    assert TEAM not in agreed_teams(personal)
    claim = {"class_name": "Alder-2024-0", "subject": "mathematics", "year": "2024", "verdict": "mine"}
    assert teacher.post(reverse("my_class_add"), claim).status_code == 302
    assert TEAM not in agreed_teams(personal)
    added = ClassCheck.objects.get(is_added=True)
    assert (added.school, added.subject, added.stage) == TEAM
    school_lead.post(
        reverse("class_claim_answer", args=[added.pk]), {"answer": "confirm", "said": added.said.isoformat()}
    )
    assert TEAM in agreed_teams(personal)


@pytest.mark.parametrize("question", ["bright-spots", "plan"])
def test_a_program_s_reading_of_teams_named_by_agreement_is_written_down(
    personal, all_agree, people, question
):
    def read() -> list[str]:
        rows = AuditEntry.objects.filter(what="read", kind="people.agreement", who=people["group_lead"])
        return [one.detail for one in rows]

    program = program_of(people["group_lead"])
    assert program.finished("answers/value-added").status_code == 200
    assert read() == []
    assert program.finished(f"answers/{question}").status_code == 200
    assert read() == [f"{question}: teams named by agreement"]


def test_who_leaves_takes_the_name_along_and_the_night_clears_what_was_kept(personal, all_agree, group_lead):
    from upwards.web.jobs.registry import find_work

    named(group_lead)
    one = all_agree[0].person
    one.joined, one.left = datetime.date(2020, 9, 1), timezone.localdate() - datetime.timedelta(days=1)
    one.save()
    assert "Teams that know how" not in named(group_lead)
    assert kept_names(personal)
    assert find_work("forget-unagreed")({}, lambda *_: None)["removed"] >= 1
    assert not kept_names(personal)


def test_no_job_and_no_answer_of_others_says_who_agreed(personal, all_agree, group_lead):
    named(group_lead)
    for job in Job.objects.all():
        assert "agreed" not in str(job.arguments)


def test_agreeing_shows_nothing_of_a_team_that_is_not_on_the_list(personal):
    other = ("Birch", "reading", "year 6")
    found = find_bright_spots(personal, agreed=frozenset({TEAM, other}))
    by_team = {(one["school"], one["subject"], one["stage"]): one for one in found["teams"]}
    assert by_team[TEAM]["status"] == "bright spot"
    assert (by_team[other]["status"], by_team[other]["certainty"]) == ("hidden", None)
    plan = make_plan(personal, agreed=frozenset({TEAM, other}))
    assert not any(line["recipient_school"] == "Birch" for line in plan["lines"])


# -- nobody but heads reads another school's name --------------------------------------------------------

ASKED = ("where-are-we", "spread", "who-knows-how", "plan", "schools")


def everything(client, reader: Reader, page: str) -> str:
    """Return a page with all its tables as files, and its charts."""
    address = reverse("school", args=["Alder"]) if page == "school" else reverse(page.replace("-", "_"))
    said = finished(client, address).content.decode()
    school = {"school": "Alder"} if page == "school" else {}
    contents = PAGES[page].build(reader, QueryDict(urlencode(school)))
    for table in contents.tables():
        said += client.get(address, {"format": "csv", "table": table.name}).content.decode()
    for drawing in contents.drawings():
        said += client.get(reverse("chart", args=[page, drawing.name]), school).content.decode()
    return said


@pytest.mark.parametrize("who", ["teacher", "coach", "governor"])
def test_who_is_no_head_reads_no_other_school_s_name_in_pages_files_and_charts(browser_of, people, who):
    client, reader = browser_of(who), reader_for(people[who])
    pages = [page for page in (*ASKED, "school") if reader.may(PAGES[page].capability)]
    said = "".join(everything(client, reader, page) for page in pages)
    assert "Alder" in said
    for school in OTHERS:
        assert school not in said, school
        assert client.get(reverse("school", args=[school])).status_code == 404


@pytest.mark.parametrize("who", ["teacher", "coach", "governor"])
def test_nor_in_what_a_program_is_answered(people, who):
    reader = reader_for(people[who])
    for question in ("value-added", "disparity", "bright-spots", "stage", "plan"):
        if not reader.may(QUESTIONS[question].capability):
            continue
        found = answer_or_job(reader, question)
        while isinstance(found, Job):
            from upwards.web.jobs.queue import run_job

            run_job.call(str(found.pk))
            found = answer_or_job(reader, question)
        assert not [one for one in OTHERS if one in str(found)], question


def test_a_kept_answer_serves_only_those_for_whom_it_is(people, group_lead, other_lead):
    agreement()
    shared = finished(other_lead, reverse("schools")).content.decode()
    assert all(school in shared for school in SCHOOLS)
    from upwards.web.controllers.models import Sharing

    made = Sharing.objects.get()
    other_lead.post(reverse("sharing_end", args=[made.pk]))
    for page in ASKED:
        said = everything(other_lead, reader_for(people["other_lead"]), page)
        assert not [school for school in SCHOOLS if school != "Birch" and school in said], page
    assert other_lead.get(reverse("school", args=["Alder"])).status_code == 404
    said = finished(group_lead, reverse("schools")).content.decode()
    assert "Alder" in said
    assert "Birch" not in said.split("<main")[1]


def test_a_plan_across_controllers_names_no_school_of_the_other(people, group_lead, trust_workspace):
    birch_by_itself()
    rows = finished(group_lead, reverse("plan") + "?format=csv&table=lines").content.decode()
    whole = make_plan(trust_workspace)["lines"]
    ends: list[Any] = [(line["provider_school"], line["recipient_school"]) for line in whole]
    assert "Birch" not in rows
    assert (ANOTHER_SCHOOL in rows) == any("Birch" in pair for pair in ends)


def test_a_lead_cannot_have_a_team_of_another_controller_ask_for_help(people):
    from django.core.exceptions import PermissionDenied

    birch_by_itself()
    asked = {"asks_for_help": [["Birch", SUBJECTS[0], "year 6"]]}
    with pytest.raises(PermissionDenied):
        answer_or_job(reader_for(people["group_lead"]), "plan", asked)


@pytest.mark.parametrize("page", ["who-knows-how", "plan", "school"])
def test_a_chart_that_may_name_somebody_is_written_down_and_kept_by_no_browser(page, owner, monkeypatch):
    from upwards.web.answer_pages import views

    team = frozenset({("Alder", "reading", "year 6")})
    monkeypatch.setattr("upwards.web.access.agreed_teams", lambda _: team)
    monkeypatch.setattr(views, "_made", lambda *_: HttpResponse("drawn"))
    answer = owner.get(reverse("chart", args=[page, "one"]))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert AuditEntry.objects.filter(kind="people.agreement", detail__startswith=page).count() == 1
    owner.get(reverse("chart", args=["schools", "one"]))
    assert AuditEntry.objects.filter(kind="people.agreement").count() == 1
