"""The likelihood with one standard deviation, correlation or the residual held at a value.

The effects of the term in question are put in raw units with the held one first, so that its standard
deviation is the first entry of the covariance root (relative to the residual SD): what is held can then
be written into the parameters, and the rest is searched freely, as in the fit itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwards.core.moments import Floats
from upwards.estimators.criterion import (
    Problem,
    Value,
    curvature_along,
    differentiate,
    evaluate,
    lower_entries,
    root_curvature,
    root_gradient,
)
from upwards.estimators.mixed_model import MixedModel, raw_effects
from upwards.estimators.newton import newton_move, root_of

MAX_STEPS = 60
DECREMENT = 1e-7
# of -2 log L, of which an interval asks 3.84: enough where each evaluation is costly
ROUGH_DECREMENT = 0.05
ROUGH_STEPS = 4
LEAST_START = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What is held: a term's standard deviation (row = column) or correlation; the residual's SD."""

    term: int | None
    row: int
    column: int

    @property
    def is_correlation(self) -> bool:
        """Tell whether a correlation is held."""
        return self.term is not None and self.row != self.column


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Coordinates: per term B with covariance root B L of the scaled effects, L lower triangular."""

    problem: Problem
    target: Target
    bases: tuple[Floats, ...]
    entries: tuple[tuple[int, int, int], ...]

    def roots(self, place: Floats) -> list[Floats]:
        """Return the matrices L at a place (their entries, then the log of the residual SD)."""
        out = [np.zeros_like(base) for base in self.bases]
        for (t, i, j), entry in zip(self.entries, place[:-1], strict=True):
            out[t][i, j] = entry
        return out

    def index(self, row: int, column: int) -> int:
        """Return the position of an entry of the target's L."""
        assert self.target.term is not None
        return self.entries.index((self.target.term, row, column))


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """Gradient and curvature of -2 log L in a place."""

    gradient: Floats
    curvature: Floats


def frame_of(model: MixedModel, target: Target) -> tuple[Frame, Floats]:
    """Return coordinates for a target and the place of the fit in them."""
    bases, roots = [], []
    for t, (term, root) in enumerate(zip(model.random, model.roots, strict=True)):
        base: Floats = np.eye(len(root))
        if t == target.term:
            first = list(dict.fromkeys([target.row, target.column]))
            order = first + [i for i in range(len(root)) if i not in first]
            base = np.asarray(np.linalg.inv(raw_effects(model.moments, term)[order]))
        rest = np.linalg.solve(base, root)
        bases.append(base)
        roots.append(root_of(rest @ rest.T))
    entries = tuple(lower_entries(roots))
    log_sigma = 0.5 * float(np.log(model.value.quadratic / model.problem.freedom))
    place = np.array([*(roots[t][i, j] for t, i, j in entries), log_sigma])
    return Frame(model.problem, target, tuple(bases), entries), place


def evaluate_at(frame: Frame, place: Floats) -> tuple[float, Value]:
    """Return -2 log L with the residual variance free, and what it was computed from."""
    roots = [base @ root for base, root in zip(frame.bases, frame.roots(place), strict=True)]
    value = evaluate(frame.problem, roots)
    v = frame.problem.freedom
    criterion = value.log_det + v * (2.0 * place[-1] + np.log(2.0 * np.pi))
    return float(criterion + value.quadratic * np.exp(-2.0 * place[-1])), value


def expand(frame: Frame, place: Floats, value: Value) -> Expansion:
    """Return the derivatives in all coordinates."""
    problem, roots = frame.problem, frame.roots(place)
    slope = differentiate(problem, value)
    precision = float(np.exp(-2.0 * place[-1]))
    blocks = [
        base.T @ (a + precision * b) @ base
        for base, a, b in zip(frame.bases, slope.log_det, slope.quadratic, strict=True)
    ]
    directions = [(t, _direction(frame.bases[t], roots[t], i, j)) for t, i, j in frame.entries]
    projected, first = curvature_along(problem, value, slope, directions)
    n = len(first)
    v, q = problem.freedom, value.quadratic
    gradient = np.append(root_gradient(blocks, roots), 2.0 * v - 2.0 * q * precision)
    curvature = np.empty((n + 1, n + 1))
    curvature[:n, :n] = precision * projected + root_curvature(blocks, roots)
    curvature[:n, n] = curvature[n, :n] = -2.0 * precision * first
    curvature[n, n] = 4.0 * q * precision
    return Expansion(gradient, curvature)


