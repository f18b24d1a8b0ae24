"""A symmetric matrix with links between neighbours only, held as a chain of dense blocks.

Where teachers work in a few neighbouring schools, the core links each school to few others. Ordered by
reverse Cuthill-McKee it is a narrow band; cut into blocks as wide as the band it is block tridiagonal,
and its Cholesky factor and the blocks of its inverse along the chain cost time in proportion to its
length (Erisman and Tinney 1975, On computing certain elements of the inverse of a sparse matrix).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from upwards.core.moments import Floats, Ints

Blocks = tuple[Floats, ...]
SMALLEST = 24


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Where each of D variables lives in a chain of blocks.

    Attributes
    ----------
    place
        Position of each variable along the band, shape (D,).
    size
        Size of a block; the last one is padded.
    length
        Number of blocks.
    """

    place: Ints
    size: int
    length: int

    @property
    def largest(self) -> int:
        """Return the size of a block."""
        return self.size

    def identity_plus(self, matrix: sparse.csr_array) -> Blocks:
        """Return I + matrix: diagonal blocks (length, b, b), and those below them (length - 1, b, b)."""
        own = np.zeros((self.length, self.size, self.size))
        below = np.zeros((self.length - 1, self.size, self.size))
        own[:, range(self.size), range(self.size)] = 1.0
        entries = matrix.tocoo()
        i, r = np.divmod(self.place[entries.coords[0]], self.size)
        j, c = np.divmod(self.place[entries.coords[1]], self.size)
        same, under = i == j, i == j + 1
        own[i[same], r[same], c[same]] += entries.data[same]
        below[j[under], r[under], c[under]] += entries.data[under]
        return own, below

    def factor(self, blocks: Blocks) -> tuple[Blocks, float]:
        """Return the inverse Cholesky roots of the diagonal, the blocks below, and the log determinant."""
        own, below = blocks
        roots, links = np.empty_like(own), np.empty_like(below)
        log_det = 0.0
        for i in range(self.length):
            left = own[i]
            if i > 0:
                links[i - 1] = below[i - 1] @ roots[i - 1].T
                left = left - links[i - 1] @ links[i - 1].T
            lower = np.linalg.cholesky(left)
            log_det += 2.0 * float(np.log(np.diagonal(lower)).sum())
            roots[i] = np.linalg.inv(lower)
        return (roots, links), log_det

    def invert(self, factors: Blocks) -> Blocks:
        """Return the blocks of the inverse on the diagonal and below it."""
        roots, links = factors
        own = np.swapaxes(roots, 1, 2) @ roots
        below = np.empty_like(links)
        for i in range(self.length - 2, -1, -1):
            carry = roots[i].T @ links[i].T
            below[i] = -own[i + 1] @ carry.T
            own[i] -= carry @ below[i]
        return own, below

    def solve(self, factors: Blocks, right: Floats) -> Floats:
        """Solve with the factored matrix; `right` has shape (D, m)."""
        roots, links = factors
        found = self._stacked(right)
        for i in range(self.length):
            if i > 0:
                found[i] -= links[i - 1] @ found[i - 1]
            found[i] = roots[i] @ found[i]
        return self._back(factors, found)

    def draw(self, factors: Blocks, noise: Floats) -> Floats:
        """Turn standard normal noise (D, draws) into noise with the inverse as covariance."""
        return self._back(factors, self._stacked(noise))

    def _back(self, factors: Blocks, found: Floats) -> Floats:
        roots, links = factors
        for i in range(self.length - 1, -1, -1):
            if i < self.length - 1:
                found[i] -= links[i].T @ found[i + 1]
            found[i] = roots[i].T @ found[i]
        return found.reshape(-1, found.shape[-1])[self.place]

    def _stacked(self, values: Floats) -> Floats:
        stacked = np.zeros((self.length * self.size, values.shape[1]))
        stacked[self.place] = values
        return stacked.reshape(self.length, self.size, -1)

    def gather(self, blocks: Blocks, rows: Ints, columns: Ints) -> Floats:
        """Return single entries; those further apart than a block are not held and count as 0."""
        own, below = blocks
        first = np.maximum(self.place[rows], self.place[columns])
        second = np.minimum(self.place[rows], self.place[columns])
        i, r = np.divmod(first, self.size)
        j, c = np.divmod(second, self.size)
        out = np.zeros(len(rows))
        same, under = i == j, i == j + 1
        out[same] = own[i[same], r[same], c[same]]
        out[under] = below[j[under], r[under], c[under]]
        return out

    def scaled(self, blocks: Blocks, diagonal: Floats) -> Blocks:
        """Multiply rows and columns by a diagonal, shape (D,)."""
        own, below = blocks
        d = self._stacked(diagonal[:, None])[:, :, 0]
        return own * d[:, :, None] * d[:, None, :], below * d[1:, :, None] * d[:-1, None, :]

    def conjugated(self, blocks: Blocks, root: sparse.csr_array) -> Blocks:
        """Return R C R' for a diagonal R."""
        return self.scaled(blocks, root.diagonal())


def find_band(pattern: sparse.csr_array) -> Band:
    """Order variables so that linked ones are near each other, and cut the order into blocks.

    Parameters
    ----------
    pattern
        Symmetric, non-zero where two variables are linked, shape (D, D).

    Returns
    -------
    Band
        Blocks at least as wide as the farthest link.
    """
    order = csgraph.reverse_cuthill_mckee(sparse.csr_matrix(pattern), symmetric_mode=True)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    entries = pattern.tocoo()
    width = int(np.abs(place[entries.coords[0]] - place[entries.coords[1]]).max(initial=0))
    size = max(width, SMALLEST)
    return Band(place, size, -(-len(order) // size))
