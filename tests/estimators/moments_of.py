"""Sums of products from plain arrays, the short way: what the pass does, without its engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from upwards.core.moments import Factor, Floats, Moments


def moments_of(
    y: Any,
    X: Any,
    groups: Mapping[str, Any],
    *,
    names: Sequence[str] | None = None,
    slopes: Sequence[int] = (0,),
    weight: Any = None,
    centre: bool = True,
) -> Moments:
    """Reduce an outcome (n,), a design (n, p) with its intercept, and one label per row and factor."""
    y, X = np.asarray(y, float), np.asarray(X, float)
    rows = np.column_stack([X, y])
    n, m = rows.shape
    about, size = np.zeros(m), np.ones(m)
    if centre:
        about = np.r_[0.0, rows[:, 1:].mean(axis=0)]
        spread = rows[:, 1:].std(axis=0)
        size = np.r_[1.0, np.where(spread > 0, spread, 1.0)]
    rows = (rows - about) / size
    w = np.ones(n) if weight is None else np.asarray(weight, float)
    units = [np.unique(np.asarray(labels), return_inverse=True) for labels in groups.values()]
    factors = tuple(
        Factor(name, tuple((str(label),) for label in labels))
        for name, (labels, _) in zip(groups, units, strict=True)
    )
    cells, cell = np.unique(np.column_stack([code for _, code in units]), axis=0, return_inverse=True)
    total = len(cells)
    products = np.array(
        [[np.bincount(cell, w * rows[:, z] * rows[:, j], total) for j in range(m)] for z in slopes]
    )
    n_rows = np.bincount(cell, minlength=total).astype(np.int64)
    return Moments(
        columns=tuple(names or ("(Intercept)", *(f"x{i}" for i in range(1, m - 1)))),
        slopes=tuple(slopes),
        factors=factors,
        codes=np.ascontiguousarray(cells.T).astype(np.int64),
        n_rows=n_rows,
        n_all_rows=n_rows,
        weight=np.bincount(cell, w, total),
        weight_squared=np.bincount(cell, w * w, total),
        products=products,
        gram=(rows * w[:, None]).T @ rows,
        sum_log_weight=float(np.log(w).sum()),
        centre=about,
        scale=size,
        left_out={},
    )


def labels_of(moments: Moments, factor: int) -> list[str]:
    """Return the labels of a factor's units in the order of its effects."""
    return [path[-1] for path in moments.factors[factor].paths]


def design(*columns: Floats) -> Floats:
    """Put an intercept before the columns."""
    return np.column_stack([np.ones(len(columns[0])), *columns])
