"""Intervals for variance components from the profile of the likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np

from upwards.core.moments import Floats
from upwards.estimators.criterion import evaluate
from upwards.estimators.likelihood_profile import Target, evaluate_at, expand, frame_of, minimise_held
from upwards.estimators.mixed_model import MixedModel

MAX_STEPS = 40
# of the normal quantile: a bound is found to a ten-thousandth of a standard error or so
TOLERANCE = 1e-4
# where each evaluation is costly, a tenth of a standard error will do
ROUGH_TOLERANCE = 0.05
# wider than this, on the log scale (Fisher's z for correlations), the curvature says nothing of a bound
LOG_CAP = 1.5
FISHER_CAP = 2.0
# times what the level asks: how far -2 log L may rise with all else held for a second fit to be worth it
NEARLY = 5.0


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
        curvature at the optimum, with the profile for those standard deviations only that may be 0. By
        default the profile, unless crossed factors tie more than 500 effects together, which makes each
        evaluation costly.

    Returns
    -------
    list of Component
        Term by term, standard deviations and then correlations; the residual last.

    Notes
    -----
    A lower bound of 0 (or a bound of ±1 for a correlation) means that a model without that variance (or
    with that perfect correlation) is within the interval. An upper bound is None where the likelihood
    never falls far enough.

    References
    ----------
    Bates, Mächler, Bolker, Walker (2015), Fitting linear mixed-effects models using lme4, section 5.1,
    https://doi.org/10.18637/jss.v067.i01
    """
    use_profile = profile if profile is not None else _is_cheap(model)
    found = []
    for t, term in enumerate(model.random):
        k = len(term.z)
        spreads = [_spread_component(model, Target(t, i, i), level, use_profile) for i in range(k)]
        pairs = [(i, j) for i in range(k) for j in range(i)]
        found += spreads + [
            _correlation(model, Target(t, i, j), spreads[i], spreads[j], level) for i, j in pairs
        ]
    return [*found, _spread_component(model, Target(None, 0, 0), level, use_profile)]


def point_estimates(model: MixedModel) -> list[Component]:
    """Return every standard deviation and correlation without its interval, in the same order."""
    found = []
    for t, variance in enumerate(model.variances):
        sd = np.sqrt(np.diag(variance))
        found += [Component(t, i, i, float(sd[i]), None, None, "wald") for i in range(len(sd))]
        for i, j in zip(*np.tril_indices(len(sd), -1), strict=True):
            product = float(sd[i] * sd[j])
            correlation = float(variance[i, j]) / product if product > 0 else None
            found.append(Component(t, int(i), int(j), correlation, None, None, "wald"))
    residual = float(np.sqrt(model.residual_variance))
    return [*found, Component(None, 0, 0, residual, None, None, "wald")]


def _is_cheap(model: MixedModel) -> bool:
    """Tell whether the likelihood can be evaluated many times: no large dense core."""
    crossing = model.problem.arrangement.crossing
    return crossing is None or crossing.layout.largest <= 500


