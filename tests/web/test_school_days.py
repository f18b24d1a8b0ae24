"""School days by hand-counted calendars, and against counting them one by one."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwards.web.term_dates.school_days import SchoolDays

DAY = datetime.timedelta(days=1)
day = datetime.date.fromisoformat

#     December 2026          January 2027
#  Mo Tu We Th Fr Sa Su   Mo Tu We Th Fr Sa Su
#  14 15 16 17 18 19 20                1  2  3
#  21 22 23 24 25 26 27    4  5  6  7  8  9 10
#  28 29 30 31            11 12 13 14 15 16 17
CHRISTMAS = (day("2026-12-21"), day("2027-01-01"))
TRAINING = (day("2027-01-04"), day("2027-01-04"))
WINTER = SchoolDays.without([CHRISTMAS, TRAINING])


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [("2026-11-20", "2026-11-20", 0), ("2026-11-20", "2026-11-23", 1), ("2026-11-02", "2026-11-16", 10)],
)
def test_without_dates_school_days_are_mondays_to_fridays(first, last, days):
    assert SchoolDays().after(day(first), day(last)) == days


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-12-14", "2026-12-18", 5),  # the last week
        ("2026-12-14", "2027-01-03", 5),  # nothing is added in the holidays
        ("2026-12-14", "2027-01-08", 9),  # Tuesday to Friday of the first week back
        ("2026-12-21", "2027-01-04", 0),
        ("2026-12-19", "2026-12-20", 0),
        ("2027-01-08", "2026-12-14", 0),  # the wrong way round
    ],
)
def test_holidays_and_weekends_are_no_school_days(first, last, days):
    assert WINTER.between(day(first), day(last)) == days


def test_ten_school_days_after_the_seventh_of_december_end_in_january():
    # 8 to 11 (4), 14 to 18 (9), then 5 January (10).
    assert WINTER.after(day("2026-12-07"), day("2027-01-04")) == 9
    assert WINTER.after(day("2026-12-07"), day("2027-01-05")) == 10


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("2026-12-18", "2026-12-18"),
        ("2026-12-19", "2027-01-05"),  # Saturday before the holidays
        ("2026-12-25", "2027-01-05"),
        ("2027-01-04", "2027-01-05"),
        ("2027-01-09", "2027-01-11"),
    ],
)
def test_a_day_without_school_moves_to_the_first_one_after(asked, found):
    assert WINTER.first_from(day(asked)) == day(found)


def test_a_share_of_a_span_grows_on_school_days_only():
    span = (day("2026-12-14"), day("2027-01-08"))  # nine school days
    until = {end: WINTER.share(span, (span[0], day(end))) for end in ("2026-12-18", "2027-01-04")}
    assert until == {"2026-12-18": 5 / 9, "2027-01-04": 5 / 9}
    assert WINTER.share(span, (day("2027-01-05"), day("2027-06-01"))) == 4 / 9
    assert WINTER.share(span, (span[0], span[0] - DAY)) == 0
    assert WINTER.share(span, span) == 1


def test_a_span_that_lies_in_a_holiday_is_shared_out_by_all_of_its_days():
    assert WINTER.share(CHRISTMAS, (CHRISTMAS[0], day("2026-12-23"))) == 3 / 12


days = st.dates(day("2026-07-01"), day("2027-09-30"))
spans = st.tuples(days, st.integers(0, 45)).map(lambda one: (one[0], one[0] + one[1] * DAY))


@given(closed=st.lists(spans, max_size=8), first=days, last=days)
def test_counting_agrees_with_looking_at_each_day(closed, first, last):
    school_days = SchoolDays.without(closed)

    def is_school(one: datetime.date) -> bool:
        return one.isoweekday() <= 5 and not any(begin <= one <= end for begin, end in closed)

    apart = [SchoolDays.without([span]) for span in closed]
    assert SchoolDays.together(apart) == school_days
    each = [first + step * DAY for step in range((last - first).days + 1)]
    assert school_days.between(first, last) == sum(map(is_school, each))
    assert school_days.after(first, last) == sum(map(is_school, each[1:]))
    assert [school_days.is_open(one) for one in each] == [is_school(one) for one in each]
    moved = school_days.first_from(first)
    assert moved >= first
    assert is_school(moved)
    assert not any(is_school(first + step * DAY) for step in range((moved - first).days))
    gone = school_days.share((min(first, last), max(first, last)), (min(first, last), first))
    assert 0 <= gone <= 1
