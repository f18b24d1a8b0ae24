"""Intervals of standard deviations and correlations, against constrained optimisation and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.estimators.known_models import known_fit
from tests.estimators.moments_of import design, moments_of
from upwards.estimators.criterion import evaluate
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import fit_mixed_model, raw_effects
from upwards.estimators.variance_intervals import draw_variances, variance_intervals


def criterion(model, roots, log_sigma):
    value, v = evaluate(model.problem, roots), model.problem.freedom
    spread = value.quadratic * np.exp(-2 * log_sigma)
    return value.log_det + v * (2 * log_sigma + np.log(2 * np.pi)) + spread


def rise_by_search(model, component):
    """Return by how much -2 log L rises at a bound, by a general search with a constraint."""

    def parts(at):
        root = np.zeros((2, 2))
        root[np.tril_indices(2)] = at[:3]
        half = np.exp(at[3]) * raw_effects(model.moments, model.random[0]) @ root
        return root, half @ half.T

    def quantity(at):
        variance = parts(at)[1]
        i, j = component.row, component.column
        if i == j:
            return np.sqrt(variance[i, i])
        return variance[i, j] / np.sqrt(variance[i, i] * variance[j, j])

    def held(bound):
        start = np.r_[model.roots[0][np.tril_indices(2)], 0.0]
        start[3] = 0.5 * np.log(model.value.quadratic / model.problem.freedom)
        found = minimize(
            lambda at: criterion(model, [parts(at)[0]], at[3]),
            start,
            method="SLSQP",
            constraints=[{"type": "eq", "fun": lambda at: quantity(at) - bound}],
            options={"ftol": 1e-11, "maxiter": 500},
        )
        assert quantity(found.x) == pytest.approx(bound, abs=1e-6)
        return found.fun - model.value.criterion

    return held(component.lower), held(component.upper)


def test_bounds_are_where_the_likelihood_has_fallen_by_what_the_level_asks():
    model = known_fit("exam_rs", "reml")
    *components, _ = variance_intervals(model)
    for component in components:
        for rise in rise_by_search(model, component):
            assert rise == pytest.approx(3.8415, abs=5e-3)


def test_a_narrower_level_lies_within_a_wider_one():
    model = known_fit("exam_rs", "ml")
    for narrow, wide in zip(
        variance_intervals(model, level=0.8), variance_intervals(model, level=0.99), strict=True
    ):
        assert wide.lower < narrow.lower < narrow.estimate < narrow.upper < wide.upper


def test_curvature_and_profile_agree_where_units_are_many():
    rng = np.random.default_rng(2)
    unit = np.repeat(np.arange(800), 10)
    x = rng.normal(size=8000)
    u = np.array([[0.4, 0.0], [0.1, 0.3]]) @ rng.normal(size=(2, 800))
    y = u[0][unit] + u[1][unit] * x + rng.normal(size=8000)
    moments = moments_of(y, design(x), {"s": unit}, slopes=(0, 1))
    model = fit_mixed_model(moments, [RandomTerm(0, (0, 1))])
    pairs = zip(
        variance_intervals(model, profile=True), variance_intervals(model, profile=False), strict=True
    )
    for profile, wald in pairs:
        assert wald.method == "wald"
        width = profile.upper - profile.lower
        assert wald.lower == pytest.approx(profile.lower, abs=0.05 * width)
        assert wald.upper == pytest.approx(profile.upper, abs=0.05 * width)


def test_crossed_factors_have_profile_intervals_and_large_ones_use_the_curvature():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 15, 600), rng.integers(0, 12, 600)
    y = rng.normal(size=15)[a] + 0.5 * rng.normal(size=12)[b] + rng.normal(size=600)
    model = fit_mixed_model(
        moments_of(y, np.ones((600, 1)), {"a": a, "b": b}), [RandomTerm(0), RandomTerm(1)]
    )
    assert {c.method for c in variance_intervals(model)} == {"profile"}
    assert all(c.lower < c.estimate < c.upper for c in variance_intervals(model))
    large = variance_intervals(known_fit("star_crossed", "reml"))
    assert {c.method for c in large} == {"wald"}


def two_levels(seed, outer_sd):
    """Two crossed factors, of which the first hardly varies or not at all."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 12, 300), rng.integers(0, 15, 300)
    y = outer_sd * rng.normal(size=12)[a] + 0.5 * rng.normal(size=15)[b] + rng.normal(size=300)
    return fit_mixed_model(moments_of(y, np.ones((300, 1)), {"a": a, "b": b}), [RandomTerm(0), RandomTerm(1)])


def test_a_spread_that_may_be_zero_reaches_zero_by_the_curvature_too():
    for seed in range(8):
        model = two_levels(seed, 0.0)
        quick, exact = (variance_intervals(model, profile=way)[0] for way in (False, True))
        assert (quick.lower == 0.0) == (exact.lower == 0.0)
        if quick.lower == 0.0:
            assert quick.method == "profile"
            assert quick.upper == pytest.approx(exact.upper, rel=0.1)
    assert variance_intervals(two_levels(0, 1.0), profile=False)[0].method == "wald"


def test_a_spread_of_which_the_curvature_says_nothing_has_no_bounds():
    model = two_levels(3, 0.7)
    asked = variance_intervals(model, profile=False, level=1 - 1e-15)
    assert {(c.lower, c.upper) for c in asked if c.method == "wald" and c.lower is None} <= {(None, None)}


def test_a_correlation_may_be_anything_where_a_spread_may_be_zero():
    model = next(m for m in (still(seed, slope_sd=0.6) for seed in range(9)) if m.variances[0][0, 0] > 0)
    intercept, _, correlation, _ = variance_intervals(model, profile=False)
    assert intercept.lower == 0.0
    assert (correlation.lower, correlation.upper) == (-1.0, 1.0)


def still(seed, slope_sd):
    """Units whose means do not vary, though perhaps their slopes do."""
    rng = np.random.default_rng(seed)
    x = np.tile(np.linspace(-1, 1, 10), (15, 1))
    noise = rng.normal(size=(15, 10))
    noise -= noise.mean(axis=1, keepdims=True)
    y = noise + slope_sd * rng.normal(size=(15, 1)) * x
    unit = np.repeat(np.arange(15), 10)
    moments = moments_of(y.ravel(), design(x.ravel()), {"s": unit}, slopes=(0, 1))
    return fit_mixed_model(moments, [RandomTerm(0, (0, 1))])


def test_a_correlation_with_what_does_not_vary_is_not_given():
    model = still(1, slope_sd=2.0)
    assert model.variances[0][0, 0] == pytest.approx(0.0, abs=1e-9)
    intercept, slope, correlation, _ = variance_intervals(model)
    assert intercept.lower == 0.0
    assert slope.lower > 0.5
    assert (correlation.estimate, correlation.lower) in ((None, None), (correlation.estimate, -1.0))


def test_drawn_variances_scatter_like_their_intervals():
    model = known_fit("exam_ri", "reml")
    draws = np.sqrt(draw_variances(model, n_draws=4000, seed=1))
    assert np.array_equal(draws, np.sqrt(draw_variances(model, n_draws=4000, seed=1)))
    for component, drawn in zip(variance_intervals(model), draws.T, strict=True):
        width = component.upper - component.lower
        assert np.median(drawn) == pytest.approx(component.estimate, abs=0.05 * width)
        assert np.ptp(np.quantile(drawn, [0.025, 0.975])) == pytest.approx(width, rel=0.1)
