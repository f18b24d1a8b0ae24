"""Groups as dots with intervals, and one of them on the map."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.drawn_rows import drawn_as, drawn_svg
from upwards.charts.groups import draw_group_map, draw_groups, draw_school_scores


def group(name: str, value: float | None, p_high: float | None = 0.1) -> dict[str, Any]:
    figures = {
        "value": value,
        "lower": None if value is None else value - 0.2,
        "upper": None if value is None else value + 0.2,
        "p_high": p_high,
        "official": value,
        "status": "measured" if value is not None else "not published",
        "unit": "grades",
    }
    return {"name": name, "n_schools": 4, "areas": {"ks4_progress": figures}}


GROUPS = [group("Beech", 0.4, 0.95), group("Ash", -0.3), group("Cedar", None, None), group("Dock 10", 0.0)]


def draw(groups: list[dict[str, Any]]) -> Any:
    return draw_groups(groups, area="ks4_progress", title="Progress", high_from=0.1, certainty=0.9)


def school(code: str, longitude: float | None, nearest: str | None, minutes: float | None) -> dict[str, Any]:
    return {
        "school": code, "name": f"School {code}", "phase": "Primary", "latitude": 52.0, "km": 3.0,
        "longitude": longitude, "nearest": nearest, "minutes": minutes, "minutes_basis": "estimated",
    }  # fmt: skip


def test_the_table_is_in_the_order_of_names_and_holds_those_without_a_figure():
    picture = draw(GROUPS)
    assert [row["name"] for row in picture.rows] == ["Ash", "Beech", "Cedar", "Dock 10"]
    assert picture.rows[2]["status"] == "not published"
    assert picture.rows[2]["value"] is None


def test_high_performing_groups_are_filled_and_counted():
    picture = draw(GROUPS)
    assert "3 groups" in picture.alt
    assert "1 is high-performing" in picture.alt
    filled = [row["filled"] for row in drawn_as(picture, "point")]
    assert filled == [False, False, True]
    assert "<svg" in drawn_svg(picture)


def test_of_many_groups_all_high_performing_ones_are_drawn():
    many = [group(f"Trust {i}", i / 100, 0.95 if i == 137 else 0.1) for i in range(300)]
    picture = draw(many)
    assert sum(row["filled"] for row in drawn_as(picture, "point")) == 1
    assert "of 300 groups" in picture.caption
    assert "not a ranking" in picture.caption


def test_an_area_that_nobody_has_is_not_drawn():
    assert draw([group("Ash", None)]) is None


def test_a_map_draws_the_way_to_the_nearest_school_and_opens_the_dots_of_far_ones():
    schools = [school("1", -1.0, "2", 5.0), school("2", -1.05, "1", 5.0), school("3", 0.2, "1", 75.0)]
    picture = draw_group_map({"name": "Ash", "schools": schools})
    points = drawn_as(picture, "point")
    assert [point["far"] for point in points] == [False, False, True]
    assert len(drawn_as(picture, "rule")) == 3
    # 1.2 degrees of longitude at 52 degrees north: 1.2 × cos 52° × 111.2 km = 82.2 km
    assert points[2]["x"] - points[0]["x"] == pytest.approx(82.2, abs=0.1)
    assert "1 is more than an hour from every other school" in picture.alt
    assert "estimates" in picture.caption
    assert picture.rows[0]["nearest_name"] == "School 2"
    assert "<svg" in drawn_svg(picture)


def test_a_school_without_a_place_is_in_the_table_and_told():
    schools = [school("1", -1.0, "2", 5.0), school("2", -1.0, "1", 5.0), school("3", None, None, None)]
    picture = draw_group_map({"name": "Ash", "schools": schools})
    assert len(picture.rows) == 3
    assert "1 schools have no place" in picture.caption or "1 school has no place" in picture.caption


def test_one_place_alone_is_no_map():
    schools = [school("1", -1.0, None, None), school("2", None, None, None)]
    assert draw_group_map({"name": "Ash", "schools": schools}) is None


def score(name: str | None, effect: float | None) -> dict[str, Any]:
    ends = {"lower": None, "upper": None} if effect is None else {"lower": effect - 1, "upper": effect + 1}
    missing = "suppressed" if effect is None else None
    return {"school": "100", "name": name, "n": 30, "effect": effect, "missing": missing, **ends}


def test_schools_stand_with_intervals_and_those_without_a_figure_say_why():
    picture = draw_school_scores([score("Hill", 2.0), score(None, -0.5), score("Lane", None)], unit="points")
    assert "2 schools" in picture.alt
    assert [(row["name"], row["hidden"]) for row in picture.rows] == [
        ("100", None), ("Hill", None), ("Lane", "suppressed"),
    ]  # fmt: skip
    assert [row["filled"] for row in drawn_as(picture, "point")] == [False, True]


def test_no_school_with_an_effect_is_no_picture():
    assert draw_school_scores([score("Lane", None)], unit="points") is None
