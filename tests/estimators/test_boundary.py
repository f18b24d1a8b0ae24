"""Where variances are zero, data are few, or nothing can be told: an answer or a sentence, never a crash."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tests.estimators.moments_of import design, moments_of
from upwards.core.errors import UserError
from upwards.estimators.criterion import gradient_blocks
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.identification import NotIdentified, unidentified_terms
from upwards.estimators.mixed_model import fit_mixed_model
from upwards.estimators.unit_effects import estimate_unit_effects, rank_units
from upwards.estimators.variance_intervals import variance_intervals


def flat_data(size, seed, n_units=12, n_rows=15):
    """Pupils of units that differ in level only, or not at all, with `size - 1` columns of intake."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(n_units), n_rows)
    x = rng.normal(size=(len(unit), size - 1))
    level = rng.normal(0, 0.3 * (seed % 2), n_units)[unit]
    y = x @ np.ones(size - 1) + level + rng.normal(size=len(unit))
    return moments_of(y, np.column_stack([np.ones(len(unit)), x]), {"school": unit}, slopes=range(size))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_fit_is_never_below_a_model_nested_in_it(size, seed):
    moments = flat_data(size, seed)
    whole = fit_mixed_model(moments, [RandomTerm(0, tuple(range(size)))])
    assert whole.converged
    for n_kept in range(size):
        for kept in combinations(range(1, size), n_kept):
            smaller = fit_mixed_model(moments, [RandomTerm(0, (0, *kept))])
            assert whole.log_likelihood >= smaller.log_likelihood - 1e-6


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_no_change_of_a_covariance_that_is_allowed_would_improve_the_fit(size, method):
    for seed in range(4):
        model = fit_mixed_model(flat_data(size, seed), [RandomTerm(0, tuple(range(size)))], method=method)
        (block,) = gradient_blocks(model.problem, model.value, model.slope)
        covariance = model.roots[0] @ model.roots[0].T
        assert np.linalg.eigvalsh(block).min() > -1e-4
        assert np.abs(block @ covariance).max() < 1e-4


def test_a_singular_fit_says_so():
    found = [fit_mixed_model(flat_data(3, seed), [RandomTerm(0, (0, 1, 2))]).singular for seed in range(4)]
    assert any(found)


def test_without_differences_between_units_all_stand_in_the_middle():
    noise = np.random.default_rng(3).normal(size=(12, 15))
    noise -= 0.9 * noise.mean(axis=1, keepdims=True)  # closer together than chance would have them
    unit = np.repeat(np.arange(12), 15)
    moments = moments_of(noise.ravel(), np.ones((180, 1)), {"school": unit})
    model = fit_mixed_model(moments, [RandomTerm(0)])
    assert model.singular
    assert model.variances[0][0, 0] == 0.0
    (units,) = estimate_unit_effects(model)
    (ranks,) = rank_units(model, n_draws=20)
    assert not units.effect.any()
    assert not units.standard_error.any()
    assert not units.reliability.any()
    assert np.all(units.p_above_average == 0.5)
    assert np.all(ranks.expected == 6.5)
    assert np.all(ranks.p_top == 0.2)
    assert np.all((ranks.lower == 1) & (ranks.upper == 12))
    school, residual = variance_intervals(model)
    assert school.lower == 0.0
    assert 0.05 < school.upper < 1.0
    assert residual.lower < residual.estimate < residual.upper


def test_a_variance_of_zero_in_one_of_two_levels_leaves_the_other_alone():
    rng = np.random.default_rng(5)
    school, n = np.repeat(np.arange(20), 30), 600
    department = np.repeat(np.arange(60), 10)
    # what a department holds sums to nothing: its variance cannot be above zero
    noise = rng.normal(size=(60, 10))
    y = rng.normal(size=20)[school] + (noise - noise.mean(axis=1, keepdims=True)).ravel()
    moments = moments_of(y, np.ones((n, 1)), {"school": school, "department": department})
    both = fit_mixed_model(moments, [RandomTerm(0), RandomTerm(1)])
    one = fit_mixed_model(moments, [RandomTerm(0)])
    assert both.variances[1][0, 0] == 0.0
    assert both.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-7)
    assert both.variances[0][0, 0] == pytest.approx(one.variances[0][0, 0], rel=1e-4)


