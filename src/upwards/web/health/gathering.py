"""What takes attention: every app tells of its initiatives; only one that is not installed is missed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps

from upwards.charts.picture import in_order
from upwards.web.attention import Initiative, Running

TELLING = ("upwards.web.partnerships", "upwards.web.innovation", "upwards.web.programmes")


def initiatives(first: datetime.date, last: datetime.date) -> list[Initiative]:
    """Return what runs on any day from the first to the last, of every kind that is installed."""
    found: list[Initiative] = []
    for app in TELLING:
        if apps.is_installed(app):
            running: Running = import_module(f"{app}.attention").running
            found += running(first, last)
    return found


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
