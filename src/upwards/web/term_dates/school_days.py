"""Counting school days: Mondays to Fridays without those on which school is out. The one place that does."""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[datetime.date, datetime.date]
"""A first and a last day; both belong to it."""
SCHOOL_WEEK = 5


@dataclass(frozen=True, slots=True)
class SchoolDays:
    """The school days of one school, or of several together: then all of them are open.

    Attributes
    ----------
    out
        Mondays to Fridays on which school is out, as ordinals of days, ascending and each once.
    """

    out: tuple[int, ...] = ()

    @classmethod
    def without(cls, closed: Iterable[Span]) -> SchoolDays:
        """Take every day of these spans out; spans may overlap."""
        days = {day for first, last in closed for day in range(first.toordinal(), last.toordinal() + 1)}
        return cls(tuple(sorted(day for day in days if _is_weekday(day))))

    @classmethod
    def together(cls, several: Iterable[SchoolDays]) -> SchoolDays:
        """Return the days on which all of several schools are open."""
        return cls(tuple(sorted(set().union(*(one.out for one in several)))))

    def is_open(self, day: datetime.date) -> bool:
        return self.between(day, day) == 1

    def between(self, first: datetime.date, last: datetime.date) -> int:
        """Count the school days from one day to another, both included; none where the last is earlier."""
        begin, end = first.toordinal(), last.toordinal()
        if end < begin:
            return 0
        n_out = bisect_right(self.out, end) - bisect_left(self.out, begin)
        return _weekdays_until(end) - _weekdays_until(begin - 1) - n_out

    def after(self, first: datetime.date, last: datetime.date) -> int:
        """Count the school days after one day, up to another."""
        return self.between(first, last) - self.between(first, first) if last > first else 0

    def first_from(self, day: datetime.date) -> datetime.date:
        """Return the day itself where it is a school day, else the first one after it."""
        while not self.is_open(day):
            day += datetime.timedelta(days=1)
        return day

    def share(self, span: Span, part: Span) -> float:
        """Return how much of a span lies in a part of it, by school days, 0 to 1.

        A span without any school day is shared out by all of its days.
        """
        first, last = max(span[0], part[0]), min(span[1], part[1])
        if last < first:
            return 0.0
        whole = self.between(*span)
        if whole:
            return self.between(first, last) / whole
        return ((last - first).days + 1) / ((span[1] - span[0]).days + 1)


def _is_weekday(ordinal: int) -> bool:
    return (ordinal - 1) % 7 < SCHOOL_WEEK


def _weekdays_until(ordinal: int) -> int:
    """Count Mondays to Fridays up to a day; the first ordinal is a Monday."""
    weeks, rest = divmod(ordinal, 7)
    return SCHOOL_WEEK * weeks + min(rest, SCHOOL_WEEK)
