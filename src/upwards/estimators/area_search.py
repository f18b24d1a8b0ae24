"""The covariance of greatest restricted likelihood, to the boundary where that is the optimum.

Covariances are written as LL', so that every place the search visits is admissible; where it ends at a
singular one, the derivative in the covariance itself tells whether it must go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from upwards.estimators.area_likelihood import (
    Evaluation,
    Floats,
    Observed,
    Slope,
    differentiate,
    evaluate,
    information,
    root_of,
    squared_pull,
)

MAX_STEPS = 200
# the remaining step would raise the log-likelihood by half of this at most
DECREMENT = 1e-11
# below this expected fall of the criterion the exact curvature guides the search
NEAR = 1.0
# share of the total variance below which a variance is zero for all purposes
SINGULAR = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """How the true covariance depends on its parameters.

    Attributes
    ----------
    basis
        Shape (p, T, T): the true covariance is the sum of parameter times basis.
    sizes
        Sizes of the covariance blocks whose lower triangles, row by row, are the parameters.
    """

    basis: Floats
    sizes: tuple[int, ...]

    def covariance(self, parameters: Floats) -> Floats:
        """Return the true covariance, shape (T, T)."""
        return np.asarray(np.tensordot(parameters, self.basis, axes=(0, 0)))

    def parameters(self, roots: list[Floats]) -> Floats:
        """Return the lower triangles of LL', one after another."""
        return np.concatenate([(root @ root.T)[np.tril_indices(len(root))] for root in roots])


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the search ended.

    Attributes
    ----------
    roots
        Lower triangular L per block.
    parameters
        Shape (p,).
    value, slope
        The likelihood and its derivatives there.
    n_evaluations
        Times the likelihood was evaluated.
    converged
        False when the step limit was reached first.
    """

    roots: list[Floats]
    parameters: Floats
    value: Evaluation
    slope: Slope
    n_evaluations: int
    converged: bool


def maximise(observed: Observed, form: Form, start: list[Floats]) -> Optimum:
    """Find the parameters of greatest restricted likelihood.

    Parameters
    ----------
    observed
        Data whose total variance is about 1.
    form
        Parameters and blocks.
    start
        Lower triangular roots to begin from.

    Returns
    -------
    Optimum
        A point at which no admissible change raises the likelihood to first order.
    """
    search = _Search(observed, form)
    roots = start
    for _ in range(8):
        optimum = search.descend(roots)
        escape = search.leave_boundary(optimum)
        if escape is None:
            return replace(optimum, n_evaluations=search.n_evaluations)
        roots = escape
    return replace(optimum, n_evaluations=search.n_evaluations, converged=False)


@dataclass(slots=True, eq=False)
class _Search:
    observed: Observed
    form: Form
    n_evaluations: int = 0

    def evaluate(self, roots: list[Floats]) -> Evaluation:
        self.n_evaluations += 1
        return evaluate(self.observed, self.form.covariance(self.form.parameters(roots)))

    def point(self, roots: list[Floats], value: Evaluation, converged: bool) -> Optimum:
        slope = differentiate(self.observed, value)
        return Optimum(roots, self.form.parameters(roots), value, slope, 0, converged)

    def descend(self, roots: list[Floats]) -> Optimum:
        value = self.evaluate(roots)
        for _ in range(MAX_STEPS):
            here = self.point(roots, value, True)
            move, fall = self.step(here)
            if -0.5 * fall < DECREMENT:
                return self._snap(here)
            found = self._line_search(roots, value, move, fall)
            if found is None:
                return self._snap(here)
            roots, value = found
        return self.point(roots, value, False)

    def step(self, here: Optimum) -> tuple[Floats, float]:
        """Return the next move in the roots' entries, and the slope of the criterion along it.

        Far from the optimum the expected curvature is the safer guide; near it the exact one is quicker.
        """
        largest = max(1.0, *(float(np.abs(root).max()) for root in here.roots))
        jacobian, blocks = _jacobian(here.roots), self.gradient_blocks(here)
        gradient = np.concatenate(
            [
                (2.0 * block @ root)[np.tril_indices(len(root))]
                for block, root in zip(blocks, here.roots, strict=True)
            ]
        )
        expected = 2.0 * information(here.value, here.slope, self.form.basis)
        curvature = jacobian.T @ expected @ jacobian + _bend(blocks)
        move = _newton_move(gradient, curvature, largest)
        if -0.5 * float(gradient @ move) < NEAR:
            surplus = squared_pull(here.value, here.slope, self.form.basis) - expected
            exact = curvature + 2.0 * jacobian.T @ surplus @ jacobian
            if np.linalg.eigvalsh(exact).min() > 0:
                move = _newton_move(gradient, exact, largest)
        return move, float(gradient @ move)

    def gradient_blocks(self, here: Optimum) -> list[Floats]:
        """Return the criterion's derivative in each block's covariance, symmetric."""
        flat = np.tensordot(self.form.basis, here.slope.gradient, axes=([1, 2], [0, 1]))
        blocks, place = [], 0
        for size in self.form.sizes:
            block = np.zeros((size, size))
            rows, columns = np.tril_indices(size)
            block[rows, columns] = flat[place : place + len(rows)]
            blocks.append((block + block.T) / 2.0)
            place += len(rows)
        return blocks

    def _line_search(
        self, roots: list[Floats], value: Evaluation, move: Floats, fall: float
    ) -> tuple[list[Floats], Evaluation] | None:
        """Halve the step until the criterion falls; None when rounding hides any fall."""
        slack = 1e-13 * abs(value.criterion)
        length = 1.0
        for _ in range(30):
            trial = _shift(roots, length * move)
            there = self.evaluate(trial)
            if there.criterion <= value.criterion + 1e-4 * length * fall + slack:
                return trial, there
            length *= 0.5
        return None

    def _snap(self, here: Optimum) -> Optimum:
        """Set variances that are zero for all purposes to exactly zero."""
        snapped = [_drop_small(root) for root in here.roots]
        if all(np.array_equal(a, b) for a, b in zip(snapped, here.roots, strict=True)):
            return here
        there = self.evaluate(snapped)
        if there.criterion > here.value.criterion + 1e-7:
            return here
        return self.point(snapped, there, here.converged)

    def leave_boundary(self, here: Optimum) -> list[Floats] | None:
        """Return better roots where the likelihood still rises from a singular covariance, else None."""
        for place, (block, root) in enumerate(zip(self.gradient_blocks(here), here.roots, strict=True)):
            if not is_singular(root):
                continue
            values, vectors = np.linalg.eigh(block)
            if values[0] > -1e-6 * max(1.0, float(np.abs(values).max())):
                continue
            for size in 0.01 * 0.25 ** np.arange(12):
                added = root @ root.T + size * np.outer(vectors[:, 0], vectors[:, 0])
                trial = [root_of(added) if t == place else r for t, r in enumerate(here.roots)]
                if self.evaluate(trial).criterion < here.value.criterion - 1e-9:
                    return trial
        return None


def is_singular(root: Floats) -> bool:
    """Tell whether LL' has a direction without variance."""
    return float(np.linalg.eigvalsh(root @ root.T).min()) < SINGULAR


