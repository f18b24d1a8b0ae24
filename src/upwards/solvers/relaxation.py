"""The relaxed program, in which whole numbers are not asked: its answer, its bound, its reduced costs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

SIFTED_FROM = 5_000
"""Variables from which on a program is solved by columns; below it is solved at once."""
FIRST_PER_ROW, NEXT_PER_ROW = 12, 6
BEST_OVERALL = 1_000
"""Variables that join for being the best of all, whatever their rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """The answer of a relaxed program.

    Attributes
    ----------
    status
        ``"optimal"``, ``"infeasible"``, or ``"late"``: the time was up; `bound` holds all the same, and `x`
        is allowed.
    x
        The choice, shape (n,); zeros if there is none.
    bound
        The most that any choice could be worth; infinite if unknown.
    reduced_cost
        What one more of each variable would cost against `bound`, shape (n,); negative at an upper bound.
    """

    status: Literal["optimal", "infeasible", "late"]
    x: Floats
    bound: float
    reduced_cost: Floats


def relax(
    value: Floats,
    matrix: sparse.csr_array,
    lower: Floats,
    upper: Floats,
    most: Floats,
    *,
    time_limit: float,
) -> Relaxation:
    """Maximise ``value @ x`` with ``lower <= matrix @ x <= upper`` and ``0 <= x <= most``.

    Parameters
    ----------
    value, most
        Worth and upper bound of each variable, shape (n,).
    matrix, lower, upper
        Rows of the program, shape (m, n), and their bounds, shape (m,).
    time_limit
        Seconds.

    Returns
    -------
    Relaxation

    Notes
    -----
    A large program is solved on a few of its variables, the best of each row; its prices then say which of
    the others could improve it, the best of these join, and so on until none could: the answer is then the
    whole program's. Any prices give a valid bound, so time that is up costs the proof, never its truth.
    Programs in which some row asks for a least sum are solved at once.
    """
    above, below = np.isfinite(upper), np.isfinite(lower)
    rows = sparse.vstack([matrix[above], -matrix[below]], format="csr")
    bounds = np.concatenate([upper[above], -lower[below]])
    if value.size < SIFTED_FROM or below.any() or not np.isfinite(most).all():
        found = _solve(value, rows, bounds, most, time_limit)
        if found.status != 0:
            nothing = np.zeros_like(value)
            return Relaxation("infeasible" if found.status == 2 else "late", nothing, np.inf, nothing)
        reduced = found.lower.marginals + found.upper.marginals
        return Relaxation("optimal", found.x, -float(found.fun), reduced)
    return _sift(value, rows, bounds, most, time_limit)


def _solve(
    value: Floats, rows: sparse.csr_array, bounds: Floats, most: Floats, time_limit: float
) -> optimize.OptimizeResult:
    """Solve a relaxed program at once."""
    # SciPy's published types do not know that it takes sparse matrices here.
    linprog: Any = optimize.linprog
    found: optimize.OptimizeResult = linprog(
        -value,
        A_ub=rows,
        b_ub=bounds,
        bounds=np.stack([np.zeros_like(most), most], axis=1),
        method="highs",
        options={"time_limit": time_limit},
    )
    return found


def _sift(
    value: Floats, rows: sparse.csr_array, bounds: Floats, most: Floats, time_limit: float
) -> Relaxation:
    """Solve a large program on the variables that matter."""
    end = time.monotonic() + time_limit
    columns = rows.tocsc()
    held = np.zeros(value.size, dtype=bool)
    held[_best_of_rows(rows, -value, value > 0, FIRST_PER_ROW)] = True
    x, bound, reduced = np.zeros_like(value), np.inf, -value
    while True:
        some = np.flatnonzero(held)
        left = end - time.monotonic()
        few = columns[:, some].tocsr()
        # A row that holds none of these variables says nothing, unless it cannot hold at all.
        says = (np.diff(few.indptr) > 0) | (bounds < 0)
        found = _solve(value[some], few[says], bounds[says], most[some], left) if left > 0 else None
        if found is not None and found.status == 2:
            return Relaxation("infeasible", np.zeros_like(value), np.inf, reduced)
        if found is None or found.status != 0:
            return Relaxation("late", x, bound, reduced)
        x = np.zeros_like(value)
        x[some] = found.x
        prices = np.zeros_like(bounds)
        prices[says] = -found.ineqlin.marginals
        now = rows.T @ prices - value
        # Prices on the rows bound every choice: each variable adds at most what it is worth above its price.
        at_most = float(prices @ bounds + np.maximum(-now, 0.0) @ most)
        if at_most < bound:
            bound, reduced = at_most, now
        better = ~held & (now < -1e-9)
        if not better.any() or at_most <= -float(found.fun) * (1 + 1e-9) + 1e-9:
            return Relaxation("optimal", x, at_most, now)
        held[_best_of_rows(rows, now, better, NEXT_PER_ROW)] = True


def _best_of_rows(rows: sparse.csr_array, cost: Floats, among: npt.NDArray[np.bool_], n_each: int) -> Ints:
    """Return the variables that are among the least costly of all, or the `n_each` least costly of a row."""
    size = np.diff(rows.indptr)
    row = np.repeat(np.arange(size.size), size)
    # A row of few variables would choose them all.
    chosen = among[rows.indices] & (size[row] > n_each)
    row, column = row[chosen], rows.indices[chosen]
    order = np.lexsort((cost[column], row))
    row, column = row[order], column[order]
    starts = np.flatnonzero(np.append(True, row[1:] != row[:-1])[: row.size])
    rank = np.arange(row.size) - np.repeat(starts, np.diff(np.append(starts, row.size)))
    candidates = np.flatnonzero(among)
    overall = candidates[np.argsort(cost[candidates], kind="stable")[:BEST_OVERALL]]
    best: Ints = np.union1d(column[rank < n_each], overall)
    return best
