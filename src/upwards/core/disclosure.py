"""What of an answer an audience may read: applied once, to rows, whatever shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from upwards.core.audience import Audience

PERSONAL_LEVELS = ("class", "teacher", "pupil")
KEPT_WHEN_HIDDEN = ("level", "unit", "path", "term")


def is_personal_level(level: str) -> bool:
    """Say whether the units of a level are persons, or known by one.

    Parameters
    ----------
    level
        Name of a level, such as ``"class:year"``.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_personal_level("class:year"), is_personal_level("school")
    (True, False)
    """
    return level.partition(":")[0] in PERSONAL_LEVELS


def disclose_units(
    rows: Iterable[Mapping[str, Any]], audience: Audience, *, min_coverage: float
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Keep the rows of units that an audience may read, and empty those that may not be told.

    Parameters
    ----------
    rows
        Rows of units with ``level, path, n, coverage`` and figures.
    audience
        Who reads.
    min_coverage
        Share of results, 0 to 1, below which a unit has no score.

    Returns
    -------
    tuple
        The rows, each with ``hidden`` (a reason or None), and how many were withheld, by reason.

    Notes
    -----
    A unit with a small count and a unit below coverage keep their name and lose every figure, the count
    too where it is small. Classes are personal units: they are withheld, and counted.

    Examples
    --------
    >>> row = {"level": "school", "unit": "a", "path": ["a"], "term": "x", "n": 4, "coverage": 1.0}
    >>> row["effect"] = 0.3
    >>> shown, withheld = disclose_units([row], Audience(), min_coverage=0.7)
    >>> shown[0]["effect"], shown[0]["n"], shown[0]["hidden"]
    (None, None, 'five pupils or fewer')
    """
    shown: list[dict[str, Any]] = []
    withheld: dict[str, int] = {}
    for row in rows:
        reason = _withheld(row, audience)
        if reason is not None:
            withheld[reason] = withheld.get(reason, 0) + 1
            continue
        shown.append(_emptied(row, _hidden(row, audience, min_coverage)))
    return shown, withheld


def _withheld(row: Mapping[str, Any], audience: Audience) -> str | None:
    if is_personal_level(row["level"]):
        return "personal units"
    schools: Sequence[str] = [*row["path"]]
    if audience.schools is not None and not any(audience.may_see(label) for label in schools):
        return "other schools"
    return None


def _hidden(row: Mapping[str, Any], audience: Audience, min_coverage: float) -> str | None:
    if row["n"] <= audience.hidden_at:
        return "five pupils or fewer" if audience.hidden_at == 5 else f"{audience.hidden_at} pupils or fewer"
    if row["coverage"] < min_coverage:
        return f"only {row['coverage']:.0%} of results can be used"
    return None


def _emptied(row: Mapping[str, Any], reason: str | None) -> dict[str, Any]:
    if reason is None:
        return {**row, "hidden": None}
    kept = KEPT_WHEN_HIDDEN if "or fewer" in reason else (*KEPT_WHEN_HIDDEN, "n", "coverage")
    return {name: row[name] if name in kept else None for name in row} | {"hidden": reason}
