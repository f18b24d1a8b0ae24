"""Answers for the pages on the public record, from a made-up country."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.small_country import HOSTILE, SIZE, make_country
from upwards.actions import prepare_record_report as module
from upwards.actions.init_workspace import init_workspace
from upwards.actions.prepare_record_report import (
    UnknownGroup,
    find_group,
    prepare_convergence_report,
    prepare_groups_report,
)
from upwards.core.errors import EmptyData


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_country(tmp_path_factory.mktemp("country") / "w")


@pytest.fixture(scope="module")
def convergence(workspace: Path) -> dict[str, Any]:
    return prepare_convergence_report(workspace)


@pytest.fixture(scope="module")
def groups(workspace: Path) -> dict[str, Any]:
    return prepare_groups_report(workspace, year=2019)


def test_the_system_its_regions_and_london_are_asked_for(convergence: dict[str, Any]) -> None:
    assert convergence["schema"] == "upwards.convergence-report/1"
    assert convergence["main"]["by"] == "system"
    assert convergence["main"]["measure"] == "ks2.reading_progress"  # the first held
    assert [one["name"] for one in convergence["inside"]["answers"]] == [None, "London", "North & East"]
    assert convergence["regions"]["region"] == "London"
    assert (convergence["regions"]["gap_title"], convergence["regions"]["gap_unit"]) == (
        "Progress 8",
        "grades per subject",
    )
    json.dumps(convergence, allow_nan=False)


def test_files_are_listed_with_their_day_and_no_licence_is_claimed_for_others(
    convergence: dict[str, Any], groups: dict[str, Any]
) -> None:
    for report in (convergence, groups):
        assert report["licence"] == ""
        assert all(set(one) == {"file", "table", "imported", "sha256"} for one in report["files"])
    tables = {one["table"] for one in convergence["files"]}
    assert tables == {"school_measures", "judgements"}


def test_the_public_record_is_attributed(england_workspace: Path) -> None:
    report = prepare_convergence_report(england_workspace, by="gap", years="2017-2019")
    assert report["inside"] is None
    assert report["licence"].endswith("Open Government Licence v3.0.")
    assert any(one["file"].startswith("performance-tables/") for one in report["files"])
    assert report["main"]["by"] == "gap"


def test_what_is_asked_is_said(workspace: Path) -> None:
    said: list[str] = []
    prepare_convergence_report(workspace, by="authority", say=said.append)
    prepare_groups_report(workspace, group="T3", say=said.append)
    assert said[1] == "And inside each authority?"
    assert said[-1] == "What do published figures tell of the schools of Trust 3?"


def test_without_inspections_the_page_says_why(tmp_path: Path) -> None:
    folder = make_country(tmp_path / "w", inspected=False, trusts=False)
    report = prepare_convergence_report(folder, by="trust")
    assert set(report["regions"]) == {"region", "refusal"}
    assert set(report["inside"]) == {"refusal"}
    assert report["main"]["answers"]


def test_a_workspace_without_published_figures_is_told(tmp_path: Path) -> None:
    folder = init_workspace(tmp_path / "w", name="Empty").folder
    with pytest.raises(EmptyData):
        prepare_convergence_report(folder)


def test_where_only_other_figures_are_held_there_is_no_first_measure(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "list_measures", lambda _: ())
    with pytest.raises(EmptyData, match="no published figures of schools"):
        prepare_convergence_report(workspace)


def test_all_groups_at_any_stage_are_asked_for(groups: dict[str, Any]) -> None:
    assert groups["group"] is None
    assert groups["scores"] == {}
    assert groups["groups"]["stage"] == "any"
    assert groups["groups"]["n_eligible"] == 30


def test_one_group_comes_with_the_figures_of_its_schools(workspace: Path) -> None:
    report = prepare_groups_report(workspace, group="trust 3")
    assert report["group"]["name"] == "Trust 3"
    assert set(report["scores"]) == {"ks2_reading_progress", "ks4_progress"}
    reading = report["scores"]["ks2_reading_progress"]["schools"]
    assert {row["school"] for row in reading} <= {f"{100000 + i}" for i in range(3 * SIZE, 4 * SIZE)}
    assert len(report["scores"]["ks4_progress"]["schools"]) == SIZE


@pytest.mark.parametrize("wanted", ["T7", "t7", "Trust 7", " TRUST 7 "])
def test_a_group_is_found_by_code_or_name(groups: dict[str, Any], wanted: str) -> None:
    assert find_group(groups["groups"], wanted)["group"] == "T7"


def test_a_part_of_the_name_is_enough_where_one_group_has_it(groups: dict[str, Any]) -> None:
    assert find_group(groups["groups"], "<SCRIPT>")["name"] == HOSTILE


def test_a_group_that_is_not_compared_is_refused_with_near_misses(groups: dict[str, Any]) -> None:
    with pytest.raises(UnknownGroup, match="did you mean 'trust 12'.*3 full years"):
        find_group(groups["groups"], "trusd 12")
    with pytest.raises(UnknownGroup, match="is called ''"):
        find_group(groups["groups"], "")


def test_a_name_that_several_groups_share_is_refused_with_their_codes(groups: dict[str, Any]) -> None:
    with pytest.raises(UnknownGroup, match=r"11 groups are called like 'rust 1': Trust 1 \(T1\).*; …"):
        find_group(groups["groups"], "rust 1")
