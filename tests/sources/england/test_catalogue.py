"""The catalogue of England's published measures."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from upwards.sources.england import fft, joined, ks2, ks4, trusts
from upwards.sources.england.catalogue import load_catalogue, load_notes, load_pupil_sd_sources

LAYOUTS = (
    *(layout for module in (ks2, ks4, trusts) for layouts in module.LAYOUTS.values() for layout in layouts),
    fft.LAYOUT,
    joined.LAYOUT,
)


def test_every_measure_that_is_read_is_in_the_catalogue() -> None:
    read = {figure.measure for layout in LAYOUTS for figure in layout.figures}
    assert read <= set(load_catalogue())


def test_progress_is_norm_referenced_and_attainment_is_not() -> None:
    normed = {name for name, measure in load_catalogue().items() if measure.norm_referenced}
    assert normed == {name for name in load_catalogue() if "progress" in name}


def test_no_year_both_has_figures_and_a_reason_why_there_are_none() -> None:
    for measure in load_catalogue().values():
        assert not set(measure.years) & set(measure.gaps)
        assert all(measure.gaps.values())
        assert all(measure.breaks.values())


def test_years_without_tests_are_gaps_with_reasons() -> None:
    catalogue = load_catalogue()
    assert set(catalogue["ks4.progress8"].gaps) == {2020, 2021, 2025, 2026}
    assert set(catalogue["ks2.maths_progress"].gaps) == {2020, 2021, 2022, 2024, 2025}
    assert set(catalogue["ks2.rwm_expected"].gaps) == {2020, 2021, 2022}


def test_the_breaks_that_stop_a_comparison_are_there() -> None:
    catalogue = load_catalogue()
    assert 2018 in catalogue["ks2.writing_progress"].breaks
    assert 2018 not in catalogue["ks2.reading_progress"].breaks
    assert {2017, 2018} <= set(catalogue["ks4.attainment8"].breaks)
    assert set(catalogue["ks4.progress8"].breaks) == {2017}


@pytest.mark.parametrize(
    ("measure", "year", "value", "tolerance"),
    [
        ("ks2.reading_progress", 2017, 6.25, 0.03),
        ("ks2.writing_progress", 2017, 6.06, 0.03),
        ("ks2.maths_progress", 2017, 5.61, 0.03),
        ("ks2.reading_progress", 2018, 5.96, 0.04),
        ("ks2.writing_progress", 2018, 5.75, 0.03),
        ("ks2.maths_progress", 2018, 5.42, 0.03),
        ("ks2.reading_progress", 2019, 6.17358373, 0),
        ("ks2.writing_progress", 2019, 5.69410663, 0),
        ("ks2.maths_progress", 2019, 5.38985717, 0),
        ("ks4.progress8", 2018, 1.263, 0.001),
    ],
)
def test_pupil_spreads_are_the_published_or_implied_ones(
    measure: str, year: int, value: float, tolerance: float
) -> None:
    assert load_catalogue()[measure].pupil_sd[year] == pytest.approx(value, abs=tolerance)


def test_every_pupil_spread_says_where_it_comes_from() -> None:
    sources = load_pupil_sd_sources()
    for name, measure in load_catalogue().items():
        assert set(measure.pupil_sd) == set(sources.get(name, {}))
    assert sources["ks4.progress8"][2019].startswith("nearest year's")
    assert "implied by" in sources["ks2.reading_progress"][2016]
    assert sources["ks2.maths_progress"][2019].startswith("DfE")


def test_every_list_of_years_has_its_source_and_is_used() -> None:
    text = resources.files("upwards.sources.england").joinpath("catalogue.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    assert all(one["source"] for one in raw["years"].values())
    for part, key in (
        ("years", "years"),
        ("gaps", "gaps"),
        ("breaks", "breaks"),
        ("pupil_sd", "pupil_sd"),
        ("notes", "note"),
    ):
        used = {row[key] for row in raw["measures"].values() if key in row}
        assert used == set(raw[part])


def test_smaller_changes_are_notes_that_stop_nothing() -> None:
    notes = load_notes()
    assert "extremely negative" in notes["ks2.reading_progress"]
    assert set(notes) <= set(load_catalogue())


def test_every_column_and_measure_of_all_pupils_is_on_the_page(project: Path) -> None:
    page = (project / "docs/reference/england-performance-tables.md").read_text(encoding="utf-8")
    for module in (ks2, ks4, trusts):
        layouts = [layout for layouts in module.LAYOUTS.values() for layout in layouts]
        for figure in (one for layout in layouts for one in layout.figures):
            if figure.group is None and figure.year is None:
                assert f"`{figure.column}`" in page
