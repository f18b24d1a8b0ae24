"""What may be told of a unit: one rule at a time, on rows a reader can count."""

from __future__ import annotations

from typing import Any

import pytest

from upwards.core.audience import Audience
from upwards.core.disclosure import disclose_beside, disclose_units, is_personal_level

LEVELS = ("group", "school", "class")


def row(
    *path: str, n: int = 40, coverage: float = 1.0, level: str = "school", term: str = "(Intercept)"
) -> Any:
    return {
        "level": level,
        "unit": path[-1],
        "path": list(path),
        "term": term,
        "n": n,
        "coverage": coverage,
        "effect": 0.3,
        "se": 0.1,
    }


def told(
    rows: list[Any], audience: Audience | None = None, **more: Any
) -> tuple[dict[str, Any], dict[str, int]]:
    shown, withheld = disclose_units(rows, audience or Audience(), min_coverage=0.7, **more)
    return {row["unit"]: row for row in shown}, withheld


def test_an_open_unit_is_shown_as_it_is() -> None:
    shown, withheld = told([row("a"), row("b")])
    assert shown["a"] == row("a") | {"hidden": None}
    assert withheld == {}


@pytest.mark.parametrize(("n", "is_hidden"), [(5, True), (6, False)])
def test_five_or_fewer_are_hidden_with_their_count(n: int, is_hidden: bool) -> None:
    shown, _ = told([row("a", n=n), row("b"), row("c", n=3), row("d", n=2)])
    assert (shown["a"]["hidden"] is not None) is is_hidden
    assert (shown["a"]["n"] is None) is is_hidden
    assert (shown["a"]["coverage"] is None) is is_hidden
    assert shown["a"]["unit"] == "a"
    assert shown["a"]["path"] == ["a"]


def test_the_limit_is_the_audiences() -> None:
    shown, _ = told([row("a", n=9), row("b", n=10), row("c", n=3)], Audience(hidden_at=9))
    assert shown["a"]["hidden"] == "9 pupils or fewer"
    assert shown["b"]["hidden"] is None


def test_a_single_small_count_takes_its_smallest_neighbour_with_it() -> None:
    # 100 pupils in all: with 40 and 57 told, 3 would be known by subtraction.
    shown, _ = told([row("a", n=40), row("b", n=57), row("c", n=3)])
    assert [unit for unit, one in shown.items() if one["n"] is None] == ["a", "c"]
    assert "worked out" in shown["a"]["hidden"]


def test_two_small_counts_hide_each_other() -> None:
    shown, _ = told([row("a", n=40), row("b", n=2), row("c", n=3)])
    assert shown["a"]["hidden"] is None


def test_neighbours_are_those_under_the_same_unit() -> None:
    years = [row("a", "2018", n=30, level="school:year"), row("a", "2019", n=4, level="school:year")]
    others = [row("b", "2018", n=20, level="school:year"), row("b", "2019", n=21, level="school:year")]
    shown, _ = disclose_units([*years, *others], Audience(), min_coverage=0.7)
    assert [one["n"] for one in shown] == [None, None, 20, 21]


def test_all_terms_of_a_unit_are_hidden_together() -> None:
    rows = [row("a", n=3), row("a", n=3, term="prior"), row("b"), row("b", term="prior"), row("c", n=1)]
    shown, _ = disclose_units(rows, Audience(), min_coverage=0.7)
    assert [one["effect"] for one in shown] == [None, None, 0.3, 0.3, None]
    assert [one["term"] for one in shown] == ["(Intercept)", "prior", "(Intercept)", "prior", "(Intercept)"]


@pytest.mark.parametrize(("coverage", "reason"), [(0.69, "only 69% of results can be used"), (0.7, None)])
def test_below_coverage_there_is_no_score_and_the_coverage_is_told(
    coverage: float, reason: str | None
) -> None:
    shown, _ = told([row("a", coverage=coverage)])
    assert shown["a"]["hidden"] == reason
    assert shown["a"]["n"] == 40
    assert shown["a"]["coverage"] == coverage
    assert (shown["a"]["effect"] is None) is (reason is not None)


@pytest.mark.parametrize(("n_teachers", "is_hidden"), [(2, True), (3, False), (None, False)])
def test_a_unit_of_one_or_two_people_is_personal(n_teachers: int | None, is_hidden: bool) -> None:
    known = {} if n_teachers is None else {("school", ("a",)): n_teachers}
    shown, _ = told([row("a")], n_teachers=known)
    assert (shown["a"]["effect"] is None) is is_hidden
    assert (shown["a"]["hidden"] == "taught by fewer than 3 people") is is_hidden
    assert shown["a"]["n"] == 40


def test_classes_are_withheld_and_counted() -> None:
    shown, withheld = told(
        [row("a"), row("a", "1", level="class"), row("a", "1", "2019", level="class:year")]
    )
    assert list(shown) == ["a"]
    assert withheld == {"personal units": 2}


def test_other_schools_are_withheld_by_the_place_of_the_school_in_the_path() -> None:
    # A group may be called as a school is; it is not the school.
    rows = [
        row("Hill", level="group"),
        row("Hill", "Park"),
        row("River", "Hill"),
        row("River", "Hill", "2019", level="school:year"),
    ]
    shown, withheld = disclose_units(
        rows, Audience(schools=frozenset({"Hill"})), min_coverage=0.7, levels=LEVELS
    )
    assert [one["path"] for one in shown] == [["River", "Hill"], ["River", "Hill", "2019"]]
    assert withheld == {"other schools": 2}


def test_what_is_hidden_does_not_depend_on_who_asks() -> None:
    rows = [row("a", n=40), row("b", n=57), row("c", n=3)]
    shown, _ = disclose_units(rows, Audience(schools=frozenset({"a"})), min_coverage=0.7)
    assert shown[0]["n"] is None


def test_further_rows_follow_what_is_shown() -> None:
    shown, _ = disclose_units([row("a"), row("b", coverage=0.1)], Audience(), min_coverage=0.7)
    forecasts = [row("a"), row("b"), row("z"), row("a", level="school:year")]
    assert disclose_beside(forecasts, shown) == [row("a")]


@pytest.mark.parametrize(
    ("level", "is_personal"),
    [("class", True), ("teacher:year", True), ("pupil", True), ("school", False), ("classroom", False)],
)
def test_persons_are_known_by_their_level(level: str, is_personal: bool) -> None:
    assert is_personal_level(level) is is_personal
