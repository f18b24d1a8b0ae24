r"""Groups of units with known sampling variances: true levels of groups, when each has a handful of units.

    y_i = mu + u_g(i) + s_i + e_i,   u ~ N(0, a^2),   s ~ N(0, b^2),   e_i ~ N(0, v_i),   v_i known.

Given a and b, a group's own estimate m_g is the mean of its units weighted by 1 / (b^2 + v_i), with
variance D_g = 1 / sum of those weights: it shrinks towards mu by a^2 / (a^2 + D_g). That a group's units
are few, and differ truly, is in D_g; that a and b are themselves estimated is carried by averaging over
the restricted likelihood with flat priors on both standard deviations (Gelman 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import ndtr

from upwards.core.errors import UserError
from upwards.core.panel import Floats

Codes = npt.NDArray[np.int64]

FEWEST_GROUPS = 5
FALL = 16.0
NODES_BETWEEN, NODES_WITHIN = 41, 9
FURTHEST = 30


class TooFewGroups(UserError, ValueError):
    """There are too few groups to tell how far groups differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Figures of units, their sampling variances and their groups."""

    value: Floats
    variance: Floats
    group: Codes
    n_groups: int

    def own(self, unit_sd: float) -> tuple[Floats, Floats, float]:
        """Return the groups' own estimates, the sums of weights, and the part of -2 log L inside groups."""
        total = self.variance + unit_sd**2
        weight = 1 / total
        sums: Floats = np.bincount(self.group, weight, self.n_groups).astype(np.float64)
        means = np.bincount(self.group, weight * self.value, self.n_groups) / np.where(sums > 0, sums, 1)
        rest = self.value - means[self.group]
        return means, sums, float(np.log(total).sum() + (weight * rest**2).sum())


@dataclass(frozen=True, slots=True, eq=False)
class GroupModel:
    """True levels of G groups.

    Attributes
    ----------
    mean
        Estimated mean of groups, in the unit of the values.
    group_sd, unit_sd
        True spread of groups, and of units inside a group (restricted maximum likelihood).
    direct, direct_variance
        Shape (G,): each group's own estimate and its variance at those spreads, before shrinking; NaN and
        infinite for a group without units.
    estimate, sd
        Shape (G,): shrunken level and its standard deviation, uncertainty of the spreads included.
    weights, means, sds
        Shapes (K,), (K, G), (K, G): the normal distributions whose mixture is the level's distribution.
    group_sds, unit_sds
        Shape (K,): the spreads at which each of them holds.
    own_estimate, own_sd
        Shape (G,): mean of the true levels of the group's own units, each counting once, and its standard
        deviation. It is surer than `estimate`, the mean of all units such as its own, of which they are a
        handful; NaN without units.
    units
        What was fitted.
    """

    mean: float
    group_sd: float
    unit_sd: float
    direct: Floats
    direct_variance: Floats
    estimate: Floats
    sd: Floats
    weights: Floats
    means: Floats
    sds: Floats
    group_sds: Floats
    unit_sds: Floats
    own_estimate: Floats
    own_sd: Floats
    units: Units

    def p_above(self, threshold: float) -> Floats:
        """Return the probability that each group's true level is at least the threshold.

        Parameters
        ----------
        threshold
            In the unit of the values.

        Returns
        -------
        ndarray
            Shape (G,), 0 to 1.
        """
        ahead = self.means - threshold
        flat = np.where(ahead >= 0, 1.0, 0.0)
        spread = self.sds > 0
        chance = np.where(spread, ndtr(ahead / np.where(spread, self.sds, 1.0)), flat)
        return np.asarray(self.weights @ chance)


def fit_group_model(value: Floats, variance: Floats, group: Codes, n_groups: int) -> GroupModel:
    """Estimate the true levels of groups from their units.

    Parameters
    ----------
    value
        Shape (n,): one figure per unit, finite.
    variance
        Shape (n,): its sampling variance, above 0.
    group
        Shape (n,): the group of each unit, 0 to `n_groups` - 1.
    n_groups
        G; a group without units gets the distribution of a group about which nothing is known.

    Returns
    -------
    GroupModel

    Raises
    ------
    TooFewGroups
        If fewer than five groups have units, or none has two.

    References
    ----------
    Fay and Herriot 1979, *Estimates of income for small places*; Gelman 2006, *Prior distributions for
    variance parameters in hierarchical models*, sections 3 and 4.
    """
    counts = np.bincount(group, minlength=n_groups)
    if (counts > 0).sum() < FEWEST_GROUPS or counts.max(initial=0) < 2:
        raise TooFewGroups(
            f"Only {(counts > 0).sum()} groups have figures: how far groups differ cannot be told from fewer "
            f"than {FEWEST_GROUPS}, or where none has two units."
        )
    units = Units(value, variance, group, n_groups)
    scale = float(np.std(value)) or 1.0

    def criterion(x: Floats) -> float:
        return _criterion(units, float(x[0]) * scale, float(x[1]) * scale)

    start = np.array([0.3, 0.6])
    best = minimize(criterion, start, bounds=[(0, None), (0, None)], method="L-BFGS-B")
    group_sd, unit_sd = float(best.x[0]) * scale, float(best.x[1]) * scale
    return _mixture(units, group_sd, unit_sd, scale)


