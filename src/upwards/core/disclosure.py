"""What of an answer an audience may read: applied once, to rows, whatever shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from upwards.core.audience import Audience

PERSONAL_LEVELS = ("class", "teacher", "pupil")
ALWAYS_KEPT = ("level", "unit", "path", "term")
COUNTS = ("n", "coverage")
NEIGHBOUR = "a neighbour's small count could be worked out from it"

UnitKey = tuple[str, tuple[str, ...]]
"""Level and path."""
Row = Mapping[str, Any]


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
    rows: Iterable[Row],
    audience: Audience,
    *,
    min_coverage: float,
    levels: Sequence[str] = ("school",),
    n_teachers: Mapping[UnitKey, int] | None = None,
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
    levels
        Nested levels of the fit, outer to inner: they say which label of a path is the school.
    n_teachers
        Level and path to the number of teachers, where it is known.

    Returns
    -------
    tuple
        The rows, each with ``hidden`` (a reason or None), and how many were withheld, by reason.

    Notes
    -----
    A unit with a small count, one taught by too few people and one below coverage keep their name and
    lose every figure; the count too where it is small. Where a single small count could be found by
    subtraction from that of the unit above, the next smallest of its neighbours is hidden with it.
    Classes are personal units: they are withheld, and counted.

    Examples
    --------
    >>> row = {"level": "school", "unit": "a", "path": ["a"], "term": "x", "n": 4, "coverage": 1.0}
    >>> row["effect"] = 0.3
    >>> shown, withheld = disclose_units([row], Audience(), min_coverage=0.7)
    >>> shown[0]["effect"], shown[0]["n"], shown[0]["hidden"]
    (None, None, 'five pupils or fewer')
    """
    listed = list(rows)
    small = _small_counts(listed, audience.hidden_at)
    teachers = n_teachers or {}
    shown: list[dict[str, Any]] = []
    withheld: dict[str, int] = {}
    for row in listed:
        reason = _withheld(row, audience, levels)
        if reason is not None:
            withheld[reason] = withheld.get(reason, 0) + 1
        elif _key(row) in small:
            shown.append(_emptied(row, small[_key(row)], ALWAYS_KEPT))
        else:
            why = _personal(row, audience, teachers) or _uncovered(row, min_coverage)
            shown.append(_emptied(row, why, (*ALWAYS_KEPT, *COUNTS)) if why else {**row, "hidden": None})
    return shown, withheld


def disclose_beside(rows: Iterable[Row], shown: Iterable[Row]) -> list[dict[str, Any]]:
    """Keep of further rows on the same units those whose unit is shown with its figures.

    Parameters
    ----------
    rows
        Rows with ``level`` and ``path``, such as forecasts.
    shown
        From `disclose_units`.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> shown = [{"level": "school", "path": ["a"], "hidden": "five pupils or fewer"}]
    >>> disclose_beside([{"level": "school", "path": ["a"], "estimate": 0.3}], shown)
    []
    """
    told = {_key(row) for row in shown if row["hidden"] is None}
    return [dict(row) for row in rows if _key(row) in told]


def _key(row: Row) -> UnitKey:
    return row["level"], tuple(row["path"])


def _small_counts(rows: Sequence[Row], hidden_at: int) -> dict[UnitKey, str]:
    """Return the units whose count is hidden, with the reason: small, or next to a single small one."""
    siblings: dict[UnitKey, dict[UnitKey, int]] = {}
    for row in rows:
        level, path = _key(row)
        siblings.setdefault((level, path[:-1]), {})[level, path] = row["n"]
    reason = "five pupils or fewer" if hidden_at == 5 else f"{hidden_at} pupils or fewer"
    found: dict[UnitKey, str] = {}
    for counts in siblings.values():
        small = [key for key, n in counts.items() if n <= hidden_at]
        found |= dict.fromkeys(small, reason)
        rest = [key for key in counts if key not in found]
        if len(small) == 1 and rest:
            found[min(rest, key=lambda key: (counts[key], key))] = NEIGHBOUR
    return found


def _withheld(row: Row, audience: Audience, levels: Sequence[str]) -> str | None:
    if is_personal_level(row["level"]):
        return "personal units"
    if audience.schools is None:
        return None
    place = levels.index("school")
    own = levels.index(row["level"].partition(":")[0])
    return "other schools" if own < place or not audience.may_see(row["path"][place]) else None


def _personal(row: Row, audience: Audience, n_teachers: Mapping[UnitKey, int]) -> str | None:
    people = n_teachers.get(_key(row))
    if people is None or people >= audience.personal_below:
        return None
    return f"taught by fewer than {audience.personal_below} people"


def _uncovered(row: Row, min_coverage: float) -> str | None:
    if row["coverage"] >= min_coverage:
        return None
    return f"only {row['coverage']:.0%} of results can be used"


def _emptied(row: Row, reason: str, kept: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] if name in kept else None for name in row} | {"hidden": reason}
