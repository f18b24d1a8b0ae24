"""Monday says what each part of the application asks of somebody this week, and stays quick."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import joins, meeting, pilot, programme
from tests.web.partnerships_of_trust import coaching_of_cast
from tests.web.reviews_of_trust import capitals_of, review_of_alder, written
from tests.web.test_monday_elsewhere import said
from upwards.web.access import reader_for
from upwards.web.people.models import ClassCheck, Person, TermHours, Wish
from upwards.web.people.terms import term_of
from upwards.web.programmes.models import Attendance
from upwards.web.reviews.models import CapitalsReply
from upwards.web.rosters import picture
from upwards.web.rosters.reminders import own_reminders as of_classes

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def links(client: Client) -> list[str]:
    return [line.address for one in client.get(reverse("monday")).context["sections"] for line in one.lines]


@pytest.fixture
def nia(people) -> Person:
    """Taught six classes of Alder."""
    return Person.objects.create(
        name="Nia",
        school="Alder",
        user=people["teacher"],
        staff_code="t-alder-1",
        joined=timezone.localdate(),
    )


def test_classes_wait_for_their_teacher_with_the_days_left(nia, teacher, school_lead, people):
    assert said(teacher, "For you") == ["6 classes that name you wait for your word"]
    (line,) = of_classes(reader_for(people["teacher"]), timezone.localdate())
    assert line.about == "10 more school days"
    assert reverse("my_classes") in links(teacher)
    assert not said(school_lead, "For you")
    later = timezone.localdate() + 30 * DAY
    assert (
        of_classes(reader_for(people["teacher"]), later)[0].about == "Counted as unconfirmed until you say so"
    )
    own = picture.picture_of(nia, timezone.localdate())
    for one in own.classes:
        school, subject, year, name = one.key
        ClassCheck.objects.create(
            person=nia, school=school, subject=subject, year=year, class_name=name, verdict="mine"
        )
    assert not said(teacher, "For you")


def test_the_data_are_asked_for_classes_once_in_each_of_their_states(nia, teacher, monkeypatch):
    said(teacher, "For you")
    monkeypatch.setattr(picture, "describe_classes", {}.__getitem__)
    assert said(teacher, "For you") == ["6 classes that name you wait for your word"]


def test_where_no_results_are_held_monday_says_nothing_of_classes(nia, teacher, settings, tmp_path):
    settings.UPWARDS_WORKSPACE = tmp_path
    assert of_classes(reader_for(nia.user), timezone.localdate()) == []


def test_a_proposal_of_a_lead_waits_for_the_person_alone(people, nia, teacher, school_lead):
    ClassCheck.objects.all().delete()
    nia.staff_code = ""
    nia.save()
    wish = Wish.objects.create(
        person=nia, direction="share", topic="fractions", proposed_by=people["school_lead"]
    )
    Wish.objects.create(person=nia, direction="help", topic="reading", accepted=timezone.now())
    assert len(said(teacher, "For you")) == 1
    assert reverse("person", args=[nia.pk]) in links(teacher)
    assert not said(school_lead, "For you")
    wish.ended = timezone.now()
    wish.save()
    assert not said(teacher, "For you")


def test_a_session_without_register_is_for_its_facilitator_and_later_for_leads(
    people, teacher, coach, school_lead, other_lead
):
    made = programme()
    recent = meeting(made, -2, facilitator=people["coach"])
    assert not said(coach, "For you")  # nobody was expected
    place = joins(made, people["teacher"])
    (line,) = said(coach, "For you")
    assert line.endswith("has no register yet")
    assert reverse("programme_session", args=[recent.pk]) in links(coach)
    assert not said(school_lead, "Actions due")
    old = meeting(made, -9, facilitator=people["coach"])
    assert len(said(school_lead, "Actions due")) == 1
    assert not said(other_lead, "Actions due")
    assert not said(teacher, "For you")
    for one in (recent, old):
        Attendance.objects.create(session=one, participant=place, present=True)
    assert not said(coach, "For you")
    assert not said(school_lead, "Actions due")
    meeting(made, 2, facilitator=people["coach"])
    assert not said(coach, "For you")


def test_a_session_that_nobody_facilitates_is_for_leads_at_once(people, school_lead):
    made = programme()
    joins(made, people["teacher"])
    meeting(made, -1)
    assert len(said(school_lead, "Actions due")) == 1


def test_a_reviewer_sees_the_own_reviews_until_the_draft_is_handed_over(reviewer, coach):
    made = review_of_alder("planned")
    assert said(reviewer, "For you")[0].startswith("You take part in a review from")
    assert reverse("review", args=[made.pk]) in links(reviewer)
    made.state = "under way"
    made.save()
    assert said(reviewer, "For you")[0].startswith("A review in which you take part is under way until")
    made.first_day, made.last_day = timezone.localdate() - 4 * DAY, timezone.localdate() - 3 * DAY
    made.save()
    assert "its report is not handed over" in said(reviewer, "For you")[0]
    assert not said(coach, "For you")
    made.state = "drafted"
    made.save()
    assert not said(reviewer, "For you")


def test_nobody_is_asked_to_review_the_own_school(coach, owner):
    review_of_alder("planned", reviewers=("coach", "owner"))
    assert not said(coach, "For you")
    assert not said(owner, "For you")


def test_a_draft_waits_for_who_leads_the_school(school_lead, other_lead, owner):
    written()
    waits = ["The draft of a review waits for your school: comment on it, or agree"]
    assert said(school_lead, "Actions due") == waits
    assert not said(other_lead, "Actions due")
    assert not said(owner, "Actions due")


def test_an_open_audit_asks_who_may_answer_and_has_not(people, school_lead, other_lead, teacher, governor):
    capitals_of(closed=True)
    made = capitals_of()
    assert len(said(school_lead, "Actions due")) == 1
    assert reverse("capitals_answer", args=[made.pk]) in links(school_lead)
    assert not said(other_lead, "Actions due")
    assert not links(teacher)
    assert not links(governor)
    CapitalsReply.objects.create(audit=made, user=people["school_lead"])
    assert not said(school_lead, "Actions due")
    capitals_of("")
    assert len(said(other_lead, "Actions due")) == 1


def carried(client: Client) -> list[str]:
    found = client.get(reverse("monday")).context["sections"]
    return [line.about for one in found if one.title == "People who carry much" for line in one.lines]


def test_what_a_coach_carries_is_set_against_the_own_hours_where_they_are_known(people, school_lead):
    made = coaching_of_cast()  # 12 hours in 12 weeks
    assert not carried(school_lead)
    coach = Person.objects.create(name="Coach", school="Alder", user=people["coach"])
    term = term_of(timezone.localdate())
    free = TermHours.objects.create(person=coach, year=term.year, term=term.term, hours=5)
    (said_so,) = carried(school_lead)
    assert said_so.startswith(f"{5 / term.weeks:.1f} hours a week are free for it this term")
    free.hours = 400
    free.save()
    made.hours = 100  # more than advised, and less than is free
    made.save()
    assert not carried(school_lead)
    free.year -= 1
    free.save()
    assert "hours are advised" in carried(school_lead)[0]


def everything(people) -> None:
    today = timezone.localdate()
    coaching_of_cast()
    made = written("agreed")
    made.actions.create(what="Read aloud daily", post="Head", due=today)
    review_of_alder("drafted")
    pilot(starts=today - 30 * DAY, ends=today - DAY)
    joins(course := programme(), people["teacher"])
    meeting(course, -9, facilitator=people["coach"])
    person, _ = Person.objects.get_or_create(name="Nia", school="Alder", user=people["teacher"])
    Wish.objects.create(person=person, direction="share", topic="x", proposed_by=people["owner"])
    Wish.objects.create(person=person, direction="help", topic="y", accepted=timezone.now())


@pytest.mark.parametrize("name", ["owner", "school_lead", "teacher", "reviewer"])
def test_monday_asks_the_database_as_often_for_much_as_for_little(people, browser_of, name):
    capitals_of()
    everything(people)
    browser = browser_of(name)

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert browser.get(reverse("monday")).status_code == 200
        return len(found)

    asked()
    few = asked()
    for _ in range(3):
        everything(people)
    assert asked() <= few + 1  # that somebody carries much is written into the trail
    assert few <= 35
