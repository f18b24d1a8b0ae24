from __future__ import annotations

from xml.etree import ElementTree

from tests.charts.drawn_rows import drawn_svg
from upwards.charts.bars import draw_coverage, draw_hours, draw_spread, hours_by_school
from upwards.charts.picture import INK, LINE, MARK, PALE, Picture, signed
from upwards.core.name_order import in_order

SPREADS = [
    {"part": "school", "meaning": "between schools", "sd": 0.25, "lower": 0.125, "upper": 0.5},
    {"part": "residual", "meaning": "the rest", "sd": 0.75, "lower": None, "upper": None},
]
LINES = [
    {"provider_school": "Hill", "recipient_school": "Park", "hours_each": 9.0},
    {"provider_school": "Hill", "recipient_school": "Hill", "hours_each": 4.5},
]


def answer(subject: str, stage: str, coverage: float) -> dict[str, object]:
    return {"by": {"subject": subject, "stage": stage}, "coverage": coverage}


def test_hours_add_up_at_both_ends() -> None:
    assert hours_by_school(LINES) == [
        {"school": "Hill", "gives": 13.5, "receives": 4.5},
        {"school": "Park", "gives": 0.0, "receives": 9.0},
    ]


def test_what_lies_below_the_threshold_is_named_in_words() -> None:
    picture = draw_coverage([answer("art", "all", 0.5), answer("reading", "3", 0.9)], minimum=0.7)
    assert picture is not None
    assert picture.alt == (
        "Share of results that can be used, by subject and stage: 50% to 90%. Below 70%: art."
    )


def test_one_coverage_is_one_figure() -> None:
    picture = draw_coverage([answer("art", "3", 1.0)], minimum=0.7)
    assert picture is not None
    assert picture.alt == "Share of results that can be used, by subject and stage: 100%. None is below 70%."


def test_a_coverage_that_is_not_whole_never_reads_as_whole() -> None:
    picture = draw_coverage([answer("art", "3", 0.9967)], minimum=0.7)
    assert picture is not None
    assert "stage: over 99%. None" in picture.alt
    assert [row["said"] for row in all_values(picture) if "said" in row] == ["over 99%"]


def all_values(picture: Picture) -> list[dict[str, object]]:
    drawn = picture.chart.to_dict()
    named = [row for rows in drawn.get("datasets", {}).values() for row in rows]
    return named or [row for layer in drawn["layer"] for row in layer["data"]["values"]]


def test_a_spread_without_an_interval_has_a_bar_and_no_line() -> None:
    picture = draw_spread(SPREADS, level=0.95)
    assert picture is not None
    bars, lines = (
        picture.chart.to_dict()["datasets"][layer["data"]["name"]] if "name" in layer["data"]
        else layer["data"]["values"]
        for layer in picture.chart.to_dict()["layer"]
    )  # fmt: skip
    assert [bar["sd"] for bar in bars] == [0.25, 0.75]
    assert [line["lower"] for line in lines] == [0.125]
    assert picture.alt == "True spread of each part in pupil SD: school 0.25, rest 0.75."


def test_nothing_to_show_is_no_picture() -> None:
    assert draw_coverage([], minimum=0.7) is None
    assert draw_spread([], level=0.95) is None
    assert draw_hours([]) is None


def test_a_drawing_is_text_that_a_stranger_cannot_break() -> None:
    name = "<script>alert('x')</script> & \"co\""
    picture = draw_hours(
        [{"provider_school": name, "recipient_school": "Park", "hours_each": 9.0}], width=900
    )
    root = ElementTree.fromstring(drawn_svg(written(picture)))
    assert name in [element.text for element in root.iter()]
    assert not [element for element in root.iter() if "script" in element.tag]


def test_a_drawing_uses_few_colours_and_letters_of_14_pixels() -> None:
    root = ElementTree.fromstring(drawn_svg(written(draw_hours(LINES))))
    colours = {e.get(name) for e in root.iter() for name in ("fill", "stroke")} - {
        None,
        "none",
        "transparent",
    }
    assert colours <= {INK, LINE, MARK, PALE, "white", "#e3e3e3"}
    sizes = {e.get("font-size") for e in root.iter() if e.tag.endswith("text")}
    assert sizes == {"14px"}


def test_marks_differ_in_greyscale() -> None:
    grey = [sum(w * int(c[i : i + 2], 16) for w, i in ((0.3, 1), (0.59, 3), (0.11, 5))) for c in (MARK, PALE)]
    assert abs(grey[0] - grey[1]) > 100


def test_names_are_sorted_as_a_person_would() -> None:
    names = ["School 10", "School 9", "Abbey", "School 9b"]
    assert sorted(names, key=in_order) == ["Abbey", "School 9", "School 9b", "School 10"]


def test_a_rounded_nought_has_no_sign() -> None:
    assert (signed(-0.001), signed(-0.25), signed(0.5)) == ("0.00", "−0.25", "0.50")


def written(picture: Picture | None) -> Picture:
    assert picture is not None
    return picture
