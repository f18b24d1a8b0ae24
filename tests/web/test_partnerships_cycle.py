"""The coaching cycle: a visit is logged with three answers that are there already."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.partnerships_of_trust import PRIVATE, coaching_of_cast, partnership, take_part, visit
from upwards.web.partnerships.models import Note, Session
from upwards.web.term_dates.school_days import SchoolDays

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> datetime.date:
    return timezone.localdate()


@pytest.fixture
def coaching(people):
    made = partnership("agreed")
    take_part(made, people["coach"], "provider")
    take_part(made, people["teacher"], "recipient")
    return made


def as_shown(form) -> dict[str, object]:
    """Return what a browser posts when one only presses the button."""
    return {name: form[name].value() or "" for name in form.fields}


def test_a_visit_is_logged_by_pressing_the_button(coach, coaching, people, today):
    address = reverse("visit_log", args=[coaching.pk])
    form = coach.get(address).context["form"]
    assert (form["date"].value(), form["hours"].value(), form["activity"].value()) == (today, "1", "visit")
    assert coach.post(address, as_shown(form)).headers["Location"] == reverse(
        "partnership", args=[coaching.pk]
    )
    held, following = coaching.sessions.all()
    assert (held.date, held.hours, held.outcome, held.logged_by) == (today, 1.0, "held", people["coach"])
    weeks_on = SchoolDays().first_from(today + datetime.timedelta(weeks=2))  # Monday, of a weekend
    assert (following.date, following.outcome) == (weeks_on, "planned")
    coaching.refresh_from_db()
    assert coaching.state == "running"


def test_the_last_activity_is_proposed_again(coach, coaching):
    visit(coaching, -14, activity="rehearsal")
    form = coach.get(reverse("visit_log", args=[coaching.pk])).context["form"]
    assert form["activity"].value() == "rehearsal"


def test_a_planned_visit_becomes_the_one_that_took_place(coach, coaching):
    due = visit(coaching, -1, "planned", hours=2.0, activity="observation")
    visit(coaching, 14, "planned")
    for address in (
        reverse("visit_log", args=[coaching.pk]),
        f"{reverse('visit_log', args=[coaching.pk])}?visit={due.pk}",
    ):
        form = coach.get(address).context["form"]
        assert (form["hours"].value(), form["date"].value(), form["next_date"].value()) == (
            "2",
            due.date,
            None,
        )
    coach.post(address, as_shown(form))
    due.refresh_from_db()
    assert due.outcome == "held"
    assert coaching.sessions.count() == 2


def test_a_button_pressed_twice_logs_one_visit(coach, coaching):
    address = reverse("visit_log", args=[coaching.pk])
    given = {**as_shown(coach.get(address).context["form"]), "note": "once"}
    coach.post(address, given)
    coach.post(address, given)
    assert coaching.sessions.filter(outcome="held").count() == 1
    assert coaching.sessions.count() == 2
    assert Note.objects.count() == 1


def test_step_and_note_are_for_both_and_for_nobody_else(coach, teacher, school_lead, coaching, people):
    address = reverse("visit_log", args=[coaching.pk])
    form = coach.get(address).context["form"]
    coach.post(address, {**as_shown(form), "step": f"{PRIVATE} step", "note": f"{PRIVATE} note"})
    assert {one.about for one in Note.objects.all()} == {"step", "note"}
    for note in Note.objects.all():
        assert set(note.readers.all()) == {people["coach"], people["teacher"]}
    page = reverse("partnership", args=[coaching.pk])
    assert PRIVATE in teacher.get(page).content.decode()
    assert PRIVATE not in school_lead.get(page).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date": "2099-01-01"}, "still to come"),
        ({"date": "2001-01-01"}, "more than a year"),
        ({"hours": "99"}, "less than or equal"),
        ({"next_date": "2001-01-01"}, "after this one"),
    ],
)
def test_a_visit_that_cannot_be_is_refused_with_its_reason(coach, coaching, changes, said):
    address = reverse("visit_log", args=[coaching.pk])
    answer = coach.post(address, {**as_shown(coach.get(address).context["form"]), **changes})
    assert said in answer.content.decode()
    assert not Session.objects.exists()


def test_only_those_who_agreed_log_and_only_while_it_is_under_way(
    coach, teacher, school_lead, owner, coaching, people
):
    address = reverse("visit_log", args=[coaching.pk])
    assert [one.post(address, {}).status_code for one in (school_lead, owner)] == [404, 404]
    coaching.participants.filter(user=people["teacher"]).get().delete()
    take_part(coaching, people["teacher"], "recipient", "asked")
    assert teacher.get(address).status_code == 403
    coaching.state = "ended"
    coaching.save()
    assert coach.get(address).status_code == 403


def test_a_missed_visit_has_a_reason_and_perhaps_a_new_day(coach, school_lead, coaching, today):
    row = visit(coaching, 0, "planned")
    address = reverse("visit_missed", args=[row.pk])
    assert coach.get(address).status_code == 200
    assert coach.post(address, {"outcome": "missed"}).status_code == 200
    new_day = today + datetime.timedelta(days=3)
    coach.post(address, {"outcome": "missed", "reason": "no cover", "next_date": new_day.isoformat()})
    row.refresh_from_db()
    assert (row.outcome, row.reason) == ("missed", "no cover")
    assert coaching.sessions.get(outcome="planned").date == new_day
    assert "no release cover" in school_lead.get(reverse("partnership", args=[coaching.pk])).content.decode()
    held = visit(coaching, -3)
    assert coach.get(reverse("visit_missed", args=[held.pk])).status_code == 404


def test_a_visit_is_planned_with_a_time_and_its_cover(coach, coaching, today):
    address = reverse("visit_plan", args=[coaching.pk])
    assert coach.get(address).status_code == 200
    day = (today + datetime.timedelta(days=5)).isoformat()
    given = {"date": day, "at": "13:30", "hours": "1.5", "activity": "observation", "cover": "no"}
    assert coach.post(address, given).status_code == 302
    row = coaching.sessions.get()
    assert (row.outcome, row.at, row.cover) == ("planned", datetime.time(13, 30), "no")


def test_a_leader_arranges_cover_and_changes_nothing_else(school_lead, coaching):
    row = visit(coaching, 5, "planned", cover="no")
    address = reverse("visit", args=[row.pk])
    assert list(school_lead.get(address).context["form"].fields) == ["cover"]
    school_lead.post(address, {"cover": "yes", "hours": "9", "outcome": "held"})
    row.refresh_from_db()
    assert (row.cover, row.hours, row.outcome) == ("yes", 1.0, "planned")


def test_those_who_take_part_correct_a_visit(coach, coaching):
    row = visit(coaching, -5)
    address = reverse("visit", args=[row.pk])
    given = {"date": str(row.date), "hours": "2", "activity": "meeting", "outcome": "held", "cover": "yes"}
    coach.post(address, given)
    row.refresh_from_db()
    assert (row.hours, row.activity) == (2.0, "meeting")
    assert "Say why" in coach.post(address, {**given, "outcome": "missed"}).content.decode()
    late = {**given, "date": "2099-01-01"}
    assert "cannot have taken place" in coach.post(address, late).content.decode()
    coach.post(address, {**given, "reason": "other"})
    row.refresh_from_db()
    assert row.reason == ""


def test_a_past_visit_is_not_changed_by_who_takes_part_no_more(coach, coaching, people):
    row = visit(coaching, -5)
    coaching.provider_school = "Cedar"
    coaching.state = "ended"
    coaching.save()
    assert coach.get(reverse("visit", args=[row.pk])).status_code == 403


def test_a_goal_is_kept_and_reached(coach, teacher, school_lead, coaching):
    address = reverse("partnership_note", args=[coaching.pk])
    assert coach.post(address, {"about": "goal", "text": f"{PRIVATE} goal"}).status_code == 302
    assert "This field is required" in coach.post(address, {"about": "goal", "text": ""}).content.decode()
    goal = Note.objects.get()
    reached = reverse("goal_reached", args=[goal.pk])
    assert school_lead.post(reached).status_code == 404
    assert school_lead.post(address, {"about": "goal", "text": "x"}).status_code == 404
    teacher.post(reached)
    goal.refresh_from_db()
    assert goal.reached == timezone.localdate()


def test_a_note_that_is_too_long_comes_back_to_be_shortened(coach, coaching):
    note = "One step at a time.\n" * 500
    answer = coach.post(reverse("partnership_note", args=[coaching.pk]), {"about": "step", "text": note})
    assert note.strip() in answer.content.decode().replace("\r\n", "\n")
    assert not Note.objects.exists()


def test_weeks_later_one_says_whether_the_practice_lives_on(teacher, school_lead, other_lead, people):
    made = coaching_of_cast("ended")
    six, twelve = made.follow_ups.all()
    assert teacher.post(reverse("follow_up", args=[six.pk]), {"lives_on": "adapted"}).status_code == 302
    other_lead.post(reverse("follow_up", args=[twelve.pk]), {"lives_on": "no"})
    assert school_lead.post(reverse("follow_up", args=[six.pk]), {"lives_on": "no"}).status_code == 403
    six.refresh_from_db()
    twelve.refresh_from_db()
    assert (six.lives_on, six.answered_by) == ("adapted", people["teacher"])
    assert (twelve.lives_on, twelve.answered_by) == ("no", people["other_lead"])
    assert teacher.post(reverse("follow_up", args=[six.pk]), {}).status_code == 200
