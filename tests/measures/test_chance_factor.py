"""What passes with a cohort beyond sampling: against panels whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.measures.published_figures import MEASURE, draw_schools, panel_of
from upwards.core.panel import Flags, Floats
from upwards.measures.chance_factor import ChanceSlope, learn_chance_slope
from upwards.measures.school_scores import fit_scores, score_schools

NAN = np.nan


def draw(seed: int, multiple: float, schools: int = 4000) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    n = np.maximum(rng.lognormal(3.2, 0.7, schools).round(), 5)
    published = np.repeat((36 / n)[:, None], 3, axis=1)
    lasting = 2 * rng.standard_normal((schools, 1)) + rng.normal(0, 1, (schools, 3))
    return lasting + rng.standard_normal((schools, 3)) * np.sqrt(multiple * published), published


def nowhere(value: Floats) -> Flags:
    return np.zeros(value.shape, dtype=bool)


@pytest.mark.parametrize("multiple", [1.0, 2.5])
def test_what_differences_rise_by_is_found_with_its_error(multiple: float) -> None:
    z = []
    for seed in range(12):
        value, published = draw(seed, multiple)
        found = learn_chance_slope(value, published, np.zeros(3), nowhere(value))
        assert found.n == 8000
        assert found.constant == pytest.approx(2.0, abs=0.6)
        z.append((found.slope - multiple) / found.se)
    # neighbouring differences share a year, so that the error is a little short
    assert abs(np.mean(z)) < 4 / 12**0.5
    assert np.std(z) < 2


def test_two_schools_and_two_years_by_hand() -> None:
    value = np.tile([[0.0, 3.0], [0.0, -3.0], [0.0, 1.0], [0.0, -1.0]], (60, 1))
    published = np.tile([[2.0, 2.0], [2.0, 2.0], [0.5, 0.5], [0.5, 0.5]], (60, 1))
    found = learn_chance_slope(value, published, np.array([0.25, 0.25]), nowhere(value))
    # mean squares 8.5 at 4 and 0.5 at 1: a line would start below 0; from 0 it is the mean of two slopes
    assert found.constant == 0
    assert found.slope == pytest.approx((8.5 / 4 + 0.5 / 1) / 2)


def test_with_few_pairs_or_one_size_sampling_is_all_that_passes() -> None:
    value, published = draw(1, 2.5, schools=80)
    assert learn_chance_slope(value, published, np.zeros(3), nowhere(value)).multiple(0.1) == 1
    value, published = draw(1, 2.5)
    same = np.full_like(published, 1.0)
    assert learn_chance_slope(value, same, np.zeros(3), nowhere(value)).multiple(0.1) == 1


def test_years_with_borrowed_numbers_are_used_only_where_nothing_else_is() -> None:
    value, published = draw(2, 2.0)
    borrowed = nowhere(value)
    borrowed[:, 2] = True
    assert learn_chance_slope(value, published, np.zeros(3), borrowed).n == 4000
    assert learn_chance_slope(value, published, np.zeros(3), ~nowhere(value)).n == 8000


def test_less_than_sampling_and_what_is_not_sure_counts_as_sampling() -> None:
    assert ChanceSlope(0.5, 0.01, 1.0, 9000).multiple(0.2) == 1
    assert ChanceSlope(1.0, 0.2, 1.0, 9000).multiple(0.2) == 1
    assert ChanceSlope(1.6, 0.2, 1.0, 9000).multiple(0.2) == pytest.approx(2)


def test_intervals_hold_in_small_and_large_schools_where_more_than_sampling_passes() -> None:
    small, large, multiples = [], [], []
    for seed in range(4):
        value, published = draw(seed + 50, 2.0)
        panel = panel_of(value, n=36 / published)
        fit = fit_scores(panel, MEASURE)
        multiples.append(fit.multiple * (1 - fit.icc))
        # the truth is drawn again with the same seed
        lasting = 2 * _lasting(seed + 50)
        scores = score_schools(fit, draws=10)
        held = np.abs(scores.effect - lasting) < 1.96 * scores.se
        n = 36 / published[:, 0]
        small.append(held[n < 14].mean())
        large.append(held[n > 40].mean())
    assert np.mean(multiples) == pytest.approx(2, abs=0.15)
    assert np.mean(small) == pytest.approx(0.95, abs=0.015)
    assert np.mean(large) == pytest.approx(0.95, abs=0.015)


def _lasting(seed: int, schools: int = 4000) -> Floats:
    rng = np.random.default_rng(seed)
    rng.lognormal(3.2, 0.7, schools)
    return rng.standard_normal((schools, 1))[:, 0]


def test_the_publishers_own_figures_and_one_year_know_sampling_only() -> None:
    panel = draw_schools(3, schools=400).panel
    noisy = replace(
        panel, value=panel.value + np.random.default_rng(1).normal(0, 15, panel.value.shape) / panel.n**0.5
    )
    assert fit_scores(noisy, MEASURE).multiple > 2
    assert fit_scores(noisy, MEASURE, within_schools=False).multiple == 1
    alone = fit_scores(noisy, MEASURE, [2019])
    assert alone.multiple == 1
    assert any("more than sampling passes" in note for note in alone.notes)
    assert any("times its sampling variance" in note for note in fit_scores(noisy, MEASURE).notes)
