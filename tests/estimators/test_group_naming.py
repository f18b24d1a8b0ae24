"""How many groups are wrongly named where groups and units are not normal."""

from __future__ import annotations

import numpy as np
import pytest

from upwards.estimators.group_model import fit_group_model
from upwards.estimators.group_naming import _p_above, wrong_beyond_foretold


def systems(seed: int, n_groups: int, heavy: bool):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 12, n_groups)
    group = np.repeat(np.arange(n_groups), sizes)
    while True:
        shape = [rng.standard_t(3, n) / np.sqrt(3) if heavy else rng.normal(size=n) for n in
                 (n_groups, len(group))]  # fmt: skip
        level = 0.8 * shape[0]
        variance = rng.uniform(0.4, 2.0, len(group))
        value = level[group] + 2 * shape[1] + rng.normal(0, np.sqrt(variance))
        yield level, fit_group_model(value, variance, group, n_groups)


def test_heavy_tails_make_more_wrong_than_foretold_and_the_range_holds_them() -> None:
    wrong, foretold, at_most, named = 0, 0.0, 0.0, 0
    one = systems(1, 150, heavy=True)
    for k in range(60):
        level, model = next(one)
        p = model.p_above(0.6)
        high = p >= 0.9
        wrong += int((level[high] < 0.6).sum())
        foretold += float((1 - p[high]).sum())
        named += int(high.sum())
        if high.any() and k < 6:
            at_most = max(at_most, wrong_beyond_foretold(model, 0.6, 0.9))
    assert wrong > 2 * foretold  # the model says 4 %, and 15 % are wrong
    assert wrong < at_most * foretold + 2 * np.sqrt(named)


def test_where_nobody_can_be_named_the_number_foretold_stays() -> None:
    _, model = next(systems(2, 40, heavy=False))
    assert wrong_beyond_foretold(model, 50.0, 0.9) == 1.0


def test_systems_are_named_as_the_model_names_them() -> None:
    _, model = next(systems(3, 60, heavy=False))
    units = model.units
    begins = np.searchsorted(units.group, np.arange(60))
    found = _p_above(model, units.value[None], units.variance, begins, units.group, 0.6)
    assert found[0] == pytest.approx(model.p_above(0.6), abs=0.01)


def test_the_level_of_a_groups_own_units_is_covered() -> None:
    rng, held, narrower = np.random.default_rng(4), [], []
    group = np.repeat(np.arange(80), 5)
    for _ in range(20):
        true = rng.normal(0, 0.8, 80)[group] + rng.normal(0, 2, 400)
        variance = rng.uniform(0.4, 2.0, 400)
        model = fit_group_model(true + rng.normal(0, np.sqrt(variance)), variance, group, 80)
        own = true.reshape(80, 5).mean(axis=1)
        held.append((np.abs(own - model.own_estimate) < 1.96 * model.own_sd).mean())
        narrower.append((model.own_sd < model.sd).mean())
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)
    assert np.mean(narrower) > 0.9
