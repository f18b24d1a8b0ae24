"""Convergence of few units: their own spread, with the fluctuation of the wider system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan, sqrt
from statistics import NormalDist

import numpy as np

from upwards.core.moments import Floats, Ints
from upwards.measures.convergence import Change, Convergence, Slopes
from upwards.measures.convergence_checks import Checks, PupilScale, check_change
from upwards.measures.convergence_intervals import (
    TENTH,
    UNTOLD,
    Estimate,
    few_units_spread,
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
# groups of so many units tell how much these fluctuate; of smaller ones, such groups as fluctuate much
ENOUGH_TO_FLUCTUATE = 12
LOW_SHARE, FEWEST_GROUPS = 0.1, 10


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
    slopes
        Of the wider system.
    """

    variance: float
    shared: float
    excess: float
    start_sd: float | None
    slopes: Slopes


def learn_fluctuation(
    value: Floats,
    variance: Floats,
    years: tuple[int, ...],
    found: Convergence,
    *,
    smooth: Floats | None = None,
) -> Wider:
    """Return what a wider system teaches of how its units fluctuate.

    Parameters
    ----------
    value, variance
        Figures of its units and their sampling variances, shape (I, T).
    years
        Academic years by their ending.
    found
        What `describe_convergence` said of it.
    smooth
        As in `measure_moments`.

    Returns
    -------
    Wider
    """
    moments = measure_moments(value, variance, years, smooth=smooth)
    wider = _fluctuation(moments)
    told = found.slopes.persistent.estimate is not None
    start = float(separate_persistence(moments).parts[0]) if told else 0.0
    return replace(wider, start_sd=sqrt(start) if start > 0 else None, slopes=found.slopes)


def _fluctuation(moments: TrueMoments) -> Wider:
    variance = max(float(np.nanmean(np.diag(moments.covariance))), 0.0)
    shared = moments.covariance[0, -1]
    shared = 0.0 if isnan(shared) else float(np.clip(shared, 0.0, variance))
    return Wider(variance, shared, moments.excess, None, Slopes())


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
    n_both_ends: Ints