def normal_bound(level: float) -> float:
    """Return the standard normal bound of a central interval; its square is that of chi-squared, 1 df."""
    return NormalDist().inv_cdf(0.5 + level / 2.0)


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
    Student's t in the square roots of the covariances and the log of the residual SD, with the curvature
    at the optimum and one degree of freedom less than the coarsest term has units, as few units tell
    their own spread badly. A root that is drawn below zero counts as zero. For shares of variances.
    """
    frame, place = frame_of(model, Target(None, 0, 0))
    curvature = expand(frame, place, evaluate_at(frame, place)[1]).curvature
    spread = np.linalg.cholesky(2.0 * _positive_inverse(curvature))
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((len(spread), n_draws))
    freedom = max(min(model.moments.factors[term.factor].n_units for term in model.random) - 1, 1)
    off = (spread @ noise) * np.sqrt(freedom / rng.chisquare(freedom, n_draws))
    moved = place[:, None] + off
    sigma2 = np.exp(2.0 * moved[-1]) * float(model.moments.scale[-1]) ** 2
    firsts = [frame.entries.index((t, 0, 0)) for t in range(len(model.roots))]
    return np.column_stack([*(np.maximum(moved[e], 0.0) ** 2 * sigma2 for e in firsts), sigma2])


def _positive_inverse(curvature: Floats) -> Floats:
    values, vectors = np.linalg.eigh(curvature)
    size = np.maximum(np.abs(values), 1e-9 * float(np.abs(values).max()))
    return np.asarray((vectors / size) @ vectors.T)


def _spread_component(model: MixedModel, target: Target, level: float, use_profile: bool) -> Component:
    estimate, goal = _estimate(model, target), normal_bound(level)
    curve = _wald(model, target, estimate, goal)
    at = (target.term, target.row, target.column)
    if not use_profile and not _may_be_zero(model, target, estimate, goal):
        return Component(*at, estimate, *curve.told, "wald")
    rise = _rise(model, target, rough=not use_profile)
    tolerance = TOLERANCE if use_profile else ROUGH_TOLERANCE
    lower: float | None = 0.0
    if use_profile and estimate > 0:
        edge = None if target.term is None else 0.0
        lower = _between(rise, estimate, curve.low, edge, goal, tolerance)
    start = max(curve.high if use_profile and estimate > 0 else curve.straight, 1e-3 * _sigma(model))
    return Component(*at, estimate, lower, _between(rise, estimate, start, None, goal, tolerance), "profile")


def _may_be_zero(model: MixedModel, target: Target, estimate: float, goal: float) -> bool:
    """Tell whether a standard deviation of 0 is within the interval, at the least cost."""
    if target.term is None or estimate <= 0:
        return target.term is not None
    frame, place = frame_of(model, target)
    without = place.copy()
    without[frame.index(0, 0)] = 0.0
    least = model.value.criterion
    roots = [base @ root for base, root in zip(frame.bases, frame.roots(without), strict=True)]
    rise = evaluate(model.problem, roots).criterion - least
    if rise < goal**2 or rise > NEARLY * goal**2:
        return bool(rise < goal**2)
    return minimise_held(frame, place, 0.0, rough=True)[0] - least < goal**2


def _correlation(
    model: MixedModel, target: Target, left: Component, right: Component, level: float
) -> Component:
    """Bound a correlation; where either of the two may be without variance, nothing is known of it."""
    at = (target.term, target.row, target.column)
    if not left.estimate or not right.estimate:
        return Component(*at, None, None, None, left.method)
    estimate = _estimate(model, target)
    if left.lower == 0 or right.lower == 0:
        return Component(*at, estimate, -1.0, 1.0, "profile")
    goal = normal_bound(level)
    curve = _wald(model, target, estimate, goal)
    if left.method == "wald":
        return Component(*at, estimate, *curve.told, "wald")
    rise = _rise(model, target)
    guesses = ((curve.low, -1.0), (curve.high, 1.0))
    ends = [_between(rise, estimate, x, edge, goal, TOLERANCE) for x, edge in guesses]
    return Component(*at, estimate, ends[0], ends[1], "profile")


def _sigma(model: MixedModel) -> float:
    return float(np.sqrt(model.residual_variance))


def _estimate(model: MixedModel, target: Target) -> float:
    """Return a raw standard deviation or correlation."""
    if target.term is None:
        return _sigma(model)
    variance = model.variances[target.term]
    i, j = target.row, target.column
    if i == j:
        return float(np.sqrt(max(variance[i, i], 0.0)))
    return float(np.clip(variance[i, j] / np.sqrt(variance[i, i] * variance[j, j]), -1.0, 1.0))


def _rise(model: MixedModel, target: Target, *, rough: bool = False) -> Callable[[float], float]:
    """Return the root of how much -2 log L rises when the target is held, as a function of its value."""
    frame, fitted = frame_of(model, target)
    least = evaluate_at(frame, fitted)[0]
    places = {_estimate(model, target): fitted}

    def rise(held: float) -> float:
        nearest = min(places, key=lambda known: abs(known - held))
        criterion, places[held] = minimise_held(frame, places[nearest], held, rough=rough)
        return float(np.sqrt(max(criterion - least, 0.0)))

    return rise


def _between(
    rise: Callable[[float], float],
    estimate: float,
    guess: float,
    edge: float | None,
    goal: float,
    tolerance: float,
) -> float | None:
    """Find where the rise reaches the goal, from a guess; the edge itself if it is not reached before."""
    near, far = (estimate, -goal), (guess, rise(guess) - goal)
    for _ in range(MAX_STEPS):
        if far[1] > 0:
            return _zero(lambda held: rise(held) - goal, near, far, tolerance * goal)
        if far[0] == edge:
            return edge
        near = far
        further = edge if edge is not None else far[0] * (2.0 if far[0] >= estimate else 0.5)
        far = (further, rise(further) - goal)
    return None


def _zero(
    function: Callable[[float], float], near: tuple[float, float], far: tuple[float, float], tolerance: float
) -> float:
    """Find a zero between two points by regula falsi, halving the weight of an end that stays."""
    side = 0
    for _ in range(MAX_STEPS):
        x = (near[0] * far[1] - far[0] * near[1]) / (far[1] - near[1])
        y = function(x)
        if abs(y) < tolerance:
            return x
        if y > 0:
            far = (x, y)
            near = (near[0], near[1] * (0.5 if side > 0 else 1.0))
            side = 1
        else:
            near = (x, y)
            far = (far[0], far[1] * (0.5 if side < 0 else 1.0))
            side = -1
    return x


@dataclass(frozen=True, slots=True)
class Curve:
    """Bounds from the curvature; capped ones are a place to begin from only, as is where it is straight."""

    low: float
    high: float
    capped: bool
    straight: float = 0.0

    @property
    def told(self) -> tuple[float | None, float | None]:
        """Return the bounds, None where they cannot be told."""
        return (None, None) if self.capped else (self.low, self.high)


def _wald(model: MixedModel, target: Target, estimate: float, z: float) -> Curve:
    """Return bounds from the curvature, on the log scale (or Fisher's z for a correlation)."""
    frame, place = frame_of(model, target)
    curvature = expand(frame, place, evaluate_at(frame, place)[1]).curvature
    inverse = _positive_inverse(curvature)
    direction = np.zeros(len(place))
    if target.is_correlation:
        rows, own = frame.index(1, 0), frame.index(1, 1)
        size = max(float(np.hypot(place[rows], place[own])), 1e-12)
        direction[rows], direction[own] = place[own] ** 2 / size**3, -place[rows] * place[own] / size**3
    else:
        direction[-1] = 1.0
        if target.term is not None:
            direction[frame.index(0, 0)] = 1.0 / max(float(place[frame.index(0, 0)]), 1e-12)
    wide = z * float(np.sqrt(2.0 * direction @ inverse @ direction))
    curve = _spread(target, estimate, wide)
    if target.is_correlation or target.term is None:
        return curve
    first = frame.index(0, 0)
    further = z * float(np.sqrt(2.0 * inverse[first, first]) * np.exp(place[-1]))
    return replace(curve, straight=estimate + further)


def _spread(target: Target, estimate: float, wide: float) -> Curve:
    if target.is_correlation:
        bounded = float(np.clip(estimate, -1 + 1e-6, 1 - 1e-6))
        wide = wide / (1.0 - bounded**2)
        used, middle = min(wide, FISHER_CAP), float(np.arctanh(bounded))
        return Curve(float(np.tanh(middle - used)), float(np.tanh(middle + used)), wide > FISHER_CAP)
    factor = float(np.exp(min(wide, LOG_CAP)))
    return Curve(estimate / factor, estimate * factor, wide > LOG_CAP)
