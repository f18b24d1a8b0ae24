"""Counts term by term: no record is no bar, and zero is written."""

from __future__ import annotations

from tests.charts.drawn_rows import drawn, drawn_svg
from upwards.charts.terms import draw_terms

SERIES = {"given": "given", "received": "received"}
ROWS = [
    {"term": "Spring", "given": None, "received": None},
    {"term": "Summer", "given": 0, "received": 4.5},
    {"term": "Autumn", "given": 6, "received": 8},
]


def test_a_term_without_a_record_has_no_bar():
    picture = draw_terms(ROWS, series=SERIES, unit="hours")
    assert picture is not None
    values = drawn(picture, 0)
    assert [(one["term"], one["value"]) for one in values] == [
        ("Summer", 0), ("Summer", 4.5), ("Autumn", 6), ("Autumn", 8),
    ]  # fmt: skip
    assert picture.alt == "Given: 0 in Summer, 6 in Autumn. Received: 4.5 in Summer, 8 in Autumn."
    assert picture.rows == tuple(ROWS)
    assert picture.columns == {"term": "term", "given": "given, hours", "received": "received, hours"}


def test_it_is_drawn_with_every_term_on_its_axis():
    picture = draw_terms(ROWS, series=SERIES, unit="hours")
    assert picture is not None
    svg = drawn_svg(picture)
    assert all(term in svg for term in ("Spring", "Summer", "Autumn"))


def test_nothing_recorded_is_no_picture():
    assert draw_terms(ROWS[:1], series=SERIES, unit="hours") is None
    one = draw_terms([{"term": "Spring", "given": 3, "received": None}], series=SERIES, unit="hours")
    assert one is not None
    assert one.alt == "Given: 3 in Spring. received: nothing recorded."
