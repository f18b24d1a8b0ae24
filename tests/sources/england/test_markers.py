"""What England's publishers write where a number would stand."""

from __future__ import annotations

import polars as pl
import pytest

from upwards.core.tables.column import REASONS
from upwards.sources.england import markers
from upwards.sources.england.markers import load_england_markers, read_number, report_cells
from upwards.sources.problems import Problems


def read(text: str | None, dataset: str = "", year: int | None = None) -> tuple[object, ...]:
    value, reason, fault = read_number("X", dataset=dataset, year=year)
    frame = pl.DataFrame({"X": [text]}, schema={"X": pl.String})
    return frame.select(v=value, r=reason, f=fault).row(0)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("45", 45.0),
        (" -0.53 ", -0.53),
        ("45%", 45.0),
        ("100.0%", 100.0),
        ("£45,884", 45884.0),
        ("-£1,234.50", -1234.5),
        ("£-12", -12.0),
        ("1,234,567", 1234567.0),
        ("\u22120.5", -0.5),
        ("1e-05", 1e-05),
        ("12.", 12.0),
        ("0", 0.0),
    ],
)
def test_a_number_is_read_with_its_signs_and_separators(text: str, number: float) -> None:
    assert read(text) == (number, None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SUPP", "suppressed"),
        ("c", "suppressed"),
        ("SUPPMAT", "suppressed"),
        ("NE", "not entered"),
        ("NP", "not published"),
        ("NEW", "new school"),
        ("LOWCOV", "low coverage"),
        ("u", "low coverage"),
        ("NA", "not applicable"),
        ("z", "not applicable"),
        ("x", "not available"),
        ("k", "rounds to zero"),
        ("", "blank"),
        ("  ", "blank"),
        (None, "blank"),
    ],
)
def test_a_marker_keeps_its_own_reason_and_never_becomes_zero(text: str | None, reason: str) -> None:
    assert read(text) == (None, reason, None)


@pytest.mark.parametrize(
    "text", ["abc", "12,34", "1-2", "inf", "NaN", "4 5", "%", "££4", "12/03/2019", "1e999"]
)
def test_anything_else_is_a_fault_with_its_text(text: str) -> None:
    assert read(text) == (None, None, text)


def test_a_word_can_mean_something_else_in_one_file() -> None:
    assert read("NA") == (None, "not applicable", None)
    assert read("NA", "workforce", 2018) == (None, "not available", None)
    assert read("-", "authorities") == (None, "not available", None)
    assert read("-") == (None, None, "-")


def test_every_reason_is_one_of_the_tables() -> None:
    for dataset in ("", "workforce", "authorities", "ks4_joined"):
        assert set(load_england_markers(dataset).values()) <= set(REASONS)


def test_a_reason_that_does_not_exist_is_a_bug() -> None:
    with pytest.raises(ValueError, match="hidden"):
        markers._by_word({"hidden": ["h"]})


def test_cells_that_are_neither_are_reported_with_file_row_column_and_value() -> None:
    problems = Problems(limit=2)
    faults = pl.Series(["a", None, "b", "c"])
    report_cells(problems, "f.csv", "sources/england/x.py", "P8", pl.Series([2, 3, 4, 5]), faults)
    assert problems.counts == {("P8", "neither a number nor a marker that is known"): 3}
    assert [(p.file, p.row, p.column, p.value_or_class) for p in problems.listed] == [
        ("f.csv", 2, "P8", "'a'"),
        ("f.csv", 4, "P8", "'b'"),
    ]
    assert "markers.toml" in problems.listed[0].remedy


def test_without_faults_nothing_is_reported() -> None:
    problems = Problems()
    report_cells(problems, "f.csv", "m", "P8", pl.Series([2]), pl.Series([None], dtype=pl.String))
    assert problems.is_clean
