"""Predictions of units' true values against explicit matrices and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators import dense_areas as oracle
from tests.estimators.test_area_likelihood import TIMES, schools
from tests.estimators.test_area_model import bcg
from upwards.core.errors import UserError
from upwards.estimators.area_effects import estimate_areas
from upwards.estimators.area_model import AreaFit, fit_area_model

AT = np.array([0.0, 2.0, 4.0, 5.0])
GIVEN = np.array([1.3, -0.2, 0.15, 0.4])


def target(at: float, *, transitory: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the derivatives of the target's covariance with the places, and of its variance."""
    t = TIMES
    link = np.stack([np.ones(4), at + t, at * t, (t == at) * float(transitory)])
    return link, np.array([1.0, 2 * at, at**2, float(transitory)])


@pytest.mark.parametrize("transitory", [True, False])
def test_predictions_and_errors_equal_dense_algebra(transitory):
    value, variance = schools(1)
    fit = fit_area_model(value, variance, times=TIMES, fixed=GIVEN)
    found = estimate_areas(fit, value, variance, at=AT)
    effect = found.effect if transitory else found.persistent
    se = found.se if transitory else found.persistent_se
    data, basis = oracle.dense(value, variance), oracle.area_matrices(TIMES)
    for unit in (0, 3, 7):
        for k, at in enumerate(AT):
            link, own = target(at, transitory=transitory)
            expected, error = oracle.predict(data, GIVEN, basis, unit, GIVEN @ link, GIVEN @ own)
            assert effect[unit, k] == pytest.approx(expected, rel=1e-9, abs=1e-11)
            assert se[unit, k] == pytest.approx(np.sqrt(error), rel=1e-9)


def test_the_uncertainty_of_the_variances_is_that_of_moved_predictions():
    value, variance = schools(2, 150, missing=0.1)
    fit = fit_area_model(value, variance, times=TIMES)
    assert fit.at_boundary == ()
    with_it = estimate_areas(fit, value, variance, at=AT)
    given = fit_area_model(value, variance, times=TIMES, fixed=fit.parameters)
    without = estimate_areas(given, value, variance, at=AT)
    added = (with_it.se**2 - without.se**2)[4] / 2.0
    # g3 = tr(b' V b'^T Cov), b = V^-1 c differentiated numerically in each variance
    used = np.isfinite(value[4])
    times, d = TIMES[used], variance[4, used]
    basis = oracle.area_matrices(times)

    def weights(parameters: np.ndarray, at: float) -> np.ndarray:
        link = parameters @ target(at, transitory=True)[0][:, used]
        return np.linalg.solve(np.tensordot(parameters, basis, 1) + np.diag(d), link)

    v = np.tensordot(fit.parameters, basis, 1) + np.diag(d)
    for k, at in enumerate(AT):
        step = 1e-5
        slopes = np.stack(
            [
                (weights(fit.parameters + e, at) - weights(fit.parameters - e, at)) / (2 * step)
                for e in step * np.eye(4)
            ]
        )
        expected = np.trace(slopes @ v @ slopes.T @ fit.parameter_covariance)
        assert added[k] == pytest.approx(expected, rel=1e-4)


def test_one_year_equals_the_formulas_of_prasad_and_rao():
    y, d = bcg()
    fit = fit_area_model(y, d)
    a, var = fit.level, fit.parameter_covariance[0, 0]
    shrink = d / (a + d)
    g1, g2 = a * (1 - a / (a + d)), (a / (a + d)) ** 2 / (1 / (a + d)).sum()
    g3 = shrink**2 / (a + d) * var
    found = estimate_areas(fit, y, d)
    np.testing.assert_allclose(found.effect[:, 0], (1 - shrink) * (y - fit.mean[0]), rtol=1e-10)
    np.testing.assert_allclose(found.se[:, 0] ** 2, g1 + g2 + 2 * g3, rtol=1e-10)
    np.testing.assert_allclose(found.reliability[:, 0], 1 - found.se[:, 0] ** 2 / a, rtol=1e-9)


