"""A block-diagonal matrix held as a few stacks of dense blocks of like size.

Connected groups of random effects (a school with its departments and years, or everything at once
where factors cross freely) become blocks; blocks of like size are padded and worked on together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse
from scipy.sparse import csgraph

from upwards.core.moments import Floats, Ints

Blocks = tuple[Floats, ...]
LARGE = 256


@dataclass(frozen=True, slots=True, eq=False)
class DenseGroups:
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
    def largest(self) -> int:
        """Return the size of the largest block."""
        return max(int(members.shape[1]) for members in self.members)

    def identity_plus(self, matrix: sparse.csr_array) -> Blocks:
        """Return I + matrix as stacks of dense blocks; the matrix must not leave its blocks."""
        entries = matrix.tocoo()
        rows, columns = entries.coords
        blocks = []
        for index, members in enumerate(self.members):
            count, size = members.shape
            dense = np.zeros((count, size, size))
            dense[:, range(size), range(size)] = 1.0
            mine = slice(None) if len(self.members) == 1 else self.stack[rows] == index
            r, c = rows[mine], columns[mine]
            flat = (self.block[r] * size + self.place[r]) * size + self.place[c]
            dense.reshape(-1)[flat] += entries.data[mine]
            blocks.append(dense)
        return tuple(blocks)

    def factor(self, blocks: Blocks) -> tuple[Blocks, float]:
        """Return what `solve`, `invert` and `draw` read, and the log determinant.

        A large block is kept as its lower Cholesky factor L, small ones as L^-1, so that many of them
        are solved by one product. The blocks given are overwritten.
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

    def invert(self, factors: Blocks) -> Blocks:
        """Return the inverse of the matrix that was factored."""
        inverses = []
        for factored in factors:
            if _is_large(factored):
                half, _ = linalg.lapack.dpotri(factored[0], lower=1)
                half += np.tril(half, -1).T
                inverses.append(half[None])
            else:
                inverses.append(np.swapaxes(factored, 1, 2) @ factored)
        return tuple(inverses)

    def solve(self, factors: Blocks, right: Floats) -> Floats:
        """Solve with the factored matrix; `right` has shape (D, m)."""
        return self._by_block(factors, right, _solve_block)

    def draw(self, factors: Blocks, noise: Floats) -> Floats:
        """Turn standard normal noise (D, draws) into noise with the inverse as covariance."""
        return self._by_block(factors, noise, _draw_block)

    def _by_block(self, factors: Blocks, right: Floats, act: Callable[[Floats, Floats], Floats]) -> Floats:
        out = np.empty_like(right)
        padded = np.vstack([right, np.zeros((1, right.shape[1]))])
        for members, factored in zip(self.members, factors, strict=True):
            answer = act(factored, padded[members])
            out[members[members >= 0]] = answer[members >= 0]
        return out

    def gather(self, blocks: Blocks, rows: Ints, columns: Ints) -> Floats:
        """Return single entries of a matrix held in blocks."""
        out = np.empty(len(rows))
        for index, dense in enumerate(blocks):
            mine = slice(None) if len(blocks) == 1 else self.stack[rows] == index
            r, c = rows[mine], columns[mine]
            out[mine] = dense[self.block[r], self.place[r], self.place[c]]
        return out

    def scaled(self, blocks: Blocks, diagonal: Floats) -> Blocks:
        """Multiply rows and columns by a diagonal, shape (D,)."""
        padded = np.r_[diagonal, 0.0]
        return tuple(
            dense * padded[m][:, :, None] * padded[m][:, None, :]
            for m, dense in zip(self.members, blocks, strict=True)
        )

    def conjugated(self, blocks: Blocks, root: sparse.csr_array) -> Blocks:
        """Return R C R' for a sparse R that does not leave the blocks."""
        beyond_one = sparse.csr_array(root - sparse.eye_array(root.shape[0]))
        roots = self.identity_plus(beyond_one)
        return tuple(r @ dense @ np.swapaxes(r, 1, 2) for r, dense in zip(roots, blocks, strict=True))


def _is_large(dense: Floats) -> bool:
    return bool(dense.shape[0] == 1 and dense.shape[1] > LARGE)


def _solve_block(factored: Floats, right: Floats) -> Floats:
    if _is_large(factored):
        return np.asarray(linalg.cho_solve((factored[0], True), right[0], check_finite=False))[None]
    return np.asarray(np.swapaxes(factored, 1, 2) @ (factored @ right))


def _draw_block(factored: Floats, noise: Floats) -> Floats:
    if _is_large(factored):
        found = linalg.solve_triangular(factored[0], noise[0], lower=True, trans="T", check_finite=False)
        return np.asarray(found)[None]
    return np.asarray(np.swapaxes(factored, 1, 2) @ noise)


def group_components(pattern: sparse.csr_array) -> DenseGroups:
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
    return DenseGroups(tuple(members), stack, block, place)
