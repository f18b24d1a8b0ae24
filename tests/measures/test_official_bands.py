from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.measures.official_band_files import (
    SUBJECTS,
    Floats,
    KeyStage2,
    key_stage_4,
    opener,
    register,
)
from upwards.measures.official_bands import (
    NO_SCORE,
    NO_SIZE,
    NO_SPREAD,
    BandCuts,
    NoCutOffs,
    joins_late,
    percentile_cuts,
    recompute_bands,
    recompute_interval,
)

MANY = 10_000  # pupils: an interval of 0.02 around a Progress 8 score


def many(*values: float) -> tuple[Floats, Floats]:
    return np.array(values), np.full(len(values), float(MANY))


def test_the_interval_is_the_score_and_1_96_standard_errors_to_the_published_decimal() -> None:
    # 850_ks2final.csv 2016/17, school 115976: 109 eligible pupils, 94 % covered, reading 1.2 (0.0 to 2.4).
    n = round(109 * 0.94)
    lower, upper = recompute_interval(np.array([1.2]), np.array([float(n)]), 6.23, kind="ks2_progress")
    assert (lower.item(), upper.item()) == (0.0, 2.4)
    assert round(1.2 + 1.96 * 6.23 / n**0.5, 1) == 2.4


def test_half_a_digit_is_rounded_away_from_zero() -> None:
    # Half widths of 0.05 exactly: 1.96 × sd / √n with sd = 0.05 / 1.96 and one pupil.
    lower, upper = recompute_interval(np.array([0.3, -0.3]), np.ones(2), 0.05 / 1.96, kind="ks2_progress")
    assert lower.tolist() == [0.3, -0.4]
    assert upper.tolist() == [0.4, -0.3]


def test_a_score_of_one_half_is_well_above_and_of_minus_one_half_is_not_well_below() -> None:
    found = recompute_bands(*many(0.5, 0.49, 0.0, -0.5, -0.51), 1.263, "progress8")
    assert found.band.tolist() == [1, 2, 3, 4, 5]


def test_an_interval_that_ends_at_zero_contains_it() -> None:
    value, n = many(0.3, 0.3, -0.3)
    lower, upper = np.array([0.0, 0.01, -0.6]), np.array([0.6, 0.59, 0.0])
    found = recompute_bands(value, n, 1.263, "progress8", lower=lower, upper=upper)
    assert found.band.tolist() == [3, 2, 3]


def test_a_large_score_of_few_pupils_is_average() -> None:
    found = recompute_bands(np.array([0.9, -0.9]), np.array([4.0, 4.0]), 1.263, "progress8")
    assert found.band.tolist() == [3, 3]


def test_schools_that_pupils_join_late_have_three_bands_and_their_interval_plays_no_part() -> None:
    value, n = np.array([0.3, -0.59, -0.5, 0.6]), np.array([500.0, 14.0, 500.0, 9.0])
    late = np.ones(4, dtype=bool)
    found = recompute_bands(value, n, 1.263, "progress8", starts_late=late)
    assert found.band.tolist() == [3, 5, 3, 1]
    # De Salis Studio College, 2018: -0.59 (-1.25 to 0.07), 14 pupils, published as band 5.
    assert (found.lower[1], found.upper[1]) == (-1.25, 0.07)


def test_late_joiners_are_known_by_kind_and_upper_schools_by_age() -> None:
    kind = np.array(
        ["Studio schools", "University technical college", "Academy converter", "Community school"]
    )
    assert joins_late(kind).tolist() == [True, True, False, False]
    assert joins_late(kind, np.array([np.nan, 14, 13, 11])).tolist() == [True, True, True, False]


def test_key_stage_2_needs_the_cut_offs_of_the_year() -> None:
    with pytest.raises(NoCutOffs, match="10th and 90th percentile"):
        recompute_bands(*many(1.0), 6.0, "ks2_progress")
    with pytest.raises(NoCutOffs, match="national file"):
        percentile_cuts(np.array([np.nan]))


def test_the_outer_bands_of_key_stage_2_start_at_the_upper_cut_and_below_the_lower() -> None:
    cuts = BandCuts(low=-2.8, high=3.2)
    found = recompute_bands(*many(3.2, 3.1, 0.0, -2.8, -2.9), 6.0, "ks2_progress", cuts=cuts)
    assert found.band.tolist() == [1, 2, 3, 4, 5]


