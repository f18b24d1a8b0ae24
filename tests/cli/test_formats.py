"""One answer in four forms, on the screen or in a file."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from upwards.cli.output import csv_text


@pytest.fixture
def asked(files: Any) -> list[str]:
    return [
        "value-added",
        str(files["Exam"]),
        "--outcome",
        "normexam",
        "--intake",
        "standLRT",
        "--levels",
        "school",
        "--draws",
        "200",
        "--intervals",
        "wald",
    ]


def test_csv_has_a_row_per_unit_and_the_same_numbers_as_json(run: Any, asked: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv").out)))
    units = run(*asked, "--format", "json").json["units"]
    assert [row["unit"] for row in rows] == [unit["unit"] for unit in units]
    assert [float(row["effect"]) for row in rows] == [unit["effect"] for unit in units]


def test_parquet_holds_the_same_rows(run: Any, asked: list[str], tmp_path: Path) -> None:
    said = run(*asked, "--format", "parquet", "--output", tmp_path / "units.parquet")
    assert said.code == 0
    assert said.out == ""
    assert "units.parquet" in said.err
    rows = pl.read_parquet(tmp_path / "units.parquet")
    units = run(*asked, "--format", "json").json["units"]
    assert rows["effect"].to_list() == [unit["effect"] for unit in units]
    assert rows["path"].to_list() == [unit["path"] for unit in units]


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_what_is_written_to_a_file_is_what_the_screen_shows(
    run: Any, asked: list[str], tmp_path: Path, form: str
) -> None:
    shown = run(*asked, "--format", form).out
    said = run(*asked, "--format", form, "--output", tmp_path / "answer")
    written = (tmp_path / "answer").read_text(encoding="utf-8")
    if form == "json":
        shown, written = (json.loads(text) for text in (shown, written))
        shown["origin"].pop("created")
        written["origin"].pop("created")
    assert written == shown
    assert said.out == ""


def test_a_label_that_a_spreadsheet_would_run_is_made_text() -> None:
    text = csv_text([{"unit": "=1+1", "path": ["@a", "b"], "effect": -0.5}])
    assert text == "unit,path,effect\n'=1+1,'@a / b,-0.5\n"


def test_no_rows_are_no_text() -> None:
    assert csv_text([]) == ""


def test_a_reader_who_leaves_early_is_no_error(asked: list[str]) -> None:
    command = [sys.executable, "-m", "upwards", *asked, "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        told = process.stderr.read()
    assert "Traceback" not in told
    assert "BrokenPipe" not in told