def test_a_unit_with_one_row_gets_its_shrunk_effect():
    rng = np.random.default_rng(4)
    unit = np.r_[np.repeat(np.arange(10), 20), 99]
    y = rng.normal(0, 1, 100)[unit] + rng.normal(size=201)
    model = fit_mixed_model(moments_of(y, np.ones((201, 1)), {"school": unit}), [RandomTerm(0)])
    (units,) = estimate_unit_effects(model)
    ratio = model.variances[0][0, 0] / (model.variances[0][0, 0] + model.residual_variance)
    assert units.effect[0, -1] == pytest.approx(ratio * (y[-1] - model.coefficients[0]))
    assert units.reliability[0, -1] == pytest.approx(ratio)
    assert units.n[-1] == 1


def test_fewer_units_than_terms_is_fitted_to_the_boundary():
    moments = flat_data(5, 3, n_units=3, n_rows=40)
    model = fit_mixed_model(moments, [RandomTerm(0, (0, 1, 2, 3, 4))])
    assert model.converged
    assert model.singular
    assert np.isfinite(estimate_unit_effects(model)[0].standard_error).all()


def test_redundant_intake_is_dropped_later_columns_first():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 2))
    X = design(x[:, 0], x[:, 0] * 2 + 1, x[:, 1], np.full(80, 3.0), x.sum(axis=1))
    unit = np.repeat(np.arange(8), 10)
    y = x @ [1.0, 2.0] + rng.normal(size=80)
    model = fit_mixed_model(moments_of(y, X, {"school": unit}), [RandomTerm(0)])
    plain = fit_mixed_model(moments_of(y, X[:, [0, 1, 3]], {"school": unit}), [RandomTerm(0)])
    assert model.dropped == ("x2", "x4", "x5")
    assert model.terms == ("(Intercept)", "x1", "x3")
    np.testing.assert_allclose(model.coefficients, plain.coefficients, rtol=1e-9)
    assert model.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)


def test_intake_that_is_the_mean_of_its_unit_is_kept_once():
    rng = np.random.default_rng(2)
    unit = np.repeat(np.arange(9), 10)
    x = rng.normal(size=90)
    mean = np.array([x[unit == u].mean() for u in range(9)])[unit]
    model = fit_mixed_model(
        moments_of(x + rng.normal(size=90), design(x, mean, x - mean), {"s": unit}), [RandomTerm(0)]
    )
    assert model.dropped == ("x3",)


def test_scores_around_a_million_lose_nothing():
    rng = np.random.default_rng(6)
    unit = np.repeat(np.arange(30), 20)
    x = rng.normal(size=600)
    y = np.round(x + rng.normal(0, 0.5, 30)[unit] + rng.normal(size=600), 3)
    term = [RandomTerm(0, (0, 1))]
    near = fit_mixed_model(moments_of(y, design(x), {"s": unit}, slopes=(0, 1)), term)
    far = fit_mixed_model(moments_of(y + 1e6, design(x + 1e6), {"s": unit}, slopes=(0, 1)), term)
    assert far.coefficients[1] == pytest.approx(near.coefficients[1], rel=1e-8)
    assert far.standard_errors[1] == pytest.approx(near.standard_errors[1], rel=1e-8)
    assert far.residual_variance == pytest.approx(near.residual_variance, rel=1e-8)
    assert far.log_likelihood == pytest.approx(near.log_likelihood, abs=1e-6)
    slopes = [estimate_unit_effects(model)[0].effect[1] for model in (near, far)]
    np.testing.assert_allclose(slopes[1], slopes[0], atol=1e-8)