def test_a_unit_without_figures_is_the_system_as_a_whole():
    value, variance = schools(3, 40)
    value[5] = np.nan
    fit = fit_area_model(value, variance, times=TIMES)
    found = estimate_areas(fit, value, variance, at=[4.0, 6.0])
    np.testing.assert_array_equal(found.effect[5], 0.0)
    spread = [fit.parameters @ target(at, transitory=True)[1] for at in (4.0, 6.0)]
    np.testing.assert_allclose(found.se[5] ** 2, spread, rtol=1e-10)
    np.testing.assert_array_equal(found.reliability[5], 0.0)


def test_a_forecast_is_less_certain_and_keeps_only_what_lasts():
    value, variance = schools(4, 200)
    fit = fit_area_model(value, variance, times=TIMES)
    found = estimate_areas(fit, value, variance, at=[4.0, 5.0, 8.0])
    assert (np.diff(found.se, axis=1) > 0).all()
    np.testing.assert_allclose(found.effect[:, 1:], found.persistent[:, 1:], rtol=1e-12)
    assert (found.se[:, 1:] > found.persistent_se[:, 1:]).all()


def test_each_units_prediction_rests_on_its_own_figures():
    value, variance = schools(5, 40)
    fit = fit_area_model(value, variance, times=TIMES)
    whole, part = estimate_areas(fit, value, variance), estimate_areas(fit, value[7:9], variance[7:9])
    np.testing.assert_allclose(part.effect, whole.effect[7:9], rtol=1e-12)
    np.testing.assert_allclose(part.se, whole.se[7:9], rtol=1e-12)


def test_more_noise_shrinks_more():
    value, variance = schools(6, 40, missing=0.0)
    fit = fit_area_model(value, variance, times=TIMES, fixed=GIVEN)
    calm, noisy = estimate_areas(fit, value, variance), estimate_areas(fit, value, 3 * variance)
    assert (noisy.reliability < calm.reliability).all()
    assert (noisy.se > calm.se).all()


def test_at_the_boundary_errors_are_not_zero():
    rng = np.random.default_rng(8)
    noise = rng.normal(size=30)
    value = 0.9 * noise / noise.std()
    fit = fit_area_model(value, np.ones(30))
    assert fit.at_boundary == ("level",)
    found = estimate_areas(fit, value, np.ones(30))
    assert (found.se > 0.1).all()
    assert np.abs(found.effect).max() < 1.0
    again = estimate_areas(fit, value, np.ones(30))
    np.testing.assert_array_equal(found.se, again.se)


def test_no_spread_given_predicts_the_mean_for_all():
    value = np.array([1.0, 2.0, 4.0])
    fit = fit_area_model(value, np.array([0.5, 0.0, 1.0]), fixed=np.zeros(4))
    found = estimate_areas(fit, value, np.array([0.5, 0.0, 1.0]))
    for array in (found.effect, found.se, found.reliability):
        np.testing.assert_array_equal(array, 0.0)


def test_an_exact_figure_is_its_own_prediction():
    value, variance = schools(9, 40)
    value[3], variance[3] = [9.0, 12.0, 13.0, np.nan], 0.0
    fit = fit_area_model(value, variance, times=TIMES)
    found = estimate_areas(fit, value, variance)
    np.testing.assert_allclose(found.effect[3, :3], (value[3] - fit.mean)[:3], rtol=1e-5)
    # what is left open is where the mean of the year lies
    np.testing.assert_allclose(found.se[3, :3] ** 2, np.diag(fit.mean_covariance)[:3], rtol=0.2)


def bad(fit: AreaFit, value: np.ndarray) -> list[tuple[np.ndarray, object, str]]:
    return [(value[:, :3], None, "the same"), (value, [], "at least one"), (value, [np.nan], "at least one")]


def test_what_does_not_fit_together_is_refused():
    value, variance = schools(10, 30)
    fit = fit_area_model(value, variance, times=TIMES)
    for figures, at, message in bad(fit, value):
        with pytest.raises(UserError, match=message):
            estimate_areas(fit, figures, np.ones_like(figures), at=at)


def test_figures_in_a_year_unknown_to_the_fit_are_refused():
    value, variance = schools(11, 30)
    blank = value.copy()
    blank[:, 1] = np.nan
    fit = fit_area_model(blank, variance, times=TIMES)
    assert np.isfinite(estimate_areas(fit, blank, variance).effect).all()
    with pytest.raises(UserError, match="mean is not known"):
        estimate_areas(fit, value, variance)
