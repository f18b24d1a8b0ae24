"""A programme says its outcomes, has a framework, sessions and costs, and is for its schools."""

from __future__ import annotations

import datetime
from decimal import Decimal

import fastexcel
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import joins, meeting, programme
from upwards.web.programmes.models import Attendance, LearningStep, Outcome, Programme, Session
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


def given(**changes: object) -> dict[str, object]:
    today = timezone.localdate()
    about = {
        "title": "Reading across subjects",
        "purpose": "Every teacher teaches reading.",
        "schools": ["Alder"],
        "starts": today.isoformat(),
        "ends": (today + datetime.timedelta(days=60)).isoformat(),
        "budget": "1000",
        "other_costs": "0",
        "currency": "gbp",
    }
    return {**about, **changes}


def sets(
    outcomes: list[dict[str, object]], steps: list[dict[str, object]], initial: int = 0
) -> dict[str, object]:
    found: dict[str, object] = {}
    for prefix, rows in (("outcomes", outcomes), ("steps", steps)):
        found |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial if rows else 0}
        found |= {f"{prefix}-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    return found


def post(client: Client, route: str, *arguments: object, **about: object):
    return client.post(reverse(route, args=arguments), about)


def page_of(client: Client, made: Programme) -> str:
    answer = client.get(reverse("programme", args=[made.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_lead_plans_a_programme_says_its_outcomes_and_begins_it(school_lead):
    assert "Plan the first one" in school_lead.get(reverse("programmes")).content.decode()
    answer = school_lead.post(reverse("programme_new"), given())
    made = Programme.objects.get()
    assert answer.headers["Location"] == reverse("programme_framework", args=[made.pk])
    assert (made.state, made.school_names, made.currency) == ("planned", ["Alder"], "GBP")
    refused = post(school_lead, "programme_state", made.pk, do="begin")
    assert refused.status_code == 422
    assert "at least one outcome" in refused.content.decode()
    outcome = {"beneficiary": "pupils", "text": "Read more", "measure": "Test"}
    blank = {"beneficiary": "", "text": "", "measure": ""}
    steps = [
        {"strand": "how", "place": 1, "text": "Can model fluent reading"},
        {"strand": "that", "place": 2, "text": "Knows of prosody"},
        {"strand": "that", "place": 1, "text": "Knows of decoding"},
    ]
    answer = school_lead.post(answer.headers["Location"], {**sets([outcome, blank], steps), "more": "yes"})
    assert answer.headers["Location"] == reverse("programme_framework", args=[made.pk])
    assert post(school_lead, "programme_state", made.pk, do="begin").status_code == 302
    page = page_of(school_lead, made)
    places = [page.index(one) for one in ("Knows of decoding", "Knows of prosody", "Can model fluent")]
    assert places == sorted(places)
    assert "Pupils:" in page
    assert AuditEntry.objects.filter(kind="programmes.learningstep", what="created").count() == 3


def test_the_framework_is_changed_and_lines_are_taken_out(school_lead):
    made = programme()
    old = made.outcomes.get()
    step = LearningStep.objects.create(programme=made, strand="that", text="Knows")
    rows = sets(
        [{"id": old.pk, "beneficiary": "staff", "text": "Teach reading", "measure": "Visits"}],
        [{"id": step.pk, "strand": "that", "place": 1, "text": "Knows", "DELETE": "on"}],
        initial=1,
    )
    assert school_lead.post(reverse("programme_framework", args=[made.pk]), rows).status_code == 302
    assert Outcome.objects.get().beneficiary == "staff"
    assert not LearningStep.objects.exists()
    rows["outcomes-0-measure"] = ""
    rows |= {"steps-TOTAL_FORMS": 0, "steps-INITIAL_FORMS": 0}
    answer = school_lead.post(reverse("programme_framework", args=[made.pk]), rows)
    assert "required" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schools": ["Birch"]}, "valid choice"),
        ({"schools": []}, "required"),
        ({"ends": "2020-01-01"}, "before the first"),
        ({"budget": "-1"}, "greater than or equal"),
        ({"budget": "1e30"}, "no more than"),
        ({"currency": "£"}, "Three letters"),
        ({"title": "x" * 161}, "at most 160"),
    ],
)
def test_what_cannot_be_is_refused(school_lead, changes, said):
    answer = school_lead.post(reverse("programme_new"), given(**changes))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Programme.objects.exists()


def test_only_who_leads_all_its_schools_changes_it(people, group_lead, school_lead, other_lead, coach):
    group_lead.post(reverse("programme_new"), given(schools=["Alder", "Birch"]))
    made = Programme.objects.get()
    for client in (school_lead, other_lead):
        assert client.get(reverse("programme", args=[made.pk])).status_code == 200
        for route in ("programme_edit", "programme_framework", "programme_session_new"):
            assert client.get(reverse(route, args=[made.pk])).status_code == 404
        assert post(client, "programme_state", made.pk, do="remove").status_code == 404
    assert post(coach, "programme_state", made.pk, do="remove").status_code == 403
    joins(made, people["other_lead"], "Birch")
    edit = reverse("programme_edit", args=[made.pk])
    assert "Birch has participants" in group_lead.post(edit, given()).content.decode()
    made.participants.get().delete()
    assert group_lead.post(edit, given(schools=["Alder", "Cedar"])).status_code == 302
    assert Programme.objects.get().school_names == ["Alder", "Cedar"]
    assert other_lead.get(reverse("programme", args=[made.pk])).status_code == 404


def test_a_school_without_results_stays_in_its_programme(owner):
    made = programme(schools=("Alder", "Fig without results"))
    edit = reverse("programme_edit", args=[made.pk])
    assert "Fig without results" in owner.get(edit).content.decode()
    owner.post(edit, given(schools=["Alder", "Fig without results"], title="Renamed"))
    made = Programme.objects.get()
    assert (made.title, made.school_names) == ("Renamed", ["Alder", "Fig without results"])


def test_its_state_moves_and_steps_back_where_that_makes_sense(school_lead):
    made = programme("planned")

    def go(step: str) -> str:
        answer = post(school_lead, "programme_state", made.pk, do=step)
        made.refresh_from_db()
        return made.state if answer.status_code == 302 else str(answer.status_code)

    assert [go(one) for one in ("end", "begin", "undo", "begin", "end")] == [
        "422", "running", "planned", "running", "ended",
    ]  # fmt: skip
    assert made.closed == timezone.localdate()
    assert go("undo") == "running"
    assert made.closed is None
    assert go("stop") == "stopped"
    assert go("undo") == "running"
    row = meeting(made)
    Attendance.objects.create(session=row, participant=joins(made, appointed_user()), present=True)
    assert "Make it planned again" not in page_of(school_lead, made)
    assert go("undo") == "422"
    planned = programme("planned")
    assert post(school_lead, "programme_state", planned.pk, do="remove").url == reverse("programmes")
    assert not Programme.objects.filter(pk=planned.pk).exists()


def appointed_user():
    from upwards.web.accounts.models import User

    return User.objects.create_user("somebody@orchard.test", name="Somebody")


def test_sessions_are_planned_one_after_another_changed_and_removed(people, school_lead):
    made = programme()
    today = timezone.localdate()
    first = {"title": "Fluency", "date": today.isoformat(), "hours": "1.5", "strand": "how", "cost": "80"}
    more = {**first, "facilitator": people["coach"].pk, "more": "yes"}
    answer = post(school_lead, "programme_session_new", made.pk, **more)
    assert answer.url == reverse("programme_session_new", args=[made.pk])
    page = school_lead.get(answer.url).content.decode()
    assert 'value="80.00"' in page
    assert ">Coach</option>" in page
    row = Session.objects.get()
    assert (row.hours, row.facilitator, row.cost) == (1.5, people["coach"], Decimal(80))
    outside = (made.ends + datetime.timedelta(days=1)).isoformat()
    wrong = post(school_lead, "programme_session", row.pk, **{**first, "date": outside})
    assert "outside the programme" in wrong.content.decode()
    changed = post(school_lead, "programme_session", row.pk, **{**first, "hours": "2", "strand": ""})
    assert changed.url == reverse("programme", args=[made.pk])
    row.refresh_from_db()
    assert (row.hours, row.facilitator, row.strand) == (2.0, None, "")
    assert str(row).startswith("Fluency, ")
    Attendance.objects.create(session=row, participant=joins(made, people["teacher"]), present=False)
    assert post(school_lead, "programme_session", row.pk, do="remove").status_code == 422
    Attendance.objects.get().delete()
    post(school_lead, "programme_session", row.pk, do="remove")
    assert not Session.objects.exists()
    assert school_lead.get(reverse("programme_session", args=[999_999])).status_code == 404


def test_costs_are_told_by_day_and_for_each_participant(people, school_lead, governor):
    made = programme(budget=250)
    meeting(made), meeting(made, 7)
    page = page_of(governor, made)
    assert "160.00 GBP" in page
    assert "for each participant" not in page.split("<details>")[0]
    assert "280.00 GBP: 30.00 more than the budget" in page
    joins(made, people["coach"]), joins(made, people["teacher"]), joins(made, people["school_lead"])
    page = page_of(governor, made)
    assert "53.33 for each participant" in page
    assert "Teacher" not in page
    assert "Teacher" in page_of(school_lead, made)


def test_sessions_and_costs_are_given_out_without_a_name(people, school_lead, coach, other_lead, teacher):
    made = programme(title="=cmd()")
    row = meeting(made, hours=2.0, facilitator=people["coach"])
    meeting(made, 7, title="=1+1")
    Attendance.objects.create(session=row, participant=joins(made, people["teacher"]), present=True)
    address = reverse("programme_table", args=[made.pk, "csv"])
    text = coach.get(address).content.decode("utf-8-sig")
    assert text.splitlines()[1].endswith("Fluency,,2.0,1,1,1,2.0,120.0,GBP")
    assert "'=1+1" in text
    assert "Teacher" not in text
    assert "Coach" not in text
    answer = school_lead.get(reverse("programme_table", args=[made.pk, "xlsx"]))
    book = fastexcel.read_excel(answer.content)
    assert book.sheet_names == ["About", "sessions"]
    assert book.load_sheet("sessions").height == 2
    assert AuditEntry.objects.filter(what="exported", kind="programmes.programme").count() == 2
    assert coach.get(reverse("programme_table", args=[made.pk, "exe"])).status_code == 404
    assert other_lead.get(address).status_code == 404
    assert teacher.get(address).status_code == 403


def test_who_facilitates_from_elsewhere_sees_no_costs(people, other_lead):
    made = programme()
    meeting(made, facilitator=people["other_lead"])
    assert "Budget" not in page_of(other_lead, made)
    assert other_lead.get(reverse("programme_table", args=[made.pk, "csv"])).status_code == 404


def test_strangers_and_those_without_the_right_are_refused(stranger, researcher, governor):
    made = programme()
    assert stranger.get(reverse("programme", args=[made.pk])).status_code == 302
    assert researcher.get(reverse("programmes")).status_code == 403
    assert post(governor, "programme_state", made.pk, do="end").status_code == 403
    assert post(governor, "programme_new").status_code == 403
    assert governor.get(reverse("programme", args=[999_999])).status_code == 404


def test_many_programmes_are_paged(owner):
    for number in range(51):
        programme(title=f"Programme {number}")
    assert "Page 1 of 2" in owner.get(reverse("programmes")).content.decode()
    assert "Previous page" in owner.get(reverse("programmes"), {"page": "2"}).content.decode()


def offered(client: Client, route: str, pk: int) -> str:
    return client.get(reverse(route, args=[pk])).content.decode()


def test_a_school_lead_is_offered_staff_of_the_programme_s_schools_only(people, school_lead, group_lead):
    made = programme()
    for route, pk in (("programme_session_new", made.pk), ("programme_session", meeting(made).pk)):
        assert "Coach" in offered(school_lead, route, pk)
        assert "Other_Lead" not in offered(school_lead, route, pk)
        assert "Other_Lead" in offered(group_lead, route, pk)


def test_a_facilitator_whom_a_group_lead_chose_from_elsewhere_stays(people, school_lead):
    made = programme()
    row = meeting(made, facilitator=people["other_lead"])
    assert "Other_Lead" in offered(school_lead, "programme_session", row.pk)
    about = {"title": "Fluency", "date": row.date.isoformat(), "hours": "2", "cost": "0"}
    kept = post(school_lead, "programme_session", row.pk, **about, facilitator=people["other_lead"].pk)
    assert kept.status_code == 302
    refused = post(
        school_lead, "programme_session_new", made.pk, **about, facilitator=people["owner"].pk + 10**6
    )
    assert refused.status_code == 200
    elsewhere = programme(schools=("Birch",))
    assert post(school_lead, "programme_session_new", elsewhere.pk, **about).status_code == 404