def test_units_that_differ_a_thousandfold_more_than_pupils_are_fitted():
    rng = np.random.default_rng(8)
    unit = np.repeat(np.arange(10), 10)
    y = 1e3 * rng.normal(size=10)[unit] + rng.normal(size=100)
    model = fit_mixed_model(moments_of(y, np.ones((100, 1)), {"s": unit}), [RandomTerm(0)])
    assert model.converged
    means = np.array([y[unit == u].mean() for u in range(10)])
    within = np.mean([y[unit == u].var(ddof=1) for u in range(10)])
    # a balanced design has a closed form
    assert model.residual_variance == pytest.approx(within, rel=1e-6)
    assert model.variances[0][0, 0] == pytest.approx(means.var(ddof=1) - within / 10, rel=1e-6)


def test_weights_in_any_unit_give_the_same_fit():
    rng = np.random.default_rng(9)
    unit = np.repeat(np.arange(10), 12)
    w = rng.uniform(0.5, 2, 120)
    y = rng.normal(0, 0.7, 10)[unit] + rng.normal(size=120) / np.sqrt(w)
    fits = [
        fit_mixed_model(moments_of(y, np.ones((120, 1)), {"s": unit}, weight=w * unit_of), [RandomTerm(0)])
        for unit_of in (1.0, 1e-9, 1e9)
    ]
    for other in fits[1:]:
        assert other.log_likelihood == pytest.approx(fits[0].log_likelihood, abs=1e-8)
        assert other.residual_variance == pytest.approx(fits[0].residual_variance, rel=1e-8)
        assert other.variances[0][0, 0] == pytest.approx(fits[0].variances[0][0, 0], rel=1e-6)


X60 = design(np.random.default_rng(0).normal(size=60))
Y60 = X60[:, 1] + np.random.default_rng(1).normal(size=60)
SIX = np.repeat(np.arange(6), 10)
LEVEL = [RandomTerm(0)]
UNTELLABLE = {
    "the outcome is the same": (np.full(60, 3.0), X60, {"s": SIX}, LEVEL, "same in every row"),
    "intake determines the outcome": (1 + 2 * X60[:, 1], X60, {"s": SIX}, LEVEL, "exactly"),
    "intake and units determine it": (1 + 2 * X60[:, 1] + SIX, X60, {"s": SIX}, LEVEL, "exactly"),
    "as many coefficients as rows": (Y60[::30], X60[::30], {"s": SIX[::30]}, LEVEL, "2 rows cannot tell 2"),
    "one unit": (Y60, X60, {"s": np.zeros(60)}, LEVEL, "'s' has 1 unit"),
    "a row in each unit": (Y60, X60, {"s": np.arange(60)}, LEVEL, "one row in every unit"),
    "two names for one level": (
        Y60,
        X60,
        {"s": SIX, "t": SIX[::-1]},
        [RandomTerm(0), RandomTerm(1)],
        "'s' and 't' hold the same units",
    ),
    "a slope on a constant": (
        Y60,
        np.column_stack([np.ones(60), np.full(60, 4.0)]),
        {"s": SIX},
        [RandomTerm(0, (0, 1))],
        "'x1' does not vary",
    ),
}


@pytest.mark.parametrize("name", UNTELLABLE)
def test_what_cannot_be_told_is_said_in_a_sentence(name):
    y, X, groups, terms, message = UNTELLABLE[name]
    slopes = (0, 1) if terms[0].z != (0,) else (0,)
    with pytest.raises(NotIdentified, match=message) as caught:
        fit_mixed_model(moments_of(y, X, groups, slopes=slopes), terms)
    assert isinstance(caught.value, UserError)


def test_levels_that_partly_coincide_are_told_apart():
    other = SIX.copy()
    other[:5] = 6
    moments = moments_of(Y60, X60, {"s": SIX, "t": other})
    assert unidentified_terms(moments, [RandomTerm(0), RandomTerm(1)]) == {}
