"""Convergence: whether the true spread of units narrows, and whether their top rises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, isnan, sqrt
from statistics import NormalDist

import numpy as np

from upwards.core.moments import Floats
from upwards.measures.convergence_moments import TrueMoments, measure_moments
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.persistence import persistent_slope, separate_persistence, stationary_slope

NORMAL = NormalDist()
TENTH = NORMAL.inv_cdf(0.9)
POWER = 0.8
MOST_LOST_DRAWS = 0.1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; all None where it cannot be told."""

    estimate: float | None
    lower: float | None
    upper: float | None


UNTOLD = Estimate(None, None, None)


@dataclass(frozen=True, slots=True, eq=False)
class Convergence:
    """How the true levels of some units moved over a period.

    Attributes
    ----------
    n_units
        Units with a figure in any year.
    years
        Academic years by their ending, T of them.
    n
        Units in each year.
    spread
        True standard deviation of units in each year, in the measure's unit.
    mean
        Mean of units in each year.
    bottom, middle, top
        The 10th, 50th and 90th percentile of true levels in each year, were their shape normal.
    p_narrowing, p_top_rising, p_bottom_rising
        Probability that the spread at the end is smaller, that the top and the bottom are higher; None
        where it cannot be told.
    relative_change
        Spread at the end over that at the start, less 1.
    p_negligible
        Probability that this is within the negligible.
    p_both
        Probability that the spread narrowed and the top rose.
    persistent_slope
        Expected change over the period for each unit of persistent starting level.
    stationary_slope
        The same in a system that keeps its spread and its correlation of first and last year.
    gain_lowest, gain_highest
        Expected change of those whose persistent level started in the lowest and the highest share.
    stationary_gain
        What those who started lowest would gain (and those who started highest lose) about the mean in that
        stationary system.
    mean_change
        Change of the mean of units.
    detectable
        Relative fall of the spread that would be found in four of five cases.
    lopsided
        Probability that the lower end drew in more than the upper end, in proportion, without assuming a
        shape; None where it cannot be told.
    borrowed
        Whether the fluctuation of the wider system stands for their own.
    """

    n_units: int
    years: tuple[int, ...]
    n: tuple[int, ...]
    spread: tuple[Estimate, ...]
    mean: tuple[Estimate, ...]
    bottom: tuple[Estimate, ...]
    middle: tuple[Estimate, ...]
    top: tuple[Estimate, ...]
    p_narrowing: float | None
    p_top_rising: float | None
    p_bottom_rising: float | None
    p_both: float | None
    p_negligible: float | None
    relative_change: Estimate
    persistent_slope: Estimate
    stationary_slope: Estimate
    gain_lowest: Estimate
    gain_highest: Estimate
    stationary_gain: float | None
    mean_change: Estimate
    detectable: float | None
    lopsided: float | None
    borrowed: bool


