"""Draws of variances and of paths: against rejection sampling and explicit matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.estimators.test_area_likelihood import TIMES, schools
from upwards.core.errors import UserError
from upwards.estimators.area_draws import draw_parameters, true_spread
from upwards.estimators.area_effects import estimate_areas
from upwards.estimators.area_model import AreaFit, fit_area_model
from upwards.estimators.area_paths import draw_paths, lower_root, posterior_covariance


def fitted(n_units: int = 400) -> AreaFit:
    value, variance = schools(1, n_units)
    return fit_area_model(value, variance, times=TIMES)


def rejected(fit: AreaFit, centre: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Draw from the normal and throw away what is not possible."""
    a, c, b, w = np.random.default_rng(5).multivariate_normal(centre, covariance, 2_000_000).T
    kept = (a >= 0) & (b >= 0) & (w >= 0) & (c**2 <= a * b)
    return np.column_stack([a, c, b, w])[kept]


def test_far_from_boundaries_draws_have_the_estimate_and_its_covariance():
    fit = fitted(3000)
    drawn = draw_parameters(fit, draws=8000, seed=2)
    sd = np.sqrt(np.diag(fit.robust_covariance))
    np.testing.assert_allclose(drawn.mean(axis=0), fit.parameters, atol=0.06 * sd.max())
    np.testing.assert_allclose(
        np.cov(drawn.T) / np.outer(sd, sd), fit.robust_covariance / np.outer(sd, sd), atol=0.08
    )
    plain = draw_parameters(fit, draws=8000, seed=2, robust=False)
    np.testing.assert_allclose(plain.std(axis=0), np.sqrt(np.diag(fit.parameter_covariance)), rtol=0.08)


@pytest.mark.parametrize("moved", [[-0.5, 0.0, 0.0, -2.0], [0.0, 0.0, -1.0, -0.5], [-2.0, 1.0, 1.0, 0.0]])
def test_near_boundaries_draws_are_those_that_rejection_would_keep(moved):
    fit = fitted(100)
    sd = np.sqrt(np.diag(fit.robust_covariance))
    centre = np.array([2.0, 1.0, 1.0, 1.0]) * [sd[0], 0.0, sd[2], sd[3]] + np.array(moved) * sd
    fit = replace(fit, unrestricted=centre)
    expected = rejected(fit, centre, fit.robust_covariance)
    assert len(expected) > 1000
    drawn = draw_parameters(fit, draws=20_000, seed=3)
    np.testing.assert_allclose(drawn.mean(axis=0) / sd, expected.mean(axis=0) / sd, atol=0.06)
    np.testing.assert_allclose(drawn.std(axis=0) / sd, expected.std(axis=0) / sd, atol=0.06)
    for level in (0.05, 0.95):
        gap = np.quantile(drawn, level, axis=0) - np.quantile(expected, level, axis=0)
        np.testing.assert_allclose(gap / sd, 0.0, atol=0.1)


def test_far_below_zero_a_variance_is_drawn_close_to_zero_but_not_at_it():
    fit = replace(fitted(), unrestricted=np.array([1.0, 0.0, 0.1, -4.0]))
    drawn = draw_parameters(fit, draws=500, seed=4)
    assert (drawn[:, 3] > 0).all()
    assert np.isfinite(drawn).all()
    assert np.quantile(drawn[:, 3], 0.9) < 0.2 * np.sqrt(fit.robust_covariance[3, 3])


def test_every_draw_is_possible():
    rng = np.random.default_rng(6)
    value = rng.normal(size=(60, 1)) * 0.2 + rng.normal(size=(60, 4))
    fit = fit_area_model(value, np.ones((60, 4)))
    a, c, b, w = draw_parameters(fit, draws=2000, seed=1).T
    assert min(a.min(), b.min(), w.min()) >= 0
    assert (c**2 <= a * b * (1 + 1e-9)).all()


def test_equal_seeds_give_equal_draws_and_given_variances_do_not_move():
    fit = fitted()
    np.testing.assert_array_equal(
        draw_parameters(fit, draws=10, seed=1), draw_parameters(fit, draws=10, seed=1)
    )
    value, variance = schools(1, 30)
    given = fit_area_model(value, variance, times=TIMES, fixed=[1.0, 0.0, 0.2, 0.1])
    np.testing.assert_array_equal(
        draw_parameters(given, draws=3, seed=1), np.repeat([[1.0, 0.0, 0.2, 0.1]], 3, axis=0)
    )