def describe_inside(
    value: Floats,
    variance: Floats,
    group: Ints,
    n_groups: int,
    years: tuple[int, ...],
    *,
    wider: Wider | None,
    rule: ConvergenceRule | None = None,
    smooth: Floats | None = None,
    scale: PupilScale | None = None,
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
    smooth, scale
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
    narrowing more often. From 12 units with both ends on, units are taken to keep as little of their
    differences from the first to the last year as their own figures show, where that is less than in the
    wider system; of smaller groups, as little as the tenth of such groups that keep least (nothing, where
    there are fewer than ten such groups). Slopes are the wider system's; gains are these and the group's own
    change of mean.
    """
    rule = rule or ConvergenceRule()
    basis = wider or _fluctuation(measure_moments(value[group >= 0], variance[group >= 0], years))
    weighed = variance if smooth is None else smooth
    sums = _sum(value, variance, weighed, group, n_groups, basis)
    ends = np.isfinite(value[:, [0, -1]] + variance[:, [0, -1]]).all(axis=1)
    both = _sum(value, variance, weighed, np.where(ends, group, -1), n_groups, basis)
    z = NORMAL.inv_cdf(0.5 + interval_level / 2)
    found = [_describe(sums, g, years, basis, rule, z, told=wider is not None) for g in range(n_groups)]
    return tuple(
        replace(one, checks=_checks(sums, both, g, rule, scale)) if one.borrowed else one
        for g, one in enumerate(found)
    )


def _sum(value: Floats, variance: Floats, weighed: Floats, group: Ints, n_groups: int, wider: Wider) -> _Sums:
    known = ~np.isnan(value) & ~np.isnan(variance) & (group >= 0)[:, None]
    code = np.where(group >= 0, group, n_groups)

    def total(x: Floats) -> Floats:
        """Sum over the units of each group, shape (G,) or (G, T)."""
        columns = x[:, None] if x.ndim == 1 else x
        sums = [np.bincount(code, weights=c, minlength=n_groups + 1)[:n_groups] for c in columns.T]
        stacked = np.stack(sums, axis=1).astype(np.float64)
        return stacked[:, 0] if x.ndim == 1 else stacked

    noise = np.where(known, variance, 0.0)
    usual = np.where(known, weighed, 0.0)
    own = usual.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    weight = (wider.variance / (wider.variance + own)) ** 2 if wider.variance > 0 else np.ones(len(own))
    share = known * weight[:, None]
    share = share / np.maximum(np.append(total(share), np.ones((1, share.shape[1])), 0), 1e-300)[code]
    level = np.where(known, value, 0.0)
    mean = total(share * level)
    away = np.where(known, level - np.append(mean, np.zeros((1, mean.shape[1])), 0)[code], 0.0)
    square = away**2 / np.maximum(1 - share, 1e-12)
    true = total(share * (square - noise))
    expected = known * (wider.variance + usual)
    concentration = total(share**2)
    effective = 1 / np.maximum(concentration, 1e-300)
    few = np.where(effective > 1.001, effective / np.maximum(effective - 1, 1e-3), np.nan)
    found, awaited = total(share * square).mean(axis=1), total(share * expected).mean(axis=1)
    larger = np.maximum(found / np.maximum(awaited, 1e-300), 1.0)
    ends = [0, -1]
    both = known[:, ends].all(axis=1)
    kept, n_both = _kept(level[:, ends], np.where(both, weight, 0.0), total, code, wider)
    change = total(normal_variance_of_change(share[:, ends], expected[:, ends], np.append(kept, 0.0)[code]))
    shared = total(share[:, 0] * share[:, -1]) * kept
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
        n_both_ends=n_both,
    )


def _kept(
    ends: Floats, weight: Floats, total: Callable[[Floats], Floats], code: Ints, wider: Wider
) -> tuple[Floats, Ints]:
    """Return the covariance of first and last year to count with in each group, and its units with both."""
    n = np.rint(total((weight > 0).astype(float))).astype(np.int64)
    share = weight / np.maximum(np.append(total(weight), 1.0), 1e-300)[code]
    mean = total(share[:, None] * ends)
    away = ends - np.append(mean, np.zeros((1, 2)), 0)[code]
    freed = np.maximum(1 - total(share**2), 1e-3)
    own = total(share * away[:, 0] * away[:, 1]) / freed
    tells = n >= ENOUGH_TO_FLUCTUATE
    low = float(np.quantile(own[tells], LOW_SHARE)) if tells.sum() >= FEWEST_GROUPS else 0.0
    return np.clip(np.where(tells, own, low), 0.0, wider.shared), n


def _checks(sums: _Sums, both: _Sums, g: int, rule: ConvergenceRule, scale: PupilScale | None) -> Checks:
    """Check a group's change against its units with both ends, and against the pupil SDs."""
    start, end, error = (float(x) for x in (sums.variance[g, 0], sums.variance[g, -1], sums.change_error[g]))
    noise = (float(sums.noise[g, 0]), float(sums.noise[g, -1]))
    alone = float(both.change_error[g])
    fall = float(both.variance[g, 0] - both.variance[g, -1])
    told = alone > 0 and sums.n_both_ends[g] >= rule.min_inside
    return replace(
        check_change((start, end), noise, error, rule, scale),
        n_both_ends=int(sums.n_both_ends[g]),
        p_both_ends=NORMAL.cdf(fall / alone) if told else None,
    )


def _describe(
    sums: _Sums, g: int, years: tuple[int, ...], wider: Wider, rule: ConvergenceRule, z: float, *, told: bool
) -> Convergence:
    ends_there = min(sums.n[g, 0], sums.n[g, -1]) >= rule.min_inside
    told = told and bool(ends_there) and float(sums.change_error[g]) > 0
    means = zip(sums.mean[g].tolist(), sums.mean_error[g].tolist(), sums.n[g].tolist(), strict=True)
    moved = _interval(float(sums.mean[g, -1] - sums.mean[g, 0]), float(sums.mean_change_error[g]), z)
    change = Change(mean=moved if ends_there else UNTOLD)
    return Convergence(
        n_units=int(sums.n_units[g]),
        years=years,
        n=tuple(sums.n[g].tolist()),
        spread=tuple(_spread(sums, g, t, rule, z) for t in range(len(years))),
        mean=tuple(_interval(mean, error, z) if n else UNTOLD for mean, error, n in means),
        change=_change(sums, g, wider, rule, change) if told else change,
        slopes=_slopes(sums, g, wider, rule, z) if told else Slopes(),
        borrowed=told,
    )


def _change(sums: _Sums, g: int, wider: Wider, rule: ConvergenceRule, change: Change) -> Change:
    """Add how the spread changed, against the fluctuation of the wider system."""
    start, end = float(sums.variance[g, 0]), float(sums.variance[g, -1])
    error = float(sums.change_error[g])
    moved, moved_error = float(sums.mean[g, -1] - sums.mean[g, 0]), float(sums.mean_change_error[g])
    half = error / (2 * sqrt(wider.variance)) if wider.variance > 0 else 0.0
    spread = sqrt(max(end, 0.0)) - sqrt(max(start, 0.0))
    p_narrowing = NORMAL.cdf((start - end) / error)
    top, bottom = (_p_above(moved, moved_error, side * spread, half) for side in (TENTH, -TENTH))
    told = start > 0 and end >= 0
    return replace(
        change,
        p_narrowing=p_narrowing,
        p_top_rising=top,
        p_bottom_rising=bottom,
        p_both=None if top is None else max(p_narrowing + top - 1, 0.0),
        p_negligible=p_within(start, end, error, rule.negligible),
        relative=Estimate(sqrt(end / start) - 1, None, None) if told else UNTOLD,
        detectable=smallest_found(max(start, wider.variance), error, rule.certainty),
    )


def _slopes(sums: _Sums, g: int, wider: Wider, rule: ConvergenceRule, z: float) -> Slopes:
    """Return the wider system's slopes, and gains that add the group's own change of mean."""
    if wider.start_sd is None:
        return wider.slopes
    k = mean_of_end(rule.end_share) * wider.start_sd
    moved, error = float(sums.mean[g, -1] - sums.mean[g, 0]), float(sums.mean_change_error[g])
    low, high = (_gain(moved, error, sign * k, wider.slopes.persistent, z) for sign in (-1, 1))
    return replace(wider.slopes, gain_lowest=low, gain_highest=high)


def _spread(sums: _Sums, g: int, t: int, rule: ConvergenceRule, z: float) -> Estimate:
    if sums.n[g, t] < rule.min_inside:
        return UNTOLD
    return few_units_spread(sums.variance[g, t], sums.noise[g, t], sums.freedom[g, t], z)


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
