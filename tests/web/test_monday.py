"""Monday says what is waiting, for each role, and where it is mended; an empty one is kind."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.conftest import CAST
from tests.web.partnerships_of_trust import PRIVATE, coaching_of_cast, partnership, take_part, visit
from upwards.web.access import reader_for
from upwards.web.monday.lines import MOST_LINES
from upwards.web.monday.next_steps import next_steps
from upwards.web.partnerships.hours import make_follow_ups
from upwards.web.partnerships.models import Partnership, end_of_week
from upwards.web.people.models import Person, Wish
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


def sections(client: Client) -> dict[str, list[str]]:
    found = client.get(reverse("monday")).context["sections"]
    return {one.title: [line.said for line in one.lines] for one in found}


def links(client: Client) -> list[str]:
    return [line.address for one in client.get(reverse("monday")).context["sections"] for line in one.lines]


@pytest.mark.parametrize("name", [name for name in CAST if name != "researcher"])
def test_an_empty_monday_says_so_kindly_and_what_to_do_next(browser_of, name):
    page = browser_of(name).get(reverse("monday")).content.decode()
    assert "Nothing is waiting for you" in page
    assert page.count("<h1>") == 1


def test_a_researcher_and_a_stranger_have_no_monday(researcher, stranger):
    assert researcher.get(reverse("monday")).status_code == 403
    assert stranger.get(reverse("monday")).status_code == 302


def test_those_who_take_part_see_visits_due_and_late(coach, teacher):
    made = coaching_of_cast()
    made.sessions.get(outcome="planned").delete()
    late, due = visit(made, -2, "planned"), visit(made, 0, "planned")
    for client in (coach, teacher):
        said = sections(client)["For you"]
        assert len(said) == 2
        assert said[0].endswith("how did it go?")
        assert f"{reverse('visit_log', args=[made.pk])}?visit={late.pk}" in links(client)
    due.delete()
    late.delete()
    assert sections(coach)["For you"] == ["No next visit is planned"]


def test_who_is_asked_sees_it_and_who_declined_sees_nothing(coach, people):
    made = partnership("proposed")
    place = take_part(made, people["coach"], "provider", "asked")
    assert sections(coach)["For you"] == ["You are asked to take part; you may decline"]
    place.answer = "declined"
    place.save()
    assert "For you" not in sections(coach)


def test_leaders_see_missed_visits_missing_cover_and_hours_behind(school_lead, people):
    made = coaching_of_cast()
    visit(made, -1, "missed", reason="no cover")
    found = sections(school_lead)
    assert "Missed on" in found["Visits due, and visits missed"][0]
    assert "has no release cover yet" in found["Releases without cover"][0]
    assert found["Under 80% of their hours"] == ["1 of 6 hours due by now (12 agreed)"]
    planned = made.sessions.get(outcome="planned")
    assert reverse("visit", args=[planned.pk]) in links(school_lead)
    page = school_lead.get(reverse("monday")).content.decode()
    assert PRIVATE not in page
    assert "Teacher" not in page


def test_leaders_of_a_school_far_away_see_nothing_of_it(appointed):

    far = Client()
    far.force_login(appointed("far", Role.SCHOOL_LEAD, "Damson"))
    partnership()
    assert sections(far) == {}


def test_proposals_that_need_people_or_wait_are_actions(school_lead, other_lead, people):
    made = partnership("proposed")
    assert sections(school_lead)["Actions due"] == ["Nobody shares yet"]
    assert sections(other_lead)["Actions due"] == ["Nobody receives yet"]
    take_part(made, people["coach"], "provider", "asked")
    assert "Actions due" not in sections(school_lead)
    Partnership.objects.filter(pk=made.pk).update(made=timezone.now() - datetime.timedelta(days=11))
    assert sections(school_lead)["Actions due"] == ["Waiting for an answer for more than 10 days"]


def test_what_has_not_begun_and_what_is_over_are_actions(school_lead, people):
    begun = partnership("agreed")
    take_part(begun, people["coach"], "provider")
    take_part(begun, people["teacher"], "recipient")
    assert sections(school_lead)["Actions due"] == ["It should have begun, and no visit is planned"]
    today = timezone.localdate()
    begun.starts, begun.ends = today - datetime.timedelta(days=90), today - datetime.timedelta(days=1)
    begun.state = "running"
    begun.save()
    assert sections(school_lead)["Actions due"] == ["Its last day is over"]


def test_who_takes_part_is_told_that_the_last_day_is_over(coach):
    made = coaching_of_cast()
    made.sessions.get(outcome="planned").delete()
    made.ends = timezone.localdate() - datetime.timedelta(days=1)
    made.save()
    assert "end it, or agree a later day" in sections(coach)["For you"][0]


def test_the_check_weeks_later_is_due_for_both(teacher, other_lead, school_lead, people):
    made = partnership("ended", closed=timezone.localdate() - datetime.timedelta(weeks=6))
    take_part(made, people["teacher"], "recipient")
    make_follow_ups(made, (6, 12))
    said = ["6 weeks after the end: does the practice live on?"]
    assert sections(teacher)["For you"] == said
    assert sections(other_lead)["Actions due"] == said
    assert "Actions due" not in sections(school_lead)


def test_a_coach_who_carries_much_is_named_to_the_own_leaders_only(school_lead, other_lead, teacher, people):
    for schools in (("Birch", "Cedar", "Damson"), ("Birch",)):
        take_part(partnership(recipients=schools), people["coach"], "provider")
    assert "Coach shares with 4 others" in sections(school_lead)["People who carry much"][0]
    assert "People who carry much" not in sections(other_lead)
    assert "People who carry much" not in sections(teacher)
    assert AuditEntry.objects.filter(kind="partnerships.load", who=people["school_lead"]).exists()


def test_who_asks_for_help_is_shown_without_a_name(school_lead, other_lead, owner):
    person = Person.objects.create(name="Morgan", school="Alder")
    wish = Wish.objects.create(person=person, direction="help", topic="fractions", subject="mathematics")
    assert "Who asks for help" not in sections(school_lead)
    wish.accepted = timezone.now()
    wish.save()
    assert sections(school_lead)["Who asks for help"] == ["Help with fractions (mathematics)"]
    assert "Who asks for help" in sections(owner)
    assert "Who asks for help" not in sections(other_lead)
    assert "Morgan" not in school_lead.get(reverse("monday")).content.decode()


def test_news_since_last_week_are_for_all_who_see_partnerships(teacher, owner, governor):
    made = partnership()
    Partnership.objects.filter(pk=made.pk).update(made=timezone.now() - datetime.timedelta(days=30))
    visit(made, -1)
    visit(made, -30)
    gone = partnership("ended")
    make_follow_ups(gone, (6,))
    check = gone.follow_ups.get()
    check.lives_on, check.answered = "yes", timezone.localdate()
    check.save()
    partnership("proposed", subject="reading")
    for client in (teacher, owner):
        assert sections(client)["Shared since last week"] == [
            "A visit took place",
            "The practice lives on",
            "New",
        ]
    assert "Shared since last week" not in sections(governor)


def test_a_governor_sees_sums_and_no_partnership_by_itself(governor, appointed):
    made = partnership()
    partnership(provider="Cedar", recipients=("Damson",))
    visit(made, -1, hours=2.0)
    said = ["1 partnership is under way: 2 hours given of 6 due by now"]
    assert sections(governor)["What people do together"] == said
    page = governor.get(reverse("monday")).content.decode()
    assert made.aim not in page
    whole = Client()
    whole.force_login(appointed("whole", Role.GOVERNOR))
    assert "2 partnerships are under way" in sections(whole)["What people do together"][0]


@pytest.mark.parametrize(("day", "last"), [(23, 29), (26, 29), (27, 29), (28, 29 + 7), (29, 29 + 7)])
def test_a_week_ends_on_sunday_and_a_weekend_looks_at_the_week_ahead(day, last):
    first = datetime.date(2026, 11, 1)
    assert end_of_week(first.replace(day=day)) == first + datetime.timedelta(days=last - 1)


def test_steps_proposed_are_pages_that_exist_and_that_the_role_may_open(people, browser_of):
    for name, user in people.items():
        for _, _, where in next_steps(reader_for(user)):
            assert browser_of(name).get(where).status_code in (200, 202), (name, where)


def test_a_long_week_shows_the_first_lines_of_each_section_and_a_way_to_the_rest(owner):
    for _ in range(MOST_LINES + 3):
        visit(partnership("running"), 0, "planned")
    short = owner.get(reverse("monday")).content.decode()
    section = short.split("Visits due, and visits missed</h2>")[1].split("<h2>")[0]
    assert section.count("<li>") == MOST_LINES
    assert '<a href="?all=yes">And 3 more' in section
    whole = owner.get(reverse("monday"), {"all": "yes"}).content.decode()
    section = whole.split("Visits due, and visits missed</h2>")[1].split("<h2>")[0]
    assert section.count("<li>") == MOST_LINES + 3
    assert "more<span" not in section
