"""A region beside the rest: from imported inspections and figures to a kept answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reports.small_country import LONDON, SCHOOLS, make_country
from upwards.actions import compare_regions as module
from upwards.actions.compare_regions import compare_regions
from upwards.core.errors import EmptyData, UserError


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_country(tmp_path_factory.mktemp("country") / "w")


@pytest.fixture(scope="module")
def answer(workspace: Path) -> dict[str, Any]:
    return compare_regions(workspace)


@pytest.fixture(scope="module")
def england_answer(england_workspace: Path) -> dict[str, Any]:
    return compare_regions(england_workspace)


def test_every_year_has_the_region_and_the_rest_once_schools_are_inspected(answer: dict[str, Any]) -> None:
    years = [(row["year"], row["part"]) for row in answer["inspections"]]
    assert years == [(year, part) for year in range(2008, 2020) for part in ("London", "elsewhere")]
    assert {row["n_schools"] for row in answer["inspections"] if row["part"] == "London"} == {LONDON.sum()}
    assert {row["n_schools"] for row in answer["inspections"]} == {LONDON.sum(), SCHOOLS - LONDON.sum()}


def test_the_latest_outcome_decides(answer: dict[str, Any]) -> None:
    last = {row["part"]: row for row in answer["inspections"] if row["year"] == 2014}
    assert last["London"]["less_than_good"]["value"] == 0
    assert last["London"]["less_than_good"]["upper"] > 0  # Wilson's interval of nothing out of 80
    assert last["elsewhere"]["less_than_good"]["value"] > 0.5


def test_changes_of_the_rules_are_named(answer: dict[str, Any]) -> None:
    assert [one["year"] for one in answer["breaks"]] == [2010, 2013, 2016]
    assert sum("do not measure the same" in line for line in answer["text"]) == 3


def test_a_gap_that_goes_with_home_language_is_given_to_it(answer: dict[str, Any]) -> None:
    gap = answer["gap"]
    parts = {part["block"]: part for part in gap["parts"]}
    # 40 percent more pupils with another home language, each a hundredth of a grade: 0.4
    assert parts["home language"]["estimate"] == pytest.approx(0.4, abs=0.08)
    total = sum(part["estimate"] for part in gap["parts"]) + gap["remaining"]["estimate"]
    assert total == pytest.approx(gap["gap"]["estimate"], abs=1e-9)
    assert gap["remaining"]["lower"] < 0 < gap["remaining"]["upper"]
    assert gap["split"]["composition"] == pytest.approx(0, abs=1e-9)  # a quarter is disadvantaged everywhere
    assert len(gap["untold"]) == 4


def test_changes_are_told_for_the_same_schools_under_one_framework(answer: dict[str, Any]) -> None:
    stretches = answer["same_schools"]
    years = [(one["first"][0]["year"], one["last"][0]["year"]) for one in stretches]
    assert years[-2:] == [(2013, 2015), (2016, 2019)]
    for one in stretches:
        before, after = ([share["n_schools"] for share in one[end]] for end in ("first", "last"))
        assert before == after


def test_the_answer_says_where_it_comes_from(answer: dict[str, Any]) -> None:
    assert answer["origin"]["measure"] == "inspection outcomes in force"
    assert answer["origin"]["source"]


def test_years_and_region_are_part_of_the_question(workspace: Path) -> None:
    found = compare_regions(workspace, region="North & East", years=[2015, 2019])
    assert [row["year"] for row in found["inspections"]] == [2015, 2015, 2019, 2019]
    assert found["inspections"][0]["part"] == "North & East"
    assert [one["year"] for one in found["breaks"]] == []


def test_an_answer_is_computed_once(
    workspace: Path, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "follow_inspections", lambda *_: pytest.fail("computed again"))
    assert compare_regions(workspace) == answer


def test_a_region_that_does_not_exist_is_refused_with_those_that_do(workspace: Path) -> None:
    with pytest.raises(EmptyData, match="did you mean 'London'"):
        compare_regions(workspace, region="Londn")


def test_without_inspections_there_is_nothing_to_follow(tmp_path: Path) -> None:
    folder = make_country(tmp_path / "w", inspected=False, trusts=False)
    with pytest.raises(UserError):
        compare_regions(folder)


def test_without_intake_the_gap_says_why(
    workspace: Path, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"ks4.progress8": {"year": 2018, "split": "disadvantaged", "blocks": {}}}
    monkeypatch.setattr(module, "load_intake_blocks", lambda: known)
    found = compare_regions(workspace, years=[2019])
    assert set(found["gap"]) == {"refusal"}


def test_london_in_the_public_record(england_answer: dict[str, Any]) -> None:
    rows = {(row["year"], row["part"]): row for row in england_answer["inspections"]}
    for year in range(2012, 2020):
        here, there = rows[year, "London"], rows[year, "elsewhere"]
        assert here["less_than_good"]["value"] < there["less_than_good"]["value"] - 0.02, year
        assert here["outstanding"]["value"] > there["outstanding"]["value"] + 0.05, year
    assert rows[2019, "London"]["n_schools"] > 2000
    assert any("placed in a region by no file held" in note for note in england_answer["notes"])


def test_the_gap_of_london_in_2019_goes_mostly_with_ethnic_groups(england_answer: dict[str, Any]) -> None:
    gap = england_answer["gap"]
    parts = {part["block"]: part for part in gap["parts"]}
    assert gap["gap"]["estimate"] == pytest.approx(0.29, abs=0.01)
    ethnic = parts["ethnic group"]
    assert (ethnic["estimate"], ethnic["lower"], ethnic["upper"]) == pytest.approx(
        (0.21, 0.14, 0.28), abs=0.01
    )
    left = gap["remaining"]
    assert (left["estimate"], left["lower"], left["upper"]) == pytest.approx((0.08, -0.02, 0.19), abs=0.01)
