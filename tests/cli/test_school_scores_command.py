"""`upwards school-scores` in every form."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.measures.published_figures import READING, WRITING, public_workspace

BEFORE = ("--measure", READING, "--years", "2016-2018")
SUBJECTS = ("--measure", READING, "--measure", WRITING, "--years", "2019")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public_workspace(tmp_path_factory.mktemp("public"))


@pytest.fixture
def ask(run: Any, workspace: Path) -> Any:
    return lambda *more: run("school-scores", "--workspace", workspace, "--draws", 100, *more)


def test_the_table_says_in_words_what_its_numbers_are(ask: Any) -> None:
    said = ask(*BEFORE)
    assert said.code == 0, said.err
    assert "The figure of 2019 is forecast by the rule" in said.out
    assert "P(top): within the top 20% of all schools." in said.out
    assert "no rise or fall of all schools together" in said.out
    assert READING not in said.out.split("P(top)")[1]


def test_the_table_of_several_measures_names_them(ask: Any) -> None:
    assert READING in ask(*SUBJECTS).out


def test_csv_and_json_hold_the_same_schools(ask: Any) -> None:
    whole = ask(*BEFORE, "--format", "json").json
    rows = list(csv.DictReader(io.StringIO(ask(*BEFORE, "--format", "csv").out)))
    assert [row["school"] for row in rows] == [row["school"] for row in whole["schools"]]
    assert float(rows[0]["effect"]) == whole["schools"][0]["effect"]


def test_a_measure_that_is_not_forecast_still_fits_into_parquet(ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "scores.parquet"
    assert ask(*SUBJECTS, "--format", "parquet", "--output", file).code == 0
    rows = pl.read_parquet(file)
    assert set(rows["measure"]) == {READING, WRITING}
    assert rows["forecast"].null_count() == rows.height


def test_one_school_is_shown_among_all(ask: Any) -> None:
    whole = ask(*BEFORE, "--school", "100007", "--format", "json").json
    assert [row["school"] for row in whole["schools"]] == ["100007"]
    assert whole["n_schools"] == 60


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--measure", "ks2.reading_progres"), READING),
        (("--measure", READING, "--years", "2019-2016"), "2019"),
        (("--measure", READING, "--school", "7"), "no school"),
        (("--measure", READING, "--measure", WRITING), "Name one year"),
    ],
)
def test_what_cannot_be_answered_is_told_without_a_traceback(
    ask: Any, wrong: tuple[str, ...], said: str
) -> None:
    refused = ask(*wrong)
    assert refused.code == 2
    assert said in refused.err
    assert "Traceback" not in refused.err


def test_more_schools_than_fit_a_screen_are_counted(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upwards.cli.school_scores_command.SHOWN_SCHOOLS", 5)
    out = ask(*BEFORE).out
    assert "The first 5 of 60 schools by code" in out
    assert "100004" in out
    assert "100005" not in out
