"""How much of a gap between two groups of schools goes with what their pupils bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from upwards.core.errors import EmptyData

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class GapDecomposition:
    """A gap between two groups, taken apart.

    Attributes
    ----------
    gap, gap_se
        Mean of the first group less mean of the other, in the unit of the outcome.
    remaining, remaining_se
        What is left of it among units with the same characteristics.
    blocks
        Names of the blocks of characteristics, K of them.
    part, part_se
        Shape (K,): what goes with each block; they add up to ``gap - remaining``.
    n, n_first, n_clusters
        Units, those of the first group, and clusters behind the standard errors.
    """

    gap: float
    gap_se: float
    remaining: float
    remaining_se: float
    blocks: tuple[str, ...]
    part: Floats
    part_se: Floats
    n: int
    n_first: int
    n_clusters: int


def decompose_gap(
    outcome: Floats,
    first: Flags,
    blocks: Mapping[str, Floats],
    *,
    weight: Floats,
    cluster: npt.NDArray[np.int64],
) -> GapDecomposition:
    """Take a gap apart by blocks of characteristics, whatever their order.

    Parameters
    ----------
    outcome
        Shape (n,).
    first
        Shape (n,): whether a unit belongs to the first group.
    blocks
        Name to characteristics, shape (n, k) each; without missing values.
    weight
        Shape (n,): pupils a unit stands for.
    cluster
        Shape (n,): number of the cluster, such as the local authority: units of one cluster share shocks.

    Returns
    -------
    GapDecomposition

    Raises
    ------
    EmptyData
        When one of the groups is empty, or there are no more units than characteristics.

    Notes
    -----
    With all characteristics in one regression beside the group, the part of a block is the difference of its
    characteristics between the groups times their coefficients. The parts add up exactly and do not depend
    on an order, unlike adding one block after the other. Standard errors are robust to clusters, by the
    influence of each unit. It is a description of what goes together, not of what causes what.

    References
    ----------
    Gelbach, J. (2016). When do covariates matter? And which ones, and how much? Journal of Labor Economics
    34(2), section III.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> first = np.arange(400) < 200
    >>> intake = np.where(first, 1.0, 0.0) + rng.normal(size=400)
    >>> found = decompose_gap(2 * intake + first, first, {"intake": intake[:, None]},
    ...                       weight=np.ones(400), cluster=np.arange(400))
    >>> round(found.remaining, 9), bool(abs(found.gap - found.remaining - found.part.sum()) < 1e-9)
    (1.0, True)
    """
    n_columns = sum(block.shape[1] for block in blocks.values())
    if first.all() or not first.any() or len(outcome) <= n_columns + 2:
        raise EmptyData(
            "A gap needs units in both groups, and more units than characteristics. Choose another region, "
            "or fewer characteristics."
        )
    group = np.column_stack([np.ones(len(outcome)), first.astype(float)])
    added = np.column_stack(list(blocks.values()))
    whole = np.column_stack([group, added])
    base, base_influence = _regress(outcome, group, weight)
    full, full_influence = _regress(outcome, whole, weight)
    shift, shift_influence = _regress(added, group, weight)
    coefficient, d_coefficient = full[2:], full_influence[:, 2:]
    per_column = shift[1] * coefficient
    d_column = shift_influence[:, 1] * coefficient + shift[1] * d_coefficient
    ends = np.cumsum([0, *(block.shape[1] for block in blocks.values())])
    part = np.add.reduceat(per_column, ends[:-1])
    influence = np.column_stack(
        [base_influence[:, 1], full_influence[:, 1], np.add.reduceat(d_column, ends[:-1], axis=1)]
    )
    se, n_clusters = _clustered(influence, cluster)
    return GapDecomposition(
        gap=float(base[1]),
        gap_se=float(se[0]),
        remaining=float(full[1]),
        remaining_se=float(se[1]),
        blocks=tuple(blocks),
        part=part,
        part_se=se[2:],
        n=len(outcome),
        n_first=int(first.sum()),
        n_clusters=n_clusters,
    )


@dataclass(frozen=True, slots=True, eq=False)
class RemainingGap:
    """What remains of a gap at the coefficients of one side.

    Attributes
    ----------
    at
        Whose coefficients: ``"both"``, ``"other"`` or ``"first"``.
    remaining, se
        In the unit of the outcome.
    """

    at: str
    remaining: float
    se: float


def remaining_at(
    outcome: Floats,
    first: Flags,
    columns: Floats,
    *,
    weight: Floats,
    cluster: npt.NDArray[np.int64],
) -> tuple[RemainingGap, ...]:
    """Say what remains of a gap when the characteristics count as they do on either side.

    Parameters
    ----------
    outcome, first, weight, cluster
        As for `decompose_gap`.
    columns
        Shape (n, k): all characteristics.

    Returns
    -------
    tuple of RemainingGap
        At the coefficients of the other group, then at those of the first. Where these differ, no single
        figure is the part that intake does not go with.

    References
    ----------
    Blinder, A. (1973). Wage discrimination: reduced form and structural estimates. Journal of Human Resources
    8(4). Oaxaca, R. (1973). Male-female wage differentials in urban labor markets. International Economic
    Review 14(3).
    """
    design = np.column_stack([np.ones(len(outcome)), columns])
    found = []
    for at, teaches, sign in (("other", ~first, 1.0), ("first", first, -1.0)):
        own = np.where(teaches, weight, 0.0)
        coefficient, influence = _regress(outcome, design, own)
        across = np.where(teaches, 0.0, weight)
        across = across / across.sum()
        residual = outcome - design @ coefficient
        remaining = across @ residual
        moves = across * (residual - remaining) - influence @ (across @ design)
        se, _ = _clustered(moves[:, None], cluster)
        found.append(RemainingGap(at, float(sign * remaining), float(se[0])))
    return tuple(found)


def kitagawa(rate: Floats, share: Floats) -> tuple[float, float]:
    """Split a gap between two groups into composition and rates within kinds of pupils.

    Parameters
    ----------
    rate
        Shape (2, K): mean outcome of each kind of pupil, in the first group and in the other.
    share
        Shape (2, K): share of each kind; each row adds up to 1.

    Returns
    -------
    composition, rates
        They add up to the gap: other shares at average rates, and other rates at average shares.

    References
    ----------
    Kitagawa, E. (1955). Components of a difference between two rates. Journal of the American Statistical
    Association 50(272).

    Examples
    --------
    >>> composition, rates = kitagawa(np.array([[1.0, 3.0], [1.0, 3.0]]), np.array([[0.2, 0.8], [0.6, 0.4]]))
    >>> round(composition, 9), rates
    (0.8, 0.0)
    """
    composition = (share[0] - share[1]) @ rate.mean(axis=0)
    rates = (rate[0] - rate[1]) @ share.mean(axis=0)
    return float(composition), float(rates)


def _regress(outcome: Floats, design: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return coefficients, shape (p, ...), and the influence of each unit on them, shape (n, p, ...)."""
    bread = np.linalg.pinv(design.T @ (weight[:, None] * design), hermitian=True)
    lean = (weight[:, None] * design) @ bread
    coefficient = lean.T @ outcome
    residual = outcome - design @ coefficient
    influence = lean[:, :, None] * residual[:, None] if residual.ndim > 1 else lean * residual[:, None]
    return coefficient, influence


def _clustered(influence: Floats, cluster: npt.NDArray[np.int64]) -> tuple[Floats, int]:
    _, number = np.unique(cluster, return_inverse=True)
    n_clusters = int(number.max()) + 1
    totals = np.zeros((n_clusters, influence.shape[1]))
    np.add.at(totals, number, influence)
    correction = n_clusters / max(n_clusters - 1, 1)
    return np.sqrt(correction * (totals**2).sum(axis=0)), n_clusters
