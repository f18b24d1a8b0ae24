"""Hours of training that people received, by the registers that were taken."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import F, Sum

from upwards.web.programmes.models import NOTHING, Attendance, Programme, Session

PENNY = Decimal("0.01")


def sessions_between(
    first: datetime.date, last: datetime.date, schools: Collection[str] | None = None
) -> float:
    """Return the hours that people were trained in sessions from the first day to the last.

    Each who was present counts with the hours of the session; ``schools`` keeps the participants of some.
    """
    rows = Attendance.objects.filter(present=True, session__date__range=(first, last))
    if schools is not None:
        rows = rows.filter(participant__school__in=list(schools))
    total = rows.aggregate(total=Sum(F("session__hours")))["total"]
    return float(total or 0)


@dataclass(frozen=True, slots=True)
class Held:
    """One session with its counts.

    Attributes
    ----------
    expected, marked, present
        Participants on its day, those of whom the register says something, and those who were there; the
        last is None while no register was taken.
    person_hours
        Hours times those who were there.
    """

    session: Session
    expected: int
    marked: int
    present: int | None
    person_hours: float | None


def held_sessions(programme: Programme) -> list[Held]:
    people = list(programme.participants.all())
    rows = programme.sessions.select_related("facilitator").prefetch_related("attendance")
    return [_held(one, sum(who.is_in(one.date) for who in people)) for one in rows]


def _held(session: Session, expected: int) -> Held:
    marked = session.attendance.all()
    if not marked:
        return Held(session, expected, 0, None, None)
    present = sum(one.present for one in marked)
    return Held(session, expected, len(marked), present, present * session.hours)


@dataclass(frozen=True, slots=True)
class Costs:
    """Money of a programme; `spent` holds what sessions until today cost, `planned` all of them.

    Attributes
    ----------
    per_participant
        What is spent, shared by all who take or took part; None while there is nobody.
    """

    budget: Decimal
    spent: Decimal
    planned: Decimal
    per_participant: Decimal | None

    @property
    def over(self) -> Decimal:
        return max(self.planned - self.budget, NOTHING)


def costs_of(programme: Programme, sessions: Iterable[Session], n: int, today: datetime.date) -> Costs:
    rows = list(sessions)
    spent = sum((one.cost for one in rows if one.date <= today), programme.other_costs)
    planned = sum((one.cost for one in rows), programme.other_costs)
    each = (spent / n).quantize(PENNY, ROUND_HALF_UP) if n else None
    return Costs(programme.budget, spent, planned, each)
