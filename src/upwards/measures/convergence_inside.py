"""Convergence of few units: their own spread, with the fluctuation of the wider system."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, sqrt
from statistics import NormalDist

import numpy as np

from upwards.core.moments import Floats, Ints
from upwards.measures.convergence import (
    TENTH,
    UNTOLD,
    Convergence,
    Estimate,
    mean_of_end,
    p_within,
    smallest_found,
)
from upwards.measures.convergence_moments import (
    TrueMoments,
    measure_moments,
    normal_variance_of_change,
)
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.persistence import separate_persistence

NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Wider:
    """How units fluctuate in the wider system, to be borrowed where there are few.

    Attributes
    ----------
    variance
        True variance of units, mean over years.
    shared
        True covariance of the first and the last year.
    excess
        How much more a change of spread varies than with a normal shape.
    start_sd
        Standard deviation of persistent starting levels; None where it cannot be told.
    persistent_slope, stationary_slope
        Of the wider system.
    """

    variance: float
    shared: float
    excess: float
    start_sd: float | None
    persistent_slope: Estimate
    stationary_slope: Estimate


def learn_fluctuation(value: Floats, variance: Floats, years: tuple[int, ...], found: Convergence) -> Wider:
    """Return what a wider system teaches of how its units fluctuate.

    Parameters
    ----------
    value, variance
        Figures of its units and their sampling variances, shape (I, T).
    years
        Academic years by their ending.
    found
        What `describe_convergence` said of it.

    Returns
    -------
    Wider
    """
    moments = measure_moments(value, variance, years)
    wider = _fluctuation(moments)
    slope, kept = found.persistent_slope, found.stationary_slope
    start = float(separate_persistence(moments).parts[0]) if slope is not UNTOLD else -1.0
    return Wider(wider.variance, wider.shared, wider.excess, sqrt(start) if start > 0 else None, slope, kept)


def _fluctuation(moments: TrueMoments) -> Wider:
    variance = max(float(np.nanmean(np.diag(moments.covariance))), 0.0)
    shared = moments.covariance[0, -1]
    shared = 0.0 if isnan(shared) else float(np.clip(shared, 0.0, variance))
    return Wider(variance, shared, moments.excess, None, UNTOLD, UNTOLD)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums over the units of each of G groups; arrays of shape (G, T), or (G,) for changes."""

    n_units: Ints
    n: Ints
    mean: Floats
    mean_error: Floats
    variance: Floats
    noise: Floats
    freedom: Floats
    change_error: Floats
    mean_change_error: Floats


def describe_inside(
    value: Floats,
    variance: Floats,
    group: Ints,
    n_groups: int,
    years: tuple[int, ...],
    *,
    wider: Wider | None,
    rule: ConvergenceRule | None = None,
    interval_level: float = 0.95,
) -> tuple[Convergence, ...]:
    """Say how the spread inside each of many small groups changed.

    Parameters
    ----------
    value, variance
        Figures and their sampling variances, shape (I, T).
    group
        Shape (I,): group of each unit, 0 to G - 1; -1 for none.
    n_groups
        G.
    years
        Academic years by their ending, at least two.
    wider
        Whose fluctuation is borrowed; None where there is no wider system, so that spreads are shown with
        their intervals and nothing is said of their change.
    rule
        As in `describe_convergence`.
    interval_level
        Level of all intervals.

    Returns
    -------
    tuple of Convergence
        One for each group.

    Notes
    -----
    A group's change of spread is its own; how far it could have changed by sampling and by ordinary
    fluctuation is what units of the wider system would have shown, with their correlation between the first
    and the last year and the tails of their shape. Where the group's figures spread more than the wider
    system's, its fluctuation is taken to be larger in proportion, so that a varied group is not called
    narrowing more often. Slopes are the wider system's; gains are these and the group's own change of mean.
    """
    rule = rule or ConvergenceRule()
    basis = wider or _fluctuation(measure_moments(value[group >= 0], variance[group >= 0], years))
    sums = _sum(value, variance, group, n_groups, basis)
    z = NORMAL.inv_cdf(0.5 + interval_level / 2)
    return tuple(_describe(sums, g, years, basis, rule, z, told=wider is not None) for g in range(n_groups))


