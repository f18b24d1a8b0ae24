from __future__ import annotations

import polars as pl
import pytest

from upwards.sources.errors import UnknownScale
from upwards.sources.markers import load_markers
from upwards.sources.scales import find_scale, fitting_scales, load_scales, share_fitting


def points(scale: str, *grades: str) -> list[float | None]:
    return pl.DataFrame({"g": grades}).select(find_scale(scale).score("g")).to_series().to_list()


def test_grades_of_each_scale_have_their_published_points() -> None:
    assert points("gcse_9_1", "9", "Grade 7", "grade: 4", "U", "5.0") == [9, 7, 4, 0, 5]
    assert points("gcse_a_g", "A*", "a", " B ", "A *", "G") == [8, 7, 6, 8, 1]
    assert points("a_level", "A*", "E", "F") == [56, 16, None]
    assert points("btec", "D*D*D*", "DDM", "D*D", "MP", "P", "MD") == [168, 128, 104, 48, 16, None]
    assert points("nc_sublevel", "4b", "2a", "2c", "Level 3", "W", "8A+", "4b\u2212") == [
        27,
        17,
        13,
        21,
        3,
        54,
        26,
    ]
    assert points("ks2_scaled", "80", "120", "79.9", "121") == [80, 120, None, None]
    assert points("percent", "45%", "45 %", "100", "101%", "x") == [45, 45, 100, None, None]


def test_bounds_can_be_drawn_closer() -> None:
    scale = find_scale("number").within(0, None)
    frame = pl.DataFrame({"g": ["-1", "0", "1e9"]})
    assert frame.select(scale.score("g")).to_series().to_list() == [None, 0, 1e9]
    assert scale.range_in_words == "0 to any"
    assert find_scale("number").range_in_words == "any number"
    assert find_scale("number").within(None, 5).range_in_words == "any to 5"
    assert find_scale("btec").range_in_words.endswith("... U")


def test_scales_that_fit_are_listed_grades_first() -> None:
    assert fitting_scales(["9", "U"]) == ("gcse_9_1",)
    assert fitting_scales(["5", "4"]) == ("gcse_9_1", "nc_sublevel", "number", "percent")
    assert fitting_scales([]) == ()
    assert share_fitting([]) == 1


def test_an_unknown_scale_is_named() -> None:
    with pytest.raises(UnknownScale, match="no scale 'gcse_91'; did you mean 'gcse_9_1'"):
        find_scale("gcse_91")
    with pytest.raises(UnknownScale, match="There are: a_level, btec"):
        find_scale("zzz")


def test_every_scale_says_where_it_comes_from() -> None:
    for scale in load_scales().values():
        assert scale.meaning
        assert scale.unit
        assert scale.source
        assert scale.date


def test_no_marker_means_two_things() -> None:
    words = list(load_markers())
    assert len(set(words)) == len(words)
    assert all(word == word.lower() for word in words)
