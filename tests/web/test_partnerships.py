"""A partnership is proposed, agreed by those who do it, and ended."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.partnerships_of_trust import (
    PRIVATE,
    coaching_of_cast,
    given,
    partnership,
    post,
    take_part,
    visit,
)
from upwards.web.partnerships import hours, loads, readers
from upwards.web.partnerships.models import FollowUp, Participant, Partnership
from upwards.web.people.models import Person
from upwards.web.roles import Role
from upwards.web.term_dates.calendars import Calendars
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 23)


def test_a_lead_proposes_asks_both_agree_and_it_is_agreed(people, school_lead, other_lead, coach, appointed):
    assert school_lead.post(reverse("partnership_new"), given()).status_code == 302
    made = Partnership.objects.get()
    assert (made.state, made.origin, made.proposed_by) == ("proposed", "own", people["school_lead"])
    mary = appointed("mary", Role.TEACHER, "Birch")
    assert post(school_lead, "partnership_ask", made.pk, person=people["coach"].pk, side="provider").url
    assert post(other_lead, "partnership_ask", made.pk, person=mary.pk, side="recipient").url
    post(coach, "partnership_answer", made.pk, answer="agreed")
    made.refresh_from_db()
    assert made.state == "proposed"
    hers = Client()
    hers.force_login(mary)
    assert b"You may decline" in hers.get(reverse("partnership", args=[made.pk])).content
    post(hers, "partnership_answer", made.pk, answer="agreed")
    made.refresh_from_db()
    assert made.state == "agreed"
    assert AuditEntry.objects.filter(kind="partnerships.partnership", detail="state").exists()


def test_its_aim_is_an_outcome_of_pupils_where_somebody_says_so(school_lead):
    for said, kept in (("unknown", None), ("true", True), ("false", False)):
        school_lead.post(reverse("partnership_new"), given(for_pupils=said, aim="Every pupil explains"))
        made = Partnership.objects.latest("pk")
        assert made.for_pupils is kept
    assert "An outcome of pupils" in school_lead.get(reverse("partnership", args=[made.pk])).content.decode()
    about = given(for_pupils="true")
    school_lead.post(reverse("partnership_edit", args=[made.pk]), about)
    made.refresh_from_db()
    assert made.for_pupils is True


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"provider_school": "Cedar", "recipient_school": "Damson"}, "must be yours"),
        ({"ends": "2020-01-01"}, "before the first"),
        ({"hours": "0"}, "greater than or equal"),
        ({"provider_school": "Nowhere"}, "valid choice"),
        ({"aim": ""}, "required"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(school_lead, changes, said):
    answer = school_lead.post(reverse("partnership_new"), given(**changes))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Partnership.objects.exists()


def test_a_three_has_several_recipients(group_lead):
    about = given(kind="learning three", second_school="Cedar", third_school="Birch")
    group_lead.post(reverse("partnership_new"), about)
    assert Partnership.objects.get().recipient_schools == ["Birch", "Cedar"]


def test_who_declined_may_change_their_mind_while_the_place_is_open(people, coach, teacher, school_lead):
    made = coaching_of_cast()
    address = reverse("partnership", args=[made.pk])
    post(coach, "partnership_answer", made.pk, answer="declined")
    assert "only you are told so" in coach.get(address).content.decode()
    assert "only you are told so" not in school_lead.get(address).content.decode()
    post(coach, "partnership_answer", made.pk, answer="agreed")
    assert PRIVATE in coach.get(address).content.decode()
    post(coach, "partnership_answer", made.pk, answer="declined")
    take_part(made, people["school_lead"], "provider")
    assert post(coach, "partnership_answer", made.pk, answer="agreed").status_code == 403


def test_one_may_step_back_after_a_yes(people, coach):
    made = coaching_of_cast()
    post(coach, "partnership_answer", made.pk, answer="declined")
    assert Participant.objects.get(user=people["coach"]).answer == "declined"
    page = coach.get(reverse("partnership", args=[made.pk]))
    assert PRIVATE not in page.content.decode()


def test_a_line_manager_cannot_be_the_coach(people, school_lead, coach):
    head = Person.objects.create(name="Head", school="Alder", user=people["school_lead"])
    middle = Person.objects.create(name="Middle", school="Alder", line_manager=head, user=people["coach"])
    Person.objects.create(name="Teacher", school="Alder", line_manager=middle, user=people["teacher"])
    made = partnership("proposed", recipients=("Alder",))
    take_part(made, people["teacher"], "recipient")
    for one in ("coach", "school_lead"):  # directly, and further up
        answer = post(school_lead, "partnership_ask", made.pk, person=people[one].pk, side="provider")
        assert answer.status_code == 422
        assert "line manager" in answer.content.decode()
    assert post(coach, "partnership_answer", made.pk, answer="agreed", side="provider").status_code == 422
    assert made.participants.count() == 1


def test_who_is_coached_by_the_line_manager_is_refused_from_the_other_side_too(people, school_lead):
    boss = Person.objects.create(name="Boss", school="Alder", user=people["coach"])
    Person.objects.create(name="Teacher", school="Alder", line_manager=boss, user=people["teacher"])
    made = partnership("proposed", recipients=("Alder",))
    take_part(made, people["coach"], "provider")
    answer = post(school_lead, "partnership_ask", made.pk, person=people["teacher"].pk, side="recipient")
    assert answer.status_code == 422
    boss.line_manager = Person.objects.get(name="Teacher")  # a circle in the records does no harm
    boss.save()
    assert readers.manages(people["teacher"], people["coach"])
    assert not readers.manages(people["governor"], people["coach"])


def test_a_teacher_offers_to_take_an_open_place(people, teacher):
    made = partnership("proposed", provider="Birch", recipients=("Alder",))
    page = teacher.get(reverse("partnership", args=[made.pk])).content.decode()
    assert "I offer to take part (receives)" in page
    assert "(shares)" not in page
    assert post(teacher, "partnership_answer", made.pk, answer="agreed", side="provider").status_code == 403
    post(teacher, "partnership_answer", made.pk, answer="agreed", side="recipient")
    assert Participant.objects.get().user == people["teacher"]


def test_nobody_joins_what_is_agreed_without_being_asked(teacher):
    made = partnership("agreed", recipients=("Alder",))
    assert post(teacher, "partnership_answer", made.pk, answer="agreed", side="recipient").status_code == 403
    made.state = "ended"
    made.save()
    assert post(teacher, "partnership_answer", made.pk, answer="agreed", side="recipient").status_code == 422


def test_a_person_is_asked_by_the_own_school_only(people, school_lead, appointed):
    made = partnership("proposed")
    nia = appointed("nia", Role.TEACHER, "Birch")
    answer = post(school_lead, "partnership_ask", made.pk, person=nia.pk, side="provider")
    assert answer.status_code == 422
    both = partnership("proposed", recipients=("Birch", "Alder"))
    head = appointed("lea", Role.GROUP_LEAD)
    client = Client()
    client.force_login(head)
    answer = post(client, "partnership_ask", both.pk, person=nia.pk, side="provider")
    assert "does not work in the school" in answer.content.decode()


def test_it_goes_from_state_to_state_in_order(owner, coach):
    made = partnership("proposed")
    assert post(owner, "partnership_state", made.pk, state="ended").status_code == 422
    for state in ("agreed", "running", "ended"):
        assert post(owner, "partnership_state", made.pk, state=state).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.closed) == ("ended", timezone.localdate())
    due = [(one.weeks, one.due) for one in made.follow_ups.all()]
    assert due == [(n, timezone.localdate() + datetime.timedelta(weeks=n)) for n in (6, 12)]
    assert post(owner, "partnership_state", made.pk, state="running").status_code == 422
    assert post(coach, "partnership_state", made.pk, state="running").status_code == 403


def test_nobody_agrees_for_another_school(people, school_lead, other_lead):
    made = partnership("proposed")
    assert post(school_lead, "partnership_state", made.pk, state="agreed").status_code == 422
    take_part(made, people["coach"], "provider")
    assert post(school_lead, "partnership_state", made.pk, state="agreed").status_code == 422
    assert post(other_lead, "partnership_state", made.pk, state="agreed").status_code == 302


def test_it_is_not_agreed_while_somebody_is_asked(people, school_lead):
    made = partnership("proposed")
    take_part(made, people["coach"], "provider", "asked")
    assert post(school_lead, "partnership_state", made.pk, state="agreed").status_code == 422


def test_what_is_agreed_can_be_changed_while_it_is_open(school_lead, teacher, coach):
    made = partnership("running", hours=12)
    address = reverse("partnership_edit", args=[made.pk])
    about = {"aim": "Another aim", "hours": "8", "starts": str(made.starts), "ends": str(made.ends)}
    assert school_lead.post(address, about).status_code == 302
    made.refresh_from_db()
    assert (made.aim, made.hours) == ("Another aim", 8)
    assert school_lead.post(address, {**about, "ends": "2000-01-01"}).status_code == 200
    assert teacher.post(address, about).status_code == 403
    assert coach.post(address, about).status_code == 403
    made.state = "stopped"
    made.save()
    assert school_lead.post(address, about).status_code == 403
    assert coach.get(reverse("partnership", args=[made.pk])).status_code == 404


def test_hours_are_counted_against_time_elapsed():
    made = partnership(starts=TODAY - datetime.timedelta(days=41), ends=TODAY + datetime.timedelta(days=42))
    visit(made, -7, hours=2.0)
    visit(made, -5, "missed", hours=9.0, reason="other")
    had = hours.hours_of(made, TODAY, Calendars())
    assert (had.promised, had.delivered, had.by_now, had.percent) == (12.0, 2.0, 6.0, 17)
    assert had.is_behind(0.8)
    assert not had.is_behind(2 / 6)
    assert hours.hours_of(made, TODAY - datetime.timedelta(days=99), Calendars()).by_now == 0
    assert hours.hours_of(made, TODAY + datetime.timedelta(days=99), Calendars()).by_now == 12


def test_too_many_recipients_or_hours_are_too_much(people):
    known = hours.rules()
    first = partnership(recipients=("Birch", "Cedar"), hours=12)
    take_part(first, people["coach"], "provider")
    today = timezone.localdate()
    assert not loads.overloaded(loads.loads([readers.fresh(first)], today), known)
    second = partnership(recipients=("Damson",), hours=12)
    take_part(second, people["coach"], "provider")
    heavy = partnership(hours=40)
    take_part(heavy, people["teacher"], "provider")
    over = loads.overloaded(loads.loads(map(readers.fresh, (first, second, heavy)), today), known)
    assert [(one.user, one.recipients) for one in over] == [(people["coach"], 3), (people["teacher"], 1)]


def test_checks_after_the_end_are_made_once():
    made = partnership("ended")
    hours.make_follow_ups(made, (6, 12))
    hours.make_follow_ups(made, (6, 12))
    assert FollowUp.objects.count() == 2
    assert FollowUp.objects.first().due == made.ends + datetime.timedelta(weeks=6)
