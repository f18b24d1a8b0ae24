"""Two figures beside each other, and in words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.drawn_rows import drawn_as, drawn_svg
from upwards.charts.comparisons import draw_naive, draw_region_gap


def quarter(name: str, change: float, alone: float) -> dict[str, Any]:
    return {"quarter": name, "n_units": 100, "start": -change, "change": change, "by_regression": alone}


QUARTERS = [quarter("lowest quarter", 2.5, 2.0), quarter("highest quarter", -2.25, -2.5)]


def interval(estimate: float, half: float = 0.1) -> dict[str, float]:
    return {"estimate": estimate, "lower": estimate - half, "upper": estimate + half}


GAP = {
    "region": "London",
    "year": 2019,
    "gap": interval(0.3),
    "parts": [{"block": "home language", **interval(0.25)}],
    "remaining": interval(0.05),
}


def test_each_quarter_has_what_is_seen_and_what_fluctuation_alone_would_show() -> None:
    picture = draw_naive(QUARTERS, unit="points")
    assert picture is not None
    assert [(row["at"], row["seen"]) for row in drawn_as(picture, "point")] == [
        (2.5, True), (2.0, False), (-2.25, True), (-2.5, False),
    ]  # fmt: skip
    assert [row["beyond"] for row in picture.rows] == pytest.approx([0.5, 0.25])
    assert "lowest quarter changed by 2.50, and fluctuation alone would change it by 2.00" in picture.alt
    assert "−2.25" in picture.alt
    assert "<svg" in drawn_svg(picture)


def test_without_quarters_there_is_nothing_to_compare() -> None:
    assert draw_naive([], unit="points") is None


def test_the_parts_of_a_gap_stand_between_the_gap_and_what_remains() -> None:
    picture = draw_region_gap(GAP, unit="grades")
    assert picture is not None
    assert [row["name"] for row in picture.rows] == ["the gap", "goes with home language", "what remains"]
    assert [row["filled"] for row in drawn_as(picture, "point")] == [True, True, False]
    assert picture.alt.startswith("London less the rest in 2018/19, grades: the gap 0.30")
    assert "<svg" in drawn_svg(picture)


def test_a_gap_that_could_not_be_taken_apart_has_no_picture() -> None:
    assert draw_region_gap({"refusal": "why"}, unit="grades") is None
