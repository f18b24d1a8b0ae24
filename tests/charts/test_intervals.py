from __future__ import annotations

from typing import Any

import pytest

from tests.charts.drawn_rows import drawn, drawn_svg
from upwards.charts.intervals import MOST_DRAWN, draw_caterpillar, draw_certainty, draw_school_gaps
from upwards.charts.picture import Picture


def unit(name: str, effect: float | None) -> dict[str, Any]:
    bounds = (None, None) if effect is None else (effect - 1, effect + 1)
    hidden = "five pupils or fewer" if effect is None else None
    n = None if effect is None else 30
    return {
        "path": [name],
        "n": n,
        "effect": effect,
        "lower": bounds[0],
        "upper": bounds[1],
        "hidden": hidden,
    }


def gap(school: str, size: float | None) -> dict[str, Any]:
    bounds = (None, None) if size is None else (size - 0.25, size + 0.25)
    return {
        "school": school, "gap": size, "lower": bounds[0], "upper": bounds[1], "p_even": 0.5, "n_teams": 2,
    }  # fmt: skip


def team(school: str, certainty: float, status: str = "provisional") -> dict[str, Any]:
    return {"school": school, "subject": "art", "stage": "all", "status": status, "certainty": certainty}


def test_units_are_drawn_in_order_of_size_and_listed_by_name() -> None:
    units = [unit("School 10", 3.0), unit("School 9", -2.0), unit("School 1", 0.5), unit("School 2", None)]
    picture = draw_caterpillar(units)
    assert picture is not None
    assert [row["value"] for row in drawn(picture, 2)] == [-2.0, 0.5, 3.0]
    assert [row["filled"] for row in drawn(picture, 2)] == [True, False, True]
    assert [row["name"] for row in picture.rows] == ["School 1", "School 2", "School 9", "School 10"]
    assert picture.rows[1]["hidden"] == "five pupils or fewer"
    assert picture.alt == (
        "Effects of 3 schools with 95% intervals, from −2.0 to 3.0 points. The interval lies wholly above "
        "zero for 1 and wholly below zero for 1."
    )
    assert "not a ranking" in picture.caption
    assert "<svg" in drawn_svg(picture)


def test_many_units_are_thinned_evenly_with_both_ends() -> None:
    picture = draw_caterpillar([unit(str(i), float(i)) for i in range(1000)])
    assert picture is not None
    values = [row["value"] for row in drawn(picture, 2)]
    assert len(values) == len(picture.rows) == MOST_DRAWN
    assert (values[0], values[-1]) == (0.0, 999.0)
    assert {round(after - before) for before, after in zip(values, values[1:], strict=False)} <= {12, 13}
    assert picture.caption.startswith("80 of 1,000 schools, evenly spaced")


def test_gaps_are_filled_only_where_surely_worth_sharing() -> None:
    picture = draw_school_gaps([gap("B", 0.5), gap("A", 0.125), gap("C", None)], worth_sharing=0.2)
    assert picture is not None
    assert [row["filled"] for row in drawn(picture, 3)] == [False, True]
    assert [row["school"] for row in picture.rows] == ["A", "B"]
    assert "above 0.2 for 1." in picture.alt


def test_bright_spots_and_provisional_teams_differ_in_more_than_colour() -> None:
    picture = draw_certainty([team("B", 0.9), team("A", 0.95, "bright spot")], threshold=0.8)
    assert picture is not None
    assert [(row["name"], row["filled"]) for row in drawn(picture, 1)] == [
        ("A: art", True),
        ("B: art", False),
    ]
    assert picture.alt == "Certainty of 2 teams, from 90% to 95%; 1 are bright spots, 1 are provisional."


def test_a_long_list_draws_the_surest_and_lists_all() -> None:
    picture = draw_certainty([team(f"S{i}", 0.8 + i / 1000) for i in range(50)], threshold=0.8)
    assert picture is not None
    assert {row["name"] for row in drawn(picture, 1)} == {f"S{i}: art" for i in range(10, 50)}
    assert len(picture.rows) == 50


@pytest.mark.parametrize(
    "picture",
    [
        draw_caterpillar([]),
        draw_caterpillar([unit("A", None)]),
        draw_school_gaps([gap("A", None)], worth_sharing=0.2),
        draw_certainty([], threshold=0.8),
    ],
)
def test_nothing_to_show_is_no_picture(picture: Picture | None) -> None:
    assert picture is None
