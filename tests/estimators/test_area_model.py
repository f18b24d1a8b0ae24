"""Fay–Herriot models against published figures, closed forms, and what must hold for any data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.estimators.test_area_likelihood import TIMES, schools
from upwards.core.errors import EmptyData, UserError
from upwards.estimators.area_model import fit_area_model

few = settings(max_examples=15, deadline=None, derandomize=True)

# Colditz and others (1994), JAMA 271, 698–702; dat.bcg in metafor: tuberculosis among the vaccinated
# (cases, without) and the others (cases, without).
BCG = np.array(
    [
        [4, 119, 11, 128],
        [6, 300, 29, 274],
        [3, 228, 11, 209],
        [62, 13536, 248, 12619],
        [33, 5036, 47, 5761],
        [180, 1361, 372, 1079],
        [8, 2537, 10, 619],
        [505, 87886, 499, 87892],
        [29, 7470, 45, 7232],
        [17, 1699, 65, 1600],
        [186, 50448, 141, 27197],
        [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ],
    dtype=float,
)


def bcg() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T
    ratio = np.log((a / (a + b)) / (c / (c + d)))
    return ratio, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def test_one_year_reproduces_metafors_published_bcg_fit():
    # metafor: rma(yi, vi, data=dat): tau^2 0.3132 (SE 0.1664), estimate -0.7145 (SE 0.1798), logLik -12.2024
    fit = fit_area_model(*bcg())
    assert round(fit.level, 4) == 0.3132
    assert round(float(np.sqrt(fit.parameter_covariance[0, 0])), 4) == 0.1664
    assert round(fit.mean[0], 4) == -0.7145
    assert round(float(np.sqrt(fit.mean_covariance[0, 0])), 4) == 0.1798
    assert round(fit.restricted_log_likelihood, 4) == -12.2024


def test_one_year_solves_the_fixed_point_of_restricted_likelihood():
    # tau² = sum w² ((y − m)² − v) / sum w² + 1 / sum w, w = 1 / (tau² + v)
    y, v = bcg()
    level = fit_area_model(y, v).level
    w = 1 / (level + v)
    m = (w @ y) / w.sum()
    assert level == pytest.approx(w**2 @ ((y - m) ** 2 - v) / (w**2).sum() + 1 / w.sum(), rel=1e-5)


def test_equal_errors_give_the_anova_estimates():
    rng = np.random.default_rng(5)
    value = rng.normal(size=(40, 1)) + 0.7 * rng.normal(size=(40, 4)) + np.arange(4)
    centred = value - value.mean(axis=0)
    between = 4 * (centred.mean(axis=1) ** 2).sum() / 39
    within = ((centred - centred.mean(axis=1, keepdims=True)) ** 2).sum() / (39 * 3)
    fit = fit_area_model(value, np.full((40, 4), 0.2), trend=False)
    assert fit.transitory == pytest.approx(within - 0.2, rel=1e-5)
    assert fit.level == pytest.approx((between - within) / 4, rel=1e-5)
    np.testing.assert_allclose(fit.mean, value.mean(axis=0), rtol=1e-10)


def test_lines_without_transitory_part_give_the_moments_of_fitted_lines():
    rng = np.random.default_rng(6)
    times, d = np.array([0.0, 1.0, 2.0, 5.0]), 0.3
    path = rng.normal(size=(50, 2)) @ np.array([[1.2, -0.1], [0.0, 0.4]])
    value = path[:, :1] + path[:, 1:] * times + np.sqrt(d) * rng.normal(size=(50, 4))
    centred = value - value.mean(axis=0)
    design = np.column_stack([np.ones(4), times])
    lines = np.linalg.lstsq(design, centred.T, rcond=None)[0]
    expected = np.cov(lines) - d * np.linalg.inv(design.T @ design)
    fit = fit_area_model(value, np.full((50, 4), d), times=times, transitory=False)
    np.testing.assert_allclose(
        [[fit.level, fit.level_trend], [fit.level_trend, fit.trend]], expected, rtol=1e-5
    )
    assert fit.fitted == ("level", "level_trend", "trend")
    assert not fit.parameter_covariance[3].any()


def test_one_year_does_not_pretend_to_part_what_lasts_from_what_does_not():
    fit = fit_area_model(np.array([1.0, -2.0, 0.5, 3.0]), np.full(4, 0.1))
    assert fit.fitted == ("level",)
    assert fit.not_identified == ("level_trend", "trend", "transitory")
    assert fit.transitory == 0.0


def test_two_years_cannot_tell_trend_from_fluctuation():
    value, variance = schools(1, 30, missing=0.0)
    assert fit_area_model(value[:, :2], variance[:, :2]).not_identified == ("level_trend", "trend")
    assert fit_area_model(value[:, :2], variance[:, :2], transitory=False).not_identified == ()


def test_units_seen_once_each_cannot_tell_level_from_fluctuation():
    value, variance = schools(2, 30, missing=0.0)
    once = np.full_like(value, np.nan)
    once[np.arange(30), np.arange(30) % 4] = value[np.arange(30), np.arange(30) % 4]
    fit = fit_area_model(once, variance, times=TIMES, trend=False)
    assert (fit.fitted, fit.not_identified) == (("level",), ("transitory",))


def test_three_years_from_pairs_of_years_are_enough():
    value, variance = schools(3, 60, missing=0.0)
    pairs = value[:, :3].copy()
    pairs[np.arange(60), np.arange(60) % 3] = np.nan
    assert fit_area_model(pairs, variance[:, :3]).not_identified == ()


def test_no_true_spread_is_an_estimate_of_zero_at_the_boundary():
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(60, 4))
    noise -= noise.mean(axis=0)
    fit = fit_area_model(0.5 * noise / noise.std(axis=0), np.ones((60, 4)))
    np.testing.assert_array_equal(fit.parameters, 0.0)
    assert fit.at_boundary == ("level", "level_trend", "trend", "transitory")
    assert (fit.unrestricted[[0, 3]] < 0).any()
    assert fit.converged
    one = fit_area_model(0.5 * noise[:, 0], np.ones(60))
    assert (one.level, one.at_boundary) == (0.0, ("level",))


def test_a_correlation_ends_at_one():
    rng = np.random.default_rng(8)
    u = rng.normal(size=(200, 1))
    value = u * (1 + 0.5 * np.arange(5)) + 0.05 * rng.normal(size=(200, 5))
    fit = fit_area_model(value, np.full((200, 5), 0.05**2 * 1.5))
    assert fit.at_boundary == ("level_trend", "transitory")
    assert fit.level_trend**2 == pytest.approx(fit.level * fit.trend, rel=1e-6)


def test_no_trend_is_named():
    rng = np.random.default_rng(9)
    value = rng.normal(size=(300, 1)) + rng.normal(size=(300, 4))
    centred = value - value.mean(axis=0)
    slope = centred @ (np.arange(4) - 1.5) / 5.0
    flat = value - slope[:, None] * (np.arange(4) - 1.5)
    fit = fit_area_model(flat, np.full((300, 4), 0.3))
    assert fit.at_boundary == ("level_trend", "trend")
    assert fit.trend < 1e-9


@pytest.mark.parametrize("tiny", [0.0, 1e-30, 1e-12])
def test_a_figure_without_error_breaks_nothing(tiny):
    value, variance = schools(10, 40)
    variance[3] = variance[5, 0] = tiny
    fit = fit_area_model(value, variance, times=TIMES)
    assert fit.converged
    assert np.isfinite(fit.restricted_log_likelihood)
    assert np.isfinite(fit.parameter_covariance).all()


def test_all_figures_equal_and_exact_leave_no_spread():
    fit = fit_area_model(np.ones((5, 3)), np.zeros((5, 3)))
    assert fit.parameters.max() < 1e-6
    np.testing.assert_allclose(fit.mean, 1.0)


def test_a_year_without_figures_has_no_mean():
    value, variance = schools(11, 30)
    value[:, 2] = np.nan
    fit = fit_area_model(value, variance, times=TIMES)
    np.testing.assert_array_equal(np.isnan(fit.mean), [False, False, True, False])
    assert np.isnan(fit.mean_covariance[2]).all()
    kept = [0, 1, 3]
    same = fit_area_model(value[:, kept], variance[:, kept], times=TIMES[kept])
    np.testing.assert_allclose(fit.parameters, same.parameters, rtol=1e-12)


def test_an_infinite_or_missing_variance_is_an_absent_figure():
    value, variance = schools(12, 30)
    blank = value.copy()
    blank[4, 0] = blank[7, 2] = np.nan
    variance[4, 0], variance[7, 2] = np.inf, np.nan
    np.testing.assert_array_equal(
        fit_area_model(value, variance).parameters, fit_area_model(blank, variance).parameters
    )


def test_given_variances_are_kept_and_only_means_estimated():
    value, variance = schools(13, 30)
    fit = fit_area_model(value, variance, times=TIMES, fixed=[1.0, -0.1, 0.1, 0.3])
    np.testing.assert_array_equal(fit.parameters, [1.0, -0.1, 0.1, 0.3])
    assert fit.fitted == ()
    assert not fit.parameter_covariance.any()
    assert not fit.robust_covariance.any()
    assert fit.n_evaluations == 1


def test_variances_borrowed_from_a_fit_bring_their_uncertainty():
    value, variance = schools(14, 60)
    wide = fit_area_model(value, variance, times=TIMES)
    fit = fit_area_model(value[:8], variance[:8], times=TIMES, fixed=wide)
    np.testing.assert_array_equal(fit.parameters, wide.parameters)
    np.testing.assert_array_equal(fit.robust_covariance, wide.robust_covariance)
    assert fit.n_units <= 8
    again = fit_area_model(value, variance, times=TIMES, fixed=wide)
    assert again.restricted_log_likelihood == pytest.approx(wide.restricted_log_likelihood, abs=1e-9)
    np.testing.assert_allclose(again.mean, wide.mean, rtol=1e-10)


def test_normal_effects_give_a_robust_covariance_near_the_expected_one():
    value, variance = schools(15, 3000)
    fit = fit_area_model(value, variance, times=TIMES)
    ratio = np.diag(fit.robust_covariance) / np.diag(fit.parameter_covariance)
    np.testing.assert_allclose(ratio, 1.0, atol=0.25)


def test_results_cannot_be_changed_and_input_is_left_alone():
    value, variance = schools(16)
    times = TIMES.copy()
    fit = fit_area_model(value, variance, times=times)
    with pytest.raises(ValueError, match="read-only"):
        fit.mean[0] = 0.0
    times[0] = -1.0


@given(st.integers(0, 10_000), st.floats(1e-5, 1e5), st.floats(-1e6, 1e6))
@few
def test_a_factor_scales_and_a_constant_shifts(seed, factor, shift):
    value, variance = schools(seed, 40)
    here = fit_area_model(value, variance, times=TIMES)
    there = fit_area_model(factor * value + shift, factor**2 * variance, times=TIMES)
    error = max(1e-5, 1e-9 * abs(shift) / factor)
    np.testing.assert_allclose(
        there.parameters / factor**2, here.parameters, rtol=error, atol=error * here.parameters.max()
    )
    np.testing.assert_allclose((there.mean - shift) / factor, here.mean, rtol=error)


@given(st.integers(0, 10_000), st.floats(0.01, 100.0))
@few
def test_time_in_other_units_gives_the_same_fit(seed, unit):
    value, variance = schools(seed, 40)
    here = fit_area_model(value, variance, times=TIMES)
    there = fit_area_model(value, variance, times=TIMES * unit)
    assert there.restricted_log_likelihood == pytest.approx(here.restricted_log_likelihood, abs=1e-7)
    rescaled = there.parameters * [1.0, unit, unit**2, 1.0]
    np.testing.assert_allclose(rescaled, here.parameters, rtol=1e-4, atol=1e-5)


@given(st.integers(0, 10_000))
@few
def test_order_of_units_and_empty_units_do_not_matter(seed):
    value, variance = schools(seed, 30)
    order = np.random.default_rng(seed).permutation(30)
    empty = np.full((3, 4), np.nan)
    here = fit_area_model(value, variance, times=TIMES)
    there = fit_area_model(np.vstack([empty, value[order]]), np.vstack([empty, variance[order]]), times=TIMES)
    np.testing.assert_allclose(there.parameters, here.parameters, rtol=1e-5, atol=1e-7)
    assert (there.n_units, there.n_values) == (here.n_units, here.n_values)


@pytest.mark.parametrize(
    ("value", "variance", "options", "message"),
    [
        (np.ones((3, 2)), np.ones((2, 3)), {}, "same shape"),
        (np.ones((3, 2, 1)), np.ones((3, 2, 1)), {}, "same shape"),
        (np.array([1.0, np.inf]), np.ones(2), {}, "infinite"),
        (np.ones(3), np.array([1.0, -1.0, 1.0]), {}, "negative"),
        (np.ones((3, 2)), np.ones((3, 2)), {"times": [1.0, 0.0]}, "ascending"),
        (np.ones((3, 2)), np.ones((3, 2)), {"times": [1.0]}, "ascending"),
        (np.ones((3, 2)), np.ones((3, 2)), {"fixed": [1.0, 2.0, 1.0, 0.0]}, "Given variances"),
        (np.ones((3, 2)), np.ones((3, 2)), {"fixed": [1.0, 0.0]}, "Given variances"),
    ],
)
def test_impossible_input_is_refused_with_a_reason(value, variance, options, message):
    with pytest.raises(UserError, match=message):
        fit_area_model(value, variance, **options)


@pytest.mark.parametrize(
    "value", [np.array([1.0, np.nan]), np.diag([1.0, 2.0]) + np.diag([np.nan] * 2)[::-1]]
)
def test_too_few_figures_are_refused(value):
    with pytest.raises(EmptyData, match="too few"):
        fit_area_model(value, np.ones_like(value))
