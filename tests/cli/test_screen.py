"""A table that a person reads: aligned, never wider than the screen, words whole."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import read_all
from upwards.cli.text_table import fitted_widths, shown_column, table_lines


def test_numbers_of_a_column_share_their_decimals_and_line_up() -> None:
    lines = list(
        table_lines([{"a": "x", "b": 1.5}, {"a": "long", "b": -10.25}], {"a": "unit", "b": "effect"}, 80)
    )
    assert lines == ["unit  effect", "----  ------", "x       1.50", "long  -10.25"]


def test_columns_without_any_value_are_left_out() -> None:
    assert list(table_lines([{"a": 1, "b": None}], {"a": "n", "b": "rank"}, 80)) == ["n", "-", "1"]


def test_no_rows_are_no_table() -> None:
    assert list(table_lines([], {"a": "n"}, 80)) == []


def test_a_missing_value_is_a_dash_and_zero_is_zero() -> None:
    assert shown_column([None, 0.0, True, False, 3, ["a", "b"]]) == ["–", "0.00", "yes", "no", "3", "a / b"]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([1234.5, -0.2], ["1234", "0"]),
        ([123.4567], ["123.5"]),
        ([0.04567], ["0.046"]),
        ([-0.001, 0.5], ["0.00", "0.50"]),
    ],
)
def test_decimals_follow_the_size_of_the_numbers(values: list[float], shown: list[str]) -> None:
    assert shown_column(values) == shown


def test_long_text_is_wrapped_between_words() -> None:
    rows = [{"school": "Hill", "why": "one team is ahead of the others by at least a fifth"}]
    lines = list(table_lines(rows, {"school": "school", "why": "why"}, 30))
    assert max(map(len, lines)) <= 30
    assert " ".join(line[8:].strip() for line in lines[2:]) == rows[0]["why"]


def test_without_a_screen_nothing_is_wrapped() -> None:
    rows = [{"why": "word " * 60}]
    assert len(list(table_lines(rows, {"why": "why"}, None))) == 3


def test_a_word_longer_than_the_screen_stays_whole() -> None:
    widths = fitted_widths({"a": ["x" * 50], "b": ["one two three four five"]}, set(), 40)
    assert widths["a"] == 50
    assert widths["b"] == 12


def on_a_screen(arguments: list[str], columns: int) -> list[str]:
    """Run the command in a terminal of so many columns and return its lines."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "upwards", *arguments]
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    with subprocess.Popen(command, stdout=follower, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(follower)
        said = read_all(leader)
    assert process.returncode == 0
    return said.decode().replace("\r\n", "\n").split("\n")


def test_value_added_fits_on_a_narrow_terminal(files: Any) -> None:
    arguments = [
        "value-added",
        str(files["Exam"]),
        "--outcome",
        "normexam",
        "--intake",
        "standLRT",
        "--levels",
        "school",
        "--slopes",
        "school:standLRT",
        "--draws",
        "100",
        "--intervals",
        "wald",
    ]
    lines = on_a_screen(arguments, 80)
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("unit") for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_a_screen_that_lacks_a_sign_shows_another(tmp_path: Path) -> None:
    path = tmp_path / "pupils.csv"
    rows = [f"Séverine {i % 3},{(i * 7) % 11 + i % 3}" for i in range(30)]
    path.write_text("school,score\n" + "\n".join(rows), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "upwards",
        "value-added",
        str(path),
        "--outcome",
        "score",
        "--levels",
        "school",
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "S?verine 0" in done.stdout
