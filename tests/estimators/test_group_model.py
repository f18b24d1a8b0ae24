"""True levels of groups with a handful of units each."""

from __future__ import annotations

import numpy as np
import pytest

from upwards.estimators.group_model import TooFewGroups, Units, _criterion, _given, fit_group_model


def draw(rng: np.random.Generator, n_groups: int, between: float, within: float):  # type: ignore[no-untyped-def]
    sizes = rng.integers(3, 10, n_groups)
    group = np.repeat(np.arange(n_groups), sizes)
    level = rng.normal(0, between, n_groups)
    variance = rng.uniform(0.01, 0.04, len(group))
    noise = rng.normal(0, within, len(group)) + rng.normal(0, np.sqrt(variance))
    return level[group] + noise, variance, group, level


def dense(value, variance, group, n_groups, between, within):  # type: ignore[no-untyped-def]
    """Restricted likelihood, best predictions and their variances by whole matrices."""
    z = (group[:, None] == np.arange(n_groups)).astype(float)
    whole = np.diag(variance + within**2) + between**2 * z @ z.T
    inverse = np.linalg.inv(whole)
    ones = np.ones(len(value))
    information = ones @ inverse @ ones
    mean = ones @ inverse @ value / information
    criterion = np.linalg.slogdet(whole)[1] + np.log(information)
    criterion += (value - mean) @ inverse @ (value - mean)
    pull = between**2 * z.T @ inverse
    level = mean + pull @ (value - mean)
    rest = 1 - pull @ ones
    spread = between**2 - between**2 * np.diag(pull @ z) + rest**2 / information
    return criterion, level, spread


def test_likelihood_and_levels_agree_with_whole_matrices() -> None:
    value, variance, group, _ = draw(np.random.default_rng(3), 7, 0.2, 0.3)
    units = Units(value, variance, group, 7)
    at = [(0.2, 0.3), (0.5, 0.1), (0.0, 0.4)]
    whole = [dense(value, variance, group, 7, *one) for one in at]
    ours = [_criterion(units, *one) for one in at]
    assert np.allclose(np.diff(ours), np.diff([one[0] for one in whole]), atol=1e-9)
    for (between, within), (_, level, spread) in zip(at, whole, strict=True):
        _, means, variances = _given(units, np.array([between]), within)
        assert np.allclose(means[0], level, atol=1e-12)
        assert np.allclose(variances[0], spread, atol=1e-12)


def test_intervals_cover_and_probabilities_are_calibrated_on_known_truth() -> None:
    rng = np.random.default_rng(11)
    covered, expected, happened, n = 0, 0.0, 0, 0
    wrong, expected_wrong, named = 0, 0.0, 0
    for _ in range(40):
        value, variance, group, level = draw(rng, 80, 0.15, 0.2)
        model = fit_group_model(value, variance, group, 80)
        covered += int((np.abs(model.estimate - level) < 1.96 * model.sd).sum())
        p = model.p_above(0.1)
        expected, happened, n = expected + p.sum(), happened + int((level >= 0.1).sum()), n + 80
        sure = p >= 0.9
        named += int(sure.sum())
        wrong += int((level[sure] < 0.1).sum())
        expected_wrong += float((1 - p[sure]).sum())
    assert abs(covered / n - 0.95) < 0.012
    assert abs(expected - happened) < 3 * np.sqrt(n * 0.25)
    assert named > 100
    assert abs(wrong - expected_wrong) < 3 * np.sqrt(expected_wrong)


def test_a_group_whose_schools_differ_is_known_less_well_than_its_pupils_would_say() -> None:
    value, variance, group, _ = draw(np.random.default_rng(5), 60, 0.1, 0.3)
    model = fit_group_model(value, variance, group, 60)
    of_pupils = 1 / np.bincount(group, 1 / variance)
    assert (model.direct_variance > 2 * of_pupils).all()


def test_a_group_without_units_is_like_any_group() -> None:
    value, variance, group, _ = draw(np.random.default_rng(6), 30, 0.2, 0.2)
    model = fit_group_model(value, variance, group, 31)
    assert np.isnan(model.direct[30])
    assert model.estimate[30] == pytest.approx(model.mean, abs=0.02)
    assert model.sd[30] > model.sd[:30].max()


def test_without_any_difference_between_groups_nobody_stands_out() -> None:
    value, variance, group, _ = draw(np.random.default_rng(8), 60, 0.0, 0.2)
    model = fit_group_model(value, variance, group, 60)
    assert model.p_above(0.1).max() < 0.9
    assert model.p_above(-5.0).min() == pytest.approx(1.0)


def test_four_groups_or_groups_of_one_are_refused() -> None:
    with pytest.raises(TooFewGroups, match="Only 4 groups"):
        fit_group_model(np.arange(8.0), np.ones(8), np.repeat(np.arange(4), 2), 4)
    with pytest.raises(TooFewGroups):
        fit_group_model(np.arange(8.0), np.ones(8), np.arange(8), 8)
