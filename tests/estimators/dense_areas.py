"""Short series with known errors as textbooks write them: one long vector, explicit matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwards.core.moments import Floats


@dataclass(frozen=True)
class Dense:
    """All values in one vector, their unit and place, the design, the errors' covariance."""

    y: Floats
    unit: np.ndarray
    place: np.ndarray
    design: Floats
    error: Floats


def dense(value: Floats, variance: Floats, correlation: float = 0.0) -> Dense:
    unit, place = np.nonzero(np.isfinite(value) & np.isfinite(variance))
    y, sd = value[unit, place], np.sqrt(variance[unit, place])
    design = np.equal.outer(place, np.unique(place)).astype(float)
    same = np.equal.outer(unit, unit)
    error = np.outer(sd, sd) * np.where(np.eye(len(y)) > 0, 1.0, same * correlation)
    return Dense(y, unit, place, design, error)


def basis_of(data: Dense, basis: Floats) -> Floats:
    """Return dV/dtheta for the long vector from the derivative for one unit."""
    same = np.equal.outer(data.unit, data.unit)
    return np.stack([same * matrix[np.ix_(data.place, data.place)] for matrix in basis])


def area_matrices(times: Floats) -> Floats:
    t = np.asarray(times, dtype=float)
    one = np.ones(len(t))
    return np.stack([np.outer(one, one), np.add.outer(t, t), np.outer(t, t), np.eye(len(t))])


@dataclass(frozen=True)
class Gls:
    mean: Floats
    mean_covariance: Floats
    log_likelihood: float
    projection: Floats
    inverse: Floats


def gls(data: Dense, parameters: Floats, basis: Floats) -> Gls:
    v = np.tensordot(np.asarray(parameters, float), basis_of(data, basis), axes=(0, 0)) + data.error
    inverse = np.linalg.inv(v)
    x = data.design
    precision = x.T @ inverse @ x
    covariance = np.linalg.inv(precision)
    mean = covariance @ x.T @ inverse @ data.y
    projection = inverse - inverse @ x @ covariance @ x.T @ inverse
    n, p = x.shape
    quadratic = data.y @ projection @ data.y
    total = (n - p) * np.log(2 * np.pi) + np.linalg.slogdet(v)[1] + np.linalg.slogdet(precision)[1]
    total += quadratic - np.linalg.slogdet(x.T @ x)[1]
    return Gls(mean, covariance, -0.5 * float(total), projection, inverse)


def score(data: Dense, parameters: Floats, basis: Floats) -> Floats:
    p = gls(data, parameters, basis).projection
    return np.array([-0.5 * (np.trace(p @ m) - data.y @ p @ m @ p @ data.y) for m in basis_of(data, basis)])


def information(data: Dense, parameters: Floats, basis: Floats) -> Floats:
    p = gls(data, parameters, basis).projection
    products = [p @ m for m in basis_of(data, basis)]
    return np.array([[0.5 * np.trace(a @ b) for b in products] for a in products])


def predict(
    data: Dense, parameters: Floats, basis: Floats, unit: int, link: Floats, own: float
) -> tuple[float, float]:
    """Return the best linear unbiased prediction for one unit and its squared error (Henderson).

    `link` is the covariance of the target with the true value at each place.
    """
    here = gls(data, parameters, basis)
    c = np.where(data.unit == unit, link[data.place], 0.0)
    rest = data.y - data.design @ here.mean
    lost = data.design.T @ here.inverse @ c
    error = own - c @ here.inverse @ c + lost @ here.mean_covariance @ lost
    return float(c @ here.inverse @ rest), float(error)
