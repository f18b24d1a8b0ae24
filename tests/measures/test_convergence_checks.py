"""The same schools, the pupil SD and its unit: what must agree before a change is named."""

from __future__ import annotations

import numpy as np
import pytest

from tests.measures.systems_of_schools import YEARS, autoregressive, publish
from upwards.measures.convergence import describe_convergence
from upwards.measures.convergence_checks import PupilScale, check_change, of_both_ends, uneven_years
from upwards.measures.convergence_figures import IMPLIED, NEAREST, PUBLISHED, of_percentages, uncertainty_of
from upwards.measures.convergence_moments import error_of, measure_moments
from upwards.measures.convergence_rule import ConvergenceRule

RULE = ConvergenceRule()
SIX = PupilScale(np.full(4, 6.0), np.full(4, 0.1))


def test_at_the_break_even_the_change_is_just_certain() -> None:
    rng = np.random.default_rng(1)
    one = publish(rng, autoregressive(rng, 3000) * np.linspace(1, 0.9, 4))
    found = describe_convergence(one.value, one.variance, YEARS, scale=SIX, n_draws=20).checks
    assert None not in found.break_even
    for year, factor in zip((0, 3), found.break_even, strict=True):
        assert factor is not None
        wrong = one.variance.copy()
        wrong[:, year] *= factor**2
        there = describe_convergence(one.value, wrong, YEARS, smooth=one.variance, n_draws=20).change
        assert there.p_narrowing == pytest.approx(0.975, abs=0.03)
    assert found.doubtful == (None, None)
    assert found.p_in_pupil_sd == pytest.approx(1.0, abs=1e-2)


def test_a_change_within_what_is_not_known_of_a_pupil_sd_is_doubtful() -> None:
    found = check_change((5.0, 4.9), (1.5, 1.5), 0.01, RULE, SIX)
    assert found.doubtful == (0.1, 0.1)
    wider = check_change((4.9, 5.0), (1.5, 1.5), 0.01, RULE, SIX)
    assert wider.break_even[0] is not None
    assert wider.break_even[0] < 1 < (wider.break_even[1] or 0)
    assert check_change((5.0, 4.9), (1.5, 1.5), 1.0, RULE, SIX).break_even == (None, None)


def test_a_spread_that_grows_with_the_scale_does_not_grow_in_pupil_sds() -> None:
    scale = PupilScale(np.array([1.2, 1.3]), np.array([0.01, 0.01]))
    found = check_change((0.36, 0.36 * (1.3 / 1.2) ** 2), (0.01, 0.01), 0.002, RULE, scale)
    assert found.p_in_pupil_sd == pytest.approx(0.5)
    assert found.in_pupil_sd == pytest.approx((0.5, 0.5))
    unknown = PupilScale(np.array([np.nan, 1.3]), np.array([0.01, 0.01]))
    assert check_change((0.36, 0.4), (0.01, 0.01), 0.002, RULE, unknown).p_in_pupil_sd is None


def test_units_with_both_ends_are_described_alone() -> None:
    rng = np.random.default_rng(2)
    one = publish(rng, autoregressive(rng, 400), missing=0.2)
    both = ~np.isnan(one.value[:, [0, 3]]).any(axis=1)
    told, count, p, _ = of_both_ends(one.value, one.variance)
    alone = describe_convergence(one.value[both][:, [0, 3]], one.variance[both][:, [0, 3]], (0, 3), n_draws=4)
    assert (told, count) == (True, int(both.sum()))
    assert p == pytest.approx(alone.change.p_narrowing)
    assert of_both_ends(one.value[:20], one.variance[:20])[2] is None


def test_years_with_as_many_units_as_usual_are_even() -> None:
    assert uneven_years(np.array([3000, 3100, 2950, 3050])) == ()
    assert uneven_years(np.array([2000, 3100, 2950, 3050])) == (0,)


def test_errors_with_few_areas_are_no_smaller_than_either() -> None:
    rng = np.random.default_rng(3)
    influence = rng.normal(size=(200, 3)) / 200
    alone, few = error_of(influence, None), error_of(influence, np.arange(200) % 6)
    assert np.linalg.eigvalsh(few - alone)[0] > -1e-12
    one = np.zeros(200, dtype=np.int64)
    np.testing.assert_allclose(error_of(influence, one), alone)
    by_area = np.stack([influence[np.arange(200) % 40 == a].sum(axis=0) for a in range(40)])
    many = error_of(influence, np.arange(200) % 40)
    t_39 = 2.0227
    np.testing.assert_allclose(many, by_area.T @ by_area * 40 / 39 * (t_39 / 1.959964) ** 2, rtol=1e-3)
    assert error_of(influence[:2], np.array([0, 1])).shape == (3, 3)


def test_areas_that_move_together_widen_the_mean_as_well_as_the_spread() -> None:
    rng = np.random.default_rng(4)
    area = np.arange(1200) % 12
    one = publish(rng, autoregressive(rng, 1200) + rng.normal(0, 0.8, (12, 4))[area])
    alone, together = (measure_moments(one.value, one.variance, YEARS, area=a).error for a in (None, area))
    assert (np.diag(together)[:4] > 4 * np.diag(alone)[:4]).all()


def test_chance_of_percentages_is_right_on_average_at_any_level() -> None:
    rng = np.random.default_rng(5)
    for share in (0.03, 0.5, 0.95):
        n = np.full((40000, 1), 12.0)
        value = 100 * rng.binomial(12, share, n.shape) / n
        own, smooth = of_percentages(value, n, np.zeros(1))
        assert own.mean() == pytest.approx(value.var(), rel=0.05)
        assert np.unique(smooth).size == 1
    one, _ = of_percentages(np.array([[50.0]]), np.array([[1.0]]), np.zeros(1))
    assert np.isnan(one).all()
    double, _ = of_percentages(np.array([[20.0]]), np.array([[17.0]]), np.zeros(1), multiple=2.0)
    assert double[0, 0] == pytest.approx(200.0)


def test_what_is_not_known_of_a_pupil_sd_depends_on_where_it_comes_from() -> None:
    asked = [
        uncertainty_of(words, by_interval=interval, borrowed=borrowed)
        for words, interval, borrowed in (
            ("nearest year's: 2018", True, False),
            ("nearest year's: 2018", False, False),
            ("", False, True),
            ("implied by a file", False, False),
            ("DfE, guide", False, False),
        )
    ]
    assert asked == [IMPLIED, NEAREST, NEAREST, IMPLIED, PUBLISHED]


def test_a_percentage_system_that_keeps_its_spread_is_rarely_called_anything() -> None:
    rng = np.random.default_rng(6)
    named = 0
    for _ in range(40):
        level = rng.normal(size=(1500, 1)) * np.sqrt(0.8) + rng.normal(size=(1500, 4)) * np.sqrt(0.2)
        true = (np.array([0.88, 0.90, 0.92, 0.94]) + 0.025 * level).clip(0.02, 0.995)
        n = rng.lognormal(3.4, 0.7, (1500, 1)).clip(6, 200).round() * np.ones((1, 4))
        value = np.round(100 * rng.binomial(n.astype(int), true) / n)
        own, smooth = of_percentages(value, n, np.full(4, 1 / 12))
        p = describe_convergence(value, own, YEARS, smooth=smooth, pupils=n, n_draws=4).change.p_narrowing
        named += not 0.025 < (p or 0.5) < 0.975
    assert named <= 5
