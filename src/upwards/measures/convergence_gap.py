"""The gap between disadvantaged and other pupils, school by school, over years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.errors import EmptyData
from upwards.measures.convergence import describe_convergence
from upwards.measures.convergence_answer import ConvergenceAnswer, ConvergenceOf
from upwards.measures.convergence_groups import FollowedFigures
from upwards.measures.convergence_inside import describe_inside
from upwards.measures.convergence_intervals import Estimate
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import ChosenState, choose_state
from upwards.measures.convergence_words import say_convergence
from upwards.measures.naive_change import compare_quarters, say_naive


@dataclass(frozen=True, slots=True)
class Other:
    """With whom disadvantaged pupils are compared: the others, or all (of whom they are a part)."""

    figures: FollowedFigures
    is_all: bool


def subtract_groups(disadvantaged: FollowedFigures, other: Other) -> FollowedFigures:
    """Return each school's gap: disadvantaged pupils less the others, with its sampling variance.

    Parameters
    ----------
    disadvantaged
        Their figures.
    other
        Those of the others, or of all pupils.

    Returns
    -------
    FollowedFigures
        Schools and years in which both are published.

    Raises
    ------
    EmptyData
        When no school has both in any year.

    Notes
    -----
    From all pupils the others follow: (n all − n_d disadvantaged) / (n − n_d). Their sampling errors do not
    share pupils, hence the variance of the gap is the sum of both; that of the others is v n / (n − n_d).
    """
    against = other.figures
    years = tuple(year for year in disadvantaged.years if year in against.years)
    school, ours, theirs = np.intersect1d(disadvantaged.school, against.school, return_indices=True)
    one, two = (
        [x[rows][:, [f.years.index(year) for year in years]] for x in (f.value, f.variance, f.n, f.to_weigh)]
        for f, rows in ((disadvantaged, ours), (against, theirs))
    )
    value, variance, n, smooth = two
    if other.is_all and len(years):
        with np.errstate(invalid="ignore", divide="ignore"):
            rest = np.where(n > one[2], n - one[2], np.nan)
            value = (n * value - one[2] * one[0]) / rest
            variance, smooth = variance * n / rest, smooth * n / rest
        n = rest
    gap, noise = one[0] - value, one[1] + variance
    here = np.asarray(np.isfinite(gap) & np.isfinite(noise), dtype=bool)
    if not here.any():
        raise EmptyData(
            f"{disadvantaged.measure.title} is not held for disadvantaged and other pupils of the same "
            "school and year, so that there is no gap to follow. Import files that give both."
        )
    keep, seen = np.asarray(here.any(axis=1)), np.asarray(here.any(axis=0))
    cut = np.ix_(keep, seen)
    return replace(
        disadvantaged,
        measure=replace_norm(disadvantaged.measure),
        years=tuple(year for year, there in zip(years, seen.tolist(), strict=True) if there),
        school=school[keep],
        value=np.where(here, gap, np.nan)[cut],
        variance=np.where(here, noise, np.nan)[cut],
        n=one[2][cut],
        smooth=None if disadvantaged.smooth is None else (one[3] + smooth)[cut],
        pupils=None,
        scale=None,
        area=None if disadvantaged.area is None else disadvantaged.area[ours][keep],
        notes=tuple(dict.fromkeys((*disadvantaged.notes, *against.notes))),
    )


def replace_norm(measure: PublishedMeasure) -> PublishedMeasure:
    """Return the measure of the gap: its mean is not fixed, though that of all pupils may be."""
    return replace(measure, norm_referenced=False)


def describe_gap(
    gap: FollowedFigures, rule: ConvergenceRule, asked: Sequence[int], *, seed: int = 1
) -> ConvergenceOf:
    """Say how the gap and its spread between schools moved.

    Parameters
    ----------
    gap
        From `subtract_groups`.
    rule
        When a state may be printed.
    asked
        Academic years that were asked for; those without both figures are named.
    seed
        Seed of the draws.

    Returns
    -------
    ConvergenceOf
        One answer; its means are the mean gap of schools, below 0 where disadvantaged pupils reach less.
    """
    if len(gap.school) >= rule.min_units and len(gap.years) > 1:
        found = describe_convergence(
            gap.value, gap.variance, gap.years, rule=rule, area=gap.area, smooth=gap.smooth, seed=seed
        )
    else:
        one = np.zeros(len(gap.school), dtype=np.int64)
        found = describe_inside(gap.value, gap.variance, one, 1, gap.years, wider=None, rule=rule)[0]
    chosen = choose_state(found, rule, norm_referenced=False)
    missing = [str(year) for year in asked if year not in gap.years]
    if missing and chosen.state == "cannot be told":
        reason = f"{chosen.reason} Disadvantaged and other pupils are not both held for {', '.join(missing)}."
        chosen = ChosenState(chosen.state, None, reason)
    measure = gap.measure
    said = say_convergence(
        found, chosen, rule, norm_referenced=False, whom="gaps inside schools", unit=measure.unit
    )
    naive = (
        compare_quarters(gap.value, gap.variance, gap.years, smooth=gap.smooth) if len(gap.years) > 1 else ()
    )
    text = f"{said} {_say_mean(gap, found.mean)}"
    answer = ConvergenceAnswer(
        "gap", None, None, measure.name, "schools", found, chosen, text, naive, say_naive(naive, measure.unit)
    )
    return ConvergenceOf((answer,), gap.notes, 1 - rule.certainty)


def _say_mean(gap: FollowedFigures, means: Sequence[Estimate]) -> str:
    listed = ", ".join(
        f"{year}: {one.estimate:+.2f} ({one.lower:+.2f} to {one.upper:+.2f})"
        for year, one in zip(gap.years, means, strict=True)
        if one.estimate is not None
    )
    return f"The mean gap of schools, disadvantaged less other pupils, in {gap.measure.unit}: {listed}."
