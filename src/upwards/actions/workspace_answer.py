"""An answer on a workspace: computed once, kept, and always with where it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib.metadata import version
from typing import Any

from upwards.actions.measure_workspace import Opened
from upwards.core.academic_year import AcademicYear
from upwards.core.audience import TeamKey
from upwards.core.errors import UserError
from upwards.core.origin import Origin, Source
from upwards.store import answers
from upwards.store.agreed_answers import AGREED

Compute = Callable[[], dict[str, Any]]

_KEPT_ONLY: ContextVar[bool] = ContextVar("kept_only", default=False)


class NotYetComputed(UserError, LookupError):
    """An answer was asked for only if it is kept, and it is not."""


@contextmanager
def kept_only() -> Iterator[None]:
    """Ask only for what is kept: inside, an action raises `NotYetComputed` instead of computing.

    A page reads this way, and leaves the computing to a job.

    Examples
    --------
    >>> with kept_only():
    ...     pass  # answer = find_bright_spots(folder)
    """
    token = _KEPT_ONLY.set(True)
    try:
        yield
    finally:
        _KEPT_ONLY.reset(token)


def answer_once(
    opened: Opened, action: str, arguments: Mapping[str, Any], compute: Compute
) -> dict[str, Any]:
    """Return the answer kept for this state of the data, or compute and keep it.

    Parameters
    ----------
    opened
        The workspace, its snapshot and settings.
    action
        Name of the action.
    arguments
        All that decides the answer beside data and settings; JSON values.
    compute
        Computes the answer: plain data without NaN.

    Returns
    -------
    dict
        The answer.

    Raises
    ------
    NotYetComputed
        Inside `kept_only`, when it is not kept.
    """
    settings = opened.settings.used(opened.settings)
    key = answers.answer_key(action, settings=settings, arguments=arguments, code_version=version("upwards"))
    kept = answers.get(opened.workspace, opened.snapshot, key)
    if kept is not None:
        return dict(kept.content)
    if _KEPT_ONLY.get():
        raise NotYetComputed(f"The answer to {action!r} is not computed yet for this state of the data.")
    answer: dict[str, Any] = json.loads(json.dumps(compute(), allow_nan=False))
    with suppress(OSError, UserError):  # a workspace that may only be read still answers
        answers.put(opened.workspace, opened.snapshot, key, answer)
    return answer


def by_agreement(agreed: Set[TeamKey]) -> dict[str, Any]:
    """Return what an answer, and the key it is kept under, says of agreements to be named.

    Parameters
    ----------
    agreed
        Personal teams whose people agree, today.

    Returns
    -------
    dict
        Empty without any; else `AGREED` to the teams in order. `forget_unagreed` finds answers by it.

    Examples
    --------
    >>> by_agreement({("Hill", "reading", "3")})
    {'by_agreement': [['Hill', 'reading', '3']]}
    """
    return {AGREED: sorted(list(team) for team in agreed)} if agreed else {}


def origin_of(
    opened: Opened,
    *,
    measure: str,
    unit: str,
    n: int,
    level: float | None,
    years: tuple[int, ...],
    table: str = "results",
    places: Collection[str] | None = None,
) -> Origin:
    """Say where an answer comes from: the files that a table of the snapshot was read from.

    Parameters
    ----------
    opened
        The workspace.
    measure, unit, n, level
        What was measured, in which unit, on how many results, with which intervals.
    years
        Academic years, by their ending.
    table
        The standard table that was measured; a published file may fill several.
    places
        The published files that were used, as their figures name them; None, or no known one, for all.

    Returns
    -------
    Origin
    """
    records = [r for r in opened.snapshot.manifest.imports if r.table == table or table in r.yields]
    used = [r for r in records if places is None or r.mapping.get("place", r.file) in places]
    return Origin(
        measure=measure,
        version="1",
        unit=unit,
        level=level,
        n=n,
        period=tuple(AcademicYear(year) for year in years),
        source=tuple(Source(record.file, record.sha256) for record in used or records),
        snapshot=opened.snapshot.id,
    )
