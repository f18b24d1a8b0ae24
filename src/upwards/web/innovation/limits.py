"""How many pilots a school runs at once, so that innovation does not sidetrack."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format

from upwards.core.errors import UserError
from upwards.web.innovation.models import Pilot, State
from upwards.web.rules import rules

IN_SCHOOL = "innovations.max_in_school"
IN_DEPARTMENT = "innovations.max_in_department"


class TooMuchAtOnce(UserError):
    """A school, or one of its departments, tries as much as it may at once."""


@dataclass(frozen=True, slots=True)
class Most:
    """How many may run at once in a school and in one of its departments, and why."""

    in_school: int
    in_department: int
    reason: str


def most() -> Most:
    known = rules()
    return Most(known.count(IN_SCHOOL), known.count(IN_DEPARTMENT), known[IN_SCHOOL].reason)


def lock_and_check(pilot: Pilot) -> None:
    """Refuse one more than may run at once; the caller holds a transaction.

    The rows of the school are locked, so that of two who begin at the same moment one waits for the other.
    """
    rows = list(Pilot.objects.select_for_update().filter(school=pilot.school).order_by("pk"))
    others = [one for one in rows if one.state == State.RUNNING and one.pk != pilot.pk]
    known = most()
    if len(others) >= known.in_school:
        raise TooMuchAtOnce(_said(pilot.school, others, known.in_school, IN_SCHOOL))
    same = [one for one in others if _is_same(one.department, pilot.department)]
    if pilot.department and len(same) >= known.in_department:
        place = f"{pilot.department} in {pilot.school}"
        raise TooMuchAtOnce(_said(place, same, known.in_department, IN_DEPARTMENT))


def _is_same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _said(place: str, others: Sequence[Pilot], most_at_once: int, setting: str) -> str:
    running = sorted(others, key=lambda one: (one.ends, one.pk))
    listed = "; ".join(f"“{one.title}” until {_day(one.ends)}" for one in running)
    many = f"{len(running)} {'pilot' if len(running) == 1 else 'pilots'}"
    begins = f"{place} runs {many} already, and at most {most_at_once} may run at once"
    ends = running[0].ends if running else None
    then = _next(ends, timezone.localdate()) if ends is not None else ""
    return (
        f"{begins}, so that innovation does not sidetrack{f': {listed}' if listed else ''}. {then}"
        f"An owner can raise the number in the settings ({setting})."
    )


def _next(ends: datetime.date, today: datetime.date) -> str:
    if ends < today:
        return f"One of them should have ended on {_day(ends)}: decide on it first. "
    return f"The next ends on {_day(ends)}: decide on it first. "


def _day(day: datetime.date) -> str:
    return date_format(day, "j F Y")
