"""Which partnerships are under way, and what they hold of the coming cycle."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from upwards.measures.promised_hours import UnderWay, find_under_way
from upwards.store.partnership_rows import PartnershipRow

MONDAY = datetime.date(2026, 11, 23)
WEEK = datetime.timedelta(weeks=1)


def row(number: str = "1", **other: Any) -> PartnershipRow:
    """Alder with Birch for 12 weeks from this Monday, 12 hours."""
    about: dict[str, Any] = {
        "kind": "coaching", "provider_school": "Alder", "provider_department": "year 6",
        "recipient_school": "Birch", "recipient_department": "year 5", "subject": "reading", "stage": None,
        "starts": MONDAY, "ends": MONDAY + 12 * WEEK, "hours": 12.0,
    }  # fmt: skip
    return PartnershipRow(partnership=number, **about | other)


def found(*rows: PartnershipRow, today: datetime.date = MONDAY, weeks: int = 12) -> tuple[UnderWay, ...]:
    return find_under_way(rows, today, weeks)


def test_a_partnership_is_under_way_until_its_last_day():
    (one,) = found(row())
    assert (one.provider_team, one.recipient_team, one.ends) == ("year 6", "year 5", "2027-02-15")
    day = datetime.timedelta(days=1)
    assert [len(found(row(ends=MONDAY + n * day))) for n in (-30, 0, 1)] == [0, 0, 1]
    assert len(found(row(ends=None, starts=None))) == 1


def test_still_to_be_given_is_what_is_agreed_less_what_was_delivered():
    assert [one.hours_left for one in found(row(delivered=5), row(delivered=20))] == [7, 0]
    (unknown,) = found(row(hours=None, delivered=5))
    assert (unknown.hours_left, unknown.provider_hours, unknown.recipient_hours) == (None, 0, 0)


@pytest.mark.parametrize(
    ("starts", "ends", "held"),
    [
        (0, 12, 12.0),  # the whole of it in the twelve weeks of the cycle
        (-6, 6, 12.0),  # what is left, in its last six weeks
        (0, 24, 6.0),  # half of its weeks
        (-12, 24, 6.0),
        (4, 16, 8.0),  # begins in four weeks: eight of its twelve
        (12, 24, 0.0),  # begins after the cycle
        (30, 40, 0.0),
    ],
)
def test_what_is_left_is_spread_evenly_over_its_weeks(starts, ends, held):
    for weekday in range(5):
        today = MONDAY + datetime.timedelta(days=weekday)
        (one,) = found(row(starts=MONDAY + starts * WEEK, ends=MONDAY + ends * WEEK), today=today)
        assert (one.provider_hours, one.recipient_hours) == (held, held)


def test_without_an_end_all_that_is_left_is_held_once_it_has_begun():
    later = row(ends=None, starts=MONDAY + 40 * WEEK)
    assert [one.provider_hours for one in found(row(ends=None), later)] == [12, 0]


def test_what_begins_in_the_middle_of_a_week_holds_its_whole_cycle():
    for weekday in range(7):
        day = MONDAY + datetime.timedelta(days=weekday)
        (one,) = found(row(starts=day, ends=day + 12 * WEEK), today=day)
        assert one.provider_hours == 12


def test_two_who_receive_together_take_the_provider_s_hours_once():
    three = found(row("P7-1"), row("P7-2", recipient_school="Cedar"), row("P8-3", recipient_school="Damson"))
    assert [one.provider_hours for one in three] == [12, 0, 12]
    assert [one.recipient_hours for one in three] == [12, 12, 12]
    apart = found(row("2026-1"), row("2026-2", recipient_school="Cedar"))
    assert [one.provider_hours for one in apart] == [12, 12]


def test_what_has_no_first_day_holds_the_same_from_monday_to_friday():
    for last in range(7):
        ends = MONDAY + 20 * WEEK + datetime.timedelta(days=last)
        days = [MONDAY + datetime.timedelta(days=n) for n in range(-2, 5)]  # a weekend plans for its Monday
        held = {found(row(starts=None, ends=ends), today=day)[0].provider_hours for day in days}
        assert len(held) == 1, last
