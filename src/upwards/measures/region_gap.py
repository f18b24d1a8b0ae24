"""How much of the gap between a region and the rest goes with what pupils bring, and what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import EmptyData, near_misses
from upwards.core.panel import Flags, Floats, SchoolPanel, SchoolRegister
from upwards.estimators.decomposition import (
    GapDecomposition,
    RemainingGap,
    decompose_gap,
    kitagawa,
    remaining_at,
)

Z = 1.959963984540054  # 95 % of a normal distribution
UNTOLD = (
    "A progress measure takes attainment on entry into account already; its part here is only what that "
    "leaves.",
    "Published figures are means of schools. They cannot tell whether pupils of the same background did "
    "better: a school's mix goes with its place, its staff and its neighbours as well.",
    "Parents' education and income, private tuition, and how long pupils have lived in the country are not "
    "published by school, so no part of the gap can be given to them.",
    "What a programme did is not in these figures: they describe one year, and a part that goes with intake "
    "may have been there before the programme, or have come with it.",
)


def explain_region_gap(
    outcome: SchoolPanel,
    blocks: Mapping[str, Sequence[SchoolPanel]],
    register: SchoolRegister,
    *,
    region: str,
    year: int,
    split: tuple[SchoolPanel, SchoolPanel] | None = None,
) -> dict[str, Any]:
    """Take the gap between a region and the rest apart by blocks of published intake.

    Parameters
    ----------
    outcome
        The measure, with the pupils behind each figure.
    blocks
        Name of a block to the published figures in it, such as ethnic groups.
    register
        Where each school is; errors are robust to what schools of one authority share.
    region
        As the register writes it.
    year
        Academic year by its ending.
    split
        The outcome of one kind of pupils and of all, with pupils, for Kitagawa's split by kind of pupil.

    Returns
    -------
    dict
        ``{"region", "year", "measure", "gap", "remaining", "remaining_by": [{"slopes_of", "estimate",
        "lower", "upper"}], "parts": [{"block", "estimate", "lower", "upper"}], "beyond", "n_schools",
        "n_region", "n_left_out", "split", "text", "untold"}``; ``beyond`` is the figure of which the region
        has most schools outside the range of 19 in 20 schools elsewhere, with their share.

    Raises
    ------
    EmptyData
        When a block is not published for that year, or no school of the region has all figures.
    """
    at = [_column(outcome, year), *(_column(panel, year) for group in blocks.values() for panel in group)]
    value, n = outcome.value[:, at[0]], outcome.n[:, at[0]]
    columns = _aligned(outcome, blocks, at[1:])
    place = register.places(outcome.school)
    where = np.where(place >= 0, register.region[place], "")
    authority = np.where(place >= 0, register.authority[place], "")
    _refuse_unknown(region, where)
    whole = np.isfinite(value) & (n > 0) & (where != "")
    whole &= np.all([np.isfinite(block).all(axis=1) for block in columns.values()], axis=0)
    if not whole.any():
        raise EmptyData(f"No school has all the figures of {AcademicYear(year)} that are asked for.")
    inside = where[whole] == region
    held = {name: block[whole] for name, block in columns.items()}
    sides: dict[str, Any] = {
        "weight": n[whole],
        "cluster": np.unique(authority[whole], return_inverse=True)[1],
    }
    found = decompose_gap(value[whole], inside, held, **sides)
    either = remaining_at(value[whole], inside, np.column_stack(list(held.values())), **sides)
    n_left_out = int((np.isfinite(value) & ~whole).sum())
    return {
        **_plain(found, outcome, region, year, n_left_out),
        "remaining_by": [
            {"slopes_of": _SLOPES[one.at].format(region=region), **_interval(one.remaining, one.se)}
            for one in either
        ],
        "beyond": _beyond(held, blocks, inside),
        "split": _split(split, where, authority, region, year),
        "text": _say(found, either, region, year),
        "untold": list(UNTOLD),
    }


_SLOPES = {"other": "the rest", "first": "{region}"}


def _beyond(
    held: Mapping[str, Floats], blocks: Mapping[str, Sequence[SchoolPanel]], inside: Flags
) -> dict[str, Any]:
    """Find the figure in which the region is least like the rest: there slopes are carried furthest."""
    names = [panel.measure for panels in blocks.values() for panel in panels]
    columns = np.column_stack(list(held.values()))
    low, high = np.quantile(columns[~inside], [0.025, 0.975], axis=0)
    share = ((columns[inside] < low) | (columns[inside] > high)).mean(axis=0)
    most = int(np.argmax(share))
    return {"measure": names[most], "share": float(share[most])}


def _column(panel: SchoolPanel, year: int) -> int:
    if year not in panel.years or not np.isfinite(panel.value[:, panel.years.index(year)]).any():
        raise EmptyData(
            f"{panel.measure} was not published by school for {AcademicYear(year)} in the files held. "
            "Choose another year, or import the file that has it."
        )
    return panel.years.index(year)


def _aligned(
    outcome: SchoolPanel, blocks: Mapping[str, Sequence[SchoolPanel]], at: Sequence[int]
) -> dict[str, Floats]:
    """Put the figures of every block in the order of the outcome's schools."""
    columns, following = {}, iter(at)
    for name, panels in blocks.items():
        columns[name] = np.column_stack([_of(panel, outcome, next(following)) for panel in panels])
    return columns


