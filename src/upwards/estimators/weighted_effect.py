"""A weighted mean of random effects, from some rows only, at variances that were estimated on all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

from upwards.core.moments import Floats, Ints


@dataclass(frozen=True, slots=True)
class Variances:
    """One plausible set of parameters of a model with an intercept and random parts.

    Attributes
    ----------
    parts
        Variance of each random part.
    group
        Variance of the part whose units are many and hold few rows each (pupils); 0 for none.
    residual
        Variance of a row.
    mean, mean_se
        The intercept at these variances, and its standard error.
    """

    parts: tuple[float, ...]
    group: float
    residual: float
    mean: float
    mean_se: float


@dataclass(frozen=True, slots=True)
class WeightedEffect:
    """A weighted mean of effects: posterior mean and standard deviation, in units of the outcome."""

    effect: float
    se: float


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Products of the rows: all, and for each size of a group those that pass through its groups.

    Most units never meet in a row or a group, so that products are kept without their zeros.
    """

    cross: csr_array
    right: Floats
    through: dict[int, tuple[csr_array, Floats]]
    target: Floats
    term: Ints


def weigh_effects(
    outcome: Floats,
    units: Sequence[Ints],
    groups: Ints | None,
    weight: Floats,
    drawn: Sequence[Variances],
) -> WeightedEffect:
    """Return the weighted mean of what all parts add to some rows, the groups' part left out.

    Parameters
    ----------
    outcome
        Shape (n,): rows that are independent, given the parameters, of all rows that are not here.
    units
        For each part the unit of each row, shape (n,).
    groups
        Group of each row, shape (n,); None for none.
    weight
        Weight of each row's effect, shape (n,), not below 0 and with a sum above 0.
    drawn
        Sets of parameters, equally plausible.

    Returns
    -------
    WeightedEffect
        Shrunken. Its error holds chance, the variances' uncertainty and that of the intercept.

    Notes
    -----
    Given the parameters the effects have the normal distribution of Henderson's equations; groups are
    taken out first by the Woodbury identity, so that the equations have a row for each unit of the other
    parts. Over the sets of parameters means and variances are joined by the law of total variance.

    References
    ----------
    Henderson (1975), Best linear unbiased estimation and prediction under a selection model,
    Biometrics 31, 423-447.

    Examples
    --------
    >>> one = Variances(parts=(1.0,), group=0.0, residual=4.0, mean=0.0, mean_se=0.0)
    >>> y, school = np.array([2.0, 4.0, 0.0, 0.0]), np.array([0, 0, 1, 1])
    >>> found = weigh_effects(y, [school], None, np.array([1.0, 1.0, 0.0, 0.0]), [one])
    >>> round(found.effect, 4), round(found.se**2, 4)  # 3 x 2 / (2 + 4), 4 / (2 + 4)
    (1.0, 0.6667)
    """
    sums = _sums(outcome, units, groups, weight / weight.sum())
    found = np.array([_at(sums, one) for one in drawn])
    effect = float(found[:, 0].mean())
    return WeightedEffect(effect, float(np.sqrt(found[:, 1].mean() + found[:, 0].var())))


def _sums(outcome: Floats, units: Sequence[Ints], groups: Ints | None, weight: Floats) -> _Sums:
    n = len(outcome)
    placed = [np.unique(unit, return_inverse=True)[1] for unit in units]
    sizes = [int(unit.max()) + 1 for unit in placed]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    columns = np.stack([unit + start for unit, start in zip(placed, starts[:-1], strict=True)], axis=1)
    ends = np.arange(n + 1) * len(units)
    z = csr_array((np.ones(columns.size), columns.ravel(), ends), shape=(n, int(starts[-1])))
    known = np.stack([outcome, np.ones(n)], axis=1)
    return _Sums(
        cross=(z.T @ z).tocsr(),
        right=z.T @ known,
        through=_through_groups(z, known, groups),
        target=z.T @ weight,
        term=np.repeat(np.arange(len(units)), sizes),
    )


def _through_groups(z: csr_array, known: Floats, groups: Ints | None) -> dict[int, tuple[csr_array, Floats]]:
    """Return Z'PP'Z and Z'PP'(y, 1) for the groups of each size, P saying which row is in which group."""
    if groups is None:
        return {}
    code = np.unique(groups, return_inverse=True)[1]
    size = np.bincount(code)[code]
    found = {}
    for rows in np.unique(size).tolist():
        here = (size == rows).astype(np.float64)
        p = csr_array((here, code, np.arange(len(code) + 1)), shape=(len(code), int(code.max()) + 1))
        reached = z.T @ p
        found[rows] = (reached @ reached.T, reached @ (p.T @ known))
    return found


def _at(sums: _Sums, one: Variances) -> tuple[float, float]:
    """Return mean and variance of the target at one set of parameters."""
    cross, right = sums.cross / one.residual, sums.right / one.residual
    for rows, (products, totals) in sums.through.items():
        taken = one.group / (one.residual * (one.residual + rows * one.group))
        cross, right = cross - taken * products, right - taken * totals
    sd = np.sqrt(np.asarray(one.parts))[sums.term]
    precision = cross.toarray(order="F")
    precision *= sd[:, None]
    precision *= sd
    np.fill_diagonal(precision, precision.diagonal() + 1.0)
    solved = cho_solve(cho_factor(precision, lower=True, overwrite_a=True), sd * sums.target)
    pulled = (sd * solved) @ right
    variance = float((sd * sums.target) @ solved)
    return float(pulled[0] - one.mean * pulled[1]), variance + float(pulled[1] * one.mean_se) ** 2
