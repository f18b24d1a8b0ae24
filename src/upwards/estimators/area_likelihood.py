"""Restricted likelihood of short series with known errors: values, slopes, information.

A unit's values are its year's mean, a true deviation with covariance V(theta) common to all units, and an
error whose covariance is known. V is linear in theta. Arrays run over units last, so that the algebra of
the small matrices is done for all units at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# what is left of a variance after conditioning is never less than this share of it: rounding, not data
LEAST_PIVOT = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What was observed of I units at T places (years or subjects).

    Attributes
    ----------
    value
        Shape (T, I); 0 where absent.
    error
        Shape (T, T, I): known covariance of the errors; 0 where absent.
    present
        Shape (T, I): 1 where there is a value, else 0.
    """

    value: Floats
    error: Floats
    present: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The restricted likelihood at one covariance.

    Attributes
    ----------
    covariance
        Shape (T, T): true covariance between places.
    whitener
        Shape (T, T, I): entry [s, t] is what place s gives to the t-th independent combination.
    mean
        Shape (T,): generalised least squares.
    mean_covariance
        Shape (T, T).
    criterion
        Minus twice the restricted log-likelihood.
    """

    covariance: Floats
    whitener: Floats
    mean: Floats
    mean_covariance: Floats
    criterion: float


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """What derivatives are made of.

    Attributes
    ----------
    inverse
        Shape (T, T, I): inverse of each unit's covariance.
    correction
        Shape (T, T, I): what estimating the means takes from it.
    pull
        Shape (T, I): inverse times what is left of the values without the means.
    gradient
        Shape (T, T): derivative of the criterion in the true covariance.
    """

    inverse: Floats
    correction: Floats
    pull: Floats
    gradient: Floats


def evaluate(observed: Observed, covariance: Floats) -> Evaluation:
    """Return the restricted likelihood and the means at a true covariance.

    Parameters
    ----------
    observed
        The data; every place must have been observed somewhere.
    covariance
        Shape (T, T), positive semi-definite.

    Returns
    -------
    Evaluation
        With the criterion of Harville (1974), that is with log det X'X, as `metafor` prints it.
    """
    whitener, log_det = whiten(observed, covariance)
    n_places, n_units = observed.value.shape
    design = whitener.reshape(n_places, -1)
    precision = design @ design.T
    white = apply(whitener, observed.value)
    mean_covariance = np.linalg.inv(precision)
    mean_covariance = (mean_covariance + mean_covariance.T) / 2.0
    mean = mean_covariance @ (design @ white.ravel())
    rest = white.ravel() - mean @ design
    counts = observed.present.sum(axis=1)
    freedom = float(counts.sum()) - n_places
    criterion = freedom * np.log(2.0 * np.pi) + log_det + float(rest @ rest)
    criterion += float(np.linalg.slogdet(precision)[1] - np.log(counts).sum())
    return Evaluation(covariance, whitener, mean, mean_covariance, float(criterion))


def whiten(observed: Observed, covariance: Floats) -> tuple[Floats, float]:
    """Return each unit's inverse Cholesky factor, transposed, and the sum of log determinants."""
    present = observed.present
    n_places, n_units = present.shape
    root = np.empty((n_places, n_places, n_units))
    whitener = np.zeros((n_places, n_places, n_units))
    log_det = 0.0
    for j in range(n_places):
        column = covariance[j:, j, None] * (present[j:] * present[j]) + observed.error[j:, j]
        column[0] += 1.0 - present[j]
        least = LEAST_PIVOT * column[0]
        for r in range(j):
            column -= root[j:, r] * root[j, r]
        pivot = np.maximum(column[0], np.maximum(least, np.finfo(float).tiny))
        log_det += float(np.log(pivot).sum())
        scale = 1.0 / np.sqrt(pivot)
        root[j:, j] = column * scale
        for r in range(j):
            whitener[: r + 1, j] -= root[j, r] * whitener[: r + 1, r]
        whitener[:j, j] *= scale
        whitener[j, j] = scale * present[j]
    return whitener, log_det