def _direction(base: Floats, root: Floats, i: int, j: int) -> Floats:
    out = np.outer(base[:, i], base @ root[:, j])
    return out + out.T


def minimise_held(frame: Frame, start: Floats, held: float, *, rough: bool = False) -> tuple[float, Floats]:
    """Minimise -2 log L with the target held at a value.

    Parameters
    ----------
    frame
        Coordinates.
    start
        Place to begin from.
    held
        Standard deviation (raw, at least 0) or correlation (-1 to 1).
    rough
        End a few hundredths above the minimum, after a few steps.

    Returns
    -------
    tuple
        The minimum and its place.
    """
    place = _hold(frame, _off_the_boundary(frame, start), held)
    criterion, value = evaluate_at(frame, place)
    enough = ROUGH_DECREMENT if rough else DECREMENT
    for _ in range(ROUGH_STEPS if rough else MAX_STEPS):
        expansion = expand(frame, place, value)
        jacobian, bend = _tangent(frame, place, held, expansion)
        gradient = jacobian.T @ expansion.gradient
        curvature = jacobian.T @ expansion.curvature @ jacobian + bend
        move = newton_move(gradient, curvature, max(1.0, float(np.abs(place[:-1]).max(initial=0.0))))
        if -0.5 * float(gradient @ move) < enough:
            break
        found = _shorten(frame, place, jacobian @ move, held, criterion)
        if found is None:
            break
        place, criterion, value = found
    return criterion, place


def _off_the_boundary(frame: Frame, start: Floats) -> Floats:
    """Lift zero variances a little: at exactly zero the slope in the root vanishes."""
    place = start.copy()
    for e, (_, i, j) in enumerate(frame.entries):
        if i == j and place[e] < LEAST_START:
            place[e] = LEAST_START
    return place


def _hold(frame: Frame, place: Floats, held: float) -> Floats:
    """Write the held value into a place; a held correlation keeps both standard deviations."""
    out = place.copy()
    if frame.target.term is None:
        out[-1] = np.log(held / frame.problem.moments.scale[-1])
    elif not frame.target.is_correlation:
        out[frame.index(0, 0)] = held * np.exp(-out[-1])
    else:
        first, row, own = (frame.index(*at) for at in ((0, 0), (1, 0), (1, 1)))
        size = float(np.hypot(out[row], out[own]))
        out[first] = max(out[first], 1e-8)
        out[row], out[own] = held * size, np.sqrt(max(1.0 - held**2, 0.0)) * size
    return out


def _tangent(frame: Frame, place: Floats, held: float, expansion: Expansion) -> tuple[Floats, Floats]:
    """Return d(place)/d(free) and the curvature that holding the target adds."""
    n = len(place)
    jacobian = np.eye(n)
    bend = np.zeros((n - 1, n - 1))
    if frame.target.term is None:
        return jacobian[:, :-1], bend
    first = frame.index(0, 0)
    if not frame.target.is_correlation:
        jacobian[first, -1] = -place[first]
        bend[-1, -1] = expansion.gradient[first] * place[first]
        return np.delete(jacobian, first, axis=1), bend
    row, own = frame.index(1, 0), frame.index(1, 1)
    jacobian[row, row], jacobian[own, row] = held, np.sqrt(max(1.0 - held**2, 0.0))
    return np.delete(jacobian, own, axis=1), bend


def _shorten(
    frame: Frame, place: Floats, move: Floats, held: float, criterion: float
) -> tuple[Floats, float, Value] | None:
    """Halve a move until the criterion falls; None where it does not."""
    length = 1.0
    for _ in range(25):
        trial = _hold(frame, place + length * move, held)
        there, value = evaluate_at(frame, trial)
        if there < criterion:
            return trial, there, value
        length *= 0.5
    return None
