"""Algebra on many small symmetric blocks at once, units on the last axis (shape q, q, J)."""

from __future__ import annotations

import numpy as np

from upwards.core.moments import Floats


def shrinkage_blocks(information: Floats, root: Floats) -> tuple[Floats, Floats]:
    r"""Return the covariance of each unit's effect given its own rows, and its share of log \|V\|.

    Parameters
    ----------
    information
        H, what the rows of a unit tell of its effects, shape (q, q, J).
    root
        L with prior covariance LL', shape (q, q); may be singular.

    Returns
    -------
    tuple
        Q = L (I + L'HL)^-1 L', shape (q, q, J), and log det (I + L'HL), shape (J,).

    Examples
    --------
    >>> q, log_det = shrinkage_blocks(np.full((1, 1, 1), 3.0), np.array([[1.0]]))
    >>> float(q[0, 0, 0]), round(float(log_det[0]), 4)
    (0.25, 1.3863)
    """
    if root.shape[0] == 1:
        variance = root[0, 0] ** 2
        inner = 1.0 + variance * information[0, 0]
        return (variance / inner)[None, None], np.log(inner)
    inner = np.einsum("ai,abj,bk->ikj", root, information, root, optimize=True)
    for i in range(root.shape[0]):
        inner[i, i] += 1.0
    inverse, log_det = inverse_and_log_det(inner)
    return np.einsum("ai,ikj,bk->abj", root, inverse, root, optimize=True), log_det


def inverse_and_log_det(blocks: Floats) -> tuple[Floats, Floats]:
    """Return inverse and log determinant of positive definite blocks, shapes (q, q, J) and (J,)."""
    if blocks.shape[0] == 2:
        a, b, d = blocks[0, 0], blocks[0, 1], blocks[1, 1]
        det = a * d - b * b
        inverse = np.empty_like(blocks)
        inverse[0, 0], inverse[1, 1] = d / det, a / det
        inverse[0, 1] = inverse[1, 0] = -b / det
        return inverse, np.log(det)
    stacked = np.ascontiguousarray(np.moveaxis(blocks, -1, 0))
    log_det = 2.0 * np.log(np.diagonal(np.linalg.cholesky(stacked), axis1=1, axis2=2)).sum(axis=1)
    return np.ascontiguousarray(np.moveaxis(np.linalg.inv(stacked), 0, -1)), log_det


def multiply(left: Floats, right: Floats) -> Floats:
    """Return the products of blocks, (a, b, J) times (b, c, J) to (a, c, J)."""
    out = left[:, 0, None] * right[None, 0]
    for k in range(1, left.shape[1]):
        out += left[:, k, None] * right[None, k]
    return out


def sandwich(outer: Floats, inner: Floats) -> Floats:
    """Return A C A' for blocks A (a, b, J) and C (b, b, J)."""
    return multiply(multiply(outer, inner), np.swapaxes(outer, 0, 1))


def cross_sum(left: Floats, right: Floats) -> Floats:
    """Return the sum over units of A'B for blocks A (a, m, J) and B (a, n, J); shape (m, n)."""
    total = left[0] @ right[0].T
    for k in range(1, left.shape[0]):
        total += left[k] @ right[k].T
    return np.asarray(total)
