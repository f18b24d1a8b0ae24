"""Leads name their own people, facilitators take the register, and hours are counted from it."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import joins, meeting, programme
from upwards.web.programmes import attention
from upwards.web.programmes.hours import sessions_between
from upwards.web.programmes.models import Attendance, LearningStep, Participant, ProgrammeSchool
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


def post(client: Client, route: str, *arguments: object, **about: object):
    return client.post(reverse(route, args=arguments), about)


def mark(row, who, present: bool = True):
    return Attendance.objects.create(session=row, participant=who, present=present)


def test_a_lead_names_the_people_of_the_own_school_and_no_other(people, school_lead, other_lead):
    made = programme(schools=("Alder", "Birch"))
    address = reverse("programme_people", args=[made.pk])
    page = school_lead.get(address).content.decode()
    assert "Teacher" in page
    assert "Other_Lead" not in page
    assert school_lead.get(address, {"school": "Birch"}).status_code == 404
    assert other_lead.get(address).context["school"] == "Birch"
    teacher, coach = people["teacher"].pk, people["coach"].pk
    school_lead.post(address, {"people": [teacher, coach]})
    assert {(one.user_id, one.school) for one in Participant.objects.all()} == {
        (teacher, "Alder"),
        (coach, "Alder"),
    }
    answer = school_lead.post(address, {"people": [people["other_lead"].pk]})
    assert "valid choice" in answer.content.decode()
    school_lead.post(address, {"people": [teacher]})
    assert Participant.objects.get().user_id == teacher


def test_who_was_at_a_session_keeps_their_hours_and_may_come_back(people, school_lead):
    made = programme()
    one = joins(made, people["teacher"])
    mark(meeting(made), one)
    address = reverse("programme_people", args=[made.pk])
    school_lead.post(address, {})
    one.refresh_from_db()
    assert one.left == timezone.localdate()
    school_lead.post(address, {})
    assert Attendance.objects.count() == 1
    assert "until" in school_lead.get(reverse("programme", args=[made.pk])).content.decode()
    school_lead.post(address, {"people": [people["teacher"].pk]})
    one.refresh_from_db()
    assert one.left is None
    assert str(one) == f"Participant {one.pk}"


def test_who_takes_part_from_one_school_is_not_named_by_another(people, owner, group_lead):
    made = programme(schools=("Alder", "Birch"))
    joins(made, people["group_lead"], "Alder")
    page = owner.get(reverse("programme_people", args=[made.pk]), {"school": "Birch"})
    assert "Group_Lead" not in [one.name for one in page.context["staff"]]
    assert "Schools" in page.content.decode()


def test_a_facilitator_takes_the_register_with_one_button(people, teacher, coach, appointed):
    made = programme(schools=("Alder", "Birch"))
    row = meeting(made, facilitator=people["teacher"])
    first, second = (
        joins(made, people["coach"]),
        joins(made, appointed("mary", Role.TEACHER, "Birch"), "Birch"),
    )
    joins(made, people["school_lead"], left=row.date - datetime.timedelta(days=1))
    assert "Take the register" in teacher.get(reverse("programmes")).content.decode()
    address = reverse("attendance", args=[row.pk])
    assert address in teacher.get(reverse("programme", args=[made.pk])).content.decode()
    page = teacher.get(address).content.decode()
    assert page.count("checked") == 2
    assert "Mary (Birch)" in page
    assert teacher.post(address, {"present": [first.pk]}).url == reverse("programme", args=[made.pk])
    assert {one.participant_id: one.present for one in Attendance.objects.all()} == {
        first.pk: True,
        second.pk: False,
    }
    assert "Take the register" not in teacher.get(reverse("programmes")).content.decode()
    again = teacher.get(address).content.decode()
    assert again.count("checked") == 1
    assert "taken before" in again
    teacher.post(address, {})
    assert not Attendance.objects.filter(present=True).exists()
    assert "valid choice" in teacher.post(address, {"present": ["x"]}).content.decode()
    assert AuditEntry.objects.filter(kind="programmes.session", detail="register").exists()
    assert "were at 0 of 1" in coach.get(reverse("programme", args=[made.pk])).content.decode()


def test_a_lead_marks_the_own_people_and_colleagues_mark_nobody(
    people, school_lead, coach, teacher, appointed
):
    made = programme(schools=("Alder", "Birch"))
    row = meeting(made)
    own = joins(made, people["teacher"])
    joins(made, appointed("mary", Role.TEACHER, "Birch"), "Birch")
    address = reverse("attendance", args=[row.pk])
    assert "Mary" not in school_lead.get(address).content.decode()
    school_lead.post(address, {"present": [own.pk]})
    page = school_lead.get(reverse("programme", args=[made.pk])).content.decode()
    assert "1 of 1 (2 take part)" in page
    assert "Mary" not in page
    for client in (coach, teacher):
        assert client.get(address).status_code == 404
        assert client.post(address, {}).status_code == 404
    assert school_lead.get(reverse("attendance", args=[999_999])).status_code == 404


def test_a_register_is_of_a_session_that_was_in_a_programme_that_has_begun(school_lead):
    made, planned = programme(), programme("planned")
    later = school_lead.get(reverse("attendance", args=[meeting(made, 3).pk]))
    assert "still to come" in later.content.decode()
    early = school_lead.get(reverse("attendance", args=[meeting(planned).pk]))
    assert "has not begun" in early.content.decode()
    nobody = school_lead.get(reverse("attendance", args=[meeting(made).pk]))
    assert "Nobody takes part yet" in nobody.content.decode()
    assert "Register" not in school_lead.get(reverse("programme", args=[planned.pk])).content.decode()


def test_a_teacher_finds_what_they_take_part_in_and_nothing_else(people, teacher):
    made, other = programme(), programme(title="Another")
    assert "you find it here" in teacher.get(reverse("programmes")).content.decode()
    joins(made, people["teacher"])
    page = teacher.get(reverse("programmes")).content.decode()
    assert "Reading across subjects" in page
    assert "Another" not in page
    assert "take part" in teacher.get(reverse("programme", args=[made.pk])).content.decode()
    assert teacher.get(reverse("programme", args=[other.pk])).status_code == 404
    assert ">Programmes</a>" in page


def test_hours_of_training_are_counted_from_registers(people):
    made = programme(schools=("Alder", "Birch"))
    today, week = timezone.localdate(), datetime.timedelta(days=7)
    row, early = meeting(made, hours=1.5), meeting(made, -20, hours=4)
    first, second = joins(made, people["coach"]), joins(made, people["other_lead"], "Birch")
    assert sessions_between(today - week, today) == 0.0
    mark(row, first), mark(row, second), mark(early, first, False), mark(early, second)
    assert sessions_between(today - week, today) == 3.0
    assert sessions_between(today - 4 * week, today) == 7.0
    assert sessions_between(today - 4 * week, today, ["Birch"]) == 5.5
    assert str(Attendance.objects.first()).startswith("Attendance")


def test_attention_is_told_for_each_school_with_who_came_and_who_is_expected(people):
    today, week = timezone.localdate(), datetime.timedelta(days=7)
    made = programme(schools=("Alder", "Birch"))
    first, second = joins(made, people["coach"]), joins(made, people["teacher"])
    held, _ = meeting(made, hours=2.0), meeting(made, 7, hours=3.0)
    mark(held, first), mark(held, second, False)
    told = {one.school: one for one in attention.running(today - week, today + week)}
    assert told["Alder"].hours == 2.0 + 2 * 3.0
    assert told["Birch"].hours is None
    assert (told["Alder"].kind, told["Alder"].for_pupils) == ("programme", True)
    made.outcomes.get().delete()
    made.state, made.closed = "ended", today
    made.save()
    (alder, _) = attention.running(today - week, today + week)
    assert (alder.hours, alder.for_pupils) == (2.0, None)
    assert attention.running(today + week, today + 2 * week) == []
    programme("planned", title="To come")
    assert {one.title for one in attention.running(today, today)} == {made.title}


def test_rows_say_what_they_are(people):
    made = programme()
    assert str(made.outcomes.get()) == "Read more"
    assert str(ProgrammeSchool.objects.get()) == "Alder"
    assert str(LearningStep(text="Knows")) == "Knows"
    assert made.is_open
