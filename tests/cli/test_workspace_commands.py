"""Questions on a workspace from the command line: in words, in four forms, on a narrow screen."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.test_screen import on_a_screen
from tests.measures.group_of_schools import Shape, draw_group, import_rows

COMMANDS = ["value-added", "disparity", "bright-spots", "stage", "plan"]
MAIN_TABLE = {"disparity": "schools", "bright-spots": "teams", "stage": "schools", "plan": "lines"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = draw_group(51, Shape(schools=8, classes=3, pupils=8)).rows
    return import_rows(rows, tmp_path_factory.mktemp("ws"))


def ask(run: Any, folder: Path, command: str, *more: object) -> Any:
    said = run(command, "--workspace", folder, "--draws", "150", *more)
    assert said.code == 0, said.err
    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_is_told_in_words_first(run: Any, folder: Path, command: str) -> None:
    said = ask(run, folder, command)
    first = said.out.splitlines()[0]
    assert first.endswith((".", "used."))
    assert len(first.split()) > 5
    assert "nan" not in said.out.lower().split()
    assert "None" not in said.out


@pytest.mark.parametrize("command", COMMANDS)
def test_json_is_whole_and_csv_is_its_main_table(run: Any, folder: Path, command: str) -> None:
    answer = ask(run, folder, command, "--format", "json").json
    assert answer["schema"] == f"upwards.{command.replace('-', '_')}/1"
    rows = list(csv.DictReader(io.StringIO(ask(run, folder, command, "--format", "csv").out)))
    if command == "value-added":
        assert len(rows) == sum(len(each["units"]) for each in answer["answers"])
    elif command == "disparity":
        assert len(rows) == len([row for row in answer["schools"] if row["gap"] is not None])
    else:
        assert len(rows) == len(answer[MAIN_TABLE[command]])


@pytest.mark.parametrize("command", COMMANDS)
def test_parquet_goes_to_a_file(run: Any, folder: Path, command: str, tmp_path: Path) -> None:
    said = ask(run, folder, command, "--format", "parquet", "--output", tmp_path / "a.parquet")
    assert said.out == ""
    rows = pl.read_parquet(tmp_path / "a.parquet")
    found = list(csv.DictReader(io.StringIO(ask(run, folder, command, "--format", "csv").out)))
    assert rows.height == len(found)


@pytest.mark.parametrize("command", ["value-added", "disparity", "stage"])
def test_tables_fit_on_eighty_columns(run: Any, folder: Path, command: str) -> None:
    ask(run, folder, command)  # the answer is kept, so that the terminal shows it at once
    lines = on_a_screen([command, "--workspace", str(folder), "--draws", "150"], 80)
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("---") for line in lines) == 1


@pytest.mark.parametrize("command", ["value-added", "disparity", "bright-spots", "stage"])
def test_a_school_can_be_asked_for(run: Any, folder: Path, command: str) -> None:
    answer = ask(run, folder, command, "--school", "S02", "--format", "json")
    assert "S02" in answer.out
    assert "S01" not in answer.out
    wrong = run(command, "--workspace", folder, "--school", "S2")
    assert wrong.code == 2
    assert "'S02'" in wrong.err


def test_a_reference_is_read(run: Any, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "national.toml"
    path.write_text('upper_quartile = -1.0\nsource = "the nation"', encoding="utf-8")
    answer = ask(run, folder, "stage", "--reference", path, "--format", "json").json
    assert answer["reference"]["source"] == "the nation"
    assert any(row["stage"] == "grow the top" for row in answer["schools"])
    assert run("stage", "--workspace", folder, "--reference", tmp_path / "gone.toml").code == 2


def test_a_plan_keeps_its_limits(run: Any, folder: Path) -> None:
    asked = ["--hours", "100", "--stages", "1,2", "--asks", "S01/reading/1"]
    answer = ask(run, folder, "plan", *asked, "--format", "json").json
    assert sum(row["hours_each"] for row in answer["lines"]) <= 100
    assert "S01/reading/1" not in answer["notes"]


def test_a_plan_counts_on_the_hours_of_people_once_they_are_imported(
    run: Any, folder: Path, tmp_path: Path
) -> None:
    own = shutil.copytree(folder, tmp_path / "own")
    plain = ask(run, own, "plan", "--format", "json")
    first = plain.json["lines"][0]
    table = tmp_path / "people.csv"
    school, subject = first["provider_school"], first["subject"]
    table.write_text(f"person,school,subjects,hours\nT1,{school},{subject},0\n", encoding="utf-8")
    assert run("import", table, "--as", "people", "--workspace", own).code == 0
    found = ask(run, own, "plan", "--format", "json").json
    giving = [line["provider_school"] for line in found["lines"] if line["subject"] == subject]
    assert school not in giving
    (row,) = [one for one in found["hours_of_people"] if (one["school"], one["subject"]) == (school, subject)]
    assert (row["hours"], row["n_people"], row["whose"]) == (0, 1, "people")
    said = ask(run, own, "plan").out
    assert "Hours of people:" in said
    assert row["why"] in " ".join(said.split())
    assert run("import", "--undo", "--workspace", own).code == 0
    assert ask(run, own, "plan", "--format", "json").out == plain.out
