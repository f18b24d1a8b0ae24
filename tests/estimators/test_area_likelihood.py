"""The restricted likelihood of short series against explicit matrices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.estimators import dense_areas as oracle
from upwards.estimators.area_figures import area_basis, observe
from upwards.estimators.area_likelihood import (
    Observed,
    differentiate,
    evaluate,
    information,
    root_of,
    squared_pull,
    unit_scores,
)
from upwards.estimators.area_model import fit_area_model

TIMES = np.array([0.0, 1.0, 3.0, 4.0])
PARAMETERS = np.array([1.3, -0.2, 0.15, 0.4])


def schools(seed: int, n_units: int = 14, *, missing: float = 0.25) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky([[1.0, -0.1], [-0.1, 0.1]])
    path = rng.normal(size=(n_units, 2)) @ root.T
    variance = rng.uniform(0.1, 2.0, (n_units, 4))
    value = 10.0 + TIMES + path[:, :1] + path[:, 1:] * TIMES + 0.6 * rng.normal(size=(n_units, 4))
    value += np.sqrt(variance) * rng.normal(size=(n_units, 4))
    value[rng.random((n_units, 4)) < missing] = np.nan
    value[0, 1:] = np.nan
    return value, variance


def arranged(value: np.ndarray, variance: np.ndarray) -> Observed:
    used = np.isfinite(value).any(axis=1)
    return observe(value[used], variance[used], 0.0)


@pytest.mark.parametrize("parameters", [PARAMETERS, np.zeros(4), np.array([0.5, 0.5, 0.5, 0.0])])
def test_the_likelihood_at_fixed_variances_equals_dense_algebra(parameters):
    value, variance = schools(1)
    data, here = oracle.dense(value, variance), arranged(value, variance)
    expected = oracle.gls(data, parameters, oracle.area_matrices(TIMES))
    found = evaluate(here, np.tensordot(parameters, area_basis(TIMES), axes=(0, 0)))
    assert -0.5 * found.criterion == pytest.approx(expected.log_likelihood, abs=1e-10)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-12)
    np.testing.assert_allclose(found.mean_covariance, expected.mean_covariance, rtol=1e-10)


def test_scores_and_information_equal_dense_algebra():
    value, variance = schools(2)
    data, here = oracle.dense(value, variance), arranged(value, variance)
    basis = area_basis(TIMES)
    found = evaluate(here, np.tensordot(PARAMETERS, basis, axes=(0, 0)))
    slope = differentiate(here, found)
    expected = oracle.score(data, PARAMETERS, basis)
    np.testing.assert_allclose(unit_scores(slope, basis).sum(axis=1), expected, rtol=1e-9)
    np.testing.assert_allclose(-0.5 * np.tensordot(basis, slope.gradient, 2), expected, rtol=1e-9)
    np.testing.assert_allclose(
        information(found, slope, basis), oracle.information(data, PARAMETERS, basis), rtol=1e-9
    )
    p, products = (
        oracle.gls(data, PARAMETERS, oracle.area_matrices(TIMES)).projection,
        oracle.basis_of(data, basis),
    )
    pulled = [m @ p @ data.y for m in products]
    np.testing.assert_allclose(
        squared_pull(found, slope, basis), [[a @ p @ b for b in pulled] for a in pulled], rtol=1e-9
    )


@pytest.mark.parametrize("seed", [3, 4, 5, 6])
def test_the_optimum_is_the_one_a_general_optimiser_finds_on_dense_matrices(seed):
    value, variance = schools(seed, 25)
    data, basis = oracle.dense(value, variance), oracle.area_matrices(TIMES)

    def lost(entries: np.ndarray) -> float:
        a, c, b, w = entries
        return -oracle.gls(data, np.array([a * a, a * c, c * c + b * b, w * w]), basis).log_likelihood

    starts = [[1.0, 0.0, 0.3, 0.6], [0.5, 0.2, 0.1, 1.0]]
    best = min(
        (minimize(lost, s, method="BFGS", options={"gtol": 1e-7}) for s in starts), key=lambda r: r.fun
    )
    fit = fit_area_model(value, variance, times=TIMES)
    assert fit.converged
    assert fit.restricted_log_likelihood == pytest.approx(-best.fun, abs=1e-7)
    a, c, b, w = best.x
    np.testing.assert_allclose(fit.parameters, [a * a, a * c, c * c + b * b, w * w], atol=2e-3)


def test_a_root_of_a_singular_covariance_is_lower_triangular():
    covariance = np.outer([1.0, 2.0, 0.0], [1.0, 2.0, 0.0])
    root = root_of(covariance)
    np.testing.assert_allclose(root @ root.T, covariance, atol=1e-12)
    assert not np.triu(root, 1).any()
