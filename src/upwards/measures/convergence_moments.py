"""The true means and covariances of units over years: sampling noise removed, no shape assumed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from upwards.core.moments import Floats, Ints
from upwards.core.panel import Flags


@dataclass(frozen=True, slots=True, eq=False)
class TrueMoments:
    """Means and covariances of the true levels of I units in T years.

    Attributes
    ----------
    times
        Shape (T,): years since the first.
    n
        Shape (T,): units with a figure in each year.
    n_units
        Units with a figure in any year.
    mean
        Shape (T,): weighted mean of the units.
    covariance
        Shape (T, T): of true levels; NaN where no unit has both years.
    noise
        Shape (T,): mean sampling variance.
    error
        Shape (K, K), K = T + T (T + 1) / 2: covariance of the estimates, means first, then the upper
        triangle of `covariance` by rows; from the units themselves, whatever the shape of their levels.
    excess
        How much more the change of the spread varies than it would with a normal shape; 1 or more.
    """

    times: Floats
    n: Ints
    n_units: int
    mean: Floats
    covariance: Floats
    noise: Floats
    error: Floats
    excess: float

    @property
    def estimates(self) -> Floats:
        """Return all K estimates in the order of `error`."""
        return np.concatenate([self.mean, self.covariance[np.triu_indices(len(self.times))]])

    def place(self, s: int, t: int) -> int:
        """Return where the covariance of years s and t stands among the estimates."""
        s, t, size = min(s, t), max(s, t), len(self.times)
        return size + s * size - s * (s - 1) // 2 + (t - s)


def measure_moments(
    value: Floats, variance: Floats, years: tuple[int, ...], *, area: Ints | None = None
) -> TrueMoments:
    """Estimate means and covariances of true levels.

    Parameters
    ----------
    value
        Published figures, shape (I, T); NaN where there is none.
    variance
        Their sampling variances, shape (I, T); a figure whose variance is NaN is left out.
    years
        Academic years by their ending, T of them.
    area
        Shape (I,): place of each unit, such as its authority, whose units may move together; -1 for a unit on
        its own. None where all are.

    Returns
    -------
    TrueMoments

    Notes
    -----
    Every unit counts with one weight in all its years, the square of its reliability, so that a very small
    cohort does not drown the others and a change of cohort sizes is not a change of spread. Squared
    deviations are made free of the mean's own error (divided by 1 less the unit's share of the weight),
    then the known sampling variance is subtracted. Sampling errors of different years are of different
    pupils, hence independent. Nothing is assumed of the shape of true levels nor of how they move. Where
    areas are given, errors are also counted from whole areas, and those that make the change of the spread
    less certain are kept.
    """
    known = ~np.isnan(value) & ~np.isnan(variance)
    known_variance = np.where(known, variance, 0.0)
    weight = _weights(np.where(known, value, np.nan), known_variance, known)
    share = known * weight[:, None]
    total = np.maximum(share.sum(axis=0), np.finfo(float).tiny)
    share = share / total
    centre = np.where(known, value, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    level = np.where(known, value - centre, 0.0)  # provisional, so that large figures lose nothing
    mean = (share * level).sum(axis=0)
    freed = np.where(known, (level - mean) / np.sqrt(np.maximum(1 - share, 1e-12)), 0.0)
    covariance, influence = _covariances(freed, known, known_variance, weight)
    n = known.sum(axis=0)
    influence = np.concatenate([share * freed, influence], axis=1)
    units = int(known.any(axis=1).sum())
    noise = (share * known_variance).sum(axis=0)
    moments = TrueMoments(
        np.array(years, dtype=float) - years[0],
        n,
        units,
        centre + mean,
        covariance,
        noise,
        _error(influence, units),
        1.0,
    )
    return _with_areas(_with_excess(moments, share, known_variance), influence, area)


def _error(influence: Floats, units: int) -> Floats:
    return np.asarray(influence.T @ influence * (units / max(units - 1, 1)))


def _with_areas(moments: TrueMoments, influence: Floats, area: Ints | None) -> TrueMoments:
    """Count errors from whole areas, where that makes the change of the spread less certain."""
    if area is None:
        return moments
    code = np.where(area >= 0, area, area.max(initial=0) + 1 + np.arange(len(area)))
    places, code = np.unique(code, return_inverse=True)
    sums = [np.bincount(code, weights=column, minlength=len(places)) for column in influence.T]
    together = replace(moments, error=_error(np.stack(sums, axis=1), len(places)))
    return max(moments, together, key=_error_of_change)


def _error_of_change(moments: TrueMoments) -> float:
    last = len(moments.times) - 1
    i, j = moments.place(0, 0), moments.place(last, last)
    return float(moments.error[i, i] + moments.error[j, j] - 2 * moments.error[i, j] * (i != j))


def _weights(value: Floats, variance: Floats, known: Flags) -> Floats:
    """Return each unit's weight in all its years, shape (I,): its reliability, squared."""
    count = np.maximum(known.sum(axis=1), 1)
    own = variance.sum(axis=1) / count
    n = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, value - np.where(known, value, 0.0).sum(axis=0) / n, 0.0)
    usual = variance.sum() / max(known.sum(), 1)
    spread = max((centred**2).sum() / max(known.sum(), 1) - usual, 0.05 * usual)
    if spread <= 0:
        return np.ones(len(value))
    return np.asarray((spread / (spread + own)) ** 2)


def _covariances(freed: Floats, known: Flags, variance: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the true covariances (T, T) and what each unit adds to them, shape (I, T (T + 1) / 2)."""
    size = known.shape[1]
    covariance = np.full((size, size), np.nan)
    influences = []
    for s, t in zip(*np.triu_indices(size), strict=True):
        both = known[:, s] & known[:, t]
        share = both * weight
        if both.sum() < 2:
            influences.append(np.zeros(len(weight)))
            continue
        share = share / share.sum()
        product = freed[:, s] * freed[:, t] - (variance[:, s] if s == t else 0.0)
        covariance[s, t] = covariance[t, s] = share @ product
        influences.append(share * (product - covariance[s, t]))
    return covariance, np.stack(influences, axis=1)


def _with_excess(moments: TrueMoments, share: Floats, variance: Floats) -> TrueMoments:
    """Add how much more the change of spread varies than with a normal shape."""
    last = len(moments.times) - 1
    if last == 0 or np.isnan(moments.covariance[0, last]):
        return moments
    total = np.stack([moments.covariance[t, t] + variance[:, t] for t in (0, last)], axis=1)
    normal = normal_variance_of_change(share[:, [0, last]], total, moments.covariance[0, last]).sum()
    found = _error_of_change(moments)
    excess = float(max(found / normal, 1.0)) if normal > 0 else 1.0
    return replace(moments, excess=excess)


def normal_variance_of_change(share: Floats, total: Floats, shared: float) -> Floats:
    """Return what each unit adds to the variance of a change of spread, were levels normal.

    Parameters
    ----------
    share
        Weight of each unit in the first and the last year, shape (I, 2), each year's summing to 1.
    total
        True and sampling variance in the two years, shape (I, 2).
    shared
        True covariance of the two years.

    Returns
    -------
    ndarray
        Shape (I,); their sum is the variance of the difference of the two variances.

    Examples
    --------
    >>> share, total = np.full((4, 2), 0.25), np.ones((4, 2))
    >>> float(normal_variance_of_change(share, total, 0.0).sum())  # twice 2 / n
    1.0
    """
    own = 2 * (share**2 * total**2).sum(axis=1)
    return np.asarray(own - 4 * share[:, 0] * share[:, 1] * shared**2)
