"""Days on which the schools of the trust are out."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone


def closed(first: int, last: int, school: str = "", name: str = "Holiday") -> Any:
    """Close some schools from a day to another, both counted from today."""
    from upwards.web.term_dates.models import Closure

    return Closure.objects.create(name=name, school=school, first=_day(first), last=_day(last))


def _day(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)
