"""The true means and covariances of units over years: sampling noise removed, no shape assumed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from upwards.core.moments import Floats, Ints
from upwards.core.panel import Flags

# from so many areas on, errors are counted from them alone
MANY_AREAS = 30
Z = 1.959964


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

    def error_of_change(self, s: int, t: int) -> float:
        """Return the variance of the change of the true variance from year s to year t."""
        i, j = self.place(s, s), self.place(t, t)
        return float(self.error[i, i] + self.error[j, j] - 2 * self.error[i, j] * (i != j))


def measure_moments(
    value: Floats,
    variance: Floats,
    years: tuple[int, ...],
    *,
    area: Ints | None = None,
    smooth: Floats | None = None,
    alike: bool = False,
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
    smooth
        Shape (I, T): sampling variances that do not depend on the figure itself, to weigh by; None where
        `variance` does not.
    alike
        Whether every unit weighs the same.

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
    areas are given, errors are counted from whole areas, as in `error_of`.
    """
    known = ~np.isnan(value) & ~np.isnan(variance)
    known_variance = np.where(known, variance, 0.0)
    to_weigh = known_variance if smooth is None else np.where(known, smooth, 0.0)
    weight = np.ones(len(value)) if alike else weigh_units(value, to_weigh, known)
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
        error_of(influence, None),
        1.0,
    )
    moments = _with_excess(moments, share, known_variance)
    return moments if area is None else replace(moments, error=error_of(influence, area))


def error_of(influence: Floats, area: Ints | None) -> Floats:
    """Return the covariance of estimates from what each unit adds to them.

    Parameters
    ----------
    influence
        Shape (I, K): what each unit adds to each estimate, 0 for a unit that is in none.
    area
        As in `measure_moments`.

    Returns
    -------
    ndarray
        Shape (K, K). From 30 areas on it is counted from whole areas; with fewer, that of areas could come
        out small by chance, and no combination of estimates is more certain than with either. The fewer
        areas, the wider: Student's t with one degree of freedom less than there are areas. One area tells
        nothing.

    Examples
    --------
    >>> float(error_of(np.array([[0.5], [-0.5]]), None)[0, 0])
    1.0
    """
    alone = _outer(influence, int(influence.any(axis=1).sum()))
    if area is None:
        return alone
    code = np.where(area >= 0, area, area.max(initial=0) + 1 + np.arange(len(area)))
    places, code = np.unique(code, return_inverse=True)
    sums = [np.bincount(code, weights=column, minlength=len(places)) for column in influence.T]
    by_area = np.stack(sums, axis=1).astype(np.float64)
    count = int(by_area.any(axis=1).sum())
    if len(places) < 2 or count < 2:
        return alone
    together = _outer(by_area, count) * _wider_by_few(count)
    return together if count >= MANY_AREAS else alone + _above_zero(together - alone)


def _outer(influence: Floats, count: int) -> Floats:
    return np.asarray(influence.T @ influence * (count / max(count - 1, 1)))


def _wider_by_few(count: int) -> float:
    """Return by how much Student's t makes a variance wider, at 97.5 %: Cornish and Fisher's expansion."""
    if count < 3:
        return (12.706 / Z) ** 2
    d, z2 = count - 1, Z * Z
    t = 1 + (z2 + 1) / (4 * d) + (5 * z2**2 + 16 * z2 + 3) / (96 * d**2)
    t += (3 * z2**3 + 19 * z2**2 + 17 * z2 - 15) / (384 * d**3)
    return float(t * t)


def _above_zero(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def weigh_units(value: Floats, variance: Floats, known: Flags) -> Floats:
    """Return each unit's weight in all its years, shape (I,): its reliability, squared.

    Parameters
    ----------
    value, variance
        Figures and sampling variances, shape (I, T).
    known
        Where there is a figure.

    Returns
    -------
    ndarray
    """
    variance = np.where(known, variance, 0.0)
    count = np.maximum(known.sum(axis=1), 1)
    own = variance.sum(axis=1) / count
    n = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, value, 0.0).sum(axis=0) / n
    centred = np.where(known, np.where(known, value, 0.0) - centre, 0.0)
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
    found = moments.error_of_change(0, last)
    excess = float(max(found / normal, 1.0)) if normal > 0 else 1.0
    return replace(moments, excess=excess)


def normal_variance_of_change(share: Floats, total: Floats, shared: float | Floats) -> Floats:
    """Return what each unit adds to the variance of a change of spread, were levels normal.

    Parameters
    ----------
    share
        Weight of each unit in the first and the last year, shape (I, 2), each year's summing to 1.
    total
        True and sampling variance in the two years, shape (I, 2).
    shared
        True covariance of the two years, one for all or one for each unit.

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
