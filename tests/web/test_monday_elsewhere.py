"""Monday also says what reviews, practices and pilots ask, to those who can do it, and what is new."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import pilot
from tests.web.practices_of_trust import draft, practice
from tests.web.reviews_of_trust import written
from upwards.web.health.models import Participation, Pulse
from upwards.web.practices.lifecycle import send
from upwards.web.practices.models import Use

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def said(client: Client, title: str) -> list[str]:
    found = client.get(reverse("monday")).context["sections"]
    return [line.said for one in found if one.title == title for line in one.lines]


def test_an_action_after_a_review_is_due_for_who_leads_the_school(owner, school_lead, other_lead, teacher):
    made = written("agreed")
    made.actions.create(what="Read aloud daily", post="Head of English", due=timezone.localdate() - DAY)
    made.actions.create(what="Far away", post="Head", due=timezone.localdate() + 90 * DAY)
    for client in (owner, school_lead):
        (line,) = said(client, "Actions due")
        assert line.startswith("Read aloud daily")
        assert line.endswith(": late")
    assert not said(other_lead, "Actions due")
    assert not said(teacher, "Actions due")


def test_a_practice_waits_to_be_read_by_who_may_publish_it(people, school_lead, other_lead, teacher):
    send(draft(author=people["teacher"]))
    assert said(school_lead, "Actions due") == ["A practice waits to be read before it is shared"]
    assert not said(other_lead, "Actions due")
    assert not said(teacher, "Actions due")


def test_a_pilot_over_asks_its_leader_and_the_school_for_a_decision(people, teacher, school_lead, other_lead):
    today = timezone.localdate()
    pilot(starts=today - 30 * DAY, ends=today - DAY)
    assert said(teacher, "For you") == ["A pilot is over and waits for a decision"]
    assert said(school_lead, "Actions due") == ["A pilot is over and waits for a decision"]
    assert not said(other_lead, "Actions due")


def test_what_the_library_gained_is_news_to_the_group(people, other_lead, governor, researcher):
    made = practice(author=people["teacher"])
    Use.objects.create(practice=made, school="Birch", manner="adopted")
    for client in (other_lead, governor):
        assert said(client, "Shared since last week") == [
            f"New in the library: {made}",
            "Birch takes up a practice",
        ]
    made.shared = timezone.localdate() - 8 * DAY
    made.save()
    Use.objects.update(begun=timezone.localdate() - 8 * DAY)
    assert not said(governor, "Shared since last week")


def test_an_open_pulse_asks_everybody_who_has_not_answered(people, teacher, governor):
    made = Pulse.objects.create(year=2026, term="1", closes=timezone.localdate() + 20 * DAY, shown_from=6)
    assert len(said(teacher, "For you")) == 1
    assert not said(governor, "For you")
    Participation.objects.create(pulse=made, user=people["teacher"])
    assert not said(teacher, "For you")
