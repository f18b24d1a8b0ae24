"""Eliminating crossed factors: the largest by its diagonal blocks, the others by a Schur complement.

The pivot (the largest factor, pupils or teachers) is integrated out unit by unit; what is left, the
*core*, is a symmetric matrix over the units of the other factors, block-diagonal by connected
component. After Bates and others, MixedModels.jl, where the same two stages are called the
block-sparse Cholesky factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from upwards.core.moments import Floats, Ints
from upwards.estimators.core_layout import Blocks, Layout, lay_out, row_products
from upwards.estimators.nested import Above, Step
from upwards.estimators.small_blocks import cross_sum, multiply, shrinkage_blocks


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Positions of a sparse matrix whose entries are sums of cells: built once, filled at will."""

    rows: Ints
    columns: Ints
    slot: Ints
    shape: tuple[int, int]

    @classmethod
    def of(cls, rows: Ints, columns: Ints, shape: tuple[int, int]) -> Pattern:
        """Find the distinct positions among all contributions."""
        distinct, slot = np.unique(rows * shape[1] + columns, return_inverse=True)
        return cls(distinct // shape[1], distinct % shape[1], slot, shape)

    def fill(self, values: Floats) -> sparse.csr_array:
        """Sum the contributions into the matrix."""
        data = np.bincount(self.slot, weights=values, minlength=len(self.rows))
        return sparse.csr_array((data, (self.rows, self.columns)), shape=self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """The factors left when no level is nested in all others.

    Attributes
    ----------
    pivot
        The factor eliminated first.
    others
        The factors that form the core.
    offsets
        First core variable of each of them; a unit's terms lie together.
    size
        D, the number of core variables.
    """

    pivot: Step
    others: tuple[Step, ...]
    offsets: tuple[int, ...]
    size: int
    link: Pattern
    core: Pattern
    layout: Layout

    def variables(self, index: int) -> Ints:
        """Return the core variables of factor `index`, shape (terms, J)."""
        step = self.others[index]
        k = len(step.z)
        base = self.offsets[index] + k * np.arange(step.grouping.n_units)
        return base[None] + np.arange(k)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class CrossingState:
    """What the way down needs. Shapes: S, root (D, D); right, mean (D, m); pivot arrays as in `StepState`."""

    before: Floats
    shrinkage: Floats
    pull: Floats
    link: sparse.csr_array
    core: sparse.csr_array
    root: sparse.csr_array
    factors: Blocks
    right: Floats
    mean: Floats


def arrange(steps: list[Step]) -> Crossing:
    """Choose the pivot and lay out the core."""
    ranked = sorted(steps, key=lambda s: -s.grouping.n_units * len(s.z))
    pivot, others = ranked[0], tuple(ranked[1:])
    sizes = [len(s.z) * s.grouping.n_units for s in others]
    offsets = tuple(int(x) for x in np.r_[0, np.cumsum(sizes)[:-1]])
    size = int(sum(sizes))
    mine = _cell_variables(pivot, 0)
    theirs = [_cell_variables(s, o) for s, o in zip(others, offsets, strict=True)]
    n_pivot = len(pivot.z) * pivot.grouping.n_units
    link = _pairs([mine], theirs, (n_pivot, size))
    core = _pairs(theirs, theirs, (size, size))
    ones = link.fill(np.ones(len(link.slot)))
    pattern = sparse.csr_array(ones.T @ ones) + core.fill(np.ones(len(core.slot)))
    return Crossing(
        pivot, others, offsets, size, link, core, lay_out(pattern, all(len(s.z) == 1 for s in others))
    )


def _cell_variables(step: Step, offset: int) -> Ints:
    k = len(step.z)
    return offset + k * step.grouping.unit_of_cell[None] + np.arange(k)[:, None]


def _pairs(left: list[Ints], right: list[Ints], shape: tuple[int, int]) -> Pattern:
    rows = [np.repeat(a[:, None], b.shape[0], axis=1).ravel() for a in left for b in right]
    columns = [np.repeat(b[None], a.shape[0], axis=0).ravel() for a in left for b in right]
    return Pattern.of(np.concatenate(rows), np.concatenate(columns), shape)


def _products(left: list[Step], right: list[Step], sums: Floats) -> Floats:
    parts = [sums[np.ix_(a.z, b.columns)].reshape(-1) for a in left for b in right]
    return np.concatenate(parts)


def _flat(values: Floats) -> Floats:
    """Turn (k, m, J) into (J k, m), a unit's terms together."""
    return np.ascontiguousarray(np.moveaxis(values, -1, 0)).reshape(-1, values.shape[1])


def _unflat(values: Floats, k: int) -> Floats:
    return np.ascontiguousarray(np.moveaxis(values.reshape(-1, k, values.shape[1]), 0, -1))


def block_diagonal(blocks: Floats) -> sparse.csr_array:
    """Return a sparse matrix with the (k, k, J) blocks on its diagonal."""
    k, _, n_units = blocks.shape
    if k == 1:
        return sparse.csr_array(sparse.diags_array(blocks[0, 0]))
    stacked = np.ascontiguousarray(np.moveaxis(blocks, -1, 0))
    shape = (k * n_units, k * n_units)
    return sparse.csr_array(
        sparse.bsr_array((stacked, np.arange(n_units), np.arange(n_units + 1)), shape=shape)
    )


def _root(crossing: Crossing, roots: list[Floats]) -> sparse.csr_array:
    parts = [
        block_diagonal(np.repeat(roots[s.term][:, :, None], s.grouping.n_units, axis=2))
        for s in crossing.others
    ]
    return sparse.csr_array(sparse.block_diag(parts, format="csr"))


def eliminate(crossing: Crossing, sums: Floats, roots: list[Floats]) -> tuple[CrossingState, Floats, float]:
    """Integrate all crossed factors out; return state, the fall of the Gram matrix, and log det."""
    pivot = crossing.pivot
    before = pivot.grouping.sum_units(sums)
    own = before[list(pivot.z)]
    shrinkage, log_dets = shrinkage_blocks(own[:, list(pivot.columns)], roots[pivot.term])
    pull = multiply(shrinkage, own)
    link = crossing.link.fill(_products([pivot], list(crossing.others), sums))
    pulled = sparse.csr_array(block_diagonal(shrinkage) @ link)
    core = crossing.core.fill(_products(list(crossing.others), list(crossing.others), sums))
    core = sparse.csr_array(core - link.T @ pulled)
    right = _right_sides(crossing, sums) - link.T @ _flat(pull)
    root = _root(crossing, roots)
    layout = crossing.layout
    factors, log_det = layout.factor(layout.identity_plus(sparse.csr_array(root.T @ core @ root)))
    mean = root @ layout.solve(factors, root.T @ right)
    fall = cross_sum(own, pull) + right.T @ mean
    state = CrossingState(before, shrinkage, pull, link, core, root, factors, right, mean)
    return state, fall, log_det + float(log_dets.sum())


def _right_sides(crossing: Crossing, sums: Floats) -> Floats:
    parts = [_flat(s.grouping.sum_units(sums[list(s.z)])) for s in crossing.others]
    return np.vstack(parts)


def eliminate_extra(crossing: Crossing, state: CrossingState, extra: Floats) -> tuple[Floats, Floats]:
    """Apply the same elimination to more right-hand sides (q, e, C); return their two falls."""
    pivot = crossing.pivot
    own = pivot.grouping.sum_units(extra[list(pivot.z)])
    pull = multiply(state.shrinkage, own)
    right = _right_sides(crossing, extra) - state.link.T @ _flat(pull)
    mean = state.root @ crossing.layout.solve(state.factors, state.root.T @ right)
    rows = state.before[list(pivot.z)]
    return cross_sum(rows, pull) + state.right.T @ mean, cross_sum(own, pull) + right.T @ mean


@dataclass(frozen=True, slots=True, eq=False)
class CoreInverse:
    """(I + L'SL)^-1 and the covariance C = L (I + L'SL)^-1 L' of the core effects, both by blocks."""

    spherical: Blocks
    covariance: Blocks


def invert_core(crossing: Crossing, state: CrossingState) -> CoreInverse:
    """Invert the core once; everything on the way down reads from it."""
    spherical = crossing.layout.invert(state.factors)
    if all(len(s.z) == 1 for s in crossing.others):
        return CoreInverse(spherical, crossing.layout.scaled(spherical, state.root.diagonal()))
    return CoreInverse(spherical, crossing.layout.conjugated(spherical, state.root))


def core_scores(crossing: Crossing, state: CrossingState, index: int) -> Floats:
    """Return Z'V^-1 [X y] of the units of a core factor, shape (k, m, J)."""
    k = len(crossing.others[index].z)
    rows = crossing.variables(index).T.ravel()
    return _unflat(state.right[rows] - state.core[rows] @ state.mean, k)


def core_information(crossing: Crossing, state: CrossingState, inverse: CoreInverse, index: int) -> Floats:
    """Return Z'V^-1 Z of the units of a core factor, shape (k, k, J)."""
    variables = crossing.variables(index)
    k, n_units = variables.shape
    out = np.empty((k, k, n_units))
    root = state.root[variables[:, 0]][:, variables[:, 0]].toarray()
    well = abs(np.linalg.det(root)) > 0 and np.linalg.cond(root) * np.abs(root).max() ** -1 < 1e4
    if not well:
        for i in range(k):
            for j in range(k):
                left, right = state.core[variables[i]], state.core[variables[j]]
                product = row_products(crossing.layout, inverse.covariance, left, right)
                out[i, j] = state.core[variables[i], variables[j]] - product
        return out
    back = np.linalg.inv(root)
    for i in range(k):
        for j in range(k):
            entry = crossing.layout.gather(inverse.spherical, variables[i], variables[j])
            out[i, j] = float(i == j) - entry
    return np.asarray(np.einsum("ia,ijn,jb->abn", back, out, back))


def pivot_scores(crossing: Crossing, state: CrossingState) -> Floats:
    """Return Z'V^-1 [X y] of the pivot's units, shape (k, m, J)."""
    k = len(crossing.pivot.z)
    shrunk = _shrunk_pivot(crossing, state)
    own = state.before[list(crossing.pivot.z)]
    return multiply(shrunk, own - _unflat(state.link @ state.mean, k))


def _shrunk_pivot(crossing: Crossing, state: CrossingState) -> Floats:
    """Return I - HQ, which takes a unit's sums to what they are once its own effect is in V."""
    information = state.before[np.ix_(crossing.pivot.z, crossing.pivot.columns)]
    out = -multiply(information, state.shrinkage)
    k = out.shape[0]
    out[range(k), range(k)] += 1.0
    return out


def pivot_information(crossing: Crossing, state: CrossingState, inverse: CoreInverse) -> Floats:
    """Return Z'V^-1 Z of the pivot's units, shape (k, k, J)."""
    k = len(crossing.pivot.z)
    shrunk = _shrunk_pivot(crossing, state)
    link = sparse.csr_array(block_diagonal(shrunk) @ state.link)
    out = multiply(shrunk, state.before[np.ix_(crossing.pivot.z, crossing.pivot.columns)])
    for i in range(k):
        for j in range(i + 1):
            product = row_products(crossing.layout, inverse.covariance, link[i::k], link[j::k])
            out[i, j] -= product
            out[j, i] = out[i, j] if i != j else out[j, i]
    return out


def total_pivot_information(crossing: Crossing, state: CrossingState, inverse: CoreInverse) -> Floats:
    """Return the sum over the pivot's units of Z'V^-1 Z, shape (k, k), from each linked pair once."""
    k = len(crossing.pivot.z)
    shrunk = _shrunk_pivot(crossing, state)
    link = sparse.csr_array(block_diagonal(shrunk) @ state.link)
    own = state.before[np.ix_(crossing.pivot.z, crossing.pivot.columns)]
    out = multiply(shrunk, own).sum(axis=-1)
    for i in range(k):
        for j in range(i + 1):
            pairs = sparse.coo_array(link[i::k].T @ link[j::k])
            rows, columns = (index.astype(np.int64) for index in pairs.coords)
            entries = crossing.layout.gather(inverse.covariance, rows, columns)
            out[i, j] -= float(pairs.data @ entries)
            out[j, i] = out[i, j]
    return np.asarray(out)


def pass_down(crossing: Crossing, state: CrossingState, inverse: CoreInverse, q: int) -> Above:
    """Return the posterior of the sum of all crossed effects on each cell below."""
    cells = crossing.pivot.grouping.unit_of_cell
    place = _placement(crossing, state, q)
    mean = _unflat(place @ state.mean, q)
    mean[list(crossing.pivot.z)] += state.pull[..., cells]
    covariance = np.zeros((q, q, len(cells)))
    covariance[np.ix_(crossing.pivot.z, crossing.pivot.z)] = state.shrinkage[..., cells]
    for i in range(q):
        for j in range(q):
            covariance[i, j] += row_products(crossing.layout, inverse.covariance, place[i::q], place[j::q])
    return Above(mean, covariance)


def _placement(crossing: Crossing, state: CrossingState, q: int) -> sparse.csr_array:
    """Return how core effects reach each cell, own and through the pivot; shape (q C, D)."""
    cells = crossing.pivot.grouping.unit_of_cell
    n_cells = len(cells)
    rows, columns = [], []
    for index, step in enumerate(crossing.others):
        variables = crossing.variables(index)
        for i, z in enumerate(step.z):
            rows.append(q * np.arange(n_cells) + z)
            columns.append(variables[i][step.grouping.unit_of_cell])
    index_pair = (np.concatenate(rows), np.concatenate(columns))
    direct = sparse.csr_array((np.ones(len(index_pair[0])), index_pair), shape=(q * n_cells, crossing.size))
    k = len(crossing.pivot.z)
    pulled = sparse.csr_array(block_diagonal(state.shrinkage) @ state.link)
    rows = [q * np.arange(n_cells) + z for z in crossing.pivot.z]
    columns = [k * cells + i for i in range(k)]
    pair = (np.concatenate(rows), np.concatenate(columns))
    spread = sparse.csr_array((np.ones(len(pair[0])), pair), shape=(q * n_cells, pulled.shape[0]))
    return sparse.csr_array(direct - spread @ pulled)
