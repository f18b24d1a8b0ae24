"""Questions on a workspace, from imported rows to answers that are kept and disclosed with care."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.actions.small_workspaces import one_stage, small_workspace
from tests.measures.group_of_schools import Group, Shape, draw_group, import_rows, take_in
from upwards.actions import measure_workspace
from upwards.actions.choose_stage import choose_stage
from upwards.actions.estimate_workspace_value_added import estimate_workspace_value_added
from upwards.actions.find_bright_spots import find_bright_spots
from upwards.actions.make_plan import make_plan
from upwards.actions.measure_disparity import measure_disparity
from upwards.actions.measure_workspace import UnknownSchool
from upwards.measures.team_effects import TeamModel

QUICK: dict[str, Any] = {"draws": 200}
QUESTIONS: dict[str, Any] = {
    "value added": estimate_workspace_value_added,
    "disparity": measure_disparity,
    "bright spots": find_bright_spots,
    "stage": choose_stage,
}
SHAPE = Shape(schools=8, classes=3, pupils=8)


@pytest.fixture(scope="module")
def group() -> Group:
    return draw_group(31, SHAPE)


@pytest.fixture(scope="module")
def workspace(group: Group, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return import_rows(group.rows, tmp_path_factory.mktemp("ws"))


def test_value_added_has_an_answer_for_every_subject_and_stage(workspace: Path) -> None:
    answer = estimate_workspace_value_added(workspace, **QUICK)
    assert answer["schema"] == "upwards.value_added/1"
    assert [tuple(each["by"].values()) for each in answer["answers"]] == [
        ("mathematics", "1"),
        ("mathematics", "2"),
        ("reading", "1"),
        ("reading", "2"),
    ]
    first = answer["answers"][0]
    assert first["intake"] == ["prior", "sex", "disadvantaged"]
    assert {row["level"] for row in first["units"]} == {"school", "school:year"}
    assert first["withheld"] == {"personal units": 8 * 2 * 3}
    assert first["coverage"] == 1.0
    assert len(first["forecasts"]) == 8
    assert first["units_adjusted"] == []  # eight schools cannot tell what their mean intake does
    assert any("Too few schools" in note for note in first["notes"])
    assert first["origin"]["period"] == ["2017/18", "2018/19"]
    assert first["origin"]["source"][0]["name"].startswith("results")
    json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_is_plain_data_with_its_thresholds(workspace: Path, question: str) -> None:
    answer = QUESTIONS[question](workspace, **QUICK)
    assert answer["schema"].startswith("upwards.")
    assert answer["settings"]
    assert all({"value", "unit", "reason"} <= set(setting) for setting in answer["settings"].values())
    json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_school_filter_shows_that_school_and_no_other(workspace: Path, question: str) -> None:
    answer = QUESTIONS[question](workspace, schools=frozenset({"S03"}), **QUICK)
    text = json.dumps(answer)
    assert "S03" in text
    assert not [school for school in ("S00", "S01", "S02", "S04", "S05", "S06", "S07") if school in text]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_school_that_nobody_knows_is_refused_with_a_near_miss(workspace: Path, question: str) -> None:
    with pytest.raises(UnknownSchool, match=r"'S003'.*did you mean"):
        QUESTIONS[question](workspace, schools=frozenset({"S003"}), **QUICK)


@pytest.mark.parametrize("question", [*QUESTIONS, "plan"])
def test_the_second_time_an_answer_is_read_and_not_computed(
    workspace: Path, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = make_plan if question == "plan" else QUESTIONS[question]
    first = ask(workspace, **QUICK)

    def not_again(*_: object, **__: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(measure_workspace, "compute_moments", not_again)
    assert ask(workspace, **QUICK) == json.loads(json.dumps(first))


def test_teams_are_measured_once_for_all_questions(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measure_disparity(workspace, draws=150)

    def not_again(*_: object, **__: object) -> TeamModel:
        raise AssertionError("measured again")

    monkeypatch.setattr(measure_workspace, "fit_team_model", not_again)
    assert find_bright_spots(workspace, draws=150)["teams"]
    assert choose_stage(workspace, draws=150)["schools"]


def test_a_changed_setting_or_a_new_import_makes_a_new_answer(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path, one_stage())
    first = estimate_workspace_value_added(folder, **QUICK)
    settings = folder / "upwards.toml"
    with settings.open("a", encoding="utf-8") as file:
        file.write("\n[settings]\ntop_share = 0.5\n")
    second = estimate_workspace_value_added(folder, **QUICK)
    assert second["settings"]["top_share"]["value"] == 0.5
    top = [[row["p_top"] for row in answer["answers"][0]["units"]] for answer in (first, second)]
    assert sum(top[1]) > sum(top[0])
    more = one_stage(33).with_columns(pl.format("new {}", "pupil").alias("pupil"), year=2020)
    take_in(more.with_columns(pl.col("year").cast(pl.Int64)), folder)
    third = estimate_workspace_value_added(folder, **QUICK)
    assert third["answers"][0]["fit"]["n_pupils"] == 2 * second["answers"][0]["fit"]["n_pupils"]


def test_draws_and_seed_decide_the_answer(workspace: Path) -> None:
    one, two = (choose_stage(workspace, draws=200, seed=seed) for seed in (1, 2))
    assert one["schools"] != two["schools"]


def test_stages_say_which_team_is_best_by_its_stage(workspace: Path) -> None:
    found = [row["best"] for row in choose_stage(workspace, **QUICK)["schools"] if row["best"] is not None]
    assert found
    assert set(found) <= {"1", "2"}


def test_gaps_between_disadvantaged_and_other_pupils_are_told_where_counts_allow(workspace: Path) -> None:
    answer = measure_disparity(workspace, **QUICK)
    averages = [row for row in answer["disadvantage"] if row["school"] is None]
    assert [(row["subject"], row["stage"]) for row in averages] == [
        ("mathematics", "1"),
        ("mathematics", "2"),
        ("reading", "1"),
        ("reading", "2"),
    ]
    assert all(row["lower"] < -0.3 < row["upper"] + 0.15 for row in averages)
    only = measure_disparity(workspace, schools=frozenset({"S01"}), **QUICK)["disadvantage"]
    assert {row["school"] for row in only} == {None, "S01"}


def test_a_bar_is_told_how_far_the_fits_are(workspace: Path) -> None:
    told: list[tuple[str, int, int]] = []
    measure_disparity(workspace, draws=120, progress=lambda *said: told.append(said))
    assert told == [
        (f"{subject}, {stage}", i, 4)
        for i, (subject, stage) in enumerate(
            [("mathematics", "1"), ("mathematics", "2"), ("reading", "1"), ("reading", "2")]
        )
    ]


def test_a_plan_names_what_it_was_asked_with(workspace: Path) -> None:
    plan = make_plan(workspace, stage_order=["1", "2"], total_hours=100, **QUICK)
    assert plan["schema"] == "upwards.plan/1"
    assert {name.split(".")[0] for name in plan["settings"]} == {
        "plan",
        "transfer",
        "coaching",
        "bright_spot",
    }
    assert plan["totals"]["hours"] <= 100 if "hours" in plan["totals"] else plan["totals"]
