"""Convergence: whether the true spread of units narrows, and whether their top rises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import isnan, sqrt
from statistics import NormalDist

import numpy as np

from upwards.core.moments import Floats, Ints
from upwards.measures.convergence_checks import (
    Checks,
    PupilScale,
    check_change,
    of_both_ends,
    steps_of,
    uneven_years,
)
from upwards.measures.convergence_ends import Ends, measure_ends
from upwards.measures.convergence_intervals import (
    UNTOLD,
    Estimate,
    few_units_spread,
    mean_of_end,
    p_within,
    smallest_found,
)
from upwards.measures.convergence_moments import TrueMoments, measure_moments
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.persistence import persistent_slope, separate_persistence, stationary_slope
from upwards.measures.unequal_ends import p_lower_end_drew_in

NORMAL = NormalDist()
MOST_LOST_DRAWS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How spread, top and bottom changed from the first to the last year; None where it cannot be told.

    Attributes
    ----------
    p_narrowing, p_top_rising, p_bottom_rising
        Probability that the spread at the end is smaller, that the top and the bottom are higher.
    p_both
        Probability that the spread narrowed and the top rose: the least that it can be.
    p_negligible
        Probability that the spread changed by no more than the negligible.
    relative
        Spread at the end over that at the start, less 1.
    mean
        Change of the mean of units.
    top
        Change of the top.
    detectable
        Relative fall of the spread that would be found in four of five cases.
    """

    p_narrowing: float | None = None
    p_top_rising: float | None = None
    p_bottom_rising: float | None = None
    p_both: float | None = None
    p_negligible: float | None = None
    relative: Estimate = UNTOLD
    mean: Estimate = UNTOLD
    top: Estimate = UNTOLD
    detectable: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """What those who started lower did, beside a system that keeps its spread.

    Attributes
    ----------
    persistent
        Expected change over the period for each unit of persistent starting level.
    stationary
        The same in a system that keeps its spread and its correlation of first and last year.
    gain_lowest, gain_highest
        Expected change of those whose persistent level started in the lowest and the highest share.
    stationary_gain
        What those who started lowest would gain, and those who started highest lose, about the mean in that
        stationary system.
    gain_beyond
        Of the gain of the lowest about the mean, what is beyond that; the highest lose as much, by
        construction of the model.
    """

    persistent: Estimate = UNTOLD
    stationary: Estimate = UNTOLD
    gain_lowest: Estimate = UNTOLD
    gain_highest: Estimate = UNTOLD
    gain_beyond: Estimate = UNTOLD
    stationary_gain: float | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Convergence:
    """How the true levels of some units moved over a period, in the measure's unit.

    Attributes
    ----------
    n_units
        Units with a figure in any year.
    years
        Academic years by their ending, T of them.
    n
        Units in each year.
    spread
        True standard deviation of units in each year.
    mean
        Mean of units in each year.
    bottom, top
        The 10th and the 90th percentile of true levels in each year, their shape not assumed; empty for few
        units.
    change
        From the first to the last year.
    slopes
        Of units on their persistent starting level.
    lopsided
        Probability that the lower end drew in more than the upper end, in proportion, without assuming a
        shape; None where it cannot be told.
    checks
        What else must hold before a state is printed.
    borrowed
        Whether the fluctuation of the wider system stands for their own.
    """

    n_units: int
    years: tuple[int, ...]
    n: tuple[int, ...]
    spread: tuple[Estimate, ...]
    mean: tuple[Estimate, ...]
    bottom: tuple[Estimate, ...] = ()
    top: tuple[Estimate, ...] = ()
    change: Change = Change()
    slopes: Slopes = Slopes()
    lopsided: float | None = None
    checks: Checks = Checks()
    borrowed: bool = False