def _jacobian(roots: list[Floats]) -> Floats:
    """Return the derivative of the lower triangles of LL' in those of L, over all blocks."""
    total = sum(len(root) * (len(root) + 1) // 2 for root in roots)
    jacobian = np.zeros((total, total))
    start = 0
    for root in roots:
        rows, columns = np.tril_indices(len(root))
        for place, (a, b) in enumerate(zip(rows, columns, strict=True)):
            own = (rows == a) * root[columns, b] + (columns == a) * root[rows, b]
            jacobian[start : start + len(rows), start + place] = own
        start += len(rows)
    return jacobian


def _bend(blocks: list[Floats]) -> Floats:
    """Return the part of the curvature in L that comes from LL' being quadratic."""
    total = sum(len(block) * (len(block) + 1) // 2 for block in blocks)
    bend = np.zeros((total, total))
    start = 0
    for block in blocks:
        rows, columns = np.tril_indices(len(block))
        end = start + len(rows)
        bend[start:end, start:end] = 2.0 * block[np.ix_(rows, rows)] * (columns[:, None] == columns)
        start = end
    return bend


def _newton_move(gradient: Floats, curvature: Floats, largest: float) -> Floats:
    """Return the Newton step with every curvature taken as positive, so that it always descends.

    No entry moves by more than twice the largest there is.
    """
    values, vectors = np.linalg.eigh(curvature)
    size = np.maximum(np.abs(values), 1e-10 * max(1.0, float(np.abs(values).max())))
    move = -vectors @ ((vectors.T @ gradient) / size)
    longest = float(np.abs(move).max(initial=0.0))
    return np.asarray(move * min(1.0, 2.0 * largest / longest) if longest > 0 else move)


def _shift(roots: list[Floats], move: Floats) -> list[Floats]:
    moved, place = [], 0
    for root in roots:
        rows, columns = np.tril_indices(len(root))
        new = root.copy()
        new[rows, columns] += move[place : place + len(rows)]
        moved.append(new * np.where(np.diag(new) < 0, -1.0, 1.0))
        place += len(rows)
    return moved


def _drop_small(root: Floats) -> Floats:
    values, vectors = np.linalg.eigh(root @ root.T)
    if values.min() >= SINGULAR or not values.any():
        return root
    return root_of((vectors * np.where(values < SINGULAR, 0.0, values)) @ vectors.T)