def test_true_spread_adds_up_the_parts():
    drawn = np.array([[4.0, -1.0, 0.5, 1.0], [0.0, 0.0, 0.0, 0.0]])
    expected = [[np.sqrt(5.0), np.sqrt(4 - 2 + 0.5 + 1), np.sqrt(4 - 4 + 2 + 1)], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(true_spread(drawn, [0.0, 1.0, 2.0]), expected)
    np.testing.assert_allclose(true_spread(drawn[0], [0.0, 1.0, 2.0]), expected[0])


def test_the_diagonal_of_the_joint_errors_is_the_squared_error():
    value, variance = schools(2, 40)
    fit = fit_area_model(value, variance, times=TIMES, fixed=[1.3, -0.2, 0.15, 0.4])
    found = estimate_areas(fit, value, variance, at=[0.0, 4.0, 6.0])
    for part, se in ((True, found.se), (False, found.persistent_se)):
        joint = posterior_covariance(fit, value, variance, at=[0.0, 4.0, 6.0], transitory=part)
        np.testing.assert_allclose(np.einsum("ikk->ik", joint), se**2, rtol=1e-10)
        np.testing.assert_allclose(joint, np.swapaxes(joint, 1, 2), rtol=1e-12)


def test_the_error_of_a_change_comes_from_the_joint_errors():
    value, variance = schools(3, 40, missing=0.0)
    given = np.array([1.3, -0.2, 0.15, 0.0])
    fit = fit_area_model(value, variance, times=TIMES, fixed=given)
    joint = posterior_covariance(fit, value, variance, at=[0.0, 1.0, 2.0])
    change = joint[:, 1, 1] + joint[:, 0, 0] - 2 * joint[:, 0, 1]
    later = joint[:, 2, 2] + joint[:, 1, 1] - 2 * joint[:, 1, 2]
    # without a transitory part every year's change is the same b
    np.testing.assert_allclose(change, later, rtol=1e-9)


def test_drawn_paths_have_the_predictions_and_their_joint_errors():
    value, variance = schools(4, 8)
    fit = fit_area_model(value, variance, times=TIMES, fixed=[1.3, -0.2, 0.15, 0.4])
    drawn = np.stack(list(draw_paths(fit, value, variance, draws=6000, seed=1, at=[0.0, 3.0, 5.0])))
    found = estimate_areas(fit, value, variance, at=[0.0, 3.0, 5.0])
    joint = posterior_covariance(fit, value, variance, at=[0.0, 3.0, 5.0])
    np.testing.assert_allclose(drawn.mean(axis=0), found.effect, atol=0.08)
    for unit in range(8):
        np.testing.assert_allclose(np.cov(drawn[:, unit].T), joint[unit], atol=0.13)


def test_drawn_paths_carry_the_uncertainty_of_the_variances():
    value, variance = schools(5, 60)
    fit = fit_area_model(value, variance, times=TIMES)
    drawn = np.stack(list(draw_paths(fit, value, variance, draws=2000, seed=1, transitory=False)))
    given = fit_area_model(value, variance, times=TIMES, fixed=fit.parameters)
    sure = np.stack(list(draw_paths(given, value, variance, draws=2000, seed=1, transitory=False)))
    assert drawn.shape == (2000, 60, 4)
    assert drawn.var(axis=0).mean() > sure.var(axis=0).mean()
    few = list(draw_paths(fit, value, variance, draws=3, seed=1))
    assert len(few) == 3
    with pytest.raises(UserError, match="at least one"):
        next(draw_paths(fit, value, variance, draws=0, seed=1))


def test_a_direction_without_variance_gets_no_noise():
    block = np.outer([1.0, 2.0, 0.5], [1.0, 2.0, 0.5])[:, :, None]
    root = lower_root(block)
    np.testing.assert_allclose(root[:, :, 0] @ root[:, :, 0].T, block[:, :, 0], atol=1e-12)
    assert not root[:, 1:].any()