def describe_convergence(
    value: Floats,
    variance: Floats,
    years: tuple[int, ...],
    *,
    rule: ConvergenceRule | None = None,
    mean_is_fixed: bool = False,
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
    >>> found.p_narrowing > 0.99
    True
    """
    rule = rule or ConvergenceRule()
    moments = measure_moments(value, variance, years)
    if mean_is_fixed:
        moments = _without_mean(moments)
    z = NORMAL.inv_cdf(0.5 + interval_level / 2)
    draws = _draw(moments, n_draws, seed)
    told = _Told(moments, draws, interval_level)
    size = len(years)
    spread = [spread_interval(moments.covariance[t, t], _sd(moments, t, t), z) for t in range(size)]
    slopes = _slopes(told, moments, rule, size >= rule.min_years)
    return Convergence(
        n_units=moments.n_units,
        years=years,
        n=tuple(int(n) for n in moments.n),
        spread=tuple(spread),
        mean=tuple(told.say(lambda x, t=t: x[..., t]) for t in range(size)),
        bottom=tuple(told.say(lambda x, t=t: _level(moments, x, t, -TENTH)) for t in range(size)),
        middle=tuple(told.say(lambda x, t=t: x[..., t]) for t in range(size)),
        top=tuple(told.say(lambda x, t=t: _level(moments, x, t, TENTH)) for t in range(size)),
        **_change(moments, told, rule),
        **slopes,
        mean_change=told.say(lambda x: x[..., size - 1] - x[..., 0]),
        lopsided=p_lower_end_drew_in(value, variance, moments),
        borrowed=False,
    )


class _Told:
    """Says functions of the estimates with their intervals, from draws of the estimates."""

    def __init__(self, moments: TrueMoments, draws: Floats, level: float) -> None:
        self.moments, self.draws, self.level = moments, draws, level

    def say(self, of: Callable[[Floats], Floats]) -> Estimate:
        """Return the function at the estimates, with its interval."""
        with np.errstate(invalid="ignore"):
            point, drawn = float(of(self.moments.estimates)), of(self.draws)
        if isnan(point) or np.isnan(drawn).mean() > MOST_LOST_DRAWS:
            return UNTOLD
        ends = np.nanquantile(drawn, [0.5 - self.level / 2, 0.5 + self.level / 2])
        return Estimate(point, float(ends[0]), float(ends[1]))


def _without_mean(moments: TrueMoments) -> TrueMoments:
    """Return the moments with means that are fixed by definition: 0, without error."""
    size = len(moments.times)
    error = moments.error.copy()
    error[:size], error[:, :size] = 0.0, 0.0
    return TrueMoments(
        moments.times, moments.n, moments.n_units, np.zeros(size), moments.covariance, moments.noise, error,
        moments.excess,
    )  # fmt: skip


def _draw(moments: TrueMoments, n_draws: int, seed: int) -> Floats:
    """Draw the estimates, shape (R, K), in pairs about them."""
    values, vectors = np.linalg.eigh(moments.error)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    half = np.random.default_rng(seed).standard_normal((n_draws // 2, len(values))) @ root.T
    return np.asarray(moments.estimates + np.concatenate([half, -half]))


def _sd(moments: TrueMoments, s: int, t: int) -> float:
    place = moments.place(s, t)
    return sqrt(max(moments.error[place, place], 0.0))


def _level(moments: TrueMoments, x: Floats, t: int, z: float) -> Floats:
    return np.asarray(x[..., t] + z * np.sqrt(np.maximum(x[..., moments.place(t, t)], 0.0)))


def spread_interval(variance: float, error: float, z: float) -> Estimate:
    """Return a true standard deviation with its interval from its estimated variance.

    Parameters
    ----------
    variance
        Estimated true variance; sampling error may carry it below 0, which is shown as 0.
    error
        Its standard error.
    z
        Normal quantile of the interval.

    Returns
    -------
    Estimate
        Satterthwaite's: a chi-squared with the degrees of freedom that the standard error implies
        (Wilson and Hilferty's cube root); a variance that cannot be told from 0 starts at 0.

    Examples
    --------
    >>> spread_interval(4.0, 0.04, 1.96).estimate
    2.0
    """
    if isnan(variance) or isnan(error):
        return UNTOLD
    point = sqrt(max(variance, 0.0))
    freedom = 2 * (variance / error) ** 2 if error > 0 else float("inf")
    if variance <= 0 or freedom < 4:
        return Estimate(point, 0.0, sqrt(max(variance, 0.0) + z * error))
    c = 2 / (9 * freedom)
    lower, upper = (variance / (1 - c + sign * z * sqrt(c)) ** 3 for sign in (1, -1))
    return Estimate(point, sqrt(lower), sqrt(upper))


def _change(moments: TrueMoments, told: _Told, rule: ConvergenceRule) -> dict[str, float | Estimate | None]:
    """Say how the spread, the top and the bottom changed from the first to the last year."""
    last = len(moments.times) - 1
    i, j = moments.place(0, 0), moments.place(last, last)
    start, end = moments.covariance[0, 0], moments.covariance[last, last]
    error = moments.error[i, i] + moments.error[j, j] - 2 * moments.error[i, j]
    if not (error > 0 and np.isfinite(start + end)):
        nothing = dict.fromkeys(
            ("p_narrowing", "p_top_rising", "p_bottom_rising", "p_both", "p_negligible", "detectable")
        )
        return {**nothing, "relative_change": UNTOLD}
    draws = told.draws
    narrowed = draws[:, j] < draws[:, i]
    top, bottom = (_level(moments, draws, last, z) - _level(moments, draws, 0, z) for z in (TENTH, -TENTH))
    relative = told.say(lambda x: np.sqrt(np.where((x[..., i] > 0) & (x[..., j] >= 0),
                                                   x[..., j] / x[..., i], np.nan)) - 1)  # fmt: skip
    return {
        "p_narrowing": NORMAL.cdf((start - end) / sqrt(error)),
        "p_top_rising": _p_above(moments, last, TENTH),
        "p_bottom_rising": _p_above(moments, last, -TENTH),
        "p_both": float(np.mean(narrowed & (top > 0))),
        "p_negligible": p_within(start, end, sqrt(error), rule.negligible),
        "relative_change": relative,
        "detectable": smallest_found(start, sqrt(error), rule.certainty),
    }


def _p_above(moments: TrueMoments, last: int, z: float) -> float | None:
    """Return the probability that mean + z × spread rose, by the delta method."""
    i, j = moments.place(0, 0), moments.place(last, last)
    start, end = moments.covariance[0, 0], moments.covariance[last, last]
    if min(start, end) <= 0:
        return None
    slope = np.zeros(len(moments.estimates))
    slope[last], slope[0] = 1.0, -1.0
    slope[j], slope[i] = z / (2 * sqrt(end)), -z / (2 * sqrt(start))
    error = float(slope @ moments.error @ slope)
    rise = moments.mean[last] - moments.mean[0] + z * (sqrt(end) - sqrt(start))
    return NORMAL.cdf(rise / sqrt(error)) if error > 0 else None


def p_within(start: float, end: float, error: float, negligible: float) -> float | None:
    """Return the probability that the spread changed by no more than a share, either way.

    Parameters
    ----------
    start, end
        True variances.
    error
        Standard error of their difference.
    negligible
        The share.

    Returns
    -------
    float or None
        None where the start is not above 0.

    Examples
    --------
    >>> round(p_within(4.0, 4.0, 0.1, 0.05), 4)
    0.9999
    """
    if start <= 0 or error <= 0:
        return None
    ends = (((1 + sign * negligible) ** 2 - 1) * start - (end - start) for sign in (1, -1))
    upper, lower = (NORMAL.cdf(bound / error) for bound in ends)
    return upper - lower


def smallest_found(start: float, error: float, certainty: float) -> float | None:
    """Return the relative fall of the spread that would be found in four of five cases.

    Parameters
    ----------
    start
        True variance at the start.
    error
        Standard error of the change of the variance.
    certainty
        Probability needed.

    Returns
    -------
    float or None
        0 to 1; None where not even a spread of 0 at the end would be found.

    Examples
    --------
    >>> round(smallest_found(4.0, 0.2, 0.975), 3)
    0.073
    """
    if start <= 0:
        return None
    needed = (NORMAL.inv_cdf(certainty) + NORMAL.inv_cdf(POWER)) * error / start
    return 1 - sqrt(1 - needed) if needed < 1 else None


def _slopes(told: _Told, moments: TrueMoments, rule: ConvergenceRule, enough: bool) -> dict[str, object]:
    """Say slopes and gains, where there are years enough to tell what persists."""
    names = ("persistent_slope", "stationary_slope", "gain_lowest", "gain_highest")
    if not enough or np.isnan(moments.covariance).all():
        return {**dict.fromkeys(names, UNTOLD), "stationary_gain": None}
    period, last = float(moments.times[-1]), len(moments.times) - 1
    matrix = np.nan_to_num(separate_persistence(moments).of_moments)
    k = mean_of_end(rule.end_share)

    def parts(x: Floats) -> Floats:
        return np.asarray(np.nan_to_num(x) @ matrix.T)

    def gain(x: Floats, sign: float) -> Floats:
        p = parts(x)
        moved = sign * k * np.sqrt(np.maximum(p[..., 0], 0.0)) * persistent_slope(p, period)
        return np.asarray(x[..., last] - x[..., 0] + moved)

    p = parts(moments.estimates)
    kept = -k * sqrt(max(p[0], 0.0)) * float(stationary_slope(p, period))
    return {
        "persistent_slope": told.say(lambda x: persistent_slope(parts(x), period)),
        "stationary_slope": told.say(lambda x: stationary_slope(parts(x), period)),
        "gain_lowest": told.say(lambda x: gain(x, -1.0)),
        "gain_highest": told.say(lambda x: gain(x, 1.0)),
        "stationary_gain": None if isnan(kept) else kept,
    }


def mean_of_end(share: float) -> float:
    """Return how far the mean of the highest share of a normal distribution lies above its mean, in SD.

    Parameters
    ----------
    share
        Such as 0.2 for the highest fifth.

    Returns
    -------
    float

    Examples
    --------
    >>> round(mean_of_end(0.2), 4)
    1.3998
    """
    z = NORMAL.inv_cdf(1 - share)
    return exp(-z * z / 2) / sqrt(2 * np.pi) / share


def p_lower_end_drew_in(value: Floats, variance: Floats, moments: TrueMoments) -> float | None:
    """Return the probability that the lower end drew in more than the upper end, in proportion.

    Parameters
    ----------
    value, variance
        As in `describe_convergence`.
    moments
        Their moments.

    Returns
    -------
    float or None
        None where a spread is not above 0.

    Notes
    -----
    No shape is assumed: it is the change of skewness. Sampling errors of means are symmetric, so the third
    moment of published figures is that of true levels; divided by the cube of the true spread, it rises
    where the lower end draws in more than the upper. Its error comes from the units, the estimated
    spread's own part included.
    """
    known = ~np.isnan(value) & ~np.isnan(variance)
    skews, parts = [], []
    for t in (0, len(moments.times) - 1):
        true = moments.covariance[t, t]
        here = known[:, t]
        if not true > 0 or here.sum() < 3:
            return None
        away = np.where(here, value[:, t] - value[here, t].mean(), 0.0)
        noise = np.where(here, variance[:, t], 0.0)
        spread = float((away**2 - noise).sum() / here.sum())
        if spread <= 0:
            return None
        skew = float((away**3).sum() / here.sum()) / spread**1.5
        third = (away**3 - 3 * away * (away**2).sum() / here.sum()) / spread**1.5 - skew * here
        second = (away**2 - noise - spread * here) * 1.5 * skew / spread
        skews.append(skew)
        parts.append((third - second) / here.sum())
    error = float(np.sqrt(((parts[1] - parts[0]) ** 2).sum()))
    return NORMAL.cdf((skews[1] - skews[0]) / error) if error > 0 else None
