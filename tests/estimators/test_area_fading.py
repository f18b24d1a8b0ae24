"""A level that fades: found where it is the truth, and told from a trend by the likelihood."""

from __future__ import annotations

import numpy as np
import pytest

from upwards.core.errors import EmptyData
from upwards.estimators.area_fading import fit_fading_model
from upwards.estimators.area_model import fit_area_model


def draw(seed: int, kept: float, trend: float = 0.0, units: int = 4000, years: int = 4):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    level = np.empty((units, years))
    level[:, 0] = 2 * rng.standard_normal(units)
    for t in range(1, years):
        level[:, t] = kept * level[:, t - 1] + 2 * (1 - kept**2) ** 0.5 * rng.standard_normal(units)
    true = level + trend * rng.standard_normal((units, 1)) * np.arange(years)
    variance = rng.uniform(0.5, 2.0, (units, years))
    value = true + rng.standard_normal((units, years)) * np.sqrt(1.0 + variance)
    value[rng.random(value.shape) < 0.05] = np.nan
    return value, variance


def test_what_fades_is_found() -> None:
    found = [fit_fading_model(*draw(seed, 0.8)) for seed in range(4)]
    assert np.mean([one.lasting for one in found]) == pytest.approx(4, abs=0.25)
    assert np.mean([one.kept for one in found]) == pytest.approx(0.8, abs=0.02)
    assert np.mean([one.passing for one in found]) == pytest.approx(1, abs=0.2)


def test_a_level_that_does_not_fade_is_the_model_without_trend() -> None:
    value, variance = draw(1, 1.0)
    fading, level = fit_fading_model(value, variance), fit_area_model(value, variance, trend=False)
    assert fading.kept > 0.98
    assert fading.restricted_log_likelihood >= level.restricted_log_likelihood - 1e-3
    assert fading.restricted_log_likelihood < level.restricted_log_likelihood + 4


def test_the_likelihood_tells_a_fading_level_from_a_trend() -> None:
    faded, trended = draw(2, 0.8), draw(3, 1.0, trend=0.8)
    assert (
        fit_fading_model(*faded).restricted_log_likelihood
        > fit_area_model(*faded).restricted_log_likelihood + 2
    )
    assert (
        fit_fading_model(*trended).restricted_log_likelihood
        < fit_area_model(*trended).restricted_log_likelihood - 10
    )


def test_the_likelihood_is_the_one_of_the_area_model_at_equal_covariances() -> None:
    value, variance = draw(4, 0.7, units=300)
    found = fit_fading_model(value, variance)
    at = fit_area_model(value, variance, fixed=(found.lasting, 0.0, 0.0, found.passing))
    assert found.restricted_log_likelihood > at.restricted_log_likelihood


def test_two_years_cannot_tell() -> None:
    value, variance = draw(5, 0.8, years=2)
    with pytest.raises(EmptyData, match="at least three"):
        fit_fading_model(value, variance)