def test_cut_offs_leave_missing_scores_out() -> None:
    scores = np.concatenate([np.arange(1.0, 11.0), np.full(90, np.nan)])
    assert percentile_cuts(scores) == BandCuts(low=1.0, high=9.0)


def test_where_a_part_is_not_published_the_answer_says_which() -> None:
    value, n = np.array([np.nan, 0.4, 0.4, 0.4]), np.array([100.0, np.nan, 0.0, 100.0])
    found = recompute_bands(value, n, 1.263, "progress8")
    assert found.why.tolist() == [NO_SCORE, NO_SIZE, NO_SIZE, ""]
    assert np.isnan(found.band[:3]).all()
    assert np.isnan(found.lower[:3]).all()
    unknown = recompute_bands(value, n, float("nan"), "progress8")
    assert unknown.why.tolist() == [NO_SCORE, NO_SIZE, NO_SIZE, NO_SPREAD]


def test_a_published_interval_stands_in_for_a_missing_number_of_pupils() -> None:
    value, n = np.array([0.4, 0.4]), np.full(2, np.nan)
    lower, upper = np.array([0.1, np.nan]), np.array([0.7, 0.7])
    found = recompute_bands(value, n, 1.263, "progress8", lower=lower, upper=upper)
    assert found.band[0] == 2
    assert found.why.tolist() == ["", NO_SIZE]


def test_schools_over_years_keep_their_shape() -> None:
    value = np.array([[0.6, np.nan], [-0.6, 0.0]])
    found = recompute_bands(value, np.full((2, 2), 900.0), 1.263, "progress8")
    assert found.band.shape == found.why.shape == (2, 2)


@pytest.fixture(scope="module")
def ks2(england: Path) -> KeyStage2:
    return KeyStage2(opener(england))


@pytest.mark.parametrize("year", [2017, 2018, 2019])
def test_hampshires_bands_of_key_stage_2_are_met_in_99_of_100_schools(ks2: KeyStage2, year: int) -> None:
    found = [ks2.agreement(subject, year) for subject in SUBJECTS]
    for one in found:
        assert one.n > 300
        assert one.bands / one.n >= 0.99
        assert one.interval_one_unit == one.n
        assert one.causes["not explained"] == one.causes_without_interval["not explained"] == 0
    assert sum(one.bands_without_interval for one in found) / sum(one.n for one in found) >= 0.99


@pytest.mark.parametrize("subject", SUBJECTS)
def test_intervals_of_2017_and_2018_are_met_to_the_decimal(ks2: KeyStage2, subject: str) -> None:
    for year in (2017, 2018):
        found = ks2.agreement(subject, year)
        assert found.interval_exact >= found.n - 1


def test_the_bands_of_progress_8_are_met_in_99_of_100_schools(england: Path) -> None:
    open_published = opener(england)
    by_kind = key_stage_4(open_published, None)
    assert by_kind.n == 3165
    assert by_kind.bands / by_kind.n >= 0.99
    found = key_stage_4(open_published, register(open_published))
    assert found.n - found.bands <= 4
    assert found.bands_without_interval / found.n >= 0.99
    assert found.interval_one_unit == found.n
    assert found.causes["not explained"] == found.causes_without_interval["not explained"] == 0


def test_the_page_quotes_the_evidence(project: Path) -> None:
    found = json.loads((project / "docs/evidence/official_bands.json").read_text(encoding="utf-8"))["found"]
    page = (project / "docs/methods/official-bands.md").read_text(encoding="utf-8")
    for file, one in found.items():
        share, recomputed = (100 * one[name] for name in ("bands_share", "bands_share_interval_recomputed"))
        row = (
            f"| {file} | {one['schools']:,} | {one['bands_equal']:,} ({share:.1f} %) | "
            f"{one['bands_equal_interval_recomputed']:,} ({recomputed:.1f} %) | {one['interval_equal']:,} | "
            f"{one['interval_within_one_last_digit']:,} |"
        )
        assert row in page
        for cause, n in one["differences"].items():
            n_recomputed = one["differences_interval_recomputed"][cause]
            assert not (n or n_recomputed) or f"| {file} | {cause} | {n} | {n_recomputed} |" in page
        if "cut_low" in one:
            assert f"| {file} | {one['cut_low']} | {one['cut_high']} |" in page
