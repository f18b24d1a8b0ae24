"""Made-up term dates of a demonstration: school years as they are typical of England, about its first run."""

from __future__ import annotations

import datetime

from django.utils import timezone

from upwards.web.demonstration.cast import RECEIVES, SHARES
from upwards.web.people.terms import term_of
from upwards.web.term_dates.calendars import ALL_SCHOOLS
from upwards.web.term_dates.models import Closure

DAY = datetime.timedelta(days=1)
ONE_WEEK, TWO_WEEKS = 4 * DAY, 11 * DAY
"""From a Monday to the last Friday."""


def make_term_dates() -> None:
    """Make those of this school year, the last and the next, where there are none yet."""
    if Closure.objects.exists():
        return
    this = term_of(timezone.localdate()).year
    for year in (this - 1, this, this + 1):
        for name, school, first, last in holidays(year):
            Closure.objects.create(name=name, school=school, first=first, last=last)


def holidays(year: int) -> list[tuple[str, str, datetime.date, datetime.date]]:
    """Return name, school, first and last day of a school year's, by the year in which it ends."""
    autumn = _monday(year - 1, 10, 31)
    christmas = _monday(year - 1, 12, 25)
    february = _monday(year, 2, 21)
    spring = _monday(year, 4, 4)
    may, whitsun = _monday(year, 5, 7), _monday(year, 5, 31)
    back, eve = christmas + 14 * DAY, autumn - 3 * DAY
    return [
        ("Training day", RECEIVES, eve, eve),
        ("Autumn half-term", ALL_SCHOOLS, autumn, autumn + ONE_WEEK),
        ("Christmas holidays", ALL_SCHOOLS, christmas, christmas + TWO_WEEKS),
        ("Training day", SHARES, back, back),
        ("Spring half-term", ALL_SCHOOLS, february, february + ONE_WEEK),
        ("Easter holidays", ALL_SCHOOLS, spring, spring + TWO_WEEKS),
        ("May bank holiday", ALL_SCHOOLS, may, may),
        ("Summer half-term", ALL_SCHOOLS, whitsun, whitsun + ONE_WEEK),
        ("Summer holidays", ALL_SCHOOLS, datetime.date(year, 7, 22), datetime.date(year, 8, 31)),
    ]


def _monday(year: int, month: int, latest: int) -> datetime.date:
    """Return the last Monday up to a day of a month."""
    day = datetime.date(year, month, latest)
    return day - day.weekday() * DAY
