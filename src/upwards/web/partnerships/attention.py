"""What partnerships take of a school's attention."""

from __future__ import annotations

import datetime

from upwards.web.attention import Initiative
from upwards.web.partnerships.models import Outcome, Partnership, State
from upwards.web.term_dates.calendars import Calendars, read_calendars


def running(first: datetime.date, last: datetime.date) -> list[Initiative]:
    """Return what has begun and not ended between two days, once for each school that takes part.

    Hours are those agreed, spread evenly over the school days from its start to its end.
    """
    rows = Partnership.objects.filter(starts__lte=last).exclude(state=State.PROPOSED)
    found = rows.prefetch_related("recipients", "sessions")
    calendars = read_calendars()
    return [
        Initiative(school, "partnership", _title(one), _hours(one, first, last, calendars), one.for_pupils)
        for one in found
        if _has_begun(one) and (one.closed is None or one.closed >= first)
        for school in one.schools
    ]


def _title(one: Partnership) -> str:
    return f"{one.get_kind_display()}: {one.subject}" if one.subject else one.get_kind_display()


def _has_begun(one: Partnership) -> bool:
    if one.state in (State.RUNNING, State.ENDED):
        return True
    return any(visit.outcome == Outcome.HELD for visit in one.sessions.all())


def _hours(one: Partnership, first: datetime.date, last: datetime.date, calendars: Calendars) -> float:
    end = min(one.ends, one.closed or one.ends)
    inside = (max(one.starts, first), min(end, last))
    return one.hours * calendars.of(one.schools).share((one.starts, one.ends), inside)
