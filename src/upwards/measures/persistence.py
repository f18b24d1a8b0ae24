"""What persists and what passes: levels as persistent + trend + transitory parts, from true moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwards.core.moments import Floats
from upwards.measures.convergence_moments import TrueMoments

SMALLEST = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Persistence:
    """Variances of the parts of true levels, and how they follow from the moments.

    Attributes
    ----------
    parts
        Shape (4,): variance of the persistent starting level A, its covariance with the trend C, variance
        of the trend B (per year), variance of the transitory part W. Unbounded: sampling error may carry
        one below 0.
    of_moments
        Shape (4, K): the parts are this matrix times the estimates of `TrueMoments`.
    """

    parts: Floats
    of_moments: Floats


def separate_persistence(moments: TrueMoments) -> Persistence:
    """Separate persistent starting level, trend and transitory part.

    Parameters
    ----------
    moments
        True means and covariances of at least three years.

    Returns
    -------
    Persistence

    Notes
    -----
    The model is θ_it = μ_t + u_i + b_i t + w_it with t = 0 in the first year, so that the covariance of years
    s and t is A + C (s + t) + B s t, and W more where they are the same. The parts are the generalised
    least-squares fit of these to the true covariances, weighted as they would vary with a normal shape. The
    weights cost or gain precision, never correctness: standard errors come from the units themselves.
    """
    times, size = moments.times, len(moments.times)
    rows, columns = np.triu_indices(size)
    cells = moments.covariance[rows, columns]
    there = ~np.isnan(cells)
    rows, columns = rows[there], columns[there]
    s, t = times[rows], times[columns]
    design = np.stack([np.ones(len(s)), s + t, s * t, (rows == columns).astype(float)], axis=1)
    total = _proper(moments)
    weight = np.linalg.pinv(
        total[np.ix_(rows, rows)] * total[np.ix_(columns, columns)]
        + total[np.ix_(rows, columns)] * total[np.ix_(columns, rows)],
        hermitian=True,
    )
    solve = np.linalg.pinv(design.T @ weight @ design, hermitian=True) @ design.T @ weight
    of_moments = np.zeros((4, len(moments.estimates)))
    of_moments[:, size + np.flatnonzero(there)] = solve
    return Persistence(solve @ cells[there], of_moments)


def _proper(moments: TrueMoments) -> Floats:
    """Return the covariance of published figures, made positive definite, shape (T, T)."""
    total = np.nan_to_num(moments.covariance) + np.diag(moments.noise)
    values, vectors = np.linalg.eigh(total)
    floor = max(values[-1], np.finfo(float).tiny) * 1e-6
    return np.asarray((vectors * np.maximum(values, floor)) @ vectors.T)


def persistent_slope(parts: Floats, period: float) -> Floats:
    """Return the expected change over a period for each unit of persistent starting level: T C / A.

    Parameters
    ----------
    parts
        Shape (..., 4): A, C, B, W.
    period
        Length T in years.

    Returns
    -------
    ndarray
        Shape (...); NaN where A is not above 0.

    Examples
    --------
    >>> float(persistent_slope(np.array([4.0, -0.4, 0.1, 1.0]), 2.0))
    -0.2
    """
    level = np.where(parts[..., 0] > SMALLEST * np.abs(parts).max(axis=-1), parts[..., 0], np.nan)
    return np.asarray(period * parts[..., 1] / level)


def stationary_slope(parts: Floats, period: float) -> Floats:
    """Return the slope of a system that keeps its spread with the same correlation of first and last year.

    Parameters
    ----------
    parts
        Shape (..., 4): A, C, B, W.
    period
        Length T in years.

    Returns
    -------
    ndarray
        Shape (...), at most 0: the correlation of persistent levels, less 1. NaN where a variance of
        persistent levels is not above 0.

    Examples
    --------
    >>> kept = np.array([4.0, -0.4, 0.4, 1.0])  # the spread stays: both slopes are the same
    >>> round(float(stationary_slope(kept, 2.0)), 6), round(float(persistent_slope(kept, 2.0)), 6)
    (-0.2, -0.2)
    """
    a, c, b = parts[..., 0], parts[..., 1], parts[..., 2]
    end = a + 2 * period * c + period**2 * b
    least = SMALLEST * np.abs(parts).max(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.where((a > least) & (end > least), (a + period * c) / np.sqrt(a * end), np.nan)
    return np.asarray(np.minimum(correlation, 1.0) - 1.0)