def _of(panel: SchoolPanel, outcome: SchoolPanel, column: int) -> Floats:
    order = np.argsort(panel.school)
    place = np.searchsorted(panel.school[order], outcome.school).clip(max=len(order) - 1)
    row = order[place]
    return np.where(panel.school[row] == outcome.school, panel.value[row, column], np.nan)


def _refuse_unknown(region: str, where: Any) -> None:
    known = [str(name) for name in np.unique(where) if name]
    if region not in known:
        raise EmptyData(
            f"No school lies in a region called {region!r}{near_misses(region, known) or '.'} "
            f"There are: {', '.join(known)}."
        )


def _interval(estimate: float, se: float) -> dict[str, float]:
    return {"estimate": estimate, "lower": estimate - Z * se, "upper": estimate + Z * se}


def _plain(
    found: GapDecomposition, outcome: SchoolPanel, region: str, year: int, n_left_out: int
) -> dict[str, Any]:
    parts = [
        {"block": name, **_interval(float(part), float(se))}
        for name, part, se in zip(found.blocks, found.part, found.part_se, strict=True)
    ]
    return {
        "region": region,
        "year": year,
        "measure": outcome.measure,
        "gap": _interval(found.gap, found.gap_se),
        "remaining": _interval(found.remaining, found.remaining_se),
        "parts": parts,
        "n_schools": found.n,
        "n_region": found.n_first,
        "n_authorities": found.n_clusters,
        "n_left_out": n_left_out,
    }


def _split(
    split: tuple[SchoolPanel, SchoolPanel] | None, where: Any, authority: Any, region: str, year: int
) -> dict[str, Any] | None:
    if split is None:
        return None
    some, everybody = split
    at = (_column(some, year), _column(everybody, year))
    value, n = _of(some, everybody, at[0]), _pupils(some, everybody, at[0])
    total, n_all = everybody.value[:, at[1]], everybody.n[:, at[1]]
    whole = np.isfinite(value) & np.isfinite(total) & (n >= 0) & (n_all > n) & (where != "")
    sums = np.stack([n, n_all - n, value * n, total * n_all - value * n])[:, whole]
    area = np.unique(authority[whole], return_inverse=True)[1]
    side = (where[whole] != region).astype(np.int64)
    by_area = np.stack(
        [np.bincount(2 * area + side, weights=row, minlength=2 * (area.max() + 1)) for row in sums]
    )
    by_area = by_area.reshape(4, -1, 2)
    composition, rates = _composition_and_rates(by_area.sum(axis=1))
    # each authority left out in turn: what schools of one share is in the error
    without = [_composition_and_rates(by_area.sum(axis=1) - by_area[:, k]) for k in range(by_area.shape[1])]
    n_areas = len(without)
    se = np.std(without, axis=0) * np.sqrt(n_areas - 1)
    return {
        "pupil_group": some.pupil_group,
        "gap": composition + rates,
        "composition": composition,
        "composition_lower": composition - Z * se[0],
        "composition_upper": composition + Z * se[0],
        "rates": rates,
        "rates_lower": rates - Z * se[1],
        "rates_upper": rates + Z * se[1],
        "n_schools": int(whole.sum()),
    }


def _composition_and_rates(sums: Floats) -> tuple[float, float]:
    """Split the gap from sums of both sides, shape (4, 2): pupils of each kind, and their scores."""
    pupils, scores = sums[:2], sums[2:]
    return kitagawa((scores / pupils).T, (pupils / pupils.sum(axis=0)).T)


def _pupils(panel: SchoolPanel, like: SchoolPanel, column: int) -> Floats:
    order = np.argsort(panel.school)
    row = order[np.searchsorted(panel.school[order], like.school).clip(max=len(order) - 1)]
    return np.where(panel.school[row] == like.school, panel.n[row, column], np.nan)


def _say(found: GapDecomposition, either: Sequence[RemainingGap], region: str, year: int) -> list[str]:
    gap, left = (
        _interval(value, se)
        for value, se in ((found.gap, found.gap_se), (found.remaining, found.remaining_se))
    )
    if gap["lower"] <= 0 <= gap["upper"]:
        first = f"In {AcademicYear(year)} no gap between {region} and the rest can be told: "
    else:
        side = "ahead of" if gap["estimate"] > 0 else "behind"
        first = f"In {AcademicYear(year)} {region} was {side} the rest by {abs(gap['estimate']):.2f}: "
    ranges = [
        f"{_written(_interval(one.remaining, one.se))} if intake counted as in {_SLOPES[one.at]}".format(
            region=region
        )
        for one in either
    ]
    return [
        f"{first}{_written(gap)}.",
        f"Among schools with the same published intake, what remains is {_written(left)} where intake "
        f"counts alike everywhere; {' and '.join(ranges)}. No single figure is the part that intake does "
        "not go with.",
    ]


def _written(interval: Mapping[str, float]) -> str:
    return f"{interval['estimate']:+.2f} ({interval['lower']:+.2f} to {interval['upper']:+.2f})"
