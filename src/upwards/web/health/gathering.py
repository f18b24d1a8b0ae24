"""What takes attention: every app tells of its initiatives in the same form."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from upwards.core.name_order import in_order
from upwards.web.attention import Initiative, Running
from upwards.web.innovation.attention import running as pilots
from upwards.web.partnerships.attention import running as partnerships
from upwards.web.programmes.attention import running as programmes
from upwards.web.reviews.attention import running as reviews

TELLING: tuple[Running, ...] = (partnerships, pilots, programmes, reviews)


def initiatives(first: datetime.date, last: datetime.date) -> list[Initiative]:
    """Return what runs on any day from the first to the last, of every kind."""
    return [one for running in TELLING for one in running(first, last)]


@dataclass(frozen=True, slots=True)
class Attention:
    """What one school runs in a term.

    Attributes
    ----------
    school
        As the results name it.
    n
        How many initiatives.
    hours
        Of those that say their hours; None where none does.
    n_with_hours
        How many say them.
    share_for_pupils
        Of those that state an aim, the share with an outcome of pupils; None where none states one.
    n_with_aim
        How many state one.
    """

    school: str
    n: int
    hours: float | None
    n_with_hours: int
    share_for_pupils: float | None
    n_with_aim: int


def attention_of(schools: Iterable[str], found: Iterable[Initiative]) -> list[Attention]:
    """Return each school's by name; a school that runs nothing has none, and no hours that could be said."""
    rows = list(found)
    return [
        _of_school(one, [row for row in rows if row.school == one]) for one in sorted(schools, key=in_order)
    ]


def _of_school(school: str, rows: list[Initiative]) -> Attention:
    hours = [row.hours for row in rows if row.hours is not None]
    aims = [row.for_pupils for row in rows if row.for_pupils is not None]
    share = sum(aims) / len(aims) if aims else None
    return Attention(school, len(rows), sum(hours) if hours else None, len(hours), share, len(aims))
