"""The naive comparison beside what regression to the mean alone would produce."""

from __future__ import annotations

import numpy as np
import pytest

from tests.measures.systems_of_schools import YEARS, autoregressive, publish
from upwards.measures.naive_change import QUARTERS, compare_quarters, say_naive


def test_in_a_stationary_system_the_naive_change_is_regression_to_the_mean() -> None:
    rng = np.random.default_rng(1)
    one = publish(rng, autoregressive(rng, 20_000), missing=0.05)
    quarters = compare_quarters(one.value, one.variance, YEARS)
    assert [q.quarter for q in quarters] == list(QUARTERS)
    assert quarters[0].change > 1
    for quarter in quarters:
        assert quarter.by_regression == pytest.approx(quarter.change, abs=0.1)


def test_in_a_converging_system_more_than_regression_is_seen() -> None:
    rng = np.random.default_rng(2)
    one = publish(rng, autoregressive(rng, 20_000) * np.linspace(1, 0.7, 4), missing=0.0)
    lowest = compare_quarters(one.value, one.variance, YEARS)[0]
    assert lowest.change > lowest.by_regression + 0.3
    said = say_naive(compare_quarters(one.value, one.variance, YEARS), "points")
    assert "the lowest moved by +" in said
    assert "sampling error and ordinary fluctuation alone" in said


def test_quarters_of_tiny_data_are_plain_arithmetic() -> None:
    first = np.arange(8.0)
    value = np.stack([first, first, first, first[::-1]], axis=1)
    quarters = compare_quarters(value, np.zeros((8, 4)), YEARS)
    assert [q.n_units for q in quarters] == [2, 2, 2, 2]
    assert quarters[0].start == pytest.approx(0.5 - 3.5)
    assert quarters[0].change == pytest.approx(6.0)  # from 0 and 1 to 7 and 6
    assert quarters[0].by_regression == pytest.approx(6.0)  # the years are mirrored: correlation -1


def test_too_little_to_compare_says_nothing() -> None:
    assert compare_quarters(np.ones((20, 4)), np.ones((20, 4)), YEARS) == ()
    assert compare_quarters(np.random.default_rng(3).normal(size=(5, 4)), np.zeros((5, 4)), YEARS) == ()
    assert say_naive((), "points") == ""


def test_figures_with_few_values_may_leave_quarters_empty() -> None:
    value = np.tile(np.repeat([0.0, 1.0], 10)[:, None], (1, 4))
    quarters = compare_quarters(value, np.zeros((20, 4)), YEARS)
    assert len(quarters) == 2
    assert say_naive(quarters, "points") == ""
