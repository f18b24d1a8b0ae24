"""Last year's term dates as a beginning of the next year's."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import transaction

from upwards.web.term_dates.models import Closure

LATER = datetime.timedelta(weeks=52)
"""The same day of the week a year on; holidays that move, such as Easter, are put right by hand."""


@transaction.atomic
def copy_on(rows: Iterable[Closure]) -> list[Closure]:
    """Record the same closures a year later, but none that has a day in common with one already there."""
    made = []
    for one in rows:
        first, last = one.first + LATER, one.last + LATER
        if not Closure.objects.overlapping(one.school, first, last).exists():
            made.append(Closure.objects.create(name=one.name, school=one.school, first=first, last=last))
    return made
