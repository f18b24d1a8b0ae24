"""Minimising the profiled criterion over covariance roots, to the boundary where that is the optimum."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from upwards.core.moments import Floats
from upwards.estimators.criterion import (
    Problem,
    Slope,
    Value,
    differentiate,
    evaluate,
    gradient_blocks,
    lower_entries,
    root_curvature,
    root_gradient,
    score_curvature,
)

MAX_STEPS = 100
# half the squared length of the remaining step in units of standard errors: 5e-6 of one
DECREMENT = 1e-11
SINGULAR = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the search ended.

    Attributes
    ----------
    roots
        Lower triangular L per term; covariance LL' relative to the residual variance.
    converged
        False when the step limit was reached first.
    value, slope
        The criterion and its derivatives there.
    n_steps
        Newton steps taken.
    """

    roots: list[Floats]
    value: Value
    slope: Slope
    converged: bool
    n_steps: int


def minimise(problem: Problem, start: list[Floats] | None = None, *, decrement: float = DECREMENT) -> Optimum:
    """Find the covariances of greatest likelihood.

    Parameters
    ----------
    problem
        Moments, arrangement, method.
    start
        Lower triangular roots to begin from; by default 0.4 for intercepts, 0.15 for slopes.
    decrement
        The search ends where the step left would lower the criterion by less than this.

    Returns
    -------
    Optimum
        A point at which no positive semi-definite change of any covariance lowers the criterion.
    """
    roots = start if start is not None else default_roots(problem)
    steps = 0
    for _ in range(8):
        optimum = _descend(problem, roots, MAX_STEPS - steps, decrement)
        steps += optimum.n_steps
        escape = _leave_boundary(problem, optimum)
        if escape is None or steps >= MAX_STEPS:
            return replace(optimum, n_steps=steps)
        roots = escape
    return replace(optimum, converged=False, n_steps=steps)


def point_at(problem: Problem, roots: list[Floats]) -> Optimum:
    """Return the criterion and its derivatives at roots that are given, as if the search had ended there."""
    value = evaluate(problem, roots)
    return Optimum(roots, value, differentiate(problem, value), True, 0)


def default_roots(problem: Problem) -> list[Floats]:
    """Return a modest start: a sixth of the variance between units, less for slopes."""
    return [np.diag([0.4] + [0.15] * (len(t.z) - 1)) for t in problem.arrangement.terms]


def _descend(problem: Problem, roots: list[Floats], limit: int, decrement: float) -> Optimum:
    value = evaluate(problem, roots)
    for step in range(max(limit, 1)):
        slope = differentiate(problem, value)
        blocks = gradient_blocks(problem, value, slope)
        gradient = root_gradient(blocks, roots)
        curvature = root_curvature(blocks, roots) + _average_information(problem, value, slope, roots)
        move = newton_move(gradient, curvature, max(1.0, *(float(np.abs(r).max()) for r in roots)))
        here = Optimum(roots, value, slope, True, step)
        if -0.5 * float(gradient @ move) < decrement:
            return _snap(problem, here)
        found = _line_search(problem, roots, value, move, float(gradient @ move))
        if found is None:
            return _snap(problem, here)
        roots, value = found
    return Optimum(roots, value, differentiate(problem, value), False, limit)


def _average_information(problem: Problem, value: Value, slope: Slope, roots: list[Floats]) -> Floats:
    projected, first = score_curvature(problem, value, slope, roots)
    q = value.quadratic
    return np.asarray(problem.freedom * (projected / q - np.outer(first, first) / q**2))


def newton_move(gradient: Floats, curvature: Floats, largest: float) -> Floats:
    """Return the Newton step with every curvature taken as positive, so that it always descends.

    No entry moves by more than twice the largest entry there is.
    """
    values, vectors = np.linalg.eigh(curvature)
    size = np.maximum(np.abs(values), 1e-10 * max(1.0, float(np.abs(values).max())))
    move = -vectors @ ((vectors.T @ gradient) / size)
    longest = float(np.abs(move).max(initial=0.0))
    return np.asarray(move * min(1.0, 2.0 * largest / longest) if longest > 0 else move)


def _line_search(
    problem: Problem, roots: list[Floats], value: Value, move: Floats, fall: float
) -> tuple[list[Floats], Value] | None:
    """Halve the step until the criterion falls; None when rounding hides any fall."""
    slack = 1e-13 * abs(value.criterion)
    length = 1.0
    for _ in range(30):
        trial = shift(roots, length * move)
        there = evaluate(problem, trial)
        if there.criterion <= value.criterion + 1e-4 * length * fall + slack:
            return trial, there
        length *= 0.5
    return None


def shift(roots: list[Floats], move: Floats) -> list[Floats]:
    """Add a move in the free entries to the roots, and turn diagonals positive again."""
    moved = [root.copy() for root in roots]
    for (t, i, j), change in zip(lower_entries(roots), move, strict=True):
        moved[t][i, j] += change
    return [root * np.where(np.diag(root) < 0, -1.0, 1.0) for root in moved]


def _snap(problem: Problem, optimum: Optimum) -> Optimum:
    """Set variances that are zero for all purposes to exactly zero."""
    snapped = [_drop_small(root) for root in optimum.roots]
    if all(np.array_equal(a, b) for a, b in zip(snapped, optimum.roots, strict=True)):
        return optimum
    there = evaluate(problem, snapped)
    if there.criterion > optimum.value.criterion + 1e-7:
        return optimum
    return replace(optimum, roots=snapped, value=there, slope=differentiate(problem, there))


def _drop_small(root: Floats) -> Floats:
    covariance = root @ root.T
    values, vectors = np.linalg.eigh(covariance)
    if values.min() >= SINGULAR or not values.any():
        return root
    kept = np.where(values < SINGULAR, 0.0, values)
    return root_of((vectors * kept) @ vectors.T)


def root_of(covariance: Floats) -> Floats:
    """Return lower triangular L with LL' equal to a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(covariance)
    half = vectors * np.sqrt(np.maximum(values, 0.0))
    lower = np.asarray(np.linalg.qr(half.T, mode="r")).T
    return np.asarray(np.tril(lower * np.where(np.diag(lower) < 0, -1.0, 1.0)))


def is_singular(roots: list[Floats]) -> bool:
    """Tell whether any covariance has a direction without variance."""
    return any(float(np.linalg.eigvalsh(root @ root.T).min()) < SINGULAR for root in roots)


def _leave_boundary(problem: Problem, optimum: Optimum) -> list[Floats] | None:
    """Return better roots where the likelihood still rises from a singular covariance, else None.

    At a singular LL' the derivative in L can vanish although adding variance would help; the
    derivative in the covariance itself tells.
    """
    if not is_singular(optimum.roots):
        return None
    blocks = gradient_blocks(problem, optimum.value, optimum.slope)
    for term, (block, root) in enumerate(zip(blocks, optimum.roots, strict=True)):
        values, vectors = np.linalg.eigh(block)
        if values[0] > -1e-6 * max(1.0, float(np.abs(values).max())):
            continue
        for size in 0.01 * 0.25 ** np.arange(12):
            added = root @ root.T + size * np.outer(vectors[:, 0], vectors[:, 0])
            trial = [root_of(added) if t == term else r for t, r in enumerate(optimum.roots)]
            if evaluate(problem, trial).criterion < optimum.value.criterion - 1e-9:
                return trial
    return None
