"""How the core of a crossing is held: dense blocks by connected component, or a narrow band."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy import sparse

from upwards.core.moments import Floats, Ints
from upwards.estimators.band import find_band
from upwards.estimators.dense_groups import LARGE, group_components

Blocks = tuple[Floats, ...]
PAIRS_AT_ONCE = 4_000_000
# a band of block size b costs about 20 D b^2, a dense inverse D^3: below a tenth the band wins clearly
NARROW = 0.1


class Layout(Protocol):
    """Algebra of a symmetric matrix over D core variables, held in blocks."""

    @property
    def largest(self) -> int:
        """Size of the largest dense block."""

    def identity_plus(self, matrix: sparse.csr_array) -> Blocks:
        """Return I + matrix."""

    def factor(self, blocks: Blocks) -> tuple[Blocks, float]:
        """Return what the other methods read, and the log determinant."""

    def invert(self, factors: Blocks) -> Blocks:
        """Return the inverse, at least where the matrix has entries."""

    def solve(self, factors: Blocks, right: Floats) -> Floats:
        """Solve for right-hand sides of shape (D, m)."""

    def draw(self, factors: Blocks, noise: Floats) -> Floats:
        """Turn standard normal noise (D, draws) into noise with the inverse as covariance."""

    def gather(self, blocks: Blocks, rows: Ints, columns: Ints) -> Floats:
        """Return single entries."""

    def scaled(self, blocks: Blocks, diagonal: Floats) -> Blocks:
        """Multiply rows and columns by a diagonal."""

    def conjugated(self, blocks: Blocks, root: sparse.csr_array) -> Blocks:
        """Return R C R' for a block-diagonal R."""


def lay_out(pattern: sparse.csr_array, is_scalar: bool) -> Layout:
    """Choose how to hold a core with the given pattern.

    Parameters
    ----------
    pattern
        Non-zero where two core variables are linked, shape (D, D).
    is_scalar
        Whether every unit has one variable only.

    Returns
    -------
    Layout
        Dense blocks by component; a band where one large component has links between neighbours only.
    """
    groups = group_components(pattern)
    if groups.largest <= LARGE or not is_scalar:
        return groups
    band = find_band(pattern)
    return band if band.size <= NARROW * len(groups.place) else groups


def row_products(layout: Layout, blocks: Blocks, left: sparse.csr_array, right: sparse.csr_array) -> Floats:
    """Return, for each row i, ``left[i] C right[i]'`` with C held in blocks; shape (rows,)."""
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
        values = a.data[first] * layout.gather(blocks, rows, columns) * b.data[second]
        out[start:end] = np.bincount(row[first], weights=values, minlength=end - start)
    return out