def describe_convergence(
    value: Floats,
    variance: Floats,
    years: tuple[int, ...],
    *,
    rule: ConvergenceRule | None = None,
    mean_is_fixed: bool = False,
    area: Ints | None = None,
    smooth: Floats | None = None,
    pupils: Floats | None = None,
    scale: PupilScale | None = None,
    with_ends: bool = True,
    interval_level: float = 0.95,
    n_draws: int = 2000,
    seed: int = 1,
) -> Convergence:
    """Say whether the true spread of units narrowed, and whether their top rose.

    Parameters
    ----------
    value
        Published figures, shape (I, T); NaN where there is none.
    variance
        Their sampling variances, shape (I, T).
    years
        Academic years by their ending, at least two, ascending.
    rule
        Certainty and ends; by default that of the settings.
    mean_is_fixed
        Whether the mean of all units is the same each year by definition, so that no rise can show.
    area
        Shape (I,): place of each unit, whose units may move together, as in `measure_moments`.
    smooth
        Shape (I, T): sampling variances to weigh by, where `variance` depends on the figure itself.
    pupils
        Shape (I, T): of percentages, the pupils they rest on.
    scale
        Pupil standard deviations of the years, to look at the change in their unit too.
    with_ends
        Whether bottom and top are looked for; without, nothing is said of them.
    interval_level
        Level of all intervals.
    n_draws, seed
        Draws for the intervals of slopes, gains and levels.

    Returns
    -------
    Convergence

    Notes
    -----
    Spread and P(narrowing) rest on the true variance of each year alone and on how units add to its change
    (their squares, paired by unit), so that they hold whatever the shape of true levels and however these
    fluctuate from year to year. Slopes and gains rest on the model persistent + trend + transitory. For any
    system, slope = stationary slope + correlation × relative change of the persistent spread: what
    β-convergence shows beyond ordinary fluctuation *is* σ-convergence.

    References
    ----------
    Quah, D. (1993). Galton's fallacy and tests of the convergence hypothesis. Scandinavian Journal of
    Economics 95(4), 427-443.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> start = rng.normal(0, 2, (2000, 1))
    >>> level = start * np.array([1, 0.95, 0.9, 0.85]) + rng.normal(0, 0.5, (2000, 4))
    >>> found = describe_convergence(level + rng.normal(0, 1, (2000, 4)), np.ones((2000, 4)), (1, 2, 3, 4))
    >>> found.change.p_narrowing > 0.99
    True
    """
    rule = rule or ConvergenceRule()
    moments = measure_moments(value, variance, years, area=area, smooth=smooth)
    ends = None
    if with_ends:
        ends = measure_ends(value, variance if smooth is None else smooth, moments, pupils=pupils, area=area)
    if mean_is_fixed:
        moments = _without_mean(moments)
    told = _Told(moments, interval_level, n_draws, seed)
    z, each = NORMAL.inv_cdf(0.5 + interval_level / 2), range(len(years))
    change, checks = _change(moments, told, rule, ends, z), Checks()
    if change.p_narrowing is not None:
        checks = _checks(value, variance, moments, rule, scale, area=area, smooth=smooth)
        change = replace(change, detectable=_detectable(moments, rule, checks))
    return Convergence(
        n_units=moments.n_units,
        years=years,
        n=tuple(int(n) for n in moments.n),
        spread=tuple(_spread(moments, t, z) for t in each),
        mean=tuple(told.say(partial(_at, place=t)) for t in each),
        bottom=() if ends is None else _levels(ends.bottom, ends.bottom_error, z),
        top=() if ends is None else _levels(ends.top, ends.top_error, z),
        change=change,
        slopes=_slopes(moments, told, rule) if len(years) >= rule.min_years else Slopes(),
        lopsided=p_lower_end_drew_in(value, variance, moments) if pupils is None else None,
        checks=checks,
    )


def _at(estimates: Floats, place: int) -> Floats:
    return np.asarray(estimates[..., place])


