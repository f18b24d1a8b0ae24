"""Eliminating a level that is nested in all that remain: one step up the tree, one step back down.

Notation: V is the covariance of the outcomes divided by the residual variance, Z the columns of a
random term, T the sums ``Z'V^-1 [X y]`` of a unit while only the levels below it are in V.
Each step is linear in the number of units; no unit's matrix is larger than its random term.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwards.core.moments import Floats, Ints
from upwards.estimators.small_blocks import cross_sum, multiply, sandwich, shrinkage_blocks


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Which cells belong to which unit; cells are sorted by `order`, units start at `starts`."""

    unit_of_cell: Ints
    order: Ints | None
    starts: Ints | None
    n_units: int

    @classmethod
    def of(cls, unit_of_cell: Ints, n_units: int) -> Grouping:
        """Sort cells by unit once, so that every later sum is one pass over memory."""
        is_sorted = bool(np.all(unit_of_cell[1:] >= unit_of_cell[:-1]))
        order = None if is_sorted else np.argsort(unit_of_cell, kind="stable")
        placed = unit_of_cell if order is None else unit_of_cell[order]
        one_each = is_sorted and len(unit_of_cell) == n_units
        starts = None if one_each else np.flatnonzero(np.r_[True, placed[1:] != placed[:-1]])
        return cls(unit_of_cell, order, starts, n_units)

    def first_cell(self) -> Ints:
        """Return a cell of each unit, shape (J,)."""
        if self.starts is None:
            return np.arange(self.n_units)
        return self.starts if self.order is None else self.order[self.starts]

    def sum_units(self, values: Floats) -> Floats:
        """Sum the last axis over the cells of each unit."""
        placed = values if self.order is None else values[..., self.order]
        return placed if self.starts is None else np.add.reduceat(placed, self.starts, axis=-1)

    def spread(self, values: Floats) -> Floats:
        """Repeat the last axis, one per unit, for each of its cells."""
        return values if self.starts is None else values[..., self.unit_of_cell]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One level to eliminate: its place among the random terms, its z columns, its cells."""

    term: int
    z: tuple[int, ...]
    columns: tuple[int, ...]
    grouping: Grouping


@dataclass(frozen=True, slots=True, eq=False)
class StepState:
    """What the way down needs: sums before and after elimination, shapes (q, m, J), and Q (k, k, J)."""

    before: Floats
    after: Floats
    shrinkage: Floats
    pull: Floats


def eliminate(step: Step, sums: Floats, root: Floats) -> tuple[StepState, Floats, float]:
    """Integrate one level out; return its state, the fall of the Gram matrix, and log det."""
    before = step.grouping.sum_units(sums)
    own = before[list(step.z)]
    shrinkage, log_det = shrinkage_blocks(own[:, list(step.columns)], root)
    pull = multiply(shrinkage, own)
    after = _without(before, step, pull)
    return StepState(before, after, shrinkage, pull), cross_sum(own, pull), float(log_det.sum())


def eliminate_extra(step: Step, state: StepState, extra: Floats) -> tuple[Floats, Floats, Floats]:
    """Apply the same elimination to more right-hand sides (q, e, C): what goes up, and two falls."""
    gathered = step.grouping.sum_units(extra)
    own = gathered[list(step.z)]
    pull = multiply(state.shrinkage, own)
    rows = state.before[list(step.z)]
    upward = gathered.copy()
    for i, column in enumerate(step.columns):
        upward -= state.before[:, column, None] * pull[None, i]
    return upward, cross_sum(rows, pull), cross_sum(own, pull)


def _without(before: Floats, step: Step, pull: Floats) -> Floats:
    after = before.copy()
    for i, column in enumerate(step.columns):
        after -= before[:, column, None] * pull[None, i]
    return after


@dataclass(frozen=True, slots=True, eq=False)
class Above:
    """Posterior of the sum of all effects above: mean per column (q, m, J), covariance (q, q, J)."""

    mean: Floats
    covariance: Floats


def score_and_information(
    step: Step, state: StepState, above: Above | None, slopes: tuple[int, ...]
) -> tuple[Floats, Floats]:
    """Return Z'V^-1 [X y] (k, m, J) and Z'V^-1 Z (k, k, J) of each unit, all levels in V."""
    rows = state.after[list(step.z)]
    information = rows[:, list(step.columns)]
    if above is None:
        return rows, information
    link = rows[:, list(slopes)]
    return rows - multiply(link, above.mean), information - sandwich(link, above.covariance)


def pass_down(step: Step, state: StepState, above: Above | None, slopes: tuple[int, ...]) -> Above:
    """Add this level's effect to the posterior of all effects above, for the cells below."""
    q = state.before.shape[0]
    n_units = state.before.shape[2]
    mean = np.zeros_like(state.before)
    covariance = np.zeros((q, q, n_units))
    z = list(step.z)
    mean[z] = state.pull
    covariance[np.ix_(z, z)] = state.shrinkage
    if above is not None:
        carry = np.zeros((q, q, n_units))
        carry[range(q), range(q)] = 1.0
        carry[z] -= multiply(state.shrinkage, state.before[z][:, list(slopes)])
        mean += multiply(carry, above.mean)
        covariance += sandwich(carry, above.covariance)
    return Above(step.grouping.spread(mean), step.grouping.spread(covariance))
