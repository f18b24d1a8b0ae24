"""Short seeded versions of the simulations behind docs/evidence/area_model.json."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.estimators import area_truth as truth


@pytest.mark.parametrize("name", ["level, trend and year", "stationary"])
def test_intervals_of_true_values_and_forecasts_hold_as_often_as_they_say(name):
    found = truth.run(replace(truth.SYSTEMS[name], n_units=400), 25, 11)
    assert found["converged"] == 1.0
    for part in ("effect", "persistent", "missing year", "forecast"):
        assert found[f"{part} 90%"]["mean"] == pytest.approx(0.90, abs=0.025)
        assert found[f"{part} 95%"]["mean"] == pytest.approx(0.95, abs=0.025)


def test_variances_are_right_on_average():
    found = truth.run(replace(truth.SYSTEMS["level, trend and year"], n_units=1500), 20, 12)
    for name in ("level", "level_trend", "trend", "transitory"):
        assert abs(found[name]["mean"] - found[name]["truth"]) < 4 * found[name]["se"]


def test_where_units_do_not_differ_intervals_are_not_too_short():
    for name in ("no differences at all", "one year without differences"):
        assert truth.run(truth.SYSTEMS[name], 15, 13)["effect 95%"]["mean"] >= 0.95


def test_subjects_are_predicted_with_honest_errors():
    found = truth.run_subjects(20, 14, taken=0.6)
    assert found["effect 95%"]["mean"] == pytest.approx(0.95, abs=0.02)
    assert abs(found["covariance"]["mean"] - 0.5) < 4 * found["covariance"]["se"]