class _Told:
    """Says functions of the estimates with their intervals, from draws of the estimates."""

    def __init__(self, moments: TrueMoments, level: float, n_draws: int, seed: int) -> None:
        self.moments, self.level = moments, level
        values, vectors = np.linalg.eigh(moments.error)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        half = np.random.default_rng(seed).standard_normal((n_draws // 2, len(values))) @ root.T
        self.draws = moments.estimates + np.concatenate([half, -half])  # in pairs about the estimates

    def say(self, of: Callable[[Floats], Floats]) -> Estimate:
        """Return the function at the estimates, with its interval."""
        with np.errstate(invalid="ignore", divide="ignore"):
            point, drawn = float(of(self.moments.estimates)), of(self.draws)
        if isnan(point) or np.isnan(drawn).mean() > MOST_LOST_DRAWS:
            return UNTOLD
        lower, upper = np.nanquantile(drawn, [0.5 - self.level / 2, 0.5 + self.level / 2])
        return Estimate(point, float(lower), float(upper))


def _without_mean(moments: TrueMoments) -> TrueMoments:
    """Return the moments with means that are fixed by definition: 0, without error."""
    size = len(moments.times)
    error = moments.error.copy()
    error[:size], error[:, :size] = 0.0, 0.0
    return replace(moments, mean=np.zeros(size), error=error)


def _spread(moments: TrueMoments, t: int, z: float) -> Estimate:
    """Return a year's true spread: chi-squared of true and sampling variance together, less the latter."""
    place = moments.place(t, t)
    error, true, noise = moments.error[place, place], moments.covariance[t, t], moments.noise[t]
    if isnan(true):
        return UNTOLD
    freedom = 2 * (true + noise) ** 2 / error if error > 0 else float("inf")
    return few_units_spread(true, noise, freedom, z)


def _interval(estimate: float, variance: float, z: float) -> Estimate:
    if isnan(estimate):
        return UNTOLD
    half = z * sqrt(max(variance, 0.0))
    return Estimate(float(estimate), float(estimate - half), float(estimate + half))


def _change(moments: TrueMoments, told: _Told, rule: ConvergenceRule, ends: Ends | None, z: float) -> Change:
    """Say how the spread, the top and the bottom changed from the first to the last year."""
    last = len(moments.times) - 1
    i, j = moments.place(0, 0), moments.place(last, last)
    start, end = float(moments.covariance[0, 0]), float(moments.covariance[last, last])
    error = moments.error_of_change(0, last)
    mean = told.say(lambda x: x[..., last] - x[..., 0])
    if not (error > 0 and np.isfinite(start + end)):
        return Change(mean=mean)
    p_narrowing = NORMAL.cdf((start - end) / sqrt(error))
    untold = (float("nan"), 0.0)
    top = untold if ends is None else _moved(ends.top, ends.top_error)
    bottom = untold if ends is None else _moved(ends.bottom, ends.bottom_error)
    p_top = _p_above(*top)
    return Change(
        p_narrowing=p_narrowing,
        p_top_rising=p_top,
        p_bottom_rising=_p_above(*bottom),
        p_both=None if p_top is None else max(p_narrowing + p_top - 1, 0.0),
        p_negligible=p_within(start, end, sqrt(error), rule.negligible),
        relative=told.say(lambda x: np.sqrt(np.where(x[..., i] > 0, x[..., j] / x[..., i], np.nan)) - 1),
        mean=mean,
        top=_interval(*top, z),
    )


def _levels(places: Floats, errors: Floats, z: float) -> tuple[Estimate, ...]:
    return tuple(_interval(place, error, z) for place, error in zip(places, np.diag(errors), strict=True))


def _moved(places: Floats, errors: Floats) -> tuple[float, float]:
    """Return by how much an end moved from the first to the last year, and the variance of that."""
    return float(places[-1] - places[0]), float(errors[0, 0] + errors[-1, -1] - 2 * errors[0, -1])


def _p_above(moved: float, variance: float) -> float | None:
    return NORMAL.cdf(moved / sqrt(variance)) if variance > 0 and not isnan(moved) else None


def _checks(
    value: Floats,
    variance: Floats,
    moments: TrueMoments,
    rule: ConvergenceRule,
    scale: PupilScale | None,
    *,
    area: Ints | None,
    smooth: Floats | None,
) -> Checks:
    last = len(moments.times) - 1
    start, end = float(moments.covariance[0, 0]), float(moments.covariance[last, last])
    alike = measure_moments(value, variance, tuple(range(last + 1)), smooth=smooth, alike=True).covariance
    checks = check_change(
        (start, end), (float(moments.noise[0]), float(moments.noise[last])),
        sqrt(moments.error_of_change(0, last)), rule, scale,
    )  # fmt: skip
    both, count, p_both_ends, error = of_both_ends(value, variance, area=area, smooth=smooth)
    return replace(
        checks,
        n_both_ends=count,
        p_both_ends=p_both_ends,
        error_both_ends=error if both else 0.0,
        steps=steps_of(moments),
        unweighted=tuple(None if isnan(v) else sqrt(max(v, 0.0)) for v in np.diag(alike).tolist()),
        uneven=uneven_years(moments.n),
    )


def _detectable(moments: TrueMoments, rule: ConvergenceRule, checks: Checks) -> float | None:
    """Return what would be found, both of all units and of those with both ends."""
    error = sqrt(moments.error_of_change(0, len(moments.times) - 1))
    return smallest_found(float(moments.covariance[0, 0]), max(error, checks.error_both_ends), rule.certainty)


def _slopes(moments: TrueMoments, told: _Told, rule: ConvergenceRule) -> Slopes:
    """Say slopes and gains from the parts that persist and pass."""
    period, last = float(moments.times[-1]), len(moments.times) - 1
    matrix, k = separate_persistence(moments).of_moments, mean_of_end(rule.end_share)

    def parts(x: Floats) -> Floats:
        return np.asarray(np.nan_to_num(x) @ matrix.T)

    def gain(x: Floats, sign: float) -> Floats:
        p = parts(x)
        moved = sign * k * np.sqrt(np.maximum(p[..., 0], 0.0)) * persistent_slope(p, period)
        return np.asarray(x[..., last] - x[..., 0] + moved)

    def beyond(x: Floats) -> Floats:
        p = parts(x)
        extra = stationary_slope(p, period) - persistent_slope(p, period)
        return np.asarray(k * np.sqrt(np.maximum(p[..., 0], 0.0)) * extra)

    p = parts(moments.estimates)
    kept = -k * sqrt(max(p[0], 0.0)) * float(stationary_slope(p, period))
    return Slopes(
        persistent=told.say(lambda x: persistent_slope(parts(x), period)),
        stationary=told.say(lambda x: stationary_slope(parts(x), period)),
        gain_lowest=told.say(lambda x: gain(x, -1.0)),
        gain_highest=told.say(lambda x: gain(x, 1.0)),
        gain_beyond=told.say(beyond),
        stationary_gain=None if isnan(kept) else kept,
    )