def _sum(value: Floats, variance: Floats, group: Ints, n_groups: int, wider: Wider) -> _Sums:
    known = ~np.isnan(value) & ~np.isnan(variance) & (group >= 0)[:, None]
    code = np.where(group >= 0, group, n_groups)

    def total(x: Floats) -> Floats:
        """Sum over the units of each group, shape (G,) or (G, T)."""
        columns = x[:, None] if x.ndim == 1 else x
        sums = [np.bincount(code, weights=c, minlength=n_groups + 1)[:n_groups] for c in columns.T]
        return np.stack(sums, axis=1)[:, 0] if x.ndim == 1 else np.stack(sums, axis=1)

    noise = np.where(known, variance, 0.0)
    own = noise.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    weight = (wider.variance / (wider.variance + own)) ** 2 if wider.variance > 0 else np.ones(len(own))
    share = known * weight[:, None]
    share = share / np.maximum(np.append(total(share), np.ones((1, share.shape[1])), 0), 1e-300)[code]
    level = np.where(known, value, 0.0)
    mean = total(share * level)
    away = np.where(known, level - np.append(mean, np.zeros((1, mean.shape[1])), 0)[code], 0.0)
    square = away**2 / np.maximum(1 - share, 1e-12)
    true = total(share * (square - noise))
    expected = known * (wider.variance + noise)
    concentration = total(share**2)
    effective = 1 / np.maximum(concentration, 1e-300)
    few = np.where(effective > 1.001, effective / np.maximum(effective - 1, 1e-3), np.nan)
    found, awaited = total(share * square).mean(axis=1), total(share * expected).mean(axis=1)
    larger = np.maximum(found / np.maximum(awaited, 1e-300), 1.0)
    ends = [0, -1]
    change = total(normal_variance_of_change(share[:, ends], expected[:, ends], wider.shared))
    shared = total(share[:, 0] * share[:, -1]) * wider.shared
    of_mean = total(share**2 * expected)
    return _Sums(
        n_units=total(known.any(axis=1).astype(float)).astype(np.int64),
        n=total(known.astype(float)).astype(np.int64),
        mean=mean,
        mean_error=np.sqrt(of_mean * larger[:, None]),
        variance=true,
        noise=total(share * noise),
        freedom=np.maximum(effective - 1, 0.0) / wider.excess,
        change_error=np.sqrt(np.maximum(change, 0) * wider.excess * few[:, ends].max(axis=1)) * larger,
        mean_change_error=np.sqrt(np.maximum(of_mean[:, 0] + of_mean[:, -1] - 2 * shared, 0) * larger),
    )


