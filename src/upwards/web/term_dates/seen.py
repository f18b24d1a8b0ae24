"""Who changes which term dates, and what each school year holds."""

from __future__ import annotations

from collections.abc import Collection

from upwards.web.access import Reader, beyond, schools_near
from upwards.web.people.models import Term
from upwards.web.people.terms import SchoolTerm, term_of
from upwards.web.term_dates.calendars import Calendars
from upwards.web.term_dates.models import Closure, ClosureQuerySet
from upwards.web.term_dates.school_days import Span

CHANGE = "change_term_dates"
EVERY = "*"
"""All schools, in a form: there, what is blank has not been answered."""


def changeable(reader: Reader) -> ClosureQuerySet:
    """Return what the reader may change: a lead of all schools everything, a school lead the own school's.

    A school for which another controller answers records its own.
    """
    own = reader.schools_for(CHANGE)
    if own is None:
        return Closure.objects.exclude(school__in=beyond(reader))
    return Closure.objects.filter(school__in=own)


def offered_schools(reader: Reader) -> list[tuple[str, str]]:
    """Return for which schools the reader may record days, with their labels."""
    every = [(EVERY, "All schools")] if reader.schools_for(CHANGE) is None else []
    return [*every, *((one, one) for one in schools_near(reader, CHANGE))]


def span_of(year: int) -> Span:
    """Return the days of a school year, by the year in which it ends."""
    return SchoolTerm(year, Term.AUTUMN).first, SchoolTerm(year, Term.SUMMER).last


def beginning_in(rows: ClosureQuerySet, year: int) -> ClosureQuerySet:
    return rows.filter(first__range=span_of(year))


def within(rows: ClosureQuerySet, year: int) -> ClosureQuerySet:
    """Keep those that have a day in a school year: summer holidays may end in September."""
    first, last = span_of(year)
    return rows.filter(first__lte=last, last__gte=first)


def years_held(this: int) -> list[int]:
    """Return the school years that have dates, with this one and the next."""
    days = Closure.objects.order_by().values_list("first", flat=True).distinct()
    return sorted({term_of(day).year for day in days} | {this, this + 1})


def written(year: int) -> str:
    return f"{year - 1}/{year % 100:02d}"


def school_days_of(calendars: Calendars, year: int, schools: Collection[str]) -> int:
    return calendars.of(schools).between(*span_of(year))
