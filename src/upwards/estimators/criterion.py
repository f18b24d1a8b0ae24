r"""The profiled likelihood criterion of a linear mixed model, its gradient and its curvature.

For covariances relative to the residual variance, with fixed effects and residual variance profiled
out (Bates and others 2015, *Fitting linear mixed-effects models using lme4*, eq. 34 and 41):

    -2 log L = log|V| + [log|X'V^-1 X|] + v (1 + log(2 pi y'Py / v)),   v = n - p (REML) or n (ML).

The curvature is the average of observed and expected information (Gilmour, Thompson and Cullis 1995),
written for the profiled criterion, plus the exact term that the square root of the covariance adds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from upwards.core.moments import Floats, Ints, Moments
from upwards.estimators.elimination import (
    Arrangement,
    Elimination,
    eliminate,
    eliminate_unit_values,
    look_down,
)

Method = Literal["reml", "ml"]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What stays the same while covariances change.

    Attributes
    ----------
    kept
        Positions of the design columns that are not redundant, shape (r,).
    method
        ``"reml"`` or ``"ml"``.
    """

    moments: Moments
    arrangement: Arrangement
    kept: Ints
    method: Method

    @property
    def freedom(self) -> int:
        """Return v, the divisor of the residual variance."""
        return self.moments.n - (len(self.kept) if self.method == "reml" else 0)


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """The criterion at given covariances, with what it profiled out (centred and scaled columns).

    Attributes
    ----------
    criterion
        -2 log-likelihood in raw units.
    log_det
        Its part that does not depend on the residual variance, in raw units.
    coefficients
        Shape (r,).
    precision
        X'V^-1 X, shape (r, r).
    quadratic
        y'Py.
    """

    criterion: float
    log_det: float
    coefficients: Floats
    precision: Floats
    quadratic: float
    elimination: Elimination


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """First and second derivatives.

    Attributes
    ----------
    log_det, quadratic
        Per term, derivative of the log determinants and of y'Py in the relative covariance, (k, k).
    residual_scores
        Per term Z'P y of its units, shape (k, J).
    information
        Per term, computes Z'V^-1 Z of its units, shape (k, k, J).
    """

    log_det: list[Floats]
    quadratic: list[Floats]
    residual_scores: list[Floats]
    information: list[Callable[[], Floats]]


def evaluate(problem: Problem, roots: list[Floats]) -> Value:
    """Compute the criterion at the covariance roots given (one (k, k) array per random term)."""
    moments = problem.moments
    elimination = eliminate(moments, problem.arrangement, roots)
    precision = elimination.gram[np.ix_(problem.kept, problem.kept)]
    right = elimination.gram[problem.kept, -1]
    root = np.linalg.cholesky(precision)
    coefficients = np.linalg.solve(root.T, np.linalg.solve(root, right))
    quadratic = float(elimination.gram[-1, -1] - right @ coefficients)
    log_det = elimination.log_det - moments.sum_log_weight
    if problem.method == "reml":
        log_det += 2.0 * float(np.log(np.diag(root)).sum())
        log_det += 2.0 * float(np.log(moments.scale[problem.kept]).sum())
    log_det += 2.0 * problem.freedom * float(np.log(moments.scale[-1]))
    v = problem.freedom
    criterion = log_det + v * (1.0 + np.log(2.0 * np.pi * quadratic / v))
    return Value(float(criterion), log_det, coefficients, precision, quadratic, elimination)


def differentiate(problem: Problem, value: Value) -> Slope:
    """Return the derivatives of both parts of the criterion in each term's relative covariance."""
    sides = look_down(problem.arrangement, value.elimination)
    log_det, quadratic, scores = [], [], []
    for side in sides:
        design = side.score[:, problem.kept]
        residual = side.score[:, -1] - np.tensordot(design, value.coefficients, axes=(1, 0))
        trace = side.total
        if problem.method == "reml":
            trace = trace - _fixed_part(design, value.precision)
        log_det.append(trace)
        quadratic.append(-(residual @ residual.T))
        scores.append(residual)
    return Slope(log_det, quadratic, scores, [side.information for side in sides])


def _fixed_part(design: Floats, precision: Floats) -> Floats:
    """Return the sum over units of D (X'V^-1 X)^-1 D' for D of shape (k, r, J)."""
    k = len(design)
    inverse = np.linalg.inv(precision)
    out = np.empty((k, k))
    for i in range(k):
        for j in range(i + 1):
            out[i, j] = out[j, i] = np.sum(inverse * (design[i] @ design[j].T))
    return out


def gradient_blocks(problem: Problem, value: Value, slope: Slope) -> list[Floats]:
    """Return the derivative of the profiled criterion in each relative covariance, (k, k) each."""
    factor = problem.freedom / value.quadratic
    return [a + factor * b for a, b in zip(slope.log_det, slope.quadratic, strict=True)]


def lower_entries(roots: list[Floats]) -> list[tuple[int, int, int]]:
    """List the free entries of the lower triangular roots as (term, row, column)."""
    return [(t, i, j) for t, root in enumerate(roots) for i in range(len(root)) for j in range(i + 1)]


def score_curvature(
    problem: Problem, value: Value, slope: Slope, roots: list[Floats]
) -> tuple[Floats, Floats]:
    """Return, per pair of root entries, F'PF and, per entry, its derivative of y'Py.

    F holds, for each entry of the roots, ``dV/d(entry) P y``.
    """
    directions = [(t, _direction(roots[t], i, j)) for t, i, j in lower_entries(roots)]
    return curvature_along(problem, value, slope, directions)


def curvature_along(
    problem: Problem, value: Value, slope: Slope, directions: list[tuple[int, Floats]]
) -> tuple[Floats, Floats]:
    """Return F'PF and the derivatives of y'Py along changes of the relative covariances.

    Each direction is a term and the change (k, k) of its relative covariance.
    """
    values = [(t, d @ slope.residual_scores[t]) for t, d in directions]
    cross, own = eliminate_unit_values(problem.moments, problem.arrangement, value.elimination, values)
    fixed = cross[problem.kept]
    projected = own - fixed.T @ np.linalg.solve(value.precision, fixed)
    first = np.array([np.sum(slope.quadratic[t] * d) for t, d in directions])
    return projected, first


def _direction(root: Floats, i: int, j: int) -> Floats:
    """Return d(LL')/dL_ij."""
    out = np.zeros_like(root)
    out[i] += root[:, j]
    return out + out.T


def root_curvature(blocks: list[Floats], roots: list[Floats]) -> Floats:
    """Return the part of the second derivative that stems from covariance = LL'."""
    entries = lower_entries(roots)
    out = np.zeros((len(entries), len(entries)))
    for a, (s, i, j) in enumerate(entries):
        for b, (t, k, m) in enumerate(entries):
            if s == t and j == m:
                out[a, b] = 2.0 * blocks[s][i, k]
    return out


def root_gradient(blocks: list[Floats], roots: list[Floats]) -> Floats:
    """Return the derivative in the entries of the lower triangular roots."""
    products = [2.0 * block @ root for block, root in zip(blocks, roots, strict=True)]
    return np.array([products[t][i, j] for t, i, j in lower_entries(roots)])
