"""Charts over years say in words what they draw."""

from __future__ import annotations

from tests.charts.drawn_rows import drawn_as, drawn_svg
from upwards.charts.years import draw_fan, draw_regions


def level(estimate: float) -> dict[str, float]:
    return {"estimate": estimate, "lower": estimate - 0.1, "upper": estimate + 0.1}


ANSWER = {
    "n_units": 1630,
    "units": "schools",
    "levels": [
        {"year": 2016, "bottom": level(-2.0), "middle": level(0.0), "top": level(2.0)},
        {"year": 2019, "bottom": level(-1.5), "middle": level(0.1), "top": level(1.75)},
    ],
}


def share(year: int, part: str, value: float) -> dict[str, object]:
    ends = {"value": value, "lower": value - 0.02, "upper": value + 0.02}
    return {
        "year": year,
        "part": part,
        "n_schools": 400,
        "coverage": 0.8,
        "less_than_good": ends,
        "outstanding": ends,
    }


SHARES = [share(2012, "London", 0.24), share(2012, "elsewhere", 0.3), share(2013, "London", 0.15)]


def test_the_fan_says_how_far_top_and_bottom_are_apart():
    picture = draw_fan(ANSWER, unit="points")
    assert "4.00 points apart in 2015/16 and 3.25 in 2018/19" in picture.alt
    assert len(picture.rows) == 6
    assert "<svg" in drawn_svg(picture)


def test_a_system_too_small_for_its_ends_has_no_fan():
    assert draw_fan({**ANSWER, "levels": []}, unit="points") is None


def test_the_shares_of_a_region_are_told_by_part_and_year():
    picture = draw_regions(SHARES, of="less_than_good", breaks=[{"year": 2013}])
    assert picture.alt.startswith("Share of inspected schools less than good. London: 24% in 2011/12, 15% in")
    assert picture.kinds["estimate"] == "share"
    assert [row["year"] for row in picture.rows] == ["2011/12", "2011/12", "2012/13"]
    assert "<svg" in drawn_svg(picture)


def test_the_parts_are_told_apart_without_colour():
    chart = draw_regions(SHARES, of="outstanding").chart.to_dict()
    dashes = [
        layer["encoding"]["strokeDash"] for layer in chart["layer"] if "strokeDash" in layer["encoding"]
    ]
    assert dashes[0]["scale"]["range"] == [[1, 0], [2, 3]]
    assert dashes[0]["scale"]["domain"] == ["London", "elsewhere"]


def test_a_change_of_rules_in_the_first_year_is_not_drawn_between_years():
    with_line, without = (
        len(draw_regions(SHARES, of="outstanding", breaks=[{"year": year}]).chart.to_dict()["layer"])
        for year in (2013, 2012)
    )
    assert with_line == without + 1


def test_no_line_leads_over_a_change_of_the_rules():
    picture = draw_regions(SHARES, of="less_than_good", breaks=[{"year": 2013}])
    assert {(row["year"], row["segment"]) for row in drawn_as(picture, "line")} == {
        ("2011/12", 0), ("2012/13", 1),
    }  # fmt: skip
    line = next(one for one in picture.chart.to_dict()["layer"] if one["mark"]["type"] == "line")
    assert {"field": "segment", "type": "ordinal"} in line["encoding"]["detail"]
    assert "To the right of a dashed line other rules" in picture.caption


def test_no_years_no_chart():
    assert draw_regions([], of="outstanding") is None
