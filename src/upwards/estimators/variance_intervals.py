"""Intervals for variance components from the profile of the likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import chi2, norm

from upwards.core.moments import Floats
from upwards.estimators.criterion import (
    Problem,
    differentiate,
    evaluate,
    lower_entries,
    root_curvature,
    root_gradient,
    score_curvature,
)
from upwards.estimators.elimination import RandomTerm, arrange
from upwards.estimators.mixed_model import MixedModel, raw_effects
from upwards.estimators.newton import minimise, shift

MAX_STEPS = 40
TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One standard deviation or correlation with its interval, in raw units.

    Attributes
    ----------
    term
        Position of the random term; None for the residual.
    row, column
        Positions of the two effects in the term; equal for a standard deviation.
    estimate, lower, upper
        Standard deviation, or correlation; the bounds are None where they cannot be told.
    method
        ``"profile"`` (likelihood) or ``"wald"`` (curvature at the optimum, log or Fisher z scale).
    """

    term: int | None
    row: int
    column: int
    estimate: float | None
    lower: float | None
    upper: float | None
    method: Literal["profile", "wald"]


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Criterion with the residual variance free: value, gradient, curvature, in (roots, log sigma)."""

    criterion: float
    gradient: Floats
    curvature: Floats


def variance_intervals(
    model: MixedModel, *, level: float = 0.95, profile: bool | None = None
) -> list[Component]:
    """Find intervals for every standard deviation and correlation of a model.

    Parameters
    ----------
    model
        A fitted model.
    level
        Confidence level.
    profile
        Profile the likelihood (exact at a boundary, some twenty evaluations a bound), or use the
        curvature at the optimum. By default the profile, unless crossed factors tie more than 500
        effects together, which makes each evaluation costly.

    Returns
    -------
    list of Component
        Term by term, standard deviations and then correlations; the residual last.

    Notes
    -----
    A lower bound of 0 means that a model without that variance is within the interval.

    References
    ----------
    Venzon and Moolgavkar (1988), A method for computing profile-likelihood-based confidence
    intervals, Applied Statistics 37, 87–94.
    """
    use_profile = profile if profile is not None else _is_cheap(model)
    centre = _expand(model.problem, model.roots, _log_sigma(model))
    out = []
    for t, term in enumerate(model.random):
        k = len(term.z)
        pairs = [(i, i) for i in range(k)] + [(i, j) for i in range(k) for j in range(i)]
        out += [_component(model, centre, t, i, j, level, use_profile) for i, j in pairs]
    out.append(_component(model, centre, None, 0, 0, level, use_profile))
    return out


def _is_cheap(model: MixedModel) -> bool:
    """Tell whether the likelihood can be evaluated many times: no large dense core."""
    crossing = model.problem.arrangement.crossing
    return crossing is None or max(m.shape[1] for m in crossing.groups.members) <= 500


def draw_variances(model: MixedModel, *, n_draws: int = 1000, seed: int = 1) -> Floats:
    """Draw the variances of the random intercepts and the residual from their approximate distribution.

    Parameters
    ----------
    model
        A fitted model.
    n_draws
        Number of draws.
    seed
        Equal seeds give equal draws.

    Returns
    -------
    Floats
        Shape (n_draws, terms + 1), raw units; the residual last.

    Notes
    -----
    Normal in the square roots of the covariances and the log of the residual SD, with the curvature at
    the optimum; a root that is drawn below zero counts by its square. For shares of variances.
    """
    log_sigma = _log_sigma(model)
    curvature = _expand(model.problem, model.roots, log_sigma).curvature
    spread = np.linalg.cholesky(2.0 * _positive_inverse(curvature))
    noise = np.random.default_rng(seed).standard_normal((len(spread), n_draws))
    moved = spread @ noise
    sigma2 = np.exp(2.0 * (log_sigma + moved[-1])) * float(model.moments.scale[-1]) ** 2
    out = np.empty((n_draws, len(model.roots) + 1))
    out[:, -1] = sigma2
    entries = lower_entries(model.roots)
    for t, root in enumerate(model.roots):
        first = [e for e, (s, i, _) in enumerate(entries) if s == t and i == 0]
        out[:, t] = (root[0, 0] + moved[first[0]]) ** 2 * sigma2
    return out


def _log_sigma(model: MixedModel) -> float:
    return 0.5 * float(np.log(model.value.quadratic / model.problem.freedom))


def _expand(problem: Problem, roots: list[Floats], log_sigma: float) -> _Point:
    value = evaluate(problem, roots)
    slope = differentiate(problem, value)
    precision = float(np.exp(-2.0 * log_sigma))
    v, q = problem.freedom, value.quadratic
    blocks = [a + precision * b for a, b in zip(slope.log_det, slope.quadratic, strict=True)]
    projected, first = score_curvature(problem, value, slope, roots)
    n = len(first)
    gradient = np.append(root_gradient(blocks, roots), 2.0 * v - 2.0 * q * precision)
    curvature = np.empty((n + 1, n + 1))
    curvature[:n, :n] = precision * projected + root_curvature(blocks, roots)
    curvature[:n, n] = curvature[n, :n] = -2.0 * precision * first
    curvature[n, n] = 4.0 * q * precision
    criterion = value.log_det + 2.0 * v * log_sigma + q * precision + v * np.log(2.0 * np.pi)
    return _Point(float(criterion), gradient, curvature)


def _component(
    model: MixedModel, centre: _Point, t: int | None, i: int, j: int, level: float, use_profile: bool
) -> Component:
    if t is not None and i != j and not _both_vary(model, t, i, j):
        return Component(t, i, j, None, None, None, "profile")
    estimate = _quantity(model, model.roots, _log_sigma(model), t, i, j)[0]
    if not use_profile and estimate > 0:
        lower, upper = _wald(model, centre, t, i, j, level)
        return Component(t, i, j, estimate, lower, upper, "wald")
    threshold = float(chi2.ppf(level, 1))
    touches_zero = t is not None and i == j and _rise_without(model, t, i) < threshold
    below = 0.0 if touches_zero else _bound(model, centre, (t, i, j), -1.0, threshold)
    above = _bound(model, centre, (t, i, j), 1.0, threshold)
    return Component(t, i, j, estimate, below, above, "profile")


def _both_vary(model: MixedModel, t: int, i: int, j: int) -> bool:
    return bool(min(model.variances[t][i, i], model.variances[t][j, j]) > 0)


def _rise_without(model: MixedModel, t: int, i: int) -> float:
    """Return how much the criterion rises when one effect (with its slopes, if the intercept) is left out."""
    terms, start = [], []
    for index, (term, root) in enumerate(zip(model.random, model.roots, strict=True)):
        keep = [r for r in range(len(term.z)) if index != t or (i > 0 and r != i)]
        if keep:
            terms.append(RandomTerm(term.factor, tuple(term.z[r] for r in keep)))
            start.append(root[np.ix_(keep, keep)])
    problem = model.problem
    arrangement = arrange(problem.moments, terms)
    smaller = Problem(problem.moments, arrangement, problem.kept, problem.method)
    best = minimise(smaller, start).value if terms else evaluate(smaller, [])
    return best.criterion - model.value.criterion


def _quantity(
    model: MixedModel, roots: list[Floats], log_sigma: float, t: int | None, i: int, j: int
) -> tuple[float, Floats]:
    """Return a raw standard deviation or correlation and its gradient in (roots, log sigma)."""
    entries = lower_entries(roots)
    gradient = np.zeros(len(entries) + 1)
    if t is None:
        sigma = float(np.exp(log_sigma) * model.moments.scale[-1])
        gradient[-1] = sigma
        return sigma, gradient
    change = raw_effects(model.moments, model.random[t]) * np.exp(log_sigma)
    left, right = change[i] @ roots[t], change[j] @ roots[t]
    a, b, c = float(left @ left), float(right @ right), float(left @ right)
    if i == j:
        sd = float(np.sqrt(a))
        direction = left / sd if sd > 0 else np.eye(len(left))[0]
        slope = np.outer(change[i], direction)
        gradient[-1] = sd
    else:
        sd = c / np.sqrt(a * b)
        cross = np.outer(change[i], right) + np.outer(change[j], left)
        slope = cross / np.sqrt(a * b) - sd * (np.outer(change[i], left) / a + np.outer(change[j], right) / b)
    for e, (s, r, col) in enumerate(entries):
        if s == t:
            gradient[e] = slope[r, col]
    return float(sd), gradient


def _bound(
    model: MixedModel, centre: _Point, target: tuple[int | None, int, int], side: float, threshold: float
) -> float | None:
    """Walk to where the profile has fallen by the threshold; None if it cannot be reached."""
    roots, log_sigma = [r.copy() for r in model.roots], _log_sigma(model)
    goal = centre.criterion + threshold
    point, damping = centre, 1.0
    for _ in range(MAX_STEPS):
        value, direction = _quantity(model, roots, log_sigma, *target)
        inverse = _positive_inverse(point.curvature)
        reach = 2.0 * (goal - point.criterion) + float(point.gradient @ inverse @ point.gradient)
        length = np.sqrt(max(reach, 0.0) / float(direction @ inverse @ direction))
        move = inverse @ (side * length * direction - point.gradient)
        if abs(point.criterion - goal) < TOLERANCE and float(move @ point.curvature @ move) < TOLERANCE:
            return value
        reach_of_step = 0.5 * max(1.0, *(float(np.abs(root).max()) for root in roots))
        step = damping * move * min(1.0, reach_of_step / max(float(np.abs(move).max()), 1e-300))
        roots, log_sigma = shift(roots, step[:-1]), log_sigma + float(step[-1])
        point = _expand(model.problem, roots, log_sigma)
        damping = max(0.3, damping * 0.97)
    return None


def _positive_inverse(curvature: Floats) -> Floats:
    values, vectors = np.linalg.eigh(curvature)
    size = np.maximum(np.abs(values), 1e-9 * float(np.abs(values).max()))
    return np.asarray((vectors / size) @ vectors.T)


def _wald(
    model: MixedModel, centre: _Point, t: int | None, i: int, j: int, level: float
) -> tuple[float, float]:
    """Return bounds from the curvature, on the log scale (or Fisher's z for a correlation)."""
    value, direction = _quantity(model, model.roots, _log_sigma(model), t, i, j)
    se = np.sqrt(2.0 * float(direction @ _positive_inverse(centre.curvature) @ direction))
    z = float(norm.ppf(0.5 + level / 2.0))
    if t is not None and i != j:
        bounded = float(np.clip(value, -1 + 1e-9, 1 - 1e-9))
        wide = z * se / (1.0 - bounded**2)
        return float(np.tanh(np.arctanh(bounded) - wide)), float(np.tanh(np.arctanh(bounded) + wide))
    return float(value * np.exp(-z * se / value)), float(value * np.exp(z * se / value))