def _criterion(units: Units, group_sd: float, unit_sd: float) -> float:
    """Return -2 times the restricted log-likelihood, apart from a constant."""
    means, sums, inside = units.own(unit_sd)
    has = sums > 0
    total = group_sd**2 + 1 / sums[has]
    weight = 1 / total
    mean = (weight * means[has]).sum() / weight.sum()
    between = np.log(total * sums[has]).sum() + (weight * (means[has] - mean) ** 2).sum()
    return float(inside + between + np.log(weight.sum()))


def _reach(units: Units, at: tuple[float, float], axis: int, scale: float, towards: int) -> float:
    """Return how far one standard deviation may go before the likelihood is negligible."""
    lowest = _criterion(units, *at)
    step = 0.05 * scale * towards
    place = list(at)
    for _ in range(FURTHEST):
        place[axis] = max(at[axis] + step, 0.0)
        if place[axis] == 0 or _criterion(units, *place) > lowest + FALL:
            break
        step *= 1.3
    return place[axis]


def _mixture(units: Units, group_sd: float, unit_sd: float, scale: float) -> GroupModel:
    at = (group_sd, unit_sd)
    between, within = (
        np.linspace(_reach(units, at, axis, scale, -1), _reach(units, at, axis, scale, 1), nodes)
        for axis, nodes in enumerate((NODES_BETWEEN, NODES_WITHIN))
    )
    height, means, variances = (
        np.concatenate(part) for part in zip(*(_given(units, between, b) for b in within), strict=True)
    )
    weights = np.exp(-0.5 * (height - height.min()))
    weights = weights / weights.sum()
    estimate, sd = _together(weights, means, variances)
    unit_sds = np.repeat(within, NODES_BETWEEN)
    own_estimate, own_sd = _together(weights, *_of_own_units(units, unit_sds, means, variances))
    own, sums, _ = units.own(unit_sd)
    has = sums > 0
    known = 1 / (group_sd**2 + 1 / sums[has])
    return GroupModel(
        mean=float((known * own[has]).sum() / known.sum()),
        group_sd=group_sd,
        unit_sd=unit_sd,
        direct=np.where(has, own, np.nan),
        direct_variance=np.where(has, 1 / np.where(has, sums, 1), np.inf),
        estimate=estimate,
        sd=sd,
        weights=weights,
        means=means,
        sds=np.sqrt(variances),
        group_sds=np.tile(between, NODES_WITHIN),
        unit_sds=unit_sds,
        own_estimate=own_estimate,
        own_sd=own_sd,
        units=units,
    )


def _together(weights: Floats, means: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of a mixture."""
    mean = weights @ means
    return mean, np.sqrt(weights @ (variances + (means - mean) ** 2))


def _of_own_units(units: Units, unit_sds: Floats, means: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Return means and variances (K, G) of the mean true level of each group's own units."""
    n = np.bincount(units.group, minlength=units.n_groups).astype(np.float64)
    n = np.where(n > 0, n, np.nan)
    of_units, spreads = np.empty_like(means), np.empty_like(variances)
    for b in np.unique(unit_sds):
        at = unit_sds == b
        kept = b**2 / (b**2 + units.variance)
        pulled, share, rest = (
            np.bincount(units.group, part, units.n_groups) / n
            for part in (kept * units.value, kept, kept * units.variance)
        )
        of_units[at] = pulled + (1 - share) * means[at]
        spreads[at] = (1 - share) ** 2 * variances[at] + rest / n
    return of_units, spreads


def _given(units: Units, between: Floats, unit_sd: float) -> tuple[Floats, Floats, Floats]:
    """Return criterion (K,), means (K, G) and variances (K, G) of the levels at each spread of groups."""
    own, sums, inside = units.own(unit_sd)
    has = sums > 0
    square = between[:, None] ** 2
    total = square + 1 / sums[has]
    weight = 1 / total
    mean = (weight * own[has]).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    apart = np.log(total * sums[has]).sum(axis=1) + (weight * (own[has] - mean) ** 2).sum(axis=1)
    height = inside + apart + np.log(weight.sum(axis=1))
    share = np.where(has, square * sums / (square * sums + 1), 0.0)
    of_mean = 1 / weight.sum(axis=1, keepdims=True)
    means = mean + share * (np.where(has, own, 0) - mean)
    return height, means, square * (1 - share) + (1 - share) ** 2 * of_mean
