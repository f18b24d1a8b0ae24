"""From sums per cell to everything the likelihood needs, by eliminating one random term after another.

On the way up each level that is nested in all that remain is integrated out (`nested`); what cannot
be ordered so is crossed and is integrated out together (`crossed`). On the way down every unit
receives what all other levels know. Both ways cost time in proportion to the number of units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from upwards.core.moments import Floats, Ints, Moments
from upwards.estimators import nested
from upwards.estimators.nested import Above, Grouping, Step, StepState
from upwards.estimators.small_blocks import cross_sum, multiply

if TYPE_CHECKING:
    from upwards.estimators.crossed import CoreInverse, Crossing, CrossingState


@dataclass(frozen=True, slots=True, eq=False)
class RandomTerm:
    """Random coefficients of one factor.

    Attributes
    ----------
    factor
        Position of the factor in `Moments.factors`.
    z
        Positions in `Moments.slopes` of the columns with a random coefficient; the first is 0.
    """

    factor: int
    z: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """The order of elimination: nested steps from the inside out, then the crossing, if any."""

    terms: tuple[RandomTerm, ...]
    steps: tuple[Step, ...]
    crossing: Crossing | None
    slopes: tuple[int, ...]
    n_units: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Elimination:
    """All levels integrated out at given covariances.

    Attributes
    ----------
    gram
        ``[X y]' V^-1 [X y]``, shape (p + 1, p + 1).
    log_det
        log det V without the weights' part.
    """

    gram: Floats
    log_det: float
    steps: tuple[StepState, ...]
    crossing: CrossingState | None


@dataclass(frozen=True, slots=True, eq=False)
class UnitSide:
    """What one random term's units see, with all terms in V.

    Attributes
    ----------
    score
        Z'V^-1 [X y] of each unit, shape (k, m, J).
    total
        The sum over units of Z'V^-1 Z, shape (k, k).
    information
        Computes Z'V^-1 Z of each unit, shape (k, k, J): dear for the pivot of a crossing, and needed
        only once the search has ended.
    """

    score: Floats
    total: Floats
    information: Callable[[], Floats]


def arrange(moments: Moments, terms: Sequence[RandomTerm]) -> Arrangement:
    """Find the order in which the random terms can be eliminated.

    Parameters
    ----------
    moments
        Sums per cell.
    terms
        Random terms, in any order, at most one per factor.

    Returns
    -------
    Arrangement
        Depends on which units share cells only, so it serves every covariance.
    """
    codes = {i: moments.codes[t.factor] for i, t in enumerate(terms)}
    n_units = tuple(moments.factors[t.factor].n_units for t in terms)
    steps: list[Step] = []
    while codes:
        inner = _innermost(codes, n_units)
        if inner is None:
            break
        step = _step(inner, terms[inner], moments.slopes, codes.pop(inner), n_units[inner])
        steps.append(step)
        first = step.grouping.first_cell()
        codes = {i: c[first] for i, c in codes.items()}
    rest = [_step(i, terms[i], moments.slopes, c, n_units[i]) for i, c in codes.items()]
    crossing = _crossed().arrange(rest) if rest else None
    return Arrangement(tuple(terms), tuple(steps), crossing, moments.slopes, n_units)


def _crossed() -> ModuleType:
    """Import what needs SciPy only when factors are crossed: it takes longer than a nested fit does."""
    from upwards.estimators import crossed

    return crossed


def _step(index: int, term: RandomTerm, slopes: tuple[int, ...], codes: Ints, n_units: int) -> Step:
    return Step(index, term.z, tuple(slopes[z] for z in term.z), Grouping.of(codes, n_units))


def _innermost(codes: dict[int, Ints], n_units: tuple[int, ...]) -> int | None:
    """Return a term whose units each lie in one unit of every other remaining term."""
    for index in sorted(codes, key=lambda i: -n_units[i]):
        others = [codes[j] for j in codes if j != index]
        if all(_is_nested(codes[index], other, n_units[index]) for other in others):
            return index
    return None


def _is_nested(inner: Ints, outer: Ints, n_inner: int) -> bool:
    parent = np.empty(n_inner, dtype=np.int64)
    parent[inner] = outer
    return bool(np.array_equal(parent[inner], outer))


def eliminate(moments: Moments, arrangement: Arrangement, roots: list[Floats]) -> Elimination:
    """Integrate every random term out, inside out.

    Parameters
    ----------
    moments
        Sums per cell.
    arrangement
        From `arrange`.
    roots
        Per term L with covariance LL' relative to the residual variance, shape (k, k).

    Returns
    -------
    Elimination
        The reduced Gram matrix, log det V, and the state of each step.
    """
    gram = moments.gram.copy()
    log_det = 0.0
    sums = moments.products
    states = []
    for step in arrangement.steps:
        state, fall, part = nested.eliminate(step, sums, roots[step.term])
        states.append(state)
        gram -= fall
        log_det += part
        sums = state.after
    crossing = None
    if arrangement.crossing is not None:
        crossing, fall, part = _crossed().eliminate(arrangement.crossing, sums, roots)
        gram -= fall
        log_det += part
    return Elimination(gram, log_det, tuple(states), crossing)


def look_down(arrangement: Arrangement, elimination: Elimination) -> list[UnitSide]:
    """Return, for every random term, what its units see with all terms in V (the way down)."""
    sides: dict[int, UnitSide] = {}
    above: Above | None = None
    if arrangement.crossing is not None and elimination.crossing is not None:
        sides, inverse = _crossed_sides(arrangement.crossing, elimination.crossing)
        if arrangement.steps:
            q = len(arrangement.slopes)
            above = _crossed().pass_down(arrangement.crossing, elimination.crossing, inverse, q)
    for step, state in zip(reversed(arrangement.steps), reversed(elimination.steps), strict=True):
        score, information = nested.score_and_information(step, state, above, arrangement.slopes)
        sides[step.term] = _known_side(score, information)
        if step is not arrangement.steps[0]:
            above = nested.pass_down(step, state, above, arrangement.slopes)
    return [sides[i] for i in range(len(arrangement.terms))]


def _crossed_sides(crossing: Crossing, state: CrossingState) -> tuple[dict[int, UnitSide], CoreInverse]:
    crossed = _crossed()
    inverse = crossed.invert_core(crossing, state)
    pivot = UnitSide(
        crossed.pivot_scores(crossing, state),
        crossed.total_pivot_information(crossing, state, inverse),
        partial(crossed.pivot_information, crossing, state, inverse),
    )
    sides = {crossing.pivot.term: pivot}
    for index, step in enumerate(crossing.others):
        information = crossed.core_information(crossing, state, inverse, index)
        sides[step.term] = _known_side(crossed.core_scores(crossing, state, index), information)
    return sides, inverse


def _known_side(score: Floats, information: Floats) -> UnitSide:
    return UnitSide(score, information.sum(axis=-1), lambda: information)


def eliminate_unit_values(
    moments: Moments, arrangement: Arrangement, elimination: Elimination, values: list[tuple[int, Floats]]
) -> tuple[Floats, Floats]:
    """Return ``[X y]'V^-1 F`` and ``F'V^-1 F`` for columns F that are linear in z within each unit.

    Parameters
    ----------
    moments, arrangement
        As in `eliminate`.
    elimination
        Its result.
    values
        Per column of F, the random term and its units' coefficients on the term's z, shape (k, J).

    Returns
    -------
    tuple
        Shapes (p + 1, e) and (e, e).
    """
    q, m, n_cells = moments.products.shape
    weights = np.zeros((q, len(values), n_cells))
    for e, (term, coefficients) in enumerate(values):
        random = arrangement.terms[term]
        weights[list(random.z), e] = coefficients[:, moments.codes[random.factor]]
    extra = multiply(moments.products[:, list(moments.slopes)], weights)
    cross = np.zeros((m, len(values)))
    for z in range(q):
        cross += moments.products[z] @ weights[z].T
    own = cross_sum(weights, extra)
    for step, state in zip(arrangement.steps, elimination.steps, strict=True):
        extra, cross_fall, own_fall = nested.eliminate_extra(step, state, extra)
        cross -= cross_fall
        own -= own_fall
    if arrangement.crossing is not None and elimination.crossing is not None:
        state_of_core = elimination.crossing
        cross_fall, own_fall = _crossed().eliminate_extra(arrangement.crossing, state_of_core, extra)
        cross -= cross_fall
        own -= own_fall
    return cross, own
