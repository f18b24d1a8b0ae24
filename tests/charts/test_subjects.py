"""One school's subjects beside each other."""

from __future__ import annotations

from tests.charts.drawn_rows import drawn_svg
from upwards.charts.picture import _compile
from upwards.charts.subjects import draw_subjects

ROWS = [
    {"name": "art", "estimate": -0.5, "lower": -1.0, "upper": -0.1, "n": 30, "hidden": None},
    {"name": "music", "estimate": None, "lower": None, "upper": None, "n": 2, "hidden": "too few"},
    {"name": "physics", "estimate": 0.5, "lower": -0.2, "upper": 1.0, "n": 30, "hidden": None},
]


def test_what_may_not_be_shown_is_in_the_table_with_its_reason_and_not_drawn():
    picture = draw_subjects(ROWS, unit="points", what="beyond expectation")
    assert picture is not None
    assert "music" not in drawn_svg(picture)
    assert [row["hidden"] for row in picture.rows] == [None, "too few", None]
    assert picture.alt.startswith(
        "Beyond expectation by subject, points: art −0.50 (−1.00 to −0.10); physics"
    )


def test_the_line_of_comparison_is_told():
    picture = draw_subjects(ROWS[2:], unit="pupil SD", what="gap", at=0.2)
    assert picture is not None
    assert "0.2, the dashed line" in picture.caption


def test_nothing_is_drawn_of_nothing():
    assert draw_subjects(ROWS[1:2], unit="points", what="gap") is None


def test_charts_of_two_schools_are_translated_once():
    _compile.cache_clear()
    for score in (1.0, 2.5):
        drawn_svg(draw_subjects([{**ROWS[0], "estimate": score}], unit="points", what="beyond"))
    assert _compile.cache_info().misses == 1
