"""How many practices were shared and taken up between two days; what pages about the whole group ask."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from upwards.web.practices.models import Practice, Use


def shared_between(first: datetime.date, last: datetime.date, schools: Iterable[str] | None = None) -> int:
    """Count practices first published in these days, both included; also those archived since."""
    rows = Practice.objects.filter(shared__gte=first, shared__lte=last)
    return rows.count() if schools is None else rows.filter(school__in=list(schools)).count()


def adopted_between(first: datetime.date, last: datetime.date, schools: Iterable[str] | None = None) -> int:
    """Count times that a school began in these days to use a practice of another, adapted or not.

    Two schools that take up one practice count twice; a school that stopped and began anew counts again.
    """
    rows = Use.objects.filter(begun__gte=first, begun__lte=last)
    return rows.count() if schools is None else rows.filter(school__in=list(schools)).count()
