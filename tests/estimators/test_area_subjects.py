"""Several subjects together against explicit matrices, and what must hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.estimators import dense_areas as oracle
from upwards.core.errors import EmptyData, UserError
from upwards.estimators.area_model import fit_area_model
from upwards.estimators.area_subjects import fit_subject_model

TRUTH = np.array([[1.0, 0.5, 0.3], [0.5, 0.8, 0.4], [0.3, 0.4, 0.6]])


def subjects(seed: int, n_units: int = 30, correlation: float = 0.6, missing: float = 0.15):
    rng = np.random.default_rng(seed)
    variance = rng.uniform(0.1, 0.6, (n_units, 3))
    shared = np.linalg.cholesky(np.full((3, 3), correlation) + (1 - correlation) * np.eye(3))
    value = rng.normal(size=(n_units, 3)) @ np.linalg.cholesky(TRUTH).T + [1.0, -2.0, 5.0]
    value += np.sqrt(variance) * (rng.normal(size=(n_units, 3)) @ shared.T)
    value[rng.random((n_units, 3)) < missing] = np.nan
    return value, variance


def matrices() -> np.ndarray:
    """Return dV/dtheta for theta = (11, 21, 22, 31, 32, 33)."""
    basis = np.zeros((6, 3, 3))
    for k, (i, j) in enumerate(zip(*np.tril_indices(3), strict=True)):
        basis[k, i, j] = basis[k, j, i] = 1.0
    return basis


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_the_fit_equals_dense_algebra_with_shared_errors(correlation):
    value, variance = subjects(1, 60, correlation)
    fit = fit_subject_model(value, variance, correlation=correlation)
    data, parameters = oracle.dense(value, variance, correlation), fit.covariance[np.tril_indices(3)]
    expected = oracle.gls(data, parameters, matrices())
    assert fit.restricted_log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-9)
    np.testing.assert_allclose(fit.mean, expected.mean, rtol=1e-9)
    np.testing.assert_allclose(fit.mean_covariance, expected.mean_covariance, rtol=1e-9)
    np.testing.assert_allclose(oracle.score(data, parameters, matrices()), 0.0, atol=1e-3)
    inverse = np.linalg.inv(oracle.information(data, parameters, matrices()))
    np.testing.assert_allclose(fit.covariance_se[np.tril_indices(3)], np.sqrt(np.diag(inverse)), rtol=1e-7)


def test_the_optimum_is_the_one_a_general_optimiser_finds():
    value, variance = subjects(2)
    data, basis = oracle.dense(value, variance, 0.6), matrices()

    def lost(entries: np.ndarray) -> float:
        root = np.zeros((3, 3))
        root[np.tril_indices(3)] = entries
        return -oracle.gls(data, (root @ root.T)[np.tril_indices(3)], basis).log_likelihood

    best = minimize(lost, np.eye(3)[np.tril_indices(3)], method="BFGS", options={"gtol": 1e-6})
    fit = fit_subject_model(value, variance, correlation=0.6)
    assert fit.converged
    assert fit.restricted_log_likelihood == pytest.approx(-best.fun, abs=1e-7)


def test_predictions_equal_dense_algebra_but_for_the_variances_uncertainty():
    value, variance = subjects(3, 200)
    fit = fit_subject_model(value, variance, correlation=0.6)
    data, parameters = oracle.dense(value, variance, 0.6), fit.covariance[np.tril_indices(3)]
    for unit, subject in ((0, 0), (4, 2)):
        effect, error = oracle.predict(
            data, parameters, matrices(), unit, fit.covariance[subject], fit.covariance[subject, subject]
        )
        assert fit.effect[unit, subject] == pytest.approx(effect, rel=1e-8)
        assert np.sqrt(error) < fit.se[unit, subject] < 1.1 * np.sqrt(error)


def test_one_subject_is_the_model_of_one_year():
    value, variance = subjects(4, 60)
    single = fit_subject_model(value[:, :1], variance[:, :1], correlation=0.5)
    area = fit_area_model(value[:, 0], variance[:, 0])
    assert single.covariance[0, 0] == pytest.approx(area.level, rel=1e-5)
    assert single.restricted_log_likelihood == pytest.approx(area.restricted_log_likelihood, abs=1e-8)


def test_a_subject_without_figure_is_predicted_from_the_others():
    value, variance = subjects(5, 400, missing=0.0)
    value[0] = [4.0, 1.0, np.nan]
    value[1] = np.nan
    fit = fit_subject_model(value, variance, correlation=0.6)
    assert fit.effect[0, 2] > 0.3
    assert 0 < fit.reliability[0, 2] < fit.reliability[0, 0]
    np.testing.assert_array_equal(fit.effect[1], 0.0)
    assert fit.n_units == 399


def test_errors_taken_as_more_alike_make_true_values_less_alike():
    value, variance = subjects(6, 500, correlation=0.6)
    found = [fit_subject_model(value, variance, correlation=c).correlation[0, 1] for c in (0.4, 0.6, 0.8)]
    assert found[0] > found[1] > found[2]


def test_the_truth_is_found_in_many_schools():
    value, variance = subjects(7, 20_000)
    fit = fit_subject_model(value, variance, correlation=0.6)
    assert (np.abs(fit.covariance - TRUTH) < 4 * fit.covariance_se).all()
    assert not fit.at_boundary


def test_a_factor_per_subject_scales_and_a_constant_shifts():
    value, variance = subjects(8, 60)
    here = fit_subject_model(value, variance, correlation=0.6)
    factor, shift = np.array([10.0, 1.0, 0.01]), np.array([0.0, 1e3, -5.0])
    there = fit_subject_model(value * factor + shift, variance * factor**2, correlation=0.6)
    np.testing.assert_allclose(there.covariance / np.outer(factor, factor), here.covariance, rtol=1e-5)
    np.testing.assert_allclose((there.mean - shift) / factor, here.mean, rtol=1e-6)
    np.testing.assert_allclose(there.se / factor, here.se, rtol=1e-5)


def test_no_true_spread_is_at_the_boundary():
    rng = np.random.default_rng(9)
    fit = fit_subject_model(0.3 * rng.normal(size=(50, 2)), np.ones((50, 2)), correlation=0.2)
    assert fit.at_boundary
    assert fit.covariance.max() < 0.05
    assert (fit.reliability <= 1).all()
    constant = fit_subject_model(np.ones((50, 2)), np.ones((50, 2)), correlation=0.2)
    assert np.isnan(constant.correlation).all()
    np.testing.assert_array_equal(constant.effect, 0.0)


@pytest.mark.parametrize("correlation", [-0.1, 1.0, np.nan])
def test_an_impossible_correlation_is_refused(correlation):
    with pytest.raises(UserError, match="correlation of sampling errors"):
        fit_subject_model(np.ones((5, 2)), np.ones((5, 2)), correlation=correlation)


def test_subjects_never_seen_together_are_refused():
    value = np.where(np.arange(10)[:, None] % 2 == [0, 1], 1.0, np.nan)
    with pytest.raises(EmptyData, match="fewer than three"):
        fit_subject_model(value, np.ones((10, 2)), correlation=0.5)
