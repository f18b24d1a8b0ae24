"""Whether a spread narrowed: closed forms, brute force, and systems whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.measures.systems_of_schools import YEARS, autoregressive, publish, trending
from upwards.estimators.area_model import fit_area_model
from upwards.measures.convergence import Change, Convergence, Slopes, describe_convergence
from upwards.measures.convergence_intervals import (
    UNTOLD,
    few_units_spread,
    mean_of_end,
    p_within,
    smallest_found,
)
from upwards.measures.convergence_moments import TrueMoments, measure_moments
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.persistence import persistent_slope, separate_persistence, stationary_slope
from upwards.measures.unequal_ends import p_lower_end_drew_in

PARTS = (4.0, -0.3, 0.08, 1.0)


def exact_moments(parts: tuple[float, float, float, float], times: list[float]) -> TrueMoments:
    """The covariances that the model implies, without error."""
    a, c, b, w = parts
    t = np.array(times)
    covariance = a + c * np.add.outer(t, t) + b * np.outer(t, t) + w * np.eye(len(t))
    size = len(t) + len(t) * (len(t) + 1) // 2
    n = np.full(len(t), 100)
    return TrueMoments(t, n, 100, np.zeros(len(t)), covariance, np.ones(len(t)), np.zeros((size, size)), 1.0)


def said(value: np.ndarray, variance: np.ndarray, **more: object) -> Convergence:
    return describe_convergence(value, variance, YEARS, n_draws=400, **more)  # type: ignore[arg-type]


def test_without_sampling_error_the_covariances_are_those_of_the_sample() -> None:
    value = np.random.default_rng(1).normal(size=(12, 4))
    found = measure_moments(value, np.zeros((12, 4)), YEARS)
    np.testing.assert_allclose(found.covariance, np.cov(value.T), rtol=1e-12)
    np.testing.assert_allclose(found.mean, value.mean(axis=0), atol=1e-12)


def test_known_sampling_variance_is_taken_off_the_diagonal_only() -> None:
    value = np.random.default_rng(2).normal(0, 3, size=(50, 4))
    found = measure_moments(value, np.full((50, 4), 0.5), YEARS)
    np.testing.assert_allclose(found.covariance, np.cov(value.T) - 0.5 * np.eye(4), rtol=1e-10)


def test_a_figure_without_a_sampling_variance_is_left_out() -> None:
    value, variance = np.random.default_rng(3).normal(size=(30, 4)), np.ones((30, 4))
    variance[0, 1] = np.nan
    gone = value.copy()
    gone[0, 1] = np.nan
    one, two = measure_moments(value, variance, YEARS), measure_moments(gone, np.ones((30, 4)), YEARS)
    np.testing.assert_allclose(one.covariance, two.covariance)
    assert one.n.tolist() == [30, 29, 30, 30]


def test_years_that_no_school_shares_have_no_covariance() -> None:
    value = np.random.default_rng(4).normal(size=(40, 4))
    value[:20, 0], value[20:, 3] = np.nan, np.nan
    found = measure_moments(value, np.zeros((40, 4)), YEARS)
    assert np.isnan(found.covariance[0, 3])
    assert np.isfinite(found.covariance[0, 0])


def test_errors_of_the_moments_are_those_of_repeated_draws() -> None:
    rng = np.random.default_rng(5)
    drawn, expected = [], []
    for _ in range(400):
        one = publish(rng, autoregressive(rng, 300, heavy=True), missing=0.1)
        moments = measure_moments(one.value, one.variance, YEARS)
        drawn.append(moments.estimates)
        expected.append(np.diag(moments.error))
    np.testing.assert_allclose(np.var(drawn, axis=0), np.mean(expected, axis=0), rtol=0.25)


def test_estimates_of_true_covariances_are_not_biased() -> None:
    rng = np.random.default_rng(6)
    drawn = []
    for _ in range(400):
        one = publish(rng, autoregressive(rng, 60), missing=0.2)
        drawn.append(measure_moments(one.value, one.variance, YEARS).covariance)
    truth = 2.3**2 * 0.9 ** np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    np.testing.assert_allclose(np.mean(drawn, axis=0), truth, atol=4 * np.std(drawn, axis=0).max() / 20)


def test_the_parts_are_found_exactly_from_exact_covariances() -> None:
    for times in ([0.0, 1, 2, 3], [0.0, 1, 3, 7]):
        np.testing.assert_allclose(separate_persistence(exact_moments(PARTS, times)).parts, PARTS, rtol=1e-8)


def test_the_parts_agree_with_restricted_likelihood() -> None:
    rng = np.random.default_rng(7)
    one = publish(rng, trending(rng, 4000, PARTS), missing=0.1)
    found = separate_persistence(measure_moments(one.value, one.variance, YEARS)).parts
    fit = fit_area_model(one.value, one.variance)
    error = np.sqrt(np.diag(fit.robust_covariance))
    assert np.all(np.abs(found - fit.parameters) < 1.5 * error)


def test_slope_less_stationary_slope_is_correlation_times_change_of_spread() -> None:
    period = 3.0
    for parts in (PARTS, (4.0, 0.2, 0.05, 0.0), (1.0, -0.2, 0.1, 2.0)):
        a, c, b, _ = parts
        end = a + 2 * period * c + period**2 * b
        correlation = (a + period * c) / np.sqrt(a * end)
        beyond = persistent_slope(np.array(parts), period) - stationary_slope(np.array(parts), period)
        assert beyond == pytest.approx(correlation * (np.sqrt(end / a) - 1))


def test_slopes_without_a_persistent_spread_cannot_be_told() -> None:
    assert np.isnan(persistent_slope(np.array([0.0, 0.0, 0.0, 1.0]), 3.0))
    assert np.isnan(stationary_slope(np.array([0.0, 0.0, 0.0, 1.0]), 3.0))


def test_the_mean_of_the_highest_fifth_agrees_with_brute_force() -> None:
    drawn = np.sort(np.random.default_rng(8).standard_normal(1_000_000))
    assert mean_of_end(0.2) == pytest.approx(drawn[-200_000:].mean(), abs=0.004)


def test_intervals_of_spread_slopes_and_gains_hold_the_truth() -> None:
    rng = np.random.default_rng(9)
    a, c, b, w = PARTS
    large = trending(rng, 400_000, PARTS)
    k = mean_of_end(0.2)
    truth = {
        "spread": np.sqrt(a + 6 * c + 9 * b + w),
        "slope": 3 * c / a,
        "lowest": -k * 3 * c / np.sqrt(a),
    }
    assert truth["spread"] == pytest.approx(large[:, 3].std(), rel=0.01)
    held = dict.fromkeys(truth, 0)
    for _ in range(120):
        one = publish(rng, trending(rng, 600, PARTS))
        found = said(one.value, one.variance, mean_is_fixed=True)
        estimates = (found.spread[3], found.slopes.persistent, found.slopes.gain_lowest)
        for name, estimate in zip(truth, estimates, strict=True):
            assert estimate.lower is not None
            assert estimate.upper is not None
            held[name] += estimate.lower <= truth[name] <= estimate.upper
    assert all(count >= 107 for count in held.values()), held


def test_those_who_started_lowest_gain_what_brute_force_says() -> None:
    rng = np.random.default_rng(10)
    a, c, b, w = PARTS
    u, slope = np.linalg.cholesky(np.array([[a, c], [c, b]])) @ rng.standard_normal((2, 60_000))
    level = u[:, None] + slope[:, None] * np.arange(4) + np.sqrt(w) * rng.standard_normal((len(u), 4))
    lowest = u <= np.quantile(u, 0.2)
    found = said(level, np.zeros_like(level), mean_is_fixed=True).slopes
    assert found.gain_lowest.estimate == pytest.approx(3 * slope[lowest].mean(), abs=0.03)
    assert found.gain_highest.estimate == pytest.approx(3 * slope[u >= np.quantile(u, 0.8)].mean(), abs=0.03)


def test_a_constant_shift_changes_nothing_and_a_scale_scales() -> None:
    rng = np.random.default_rng(11)
    one = publish(rng, autoregressive(rng, 500))
    found, moved = said(one.value, one.variance), said(one.value + 50, one.variance)
    larger = said(one.value * 10, one.variance * 100)
    assert moved.change.p_narrowing == pytest.approx(found.change.p_narrowing)
    assert larger.change.p_narrowing == pytest.approx(found.change.p_narrowing)
    assert moved.slopes.persistent.estimate == pytest.approx(found.slopes.persistent.estimate)
    for before, shifted, scaled in zip(found.spread, moved.spread, larger.spread, strict=True):
        assert shifted.estimate == pytest.approx(before.estimate)
        assert scaled.estimate == pytest.approx(10 * (before.estimate or 0))


def test_the_order_of_schools_does_not_matter() -> None:
    rng = np.random.default_rng(12)
    one = publish(rng, autoregressive(rng, 400))
    order = rng.permutation(400)
    found, shuffled = said(one.value, one.variance), said(one.value[order], one.variance[order])
    assert shuffled.change.p_narrowing == pytest.approx(found.change.p_narrowing)
    assert shuffled.slopes.gain_lowest.lower == pytest.approx(found.slopes.gain_lowest.lower, rel=1e-6)


def test_backwards_in_time_narrowing_is_widening() -> None:
    rng = np.random.default_rng(13)
    one = publish(rng, autoregressive(rng, 400))
    forward, back = said(one.value, one.variance), said(one.value[:, ::-1], one.variance[:, ::-1])
    assert forward.change.p_narrowing == pytest.approx(1 - (back.change.p_narrowing or 0))


@pytest.mark.parametrize("heavy", [False, True])
def test_systems_that_only_fluctuate_are_rarely_called_narrowing(heavy: bool) -> None:
    rng = np.random.default_rng(14)
    named = 0
    for number in range(300):
        true = autoregressive(rng, 200, heavy=heavy, keep=0.85) + rng.standard_normal((200, 4))
        one = publish(rng, true, outlier=number % 2 == 0)
        found = describe_convergence(one.value, one.variance, YEARS, n_draws=2, with_ends=False)
        named += (found.change.p_narrowing or 0) >= 0.975
    assert named <= 15  # 5 %; 2.5 % are expected


def test_a_fall_of_the_spread_is_found_as_often_as_is_said() -> None:
    rng = np.random.default_rng(15)
    shrink = np.linspace(1.0, 0.9, 4)
    found = []
    for _ in range(200):
        one = publish(rng, autoregressive(rng, 1000) * shrink)
        found.append(describe_convergence(one.value, one.variance, YEARS, n_draws=2, with_ends=False).change)
    detectable = np.mean([one.detectable for one in found if one.detectable is not None])
    share = np.mean([(one.p_narrowing or 0) >= 0.975 for one in found])
    assert detectable == pytest.approx(0.1, abs=0.02)
    assert 0.65 < share < 0.92


def test_the_top_of_a_measure_with_a_fixed_mean_is_told_by_its_spread_alone() -> None:
    rng = np.random.default_rng(16)
    one = publish(rng, autoregressive(rng, 500) + np.arange(4))
    free, fixed = said(one.value, one.variance), said(one.value, one.variance, mean_is_fixed=True)
    assert free.change.mean.estimate == pytest.approx(3, abs=0.4)
    assert fixed.change.mean.estimate == 0
    assert (free.slopes.gain_lowest.estimate or 0) > (fixed.slopes.gain_lowest.estimate or 0) + 2


def test_fewer_years_than_needed_tell_no_slope() -> None:
    rng = np.random.default_rng(17)
    one = publish(rng, autoregressive(rng, 300, years=3))
    found = describe_convergence(one.value, one.variance, YEARS[:3], n_draws=50)
    assert found.slopes == Slopes()
    assert found.change.p_narrowing is not None


def test_figures_that_never_vary_tell_no_change() -> None:
    found = said(np.ones((300, 4)), np.zeros((300, 4)))
    assert found.change.p_narrowing is None
    assert found.spread[0].estimate == pytest.approx(0, abs=1e-9)
    assert found.slopes.persistent == UNTOLD


def test_a_spread_below_its_sampling_error_is_shown_as_nothing() -> None:
    rng = np.random.default_rng(18)
    found = said(rng.normal(0, 1, (300, 4)), np.full((300, 4), 4.0))
    assert found.spread[0].estimate == 0
    assert found.change.p_top_rising is None
    assert found.change.detectable is None
    assert found.lopsided is None


def test_intervals_of_spread_follow_chi_squared() -> None:
    # 20 units without sampling error: 19 s² / 32.852 to 19 s² / 8.907, the 97.5th and 2.5th percentile
    found = few_units_spread(1.0, 0.0, 19.0, 1.959964)
    assert found.lower == pytest.approx(np.sqrt(19 / 32.852), rel=0.01)
    assert found.upper == pytest.approx(np.sqrt(19 / 8.907), rel=0.01)


@pytest.mark.parametrize("spread", [0.2, 0.5, 2.3])
def test_intervals_of_a_spread_near_nothing_hold_it(spread: float) -> None:
    rng = np.random.default_rng(22)
    held = 0
    for _ in range(200):
        one = publish(rng, spread * rng.standard_normal((200, 4)), missing=0.0)
        found = describe_convergence(one.value, one.variance, YEARS, n_draws=2, with_ends=False).spread[0]
        assert found.lower is not None
        assert found.upper is not None
        held += found.lower <= spread <= found.upper
    assert held >= 180


def test_spreads_that_cannot_be_told_have_no_interval() -> None:
    assert few_units_spread(1.0, 1.0, 0.0, 1.96).upper is None
    assert p_within(0.0, 1.0, 1.0, 0.05) is None
    assert smallest_found(0.0, 1.0, 0.975) is None
    assert smallest_found(1.0, 1.0, 0.975) is None


def test_the_ends_are_called_unequal_only_where_one_drew_in() -> None:
    rng = np.random.default_rng(19)
    level = rng.normal(0, 2, (6000, 1)) * np.ones(4)
    noise = rng.normal(0, 1, level.shape)
    drawn_in = level.copy()
    drawn_in[:, 3] = np.where(level[:, 3] < 0, 0.5 * level[:, 3], level[:, 3])
    variance = np.ones_like(level)
    lower = p_lower_end_drew_in(
        drawn_in + noise, variance, measure_moments(drawn_in + noise, variance, YEARS)
    )
    upper = p_lower_end_drew_in(
        noise - drawn_in, variance, measure_moments(noise - drawn_in, variance, YEARS)
    )
    assert lower is not None
    assert lower > 0.999
    assert upper is not None
    assert upper < 0.001


def test_unequal_ends_are_rarely_claimed_of_skewed_systems_that_shrink_in_proportion() -> None:
    rng = np.random.default_rng(20)
    claimed = 0
    for _ in range(200):
        lasting = 2 * (rng.exponential(1.0, (400, 1)) - 1)
        true = lasting * np.linspace(1, 0.8, 4)
        one = publish(rng, true, missing=0.05)
        p = p_lower_end_drew_in(one.value, one.variance, measure_moments(one.value, one.variance, YEARS))
        claimed += p is not None and not 0.025 < p < 0.975
    assert claimed <= 18


def test_too_few_figures_tell_nothing_of_the_ends() -> None:
    value = np.random.default_rng(21).normal(size=(30, 4))
    moments = measure_moments(value, np.zeros((30, 4)), YEARS)
    value[2:, 0] = np.nan
    assert p_lower_end_drew_in(value, np.zeros((30, 4)), moments) is None
    same = np.where(np.isnan(value), value, 1.0)
    same[:, 0] = 1.0
    assert p_lower_end_drew_in(same, np.ones((30, 4)), moments) is None


def test_the_defaults_of_the_rule_are_those_of_the_settings() -> None:
    assert replace(ConvergenceRule(), certainty=0.9).min_units == 200
    assert Change().p_narrowing is None
