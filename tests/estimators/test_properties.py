"""What must hold whatever the data: order, labels, units of measurement, noise, weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.estimators.moments_of import design, labels_of, moments_of
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import fit_mixed_model
from upwards.estimators.unit_effects import estimate_unit_effects

few = settings(max_examples=12, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
SLOPES = (0, 1)


def pupils(seed):
    rng = np.random.default_rng(seed)
    n_units = int(rng.integers(6, 20))
    unit = np.repeat(np.arange(n_units), rng.integers(3, 15, n_units))
    x = rng.normal(size=len(unit))
    y = x + (rng.normal(0, 0.6, n_units) + 0.0)[unit] + rng.normal(0, 0.4, n_units)[unit] * x
    return y + rng.normal(size=len(unit)), x, unit, rng


def fit(y, x, unit, **options):
    moments = moments_of(y, design(x), {"school": unit}, slopes=SLOPES, **options)
    return fit_mixed_model(moments, [RandomTerm(0, SLOPES)])


def effects(model):
    (found,) = estimate_unit_effects(model)
    return dict(zip(labels_of(model.moments, 0), found.effect.T, strict=True))


# the search stops within 5e-6 of a standard error, squared in the likelihood and not in the rest
LOOSE = {"rtol": 1e-4, "atol": 1e-4}


@few
@given(seeds)
def test_order_of_rows_and_names_of_units_do_not_matter(seed):
    y, x, unit, rng = pupils(seed)
    order, name = rng.permutation(len(y)), rng.permutation(unit.max() + 1)
    one, two = fit(y, x, unit), fit(y[order], x[order], name[unit[order]])
    assert two.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-7)
    np.testing.assert_allclose(two.coefficients, one.coefficients, **LOOSE)
    there = effects(two)
    for label, effect in effects(one).items():
        np.testing.assert_allclose(there[str(name[int(label)])], effect, **LOOSE)


@few
@given(seeds, st.floats(-1e4, 1e4))
def test_a_constant_added_to_the_outcome_moves_the_intercept_only(seed, constant):
    y, x, unit, _ = pupils(seed)
    one, two = fit(y, x, unit), fit(y + constant, x, unit)
    np.testing.assert_allclose(two.coefficients - [constant, 0.0], one.coefficients, rtol=0, atol=1e-7)
    np.testing.assert_allclose(two.variances[0], one.variances[0], **LOOSE)
    assert two.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)


@few
@given(seeds, st.floats(0.01, 100.0))
def test_a_factor_on_the_outcome_scales_what_is_in_its_unit(seed, factor):
    y, x, unit, _ = pupils(seed)
    one, two = fit(y, x, unit), fit(factor * y, x, unit)
    np.testing.assert_allclose(two.coefficients / factor, one.coefficients, **LOOSE)
    np.testing.assert_allclose(two.standard_errors / factor, one.standard_errors, **LOOSE)
    np.testing.assert_allclose(two.variances[0] / factor**2, one.variances[0], **LOOSE)
    assert two.residual_variance == pytest.approx(factor**2 * one.residual_variance, rel=1e-5)
    shares = [estimate_unit_effects(model)[0].reliability for model in (one, two)]
    np.testing.assert_allclose(shares[1], shares[0], **LOOSE)


@few
@given(seeds, st.floats(0.01, 100.0))
def test_the_unit_in_which_intake_is_measured_changes_its_own_coefficient_only(seed, factor):
    y, x, unit, _ = pupils(seed)
    one, two = fit(y, x, unit), fit(y, factor * x, unit)
    np.testing.assert_allclose(two.coefficients * [1, factor], one.coefficients, **LOOSE)
    scale = np.array([1.0, factor])
    np.testing.assert_allclose(two.variances[0] * np.outer(scale, scale), one.variances[0], **LOOSE)
    there = effects(two)
    for label, effect in effects(one).items():
        np.testing.assert_allclose(there[label] * scale, effect, **LOOSE)


@few
@given(seeds, st.floats(-50.0, 50.0))
def test_where_intake_is_zero_does_not_change_the_line_of_any_unit(seed, shift):
    y, x, unit, _ = pupils(seed)
    one, two = fit(y, x, unit), fit(y, x + shift, unit)
    there = effects(two)
    for label, (level, slope) in effects(one).items():
        assert there[label][0] + shift * there[label][1] == pytest.approx(level, abs=2e-4)
        assert there[label][1] == pytest.approx(slope, abs=1e-4)


@few
@given(seeds)
def test_more_noise_shrinks_more(seed):
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(25), 10)
    level = rng.normal(size=25)
    noise = rng.normal(size=250)
    # noise whose unit means are nil leaves the raw differences between units as they are
    noise -= (np.bincount(unit, noise) / 10)[unit]
    found = []
    for size in (0.5, 1.0, 2.0, 3.0):
        model = fit_mixed_model(
            moments_of(level[unit] + size * noise, np.ones((250, 1)), {"s": unit}), [RandomTerm(0)]
        )
        (units,) = estimate_unit_effects(model)
        found.append((np.abs(units.effect).max(), units.reliability.mean()))
    assert all(a > b for a, b in zip(found[:-1], found[1:], strict=True))


@few
@given(seeds)
def test_a_weight_of_two_is_a_row_twice_where_covariances_are_known(seed):
    y, x, unit, rng = pupils(seed)
    from upwards.estimators.criterion import Problem, evaluate
    from upwards.estimators.elimination import arrange
    from upwards.estimators.mixed_model import independent_columns

    times = rng.integers(1, 4, len(y))
    again = np.repeat(np.arange(len(y)), times)
    weighted = moments_of(y, design(x), {"s": unit}, slopes=SLOPES, weight=times, centre=False)
    doubled = moments_of(y[again], design(x[again]), {"s": unit[again]}, slopes=SLOPES, centre=False)
    roots = [np.array([[0.5, 0.0], [0.1, 0.3]])]
    values = [
        evaluate(Problem(m, arrange(m, [RandomTerm(0, SLOPES)]), independent_columns(m), "reml"), roots)
        for m in (weighted, doubled)
    ]
    np.testing.assert_allclose(values[0].coefficients, values[1].coefficients, rtol=1e-9)
    assert values[0].quadratic == pytest.approx(values[1].quadratic, rel=1e-9)


@few
@given(seeds)
def test_effects_of_a_level_average_nothing_and_are_smaller_than_what_is_seen(seed):
    y, x, unit, _ = pupils(seed)
    model = fit_mixed_model(moments_of(y, design(x), {"s": unit}), [RandomTerm(0)])
    assume(not model.singular)
    (units,) = estimate_unit_effects(model)
    assert units.effect.mean() == pytest.approx(0.0, abs=1e-9 + 1e-6 * np.abs(units.effect).max())
    n = np.bincount(unit)
    seen = np.bincount(unit, y - design(x) @ model.coefficients) / n
    np.testing.assert_allclose(units.effect[0], seen * units.reliability[0], rtol=1e-6, atol=1e-9)
