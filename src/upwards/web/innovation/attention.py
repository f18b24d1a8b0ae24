"""The attention that pilots take, in the form that all kinds of initiative share."""

from __future__ import annotations

import datetime

from django.db.models import Q
from django.utils import timezone

from upwards.web.attention import Initiative
from upwards.web.innovation.models import Pilot, State


def running(first: datetime.date, last: datetime.date) -> list[Initiative]:
    """Return the pilots that ran on any day from the first to the last, with their hours in these days."""
    today = timezone.localdate()
    begun = Pilot.objects.filter(starts__lte=last).exclude(state=State.IDEA)
    open_or_ended_since = Q(state=State.RUNNING) | Q(decided_on__gte=first)
    rows = begun.filter(open_or_ended_since).order_by("school", "starts", "pk")
    return [_told(one, first, last, today) for one in rows]


def _told(one: Pilot, first: datetime.date, last: datetime.date, today: datetime.date) -> Initiative:
    days = (min(last, one.last_day(today)) - max(first, one.starts)).days + 1
    hours = one.hours_a_week * max(days, 0) / 7
    return Initiative(one.school, "pilot", one.title, round(hours, 2), one.for_pupils)
