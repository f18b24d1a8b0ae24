"""A block-diagonal matrix held as a few stacks of dense blocks of like size.

Connected groups of random effects (a school with its departments and years, or everything at once
where factors cross freely) become blocks; blocks of like size are padded and worked on together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse
from scipy.sparse import csgraph

from upwards.core.moments import Floats, Ints

Blocks = tuple[Floats, ...]
LARGE = 256
PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Where each of D variables lives: stack, block in the stack, place in the block.

    Attributes
    ----------
    members
        Per stack, the variables of its blocks, shape (blocks, size); -1 is padding.
    stack, block, place
        Per variable, shape (D,).
    """

    members: tuple[Ints, ...]
    stack: Ints
    block: Ints
    place: Ints

    @property
    def is_single(self) -> bool:
        """Tell whether all variables form one block."""
        return len(self.members) == 1 and self.members[0].shape[0] == 1


def group_components(pattern: sparse.csr_array) -> Groups:
    """Split variables into connected components and stack those of like size (within a quarter)."""
    n_components, component = csgraph.connected_components(pattern, directed=False)
    sizes = np.bincount(component, minlength=n_components)
    padded = np.ceil(1.25 ** np.ceil(np.log(sizes) / np.log(1.25) - 1e-9)).astype(np.int64)
    by_component = np.argsort(component, kind="stable")
    place = np.empty(len(component), dtype=np.int64)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    place[by_component] = np.arange(len(component)) - np.repeat(starts, sizes)
    kinds, stack_of_component = np.unique(padded, return_inverse=True)
    block_of_component = np.zeros(n_components, dtype=np.int64)
    for kind in range(len(kinds)):
        mine = np.flatnonzero(stack_of_component == kind)
        block_of_component[mine] = np.arange(len(mine))
    stack, block = stack_of_component[component], block_of_component[component]
    members = []
    for kind in range(len(kinds)):
        width = int(sizes[stack_of_component == kind].max())
        table = np.full((int((stack_of_component == kind).sum()), width), -1, dtype=np.int64)
        mine = np.flatnonzero(stack == kind)
        table[block[mine], place[mine]] = mine
        members.append(table)
    return Groups(tuple(members), stack, block, place)


def identity_plus(groups: Groups, matrix: sparse.csr_array) -> Blocks:
    """Return I + matrix as stacks of dense blocks; the matrix must not leave its blocks."""
    entries = matrix.tocoo()
    rows, columns = entries.coords
    blocks = []
    for index, members in enumerate(groups.members):
        count, size = members.shape
        dense = np.zeros((count, size, size))
        dense[:, range(size), range(size)] = 1.0
        mine = slice(None) if len(groups.members) == 1 else groups.stack[rows] == index
        r, c = rows[mine], columns[mine]
        flat = (groups.block[r] * size + groups.place[r]) * size + groups.place[c]
        dense.reshape(-1)[flat] += entries.data[mine]
        blocks.append(dense)
    return tuple(blocks)


def factor(blocks: Blocks) -> tuple[Blocks, float]:
    """Return what the other functions solve and invert with, and the log determinant.

    A large block is kept as its lower Cholesky factor L, small ones as L^-1, so that many of them are
    solved by one product. The blocks given are overwritten.
    """
    factors = []
    log_det = 0.0
    for dense in blocks:
        if _is_large(dense):
            lower, info = linalg.lapack.dpotrf(dense[0].T, lower=1, overwrite_a=1)
            if info != 0:
                raise np.linalg.LinAlgError("a block of the core is not positive definite")
            log_det += 2.0 * float(np.log(np.diagonal(lower)).sum())
            factors.append(lower[None])
        else:
            root = np.linalg.cholesky(dense)
            log_det += 2.0 * float(np.log(np.diagonal(root, axis1=1, axis2=2)).sum())
            factors.append(np.linalg.inv(root))
    return tuple(factors), log_det


def _is_large(dense: Floats) -> bool:
    return bool(dense.shape[0] == 1 and dense.shape[1] > LARGE)


def invert(factors: Blocks) -> Blocks:
    """Return the inverses of the matrices that were factored."""
    inverses = []
    for factored in factors:
        if _is_large(factored):
            half, _ = linalg.lapack.dpotri(factored[0], lower=1)
            half += np.tril(half, -1).T
            inverses.append(half[None])
        else:
            inverses.append(np.swapaxes(factored, 1, 2) @ factored)
    return tuple(inverses)


def solve(groups: Groups, factors: Blocks, right: Floats) -> Floats:
    """Solve with the factored matrix; `right` has shape (D, m)."""
    out = np.empty_like(right)
    padded = np.vstack([right, np.zeros((1, right.shape[1]))])
    for members, factored in zip(groups.members, factors, strict=True):
        if _is_large(factored):
            answer = linalg.cho_solve((factored[0], True), padded[members[0]], check_finite=False)[None]
        else:
            answer = np.swapaxes(factored, 1, 2) @ (factored @ padded[members])
        out[members[members >= 0]] = answer[members >= 0]
    return out


def draw(groups: Groups, factors: Blocks, noise: Floats) -> Floats:
    """Turn standard normal noise (D, draws) into noise whose covariance is the factored matrix's inverse."""
    out = np.empty_like(noise)
    padded = np.vstack([noise, np.zeros((1, noise.shape[1]))])
    for members, factored in zip(groups.members, factors, strict=True):
        if _is_large(factored):
            answer = linalg.solve_triangular(
                factored[0], padded[members[0]], lower=True, trans="T", check_finite=False
            )[None]
        else:
            answer = np.swapaxes(factored, 1, 2) @ padded[members]
        out[members[members >= 0]] = answer[members >= 0]
    return out


def gather(groups: Groups, blocks: Blocks, rows: Ints, columns: Ints) -> Floats:
    """Return single entries of the block-diagonal matrix."""
    out = np.empty(len(rows))
    for index, dense in enumerate(blocks):
        mine = slice(None) if len(blocks) == 1 else groups.stack[rows] == index
        r, c = rows[mine], columns[mine]
        out[mine] = dense[groups.block[r], groups.place[r], groups.place[c]]
    return out


def row_products(groups: Groups, blocks: Blocks, left: sparse.csr_array, right: sparse.csr_array) -> Floats:
    """Return, for each row i, ``left[i] C right[i]'`` with C the block-diagonal matrix; shape (rows,)."""
    n_rows = left.shape[0]
    pairs = np.diff(left.indptr).astype(np.int64) * np.diff(right.indptr)
    chunk_of_row = np.cumsum(pairs) // PAIRS_AT_ONCE
    edges = np.flatnonzero(np.r_[True, chunk_of_row[1:] != chunk_of_row[:-1], True])
    out = np.zeros(n_rows)
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        a, b = left[start:end], right[start:end]
        row = np.repeat(np.arange(end - start), np.diff(a.indptr))
        width = np.diff(b.indptr)[row]
        first = np.repeat(np.arange(len(row)), width)
        within = np.arange(len(first)) - np.repeat(np.cumsum(width) - width, width)
        second = b.indptr[row][first] + within
        rows, columns = a.indices[first].astype(np.int64), b.indices[second].astype(np.int64)
        entries = gather(groups, blocks, rows, columns)
        values = a.data[first] * entries * b.data[second]
        out[start:end] = np.bincount(row[first], weights=values, minlength=end - start)
    return out
