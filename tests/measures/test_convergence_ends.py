"""Where the top of true levels is, their shape not assumed: the archetype of upwards convergence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.measures.systems_of_schools import YEARS, Floats, publish
from upwards.measures.convergence import describe_convergence
from upwards.measures.convergence_ends import measure_ends
from upwards.measures.convergence_moments import measure_moments
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import choose_state


def moved(rng: np.random.Generator, n: int, to: Callable[[Floats], Floats]) -> Floats:
    """Levels that move evenly over four years to where `to` puts them, and fluctuate."""
    start = rng.standard_normal(n)
    path = start[:, None] + (to(start) - start)[:, None] * np.arange(4) / 3
    return np.asarray(2.2 * path + 0.7 * rng.standard_normal((n, 4)))


def bottom_lifted(u: Floats) -> Floats:
    return np.asarray(np.where(u < 0, 0.8 * u, u))


def top_lowered(u: Floats) -> Floats:
    return np.asarray(np.where(u > 0, 0.8 * u, u))


@pytest.mark.parametrize("to", [bottom_lifted, top_lowered, lambda u: u, lambda u: 0.85 * u + 0.3])
def test_the_ends_are_where_the_true_ends_are(to: Callable[[Floats], Floats]) -> None:
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(6):
        true = moved(rng, 4000, to)
        one = publish(rng, true)
        ends = measure_ends(one.value, one.variance, measure_moments(one.value, one.variance, YEARS))
        drawn.append(
            [ends.bottom - np.percentile(true, 10, axis=0), ends.top - np.percentile(true, 90, axis=0)]
        )
    assert np.mean(drawn, axis=0) == pytest.approx(np.zeros((2, 4)), abs=0.06)


def test_errors_of_the_ends_are_those_of_repeated_draws() -> None:
    rng = np.random.default_rng(2)
    tops, errors = [], []
    for _ in range(150):
        one = publish(rng, moved(rng, 500, bottom_lifted))
        ends = measure_ends(one.value, one.variance, measure_moments(one.value, one.variance, YEARS))
        tops.append(ends.top[3] - ends.top[0])
        errors.append(ends.top_error[0, 0] + ends.top_error[3, 3] - 2 * ends.top_error[0, 3])
    assert np.mean(errors) == pytest.approx(np.var(tops), rel=0.3)


def test_a_bottom_that_is_lifted_is_never_called_a_falling_top() -> None:
    rng = np.random.default_rng(3)
    states = []
    for _ in range(5):
        one = publish(rng, moved(rng, 5000, bottom_lifted))
        found = describe_convergence(one.value, one.variance, YEARS, n_draws=20)
        states.append(choose_state(found, ConvergenceRule(), norm_referenced=False).state)
    assert set(states) == {"narrowing"}


def test_ends_of_percentages_are_found_through_binomial_chance() -> None:
    rng = np.random.default_rng(4)
    true = 100 * rng.beta(1.5, 12.0, (6000, 1)) * np.ones(4)
    n = rng.integers(10, 120, (6000, 1)) * np.ones((1, 4))
    value = 100 * rng.binomial(n.astype(int), true / 100) / n
    own = value * (100 - value) / (n - 1)
    smooth = value.mean() * (100 - value.mean()) / n
    moments = measure_moments(value, own, YEARS, smooth=smooth)
    ends = measure_ends(value, smooth, moments, pupils=n)
    assert ends.top == pytest.approx(np.full(4, np.percentile(true, 90)), abs=0.7)
    assert ends.bottom == pytest.approx(np.full(4, np.percentile(true, 10)), abs=0.9)


def test_without_a_true_spread_there_are_no_ends() -> None:
    rng = np.random.default_rng(5)
    value, variance = rng.normal(0, 1, (300, 4)), np.full((300, 4), 4.0)
    ends = measure_ends(value, variance, measure_moments(value, variance, YEARS))
    assert np.isnan(ends.top).all()
