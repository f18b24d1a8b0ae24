"""Published school scores on a workspace: from imported figures to the answer and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.measures.published_figures import READING, WRITING, public_workspace
from upwards.actions.estimate_school_scores import estimate_school_scores
from upwards.actions.measure_workspace import UnknownSchool
from upwards.core.catalogue import UnknownMeasure
from upwards.core.errors import UserError

KEYS = {
    "schema", "measure", "unit", "years", "norm_referenced", "settings", "notes", "n_schools", "variances",
    "reliability", "schools", "correlation_varied", "forecast_rule", "origin",
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public_workspace(tmp_path_factory.mktemp("public"))


def ask(workspace: Path, *measures: str, **more: Any) -> dict[str, Any]:
    return estimate_school_scores(workspace, measures=measures or (READING,), **{"draws": 100, **more})


def test_the_answer_has_every_part_and_no_nan(workspace: Path) -> None:
    answer = ask(workspace, years="2016-2019")
    assert answer.keys() >= KEYS
    assert answer["schema"] == "upwards.school-scores/1"
    json.dumps(answer, allow_nan=False)
    assert answer["years"] == [2016, 2017, 2018, 2019]
    assert answer["n_schools"] == len(answer["schools"]) == 60
    assert answer["settings"]["top_share"]["value"] == 0.2
    assert answer["origin"]["source"][0]["name"].startswith("school_measures")
    assert answer["origin"]["period"] == ["2015/16", "2016/17", "2017/18", "2018/19"]
    assert answer["correlation_varied"] == []


def test_a_year_without_the_measure_is_not_forecast_and_the_reason_is_given(workspace: Path) -> None:
    rule = ask(workspace)["forecast_rule"]
    assert rule["rule"] is None
    assert "no tests were held in 2020 (COVID-19)" in rule["refusal"]
    assert all(row["forecast"] is None for row in ask(workspace)["schools"])


def test_next_year_is_forecast_by_the_rule_that_the_answer_names(workspace: Path) -> None:
    answer = ask(workspace, years=(2016, 2017, 2018))
    rule = answer["forecast_rule"]
    best = min((one for one in rule["rules"] if one["may_be_used"]), key=lambda one: one["rmse"])
    assert {one["rule"] for one in rule["rules"] if not one["may_be_used"]} >= {"last year", "3:2:1, shrunk"}
    assert (rule["year"], rule["rule"], rule["level"]) == (2019, best["rule"], 0.9)
    told = [row for row in answer["schools"] if row["forecast"] is not None]
    assert len(told) > 50
    untold = [row for row in answer["schools"] if row["forecast"] is None]
    assert {row["no_forecast"] for row in untold} == {"no figure in 2018"}
    assert all(row["value"] is None for row in untold)
    assert all(row["forecast_lower"] < row["forecast"] < row["forecast_upper"] for row in told)


def test_years_on_two_definitions_are_not_put_together(workspace: Path) -> None:
    answer = ask(workspace, WRITING, years="2016-2019")
    assert answer["years"] == [2018, 2019]
    assert any("2016, 2017 left out: from 2018 another definition" in note for note in answer["notes"])


def test_no_rise_of_all_schools_is_printed_for_a_norm_referenced_measure(workspace: Path) -> None:
    answer = ask(workspace)
    assert answer["norm_referenced"]
    assert [row["year"] for row in answer["means"]] == [2019]
    assert any("no rise or fall of all schools" in line for line in answer["text"])


def test_several_subjects_of_one_year_are_estimated_together(workspace: Path) -> None:
    answer = ask(workspace, READING, WRITING, years=(2019,))
    assert {row["correlation"] for row in answer["correlation_varied"]} == {0.4, 0.6, 0.8}
    assert {row["measure"] for row in answer["schools"]} == {READING, WRITING}
    assert answer["variances"].keys() == {READING, WRITING}
    with pytest.raises(UserError, match="Name one year"):
        ask(workspace, READING, WRITING)


def test_one_school_is_shown_as_it_stands_among_all(workspace: Path) -> None:
    whole = {row["school"]: row for row in ask(workspace)["schools"]}
    answer = ask(workspace, schools=frozenset({"100007"}))
    assert answer["schools"] == [whole["100007"]]
    assert answer["n_schools"] == 60
    with pytest.raises(UnknownSchool, match="no school '10007'"):
        ask(workspace, schools=frozenset({"10007"}))


def test_small_schools_are_shown_because_their_figures_are_public(workspace: Path) -> None:
    answer = ask(workspace)
    assert min(row["n"] for row in answer["schools"] if row["n"] is not None) < 15
    assert all(row["effect"] is not None for row in answer["schools"])
    assert any("public already" in note for note in answer["notes"])


def test_a_measure_that_does_not_exist_is_refused_with_the_nearest(workspace: Path) -> None:
    with pytest.raises(UnknownMeasure, match=READING):
        ask(workspace, "ks2.reading_progres")