def apply(whitener: Floats, vector: Floats) -> Floats:
    """Return each unit's vector (T, I) in independent combinations, shape (T, I)."""
    return np.asarray(np.einsum("sti,si->ti", whitener, vector))


def differentiate(observed: Observed, here: Evaluation) -> Slope:
    """Return the pieces of all derivatives at an evaluated point."""
    whitener = here.whitener
    n_places, n_units = observed.value.shape
    inverse = np.empty_like(whitener)
    for s in range(n_places):
        for r in range(s + 1):
            inverse[s, r] = inverse[r, s] = np.einsum("ti,ti->i", whitener[s], whitener[r])
    rest = (observed.value - here.mean[:, None]) * observed.present
    pull = np.einsum("sri,ri->si", inverse, rest)
    half = np.tensordot(root_of(here.mean_covariance).T, inverse, axes=(1, 0))
    correction = np.empty_like(whitener)
    for s in range(n_places):
        for r in range(s + 1):
            correction[s, r] = correction[r, s] = np.einsum("ti,ti->i", half[:, s], half[:, r])
    gradient = inverse.sum(axis=2) - correction.sum(axis=2) - pull @ pull.T
    return Slope(inverse, correction, pull, gradient)


def unit_scores(slope: Slope, basis: Floats) -> Floats:
    """Return each unit's part of the derivative of the restricted log-likelihood, shape (p, I).

    Parameters
    ----------
    slope
        From `differentiate`.
    basis
        Shape (p, T, T): derivative of the true covariance in each parameter.
    """
    traces = np.tensordot(basis, slope.inverse - slope.correction, axes=([1, 2], [0, 1]))
    squares = np.stack([((matrix @ slope.pull) * slope.pull).sum(axis=0) for matrix in basis])
    return np.asarray(0.5 * (squares - traces))


def information(here: Evaluation, slope: Slope, basis: Floats) -> Floats:
    """Return the expected information about the parameters, shape (p, p).

    Notes
    -----
    Half of tr(P V_k P V_l). It rests on second moments only: it is also the expected slope of the scores
    when the true deviations are not normal.
    """
    n_places, _, n_units = slope.inverse.shape
    shape = (n_places,) * 4
    flat = slope.inverse.reshape(-1, n_units)
    plain = (flat @ flat.T).reshape(shape)
    crossed = (slope.correction.reshape(-1, n_units) @ flat.T).reshape(shape)
    inner = np.einsum("abcd,kbc->kad", plain, basis, optimize=True)
    first = np.einsum("kad,lda->kl", inner, basis)
    second = np.einsum("abcd,kbc,lda->kl", crossed, basis, basis, optimize=True)
    weighted = np.einsum("ab,kbc->kac", here.mean_covariance, inner)
    third = np.einsum("kac,lca->kl", weighted, weighted)
    total = 0.5 * (first - 2.0 * second + third)
    return np.asarray((total + total.T) / 2.0)


def squared_pull(here: Evaluation, slope: Slope, basis: Floats) -> Floats:
    """Return y'P V_k P V_l P y, shape (p, p): on average twice the information, and with it the curvature.

    The second derivative of the criterion is twice this less tr(P V_k P V_l).
    """
    n_places = len(slope.pull)
    white = np.stack([apply(here.whitener, matrix @ slope.pull).ravel() for matrix in basis])
    onto_means = white @ here.whitener.reshape(n_places, -1).T
    return np.asarray(white @ white.T - onto_means @ here.mean_covariance @ onto_means.T)


def root_of(covariance: Floats) -> Floats:
    """Return L with LL' equal to a positive semi-definite matrix, lower triangular."""
    values, vectors = np.linalg.eigh(covariance)
    half = vectors * np.sqrt(np.maximum(values, 0.0))
    lower = np.asarray(np.linalg.qr(half.T, mode="r")).T
    return np.asarray(np.tril(lower * np.where(np.diag(lower) < 0, -1.0, 1.0)))
