"""From imported rows to fits: what joins the intake, what is refused, and what is not shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.actions.small_workspaces import fits_of, one_stage, small_workspace
from tests.measures.group_of_schools import Shape, draw_group, take_in
from upwards.actions.choose_stage import choose_stage
from upwards.actions.estimate_workspace_value_added import estimate_workspace_value_added
from upwards.actions.find_bright_spots import find_bright_spots
from upwards.actions.make_plan import make_plan
from upwards.actions.measure_disparity import measure_disparity
from upwards.actions.measure_workspace import measure_teams, open_workspace
from upwards.core.errors import EmptyData
from upwards.measures.eligible_teams import NoPriorAttainment

QUICK: dict[str, Any] = {"draws": 200}


def test_declared_intake_reaches_the_fit(tmp_path: Path) -> None:
    rows = one_stage().with_columns(
        class_type=pl.col("class").replace_strict({"A": "small", "B": "regular"}, default="aide")
    )
    folder = small_workspace(tmp_path, rows, intake=["prior", "class_type"])
    (fit,) = fits_of(folder)
    assert fit.choice.intake == ("prior", "class_type", "sex", "disadvantaged")
    assert "class_typesmall" in fit.answer.model.terms
    (plain,) = fits_of(small_workspace(tmp_path / "plain", rows))
    assert "class_type" not in plain.choice.intake


def test_yes_and_no_become_one_and_zero(tmp_path: Path) -> None:
    rows = one_stage().with_columns(
        eal=pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("yes")).otherwise(pl.lit("No"))
    )
    (fit,) = fits_of(small_workspace(tmp_path, rows))
    assert {"disadvantaged", "eal"} <= set(fit.answer.model.terms)
    column = fit.answer.model.moments.columns.index("eal")
    moments = fit.answer.model.moments
    mean = moments.centre[column] + moments.scale[column] * moments.gram[0, column] / moments.n
    assert mean == pytest.approx(0.25)


def test_stages_of_text_come_in_their_natural_order(tmp_path: Path) -> None:
    rows = draw_group(34, Shape(schools=6, subjects=["reading"], stages=["10", "2", "K"], years=[2019])).rows
    stages = [fit.choice.stage for fit in fits_of(small_workspace(tmp_path, rows))]
    assert stages == ["K", "2", "10"]


def test_results_without_a_stage_are_one_stage(tmp_path: Path) -> None:
    (fit,) = fits_of(small_workspace(tmp_path, one_stage().drop("stage")))
    assert fit.choice.stage == "all"
    assert fit.answer is not None


def test_a_refused_subject_says_why_and_does_not_stop_the_others(tmp_path: Path) -> None:
    rows = draw_group(35, Shape(schools=6, stages=["1"], years=[2019])).rows
    source = pl.when((pl.col("subject") == "reading") & (pl.int_range(pl.len()) % 3 == 0)).then(
        pl.lit("CAT4")
    )
    folder = small_workspace(tmp_path, rows.with_columns(prior_source=source.otherwise("prior_source")))
    answer = estimate_workspace_value_added(folder, **QUICK)
    maths, reading = answer["answers"]
    assert maths["fit"] is not None
    assert reading["fit"] is None
    assert "several sources (CAT4, baseline)" in reading["refusal"]
    assert reading["units"] == reading["forecasts"] == reading["units_adjusted"] == []


def test_a_model_that_its_data_cannot_tell_is_refused_in_its_own_sentence(tmp_path: Path) -> None:
    rows = draw_group(36, Shape(schools=6, stages=["1"], years=[2019])).rows
    flat = rows.with_columns(score=pl.when(pl.col("subject") == "reading").then(50.0).otherwise("score"))
    maths, reading = fits_of(small_workspace(tmp_path, flat))
    assert maths.answer is not None
    assert reading.answer is None
    assert "outcome is the same in every row" in reading.choice.refusal


def test_where_nothing_can_be_fitted_every_reason_is_told(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path, one_stage().with_columns(school=pl.lit("only")))
    for ask in (measure_disparity, find_bright_spots, choose_stage, make_plan):
        with pytest.raises(EmptyData, match="All results are of one school"):
            ask(folder, **QUICK)


def test_second_sittings_are_not_taken_for_other_pupils(tmp_path: Path) -> None:
    rows = one_stage().with_columns(attempt=1)
    again = rows.head(5).with_columns(attempt=2, score=pl.col("score") + 1)
    (fit,) = fits_of(small_workspace(tmp_path, pl.concat([rows, again.cast(rows.schema)])))
    assert fit.answer is None
    assert "5 results are a pupil's second" in fit.choice.refusal


def test_stages_without_prior_attainment_do_not_speak_for_the_others(tmp_path: Path) -> None:
    rows = draw_group(37, Shape(schools=8, subjects=["reading"], stages=["K", "1", "2"], years=[2019])).rows
    known = pl.when(pl.col("stage") != "K").then("prior").alias("prior")
    folder = small_workspace(tmp_path, rows.with_columns(known))
    measured = measure_teams(open_workspace(folder), draws=200)
    assert set(measured.teams.stage) == {"1", "2"}
    assert measured.with_prior == ["reading/1", "reading/2"]
    assert any("reading at K" in note for note in measured.notes)
    assert any(note.startswith("reading K: No prior") for note in measured.notes)


def test_where_no_stage_has_prior_attainment_nobody_is_said_to_know_how(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path, one_stage().drop("prior", "prior_source"))
    for ask in (find_bright_spots, choose_stage):
        with pytest.raises(NoPriorAttainment, match="may be what pupils brought"):
            ask(folder, **QUICK)


def test_coverage_below_the_setting_gives_no_score(tmp_path: Path) -> None:
    rows = one_stage(schools=12)
    gone = (pl.col("school") == "S00") & (pl.int_range(pl.len()).over("school") % 2 == 0)
    folder = small_workspace(tmp_path, rows.with_columns(prior=pl.when(~gone).then("prior")))
    (answer,) = estimate_workspace_value_added(folder, **QUICK)["answers"]
    first, second = answer["units"][:2]
    assert (first["unit"], first["coverage"], first["effect"]) == ("S00", 0.5, None)
    assert first["hidden"] == "only 50% of results can be used"
    assert second["hidden"] is None
    assert second["effect"] is not None
    assert [row["unit"] for row in answer["units_adjusted"]] == [f"S{i:02d}" for i in range(1, 12)]
    spots = find_bright_spots(folder, **QUICK)["teams"]
    assert spots[0]["probability"] is None
    assert spots[1]["probability"] is not None
    assert "S00" not in json.dumps(choose_stage(folder, **QUICK)["schools"][0]["gap"])


def test_a_class_without_any_usable_result_counts_against_coverage(tmp_path: Path) -> None:
    rows = one_stage()
    gone = (pl.col("school") == "S00") & (pl.col("class") != "A")
    folder = small_workspace(tmp_path, rows.with_columns(prior=pl.when(~gone).then("prior")))
    (answer,) = estimate_workspace_value_added(folder, **QUICK)["answers"]
    assert answer["units"][0]["coverage"] == pytest.approx(1 / 3)
    assert answer["units"][0]["effect"] is None


def test_a_team_of_one_or_two_people_is_hidden_everywhere(tmp_path: Path) -> None:
    rows = one_stage()
    alone = pl.when(pl.col("school") == "S02").then(pl.lit("T0")).otherwise("teacher")
    folder = small_workspace(tmp_path, rows.with_columns(teacher=alone))
    (answer,) = estimate_workspace_value_added(folder, **QUICK)["answers"]
    third = answer["units"][2]
    assert (third["unit"], third["effect"], third["hidden"]) == ("S02", None, "taught by fewer than 3 people")
    assert third["n"] == 24
    statuses = {team["school"]: team["status"] for team in find_bright_spots(folder, **QUICK)["teams"]}
    assert statuses["S02"] == "hidden"
    assert "hidden" not in {status for school, status in statuses.items() if school != "S02"}


def test_a_small_school_is_hidden_and_so_is_the_neighbour_it_could_be_worked_out_from(tmp_path: Path) -> None:
    rows = one_stage(schools=8)
    few = (pl.col("school") != "S05") | (pl.int_range(pl.len()).over("school") < 4)
    rows = rows.filter(few)
    (answer,) = estimate_workspace_value_added(small_workspace(tmp_path, rows), **QUICK)["answers"]
    hidden = {row["unit"]: row for row in answer["units"] if row["hidden"]}
    assert hidden["S05"]["n"] is None
    assert len(hidden) == 2
    shown = sum(row["n"] or 0 for row in answer["units"])
    # what is missing from the sum is two schools together, of which neither is known
    assert answer["fit"]["n_pupils"] - shown == 4 + 24
    assert not {"S05"} & {row["unit"] for row in answer["units_adjusted"]}
    notes = choose_stage(tmp_path / "group", **QUICK)["notes"]
    assert "1 team of 5 pupils or fewer is not shown." in notes


def test_a_group_above_the_school_is_a_level(tmp_path: Path) -> None:
    folder = small_workspace(tmp_path, one_stage(schools=12))
    members = pl.DataFrame(
        {"school": [f"S{s:02d}" for s in range(9)], "group": [f"G{s % 3}" for s in range(9)]}
    )
    take_in(members, folder, table="memberships")
    (fit,) = fits_of(folder)
    assert fit.choice.levels == ("group", "school", "class")
    groups = {path[0] for path in fit.answer.level("group").factor.paths}
    # a school of no group stands for itself
    assert groups == {"G0", "G1", "G2", "S09", "S10", "S11"}
    (answer,) = estimate_workspace_value_added(folder, schools=frozenset({"S01"}), **QUICK)["answers"]
    assert [row["path"] for row in answer["units"]] == [["G1", "S01"]]
    assert find_bright_spots(folder, **QUICK)["teams"]