def _describe(
    sums: _Sums, g: int, years: tuple[int, ...], wider: Wider, rule: ConvergenceRule, z: float, *, told: bool
) -> Convergence:
    ends_there = min(sums.n[g, 0], sums.n[g, -1]) >= rule.min_inside
    told = told and bool(ends_there) and float(sums.change_error[g]) > 0
    change, kept, detectable, p_negligible, p_top, p_bottom, p_narrowing = (UNTOLD, None) + (None,) * 5
    start, end, error = sums.variance[g, 0], sums.variance[g, -1], float(sums.change_error[g])
    moved = float(sums.mean[g, -1] - sums.mean[g, 0])
    moved_error = float(sums.mean_change_error[g])
    if told:
        p_narrowing = NORMAL.cdf((start - end) / error)
        p_negligible = p_within(start, end, error, rule.negligible)
        detectable = smallest_found(max(start, wider.variance), error, rule.certainty)
        half = error / (2 * sqrt(wider.variance)) if wider.variance > 0 else 0.0
        p_top, p_bottom = (_p_above(moved, moved_error, side * _sd_change(start, end), half)
                           for side in (TENTH, -TENTH))  # fmt: skip
        change = Estimate(sqrt(end / start) - 1, None, None) if start > 0 and end >= 0 else UNTOLD
    gains = [UNTOLD, UNTOLD]
    if told and wider.start_sd is not None and wider.persistent_slope.estimate is not None:
        k = mean_of_end(rule.end_share) * wider.start_sd
        gains = [_gain(moved, moved_error, sign * k, wider.persistent_slope, z) for sign in (-1, 1)]
        kept = -k * (wider.stationary_slope.estimate or 0.0)
    means = tuple(_interval(m, e, z) for m, e in zip(sums.mean[g], sums.mean_error[g], strict=True))
    means = tuple(m if n else UNTOLD for m, n in zip(means, sums.n[g], strict=True))
    return Convergence(
        n_units=int(sums.n_units[g]), years=years, n=tuple(int(n) for n in sums.n[g]),
        spread=tuple(_spread(sums, g, t, rule, z) for t in range(len(years))),
        mean=means, bottom=(), middle=(), top=(),
        p_narrowing=p_narrowing, p_top_rising=p_top, p_bottom_rising=p_bottom,
        p_both=None if p_narrowing is None or p_top is None else max(p_narrowing + p_top - 1, 0.0),
        p_negligible=p_negligible, relative_change=change,
        persistent_slope=wider.persistent_slope if told else UNTOLD,
        stationary_slope=wider.stationary_slope if told else UNTOLD,
        gain_lowest=gains[0], gain_highest=gains[1], stationary_gain=kept,
        mean_change=_interval(moved, moved_error, z) if ends_there else UNTOLD,
        detectable=detectable, lopsided=None, borrowed=told,
    )  # fmt: skip


def _spread(sums: _Sums, g: int, t: int, rule: ConvergenceRule, z: float) -> Estimate:
    if sums.n[g, t] < rule.min_inside:
        return UNTOLD
    return few_units_spread(sums.variance[g, t], sums.noise[g, t], sums.freedom[g, t], z)


def few_units_spread(variance: float, noise: float, freedom: float, z: float) -> Estimate:
    """Return the true standard deviation of few units with its interval.

    Parameters
    ----------
    variance
        Estimated true variance; sampling error may carry it below 0, which is shown as 0.
    noise
        Mean sampling variance.
    freedom
        Degrees of freedom: units less one, fewer where tails are heavy or weights unequal.
    z
        Normal quantile of the interval.

    Returns
    -------
    Estimate
        The chi-squared interval of true and sampling variance together (Wilson and Hilferty's cube root),
        less the sampling variance.

    Examples
    --------
    >>> few_units_spread(4.0, 1.0, 8.0, 1.96).lower
    1.1355...
    """
    point, total = sqrt(max(variance, 0.0)), max(variance + noise, 0.0)
    if freedom <= 0:
        return Estimate(point, None, None)
    c = 2 / (9 * freedom)
    lower, upper = (total / max(1 - c + sign * z * sqrt(c), 0.05) ** 3 - noise for sign in (1, -1))
    return Estimate(point, sqrt(max(lower, 0.0)), sqrt(max(upper, 0.0)))


def _sd_change(start: float, end: float) -> float:
    return sqrt(max(end, 0.0)) - sqrt(max(start, 0.0))


def _p_above(moved: float, moved_error: float, spread: float, spread_error: float) -> float | None:
    error = sqrt(moved_error**2 + (TENTH * spread_error) ** 2)
    return NORMAL.cdf((moved + spread) / error) if error > 0 else None


def _interval(estimate: float, error: float, z: float) -> Estimate:
    return Estimate(float(estimate), float(estimate - z * error), float(estimate + z * error))


def _gain(moved: float, error: float, start: float, slope: Estimate, z: float) -> Estimate:
    if slope.estimate is None or slope.lower is None or slope.upper is None:
        return UNTOLD
    of_slope = start * (slope.upper - slope.lower) / (2 * z)
    return _interval(moved + start * slope.estimate, sqrt(error**2 + of_slope**2), z)
