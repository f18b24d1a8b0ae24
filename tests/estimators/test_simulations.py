"""Short, seeded versions of the simulations behind docs/evidence/engine.json."""

from __future__ import annotations

import pytest

from tests.estimators import simulated_truth as truth


def holds(figure, level=0.95, slack=0.0):
    """A share is its level within three Monte Carlo standard errors (never taken below the binomial's)."""
    error = max(figure["se"], (level * (1 - level) / figure["n"]) ** 0.5)
    assert abs(figure["share"] - level) <= 3 * error + slack, figure


def calibrated(bins):
    assert len(bins) >= 4
    for found in bins:
        assert abs(found["claimed"] - found["happened"]) <= 3.5 * found["se"] + 0.02, found


def test_intervals_of_coefficients_and_variances_hold_the_truth():
    figures = truth.intervals(50, seed=11, slopes=False)
    for figure in figures.values():
        holds(figure, slack=0.01)


def test_intervals_of_slopes_and_correlations_hold_the_truth():
    figures = truth.intervals(12, seed=12, slopes=True)
    for figure in figures.values():
        holds(figure, slack=0.01)


def test_a_standard_deviation_next_to_zero_stays_within_its_interval():
    figures = truth.near_zero(50, seed=13)
    # at the boundary a profile interval is cautious, never rash
    assert figures["sd of intercepts"]["share"] >= 0.88
    assert 0.1 < figures["estimated as zero"]["share"] < 0.8


def test_probabilities_and_ranks_hold_over_one_year():
    figures = truth.ranks(50, seed=14, n_years=1, year_sd=0.0, with_years=False)
    holds(figures["effect"], slack=0.01)
    assert figures["rank"]["share"] >= 0.93
    assert figures["mean sum of p_top"] == pytest.approx(12.0)
    calibrated(figures["p_top"])
    calibrated(figures["p_above_average"])


def test_probabilities_and_ranks_hold_over_years_that_differ():
    figures = truth.ranks(40, seed=15, n_years=3, year_sd=0.25, with_years=True)
    holds(figures["effect"], slack=0.015)
    assert figures["rank"]["share"] >= 0.92
    calibrated(figures["p_top"])


def test_leaving_the_years_out_calls_a_cohort_s_luck_the_school_s():
    figures = truth.ranks(25, seed=15, n_years=3, year_sd=0.25, with_years=False)
    assert figures["effect"]["share"] < 0.85
    assert figures["rank"]["share"] < 0.88


def test_a_slope_on_unreliable_intake_is_corrected_without_bias():
    figures = truth.reliability(30, seed=16)
    corrected = figures["corrected"]
    assert abs(corrected["mean"] - 0.7) <= 3 * corrected["se"]
    assert figures["uncorrected"]["mean"] < 0.6
    holds(figures["covered"], slack=0.01)
    units = figures["variance of units"]
    assert abs(units["mean"] - 0.16) <= 3 * units["se"]


def test_slopes_within_and_between_units_are_told_apart():
    figures = truth.composition(40, seed=17)
    for name in ("within", "between less within"):
        assert abs(figures[name]["mean"] - figures[name]["true"]) <= 3 * figures[name]["se"]
    holds(figures["covered"], slack=0.02)
    assert abs(figures["without unit means"]["mean"] - 0.5) > 0.005
