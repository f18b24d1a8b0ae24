"""Weighted regression, the share explained, and false discoveries."""

from __future__ import annotations

import numpy as np
import pytest

from upwards.estimators.regression import TooFewRows, adjust_for_many, fit_regression, share_interval


def test_slopes_and_robust_errors_agree_with_the_formula_row_by_row() -> None:
    rng = np.random.default_rng(1)
    n = 40
    x, w = rng.normal(size=(n, 2)), rng.uniform(0.5, 2, n)
    y = 1 + x @ [0.5, -0.2] + rng.normal(size=n) * (1 + np.abs(x[:, 0]))
    fit = fit_regression(y, x, w)
    design = np.column_stack([np.ones(n), x])
    bread = np.linalg.inv(design.T @ np.diag(w) @ design)
    beta = bread @ design.T @ (w * y)
    meat = np.zeros((3, 3))
    for i in range(n):
        leverage = w[i] * design[i] @ bread @ design[i]
        residual = (y[i] - design[i] @ beta) / (1 - leverage)
        meat += w[i] ** 2 * residual**2 * np.outer(design[i], design[i])
    covariance = bread @ meat @ bread
    assert fit.estimate == pytest.approx(beta[1:], abs=1e-12)
    assert fit.se == pytest.approx(np.sqrt(np.diag(covariance))[1:], abs=1e-12)
    assert fit.df == 37
    assert (fit.upper - fit.estimate) / fit.se == pytest.approx(2.0261925)  # t, 37 degrees of freedom, 97.5 %


def test_adjusted_share_is_that_of_the_textbook() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 2))
    y = x[:, 0] + rng.normal(size=30)
    fit = fit_regression(y, x, np.ones(30))
    design = np.column_stack([np.ones(30), x])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    share = 1 - (residual @ residual / 27) / (np.var(y) * 30 / 29)
    assert fit.r2_adjusted == pytest.approx(share)
    assert fit.r2_lower < share < fit.r2_upper


def test_the_interval_of_the_share_covers_the_truth() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 3))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    signal = x[:, 0] * 0.5
    truth = float(np.var(signal) / (np.var(signal) + 1))
    inside = 0
    for _ in range(300):
        fit = fit_regression(signal + rng.normal(size=60), x, np.ones(60))
        inside += fit.r2_lower <= truth <= fit.r2_upper
    assert abs(inside / 300 - 0.95) < 0.04


def test_nothing_explained_has_an_interval_from_zero() -> None:
    low, high = share_interval(0.3, 3, 60)
    assert low == 0
    assert 0 < high < 0.2
    assert share_interval(0.0, 3, 60) == (0.0, 0.0)


def test_adjusting_holds_false_discoveries_where_nothing_goes_with_anything() -> None:
    rng = np.random.default_rng(4)
    false = sum((adjust_for_many(rng.uniform(size=42)) <= 0.05).any() for _ in range(2000)) / 2000
    assert false == pytest.approx(0.05, abs=0.015)


def test_adjusted_values_are_those_of_the_step_up_rule() -> None:
    p = np.random.default_rng(5).uniform(size=20) ** 2
    order = np.argsort(p)
    slow = [min(min(p[order[j]] * 20 / (j + 1) for j in range(i, 20)), 1) for i in range(20)]
    assert adjust_for_many(p)[order] == pytest.approx(slow)


def test_too_few_rows_and_terms_that_repeat_are_refused() -> None:
    x = np.arange(20.0)
    with pytest.raises(TooFewRows, match="9 rows are too few"):
        fit_regression(x[:9], np.ones((9, 2)), np.ones(9))
    with pytest.raises(TooFewRows, match="combination of others"):
        fit_regression(x, np.column_stack([x, 2 * x]), np.ones(20))
