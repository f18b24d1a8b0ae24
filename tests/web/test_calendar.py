"""A calendar reads visits from an address that nobody can guess and that ends when it is revoked."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from tests.web.partnerships_of_trust import PRIVATE, coaching_of_cast, partnership, take_part, visit
from upwards.web.partnerships.models import CalendarFeed

pytestmark = pytest.mark.django_db


def make_address(client: Client) -> str:
    page = client.post(reverse("calendar_address")).content.decode()
    found = re.search(r"/calendar/[\w-]{40,}\.ics", page)
    assert found is not None
    return found[0]


def events(address: str) -> list[dict[str, str]]:
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    feed = Calendar.from_ical(answer.content)
    return [{name.lower(): str(value) for name, value in one.items()} for one in feed.walk("VEVENT")]


def test_a_calendar_shows_visits_by_kind_subject_and_school(coach):
    made = coaching_of_cast()
    visit(made, -2, "missed", reason="other")
    visit(made, 10, "planned", at="13:30", hours=1.5)
    found = events(make_address(coach))
    assert [one["summary"] for one in found] == ["Visit (Coaching, mathematics)"] * 3
    assert {one["location"] for one in found} == {"Alder / Birch"}
    assert len({one["uid"] for one in found}) == 3


def test_it_names_nobody_and_holds_no_aim_and_no_note(coach, people):
    made = coaching_of_cast()
    text = Client().get(make_address(coach)).content.decode()
    names = [str(one) for one in people.values()] + [one.email for one in people.values()]
    words = [PRIVATE, made.aim, *(name for name in names if name != "Coach")]
    assert not [word for word in words if word in text]


def test_checks_after_the_end_are_in_it_and_proposals_are_not(teacher, people):
    coaching_of_cast("ended")
    take_part(partnership("proposed"), people["teacher"], "recipient", "asked")
    found = [one["summary"] for one in events(make_address(teacher))]
    assert found.count("Does the practice live on? (Coaching, mathematics)") == 2
    assert len(found) == 3  # and the visit that took place


def test_an_answered_check_is_gone_and_a_partnership_without_subject_has_its_kind(teacher):
    made = coaching_of_cast("ended")
    made.subject = ""
    made.save()
    first = made.follow_ups.first()
    first.lives_on = "yes"
    first.save()
    found = [one["summary"] for one in events(make_address(teacher))]
    assert found.count("Does the practice live on? (Coaching)") == 1


def test_a_new_address_ends_the_old_one_and_revoking_ends_both(coach):
    first = make_address(coach)
    second = make_address(coach)
    assert [Client().get(one).status_code for one in (first, second)] == [404, 200]
    assert coach.post(reverse("calendar_address"), {"do": "revoke"}).status_code == 302
    assert Client().get(second).status_code == 404
    assert "no address yet" in coach.get(reverse("calendar_address")).content.decode()


def test_the_token_is_long_is_shown_once_and_is_not_kept(coach):
    address = make_address(coach)
    token = address.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) >= 43
    assert token not in str(vars(CalendarFeed.objects.get()))
    assert token not in coach.get(reverse("calendar_address")).content.decode()


@pytest.mark.parametrize("ends", ["account", "role"])
def test_it_ends_with_the_account_and_with_the_last_role(coach, people, ends):
    address = make_address(coach)
    if ends == "account":
        people["coach"].is_active = False
        people["coach"].save()
    else:
        people["coach"].appointments.get().delete()
    assert Client().get(address).status_code == 404
