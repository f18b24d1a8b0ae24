"""Last year's term dates as a beginning of the next year's."""

from __future__ import annotations

import datetime

from django.db import transaction

from upwards.web.people.terms import term_of
from upwards.web.term_dates.models import Closure, ClosureQuerySet

WEEK = datetime.timedelta(weeks=1)
LATER = 52 * WEEK
"""The same day of the week a year on; holidays that move, such as Easter, are put right by hand."""


@transaction.atomic
def copy_on(rows: ClosureQuerySet) -> list[Closure]:
    """Record the same closures a year later, but none that has a day in common with one already there.

    The rows are locked, so that a button pressed twice copies them once.
    """
    made = []
    for one in rows.select_for_update():
        later = _later(one.first)
        first, last = one.first + later, one.last + later
        if not Closure.objects.overlapping(one.school, first, last).exists():
            made.append(Closure.objects.create(name=one.name, school=one.school, first=first, last=last))
    return made


def _later(first: datetime.date) -> datetime.timedelta:
    """Return 52 weeks; a week more for the first days of September, which would stay in their school year."""
    same_year = term_of(first + LATER).year == term_of(first).year
    return LATER + WEEK if same_year else LATER
