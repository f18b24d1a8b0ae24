"""Unit means of the intake as further columns, from the moments alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from upwards.core.moments import Moments


def with_unit_means(moments: Moments, factor: int, columns: tuple[int, ...] | None = None) -> Moments:
    """Add the mean of each intake column in each unit, so that slopes within and between units part.

    Parameters
    ----------
    moments
        Sums per cell.
    factor
        Position of the factor over whose units means are taken.
    columns
        Positions of the design columns to average; by default all but the intercept.

    Returns
    -------
    Moments
        With one more column per averaged one, named ``"x (mean of school)"``; no row is read again.

    Notes
    -----
    The coefficient of a mean is the difference between the slope between units and the slope within
    (Mundlak's device). Columns that do not vary within units become redundant and are dropped by the
    fit.

    References
    ----------
    Mundlak (1978), On the pooling of time series and cross section data, Econometrica 46, 69–85.
    """
    chosen = list(range(1, moments.p)) if columns is None else list(columns)
    codes = moments.codes[factor]
    n_units = moments.factors[factor].n_units
    weight = np.bincount(codes, weights=moments.weight, minlength=n_units)
    sums = [np.bincount(codes, weights=moments.products[0, j], minlength=n_units) for j in chosen]
    means = np.stack(sums) / weight if chosen else np.zeros((0, n_units))
    on_cells = means[:, codes]
    q, p = len(moments.slopes), moments.p
    added = moments.products[:, [0]] * on_cells[None]
    products = np.concatenate([moments.products[:, :p], added, moments.products[:, p:]], axis=1)
    cross = moments.products[0] @ on_cells.T
    own = (on_cells * moments.weight) @ on_cells.T
    order = [*range(p), *range(p + 1, p + 1 + len(chosen)), p]
    gram = np.block([[moments.gram, cross], [cross.T, own]])[np.ix_(order, order)]
    name = moments.factors[factor].name
    return replace(
        moments,
        columns=moments.columns + tuple(f"{moments.columns[j]} (mean of {name})" for j in chosen),
        products=np.ascontiguousarray(products.reshape(q, -1, products.shape[-1])),
        gram=gram,
        centre=np.r_[moments.centre[:p], moments.centre[chosen], moments.centre[p:]],
        scale=np.r_[moments.scale[:p], moments.scale[chosen], moments.scale[p:]],
    )
