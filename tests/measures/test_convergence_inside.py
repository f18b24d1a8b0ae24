"""Groups of few schools: their own spread, the wider system's fluctuation."""

from __future__ import annotations

import numpy as np
import pytest

from tests.measures.systems_of_schools import YEARS, autoregressive, publish
from upwards.measures.convergence import describe_convergence
from upwards.measures.convergence_inside import Wider, describe_inside, learn_fluctuation
from upwards.measures.convergence_intervals import UNTOLD


@pytest.fixture(scope="module")
def wider() -> Wider:
    rng = np.random.default_rng(1)
    one = publish(rng, autoregressive(rng, 8000))
    found = describe_convergence(one.value, one.variance, YEARS)
    return learn_fluctuation(one.value, one.variance, YEARS, found)


def test_the_fluctuation_is_that_of_the_wider_system(wider: Wider) -> None:
    assert wider.variance == pytest.approx(2.3**2, rel=0.05)
    assert wider.shared == pytest.approx(2.3**2 * 0.9**3, rel=0.08)
    assert wider.excess == pytest.approx(1.0, abs=0.1)


def test_a_group_without_sampling_error_has_the_spread_of_its_schools(wider: Wider) -> None:
    value = np.random.default_rng(2).normal(0, 2, (14, 4))
    group = np.repeat([0, 1], 7)
    found = describe_inside(value, np.zeros((14, 4)), group, 2, YEARS, wider=wider)
    for place in range(2):
        sd = value[group == place].std(axis=0, ddof=1)
        assert [one.estimate for one in found[place].spread] == pytest.approx(sd)
        assert [one.estimate for one in found[place].mean] == pytest.approx(
            value[group == place].mean(axis=0)
        )


@pytest.mark.parametrize("size", [4, 12, 60])
def test_groups_that_only_fluctuate_are_rarely_called_narrowing(wider: Wider, size: int) -> None:
    rng = np.random.default_rng(3)
    n_groups = 1000
    scale = np.repeat(rng.choice([0.6, 1.0, 1.5], n_groups), size)[:, None]
    one = publish(rng, autoregressive(rng, n_groups * size) * scale, missing=0.05)
    group = np.repeat(np.arange(n_groups), size)
    found = describe_inside(one.value, one.variance, group, n_groups, YEARS, wider=wider)
    p = np.array([f.change.p_narrowing for f in found if f.change.p_narrowing is not None])
    assert len(p) > 0.9 * n_groups
    assert np.mean(p >= 0.975) < 0.03
    assert np.mean(p <= 0.025) < 0.03


def test_intervals_of_small_groups_hold_their_spread(wider: Wider) -> None:
    rng = np.random.default_rng(4)
    one = publish(rng, autoregressive(rng, 8000), missing=0.05)
    found = describe_inside(one.value, one.variance, np.repeat(np.arange(1000), 8), 1000, YEARS, wider=wider)
    spread = [f.spread[0] for f in found]
    held = [s.lower <= 2.3 <= s.upper for s in spread if s.lower is not None and s.upper is not None]
    assert np.mean(held) > 0.93


def test_a_group_that_narrows_much_is_found(wider: Wider) -> None:
    rng = np.random.default_rng(5)
    one = publish(rng, autoregressive(rng, 150) * np.linspace(1.5, 0.4, 4), missing=0.0)
    found = describe_inside(one.value, one.variance, np.zeros(150, dtype=np.int64), 1, YEARS, wider=wider)[0]
    assert found.change.p_narrowing is not None
    assert found.change.p_narrowing > 0.99
    assert found.borrowed
    assert found.slopes.persistent == wider.slopes.persistent


def test_gains_add_the_groups_own_change_of_mean(wider: Wider) -> None:
    rng = np.random.default_rng(6)
    one = publish(rng, autoregressive(rng, 100), missing=0.0)
    group = np.zeros(100, dtype=np.int64)
    value = one.value + np.array([0.0, 1, 2, 5])
    still = describe_inside(one.value, one.variance, group, 1, YEARS, wider=wider)[0]
    moved = describe_inside(value, one.variance, group, 1, YEARS, wider=wider)[0]
    for gain in ("gain_lowest", "gain_highest"):
        before, after = (getattr(one.slopes, gain).estimate for one in (still, moved))
        assert after == pytest.approx(before + 5)
    assert moved.change.p_top_rising == pytest.approx(1.0, abs=1e-3)
    assert moved.change.p_both == pytest.approx(max(moved.change.p_narrowing or 0, 0), abs=1e-3)


def test_without_a_wider_system_nothing_is_said_of_a_change() -> None:
    value = np.random.default_rng(7).normal(size=(9, 4))
    found = describe_inside(value, np.zeros((9, 4)), np.zeros(9, dtype=np.int64), 1, YEARS, wider=None)[0]
    assert found.change.p_narrowing is None
    assert not found.borrowed
    assert found.spread[0].estimate == pytest.approx(value[:, 0].std(ddof=1))
    assert found.change.mean.estimate == pytest.approx((value[:, 3] - value[:, 0]).mean())


def test_two_schools_have_no_spread(wider: Wider) -> None:
    value = np.random.default_rng(8).normal(size=(5, 4))
    value[2:, 0] = np.nan
    found = describe_inside(value, np.ones((5, 4)), np.zeros(5, dtype=np.int64), 1, YEARS, wider=wider)[0]
    assert found.spread[0] == UNTOLD
    assert found.change.p_narrowing is None
    assert found.change.mean == UNTOLD
    value[:, 0] = np.nan
    assert describe_inside(value, np.ones((5, 4)), np.zeros(5, dtype=np.int64), 1, YEARS, wider=wider)[
        0
    ].mean[0] == (UNTOLD)


def test_schools_in_no_group_count_nowhere(wider: Wider) -> None:
    value = np.random.default_rng(9).normal(size=(20, 4))
    group = np.where(np.arange(20) < 10, 0, -1)
    found = describe_inside(value, np.zeros((20, 4)), group, 1, YEARS, wider=wider)[0]
    assert found.n_units == 10
    assert found.spread[1].estimate == pytest.approx(value[:10, 1].std(ddof=1))


def test_a_wider_system_without_slopes_lends_none() -> None:
    bare = Wider(4.0, 3.0, 1.0, None, describe_slopes())
    value = np.random.default_rng(10).normal(0, 2, (20, 4))
    found = describe_inside(value, np.zeros((20, 4)), np.zeros(20, dtype=np.int64), 1, YEARS, wider=bare)[0]
    assert found.change.p_narrowing is not None
    assert found.slopes.gain_lowest == UNTOLD


def describe_slopes():  # type: ignore[no-untyped-def]
    from upwards.measures.convergence import Slopes

    return Slopes()


def test_a_wider_system_without_true_spread_weighs_all_alike() -> None:
    rng = np.random.default_rng(11)
    flat = Wider(0.0, 0.0, 1.0, 1.0, describe_slopes())
    found = describe_inside(
        rng.normal(size=(10, 4)), np.ones((10, 4)), np.zeros(10, dtype=np.int64), 1, YEARS, wider=flat
    )[0]
    assert found.slopes.gain_lowest == UNTOLD
    assert found.n_units == 10
