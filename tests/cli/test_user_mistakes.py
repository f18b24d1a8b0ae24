"""What a user does wrong is told in a sentence that helps: exit code 2, no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIT = ["--outcome", "score", "--levels", "school"]

MISTAKES: dict[str, tuple[list[str], list[str]]] = {
    "a file that is not there": (["nothing.csv", *FIT], ["nothing.csv"]),
    "a misspelt outcome": (["pupils.csv", "--outcome", "scor", "--levels", "school"], ["'scor'", "'score'"]),
    "a misspelt intake": (["pupils.csv", *FIT, "--intake", "pior"], ["'pior'", "'prior'"]),
    "a misspelt level": (["pupils.csv", "--outcome", "score", "--levels", "schol"], ["'schol'", "'school'"]),
    "no outcome": (["pupils.csv", "--levels", "school"], ["--outcome"]),
    "no level": (["pupils.csv", "--outcome", "score"], ["--levels"]),
    "an outcome of text": (["pupils.csv", "--outcome", "sex", "--levels", "school"], ["'sex'", "number"]),
    "a slope outside the intake": (["pupils.csv", *FIT, "--slopes", "school:prior"], ["'prior'", "intake"]),
    "a slope without a level": (["pupils.csv", *FIT, "--slopes", "prior"], ["level:column"]),
    "a slope of no level": (
        ["pupils.csv", *FIT, "--intake", "prior", "--slopes", "lea:prior"],
        ["'lea'", "school"],
    ),
    "an unknown reference level": (
        ["pupils.csv", *FIT, "--intake", "sex", "--reference-level", "sex=G"],
        ["'sex'", "'G'"],
    ),
    "a reference level without its column": (
        ["pupils.csv", *FIT, "--intake", "sex", "--reference-level", "F"],
        ["column=level"],
    ),
    "a power of text": (["pupils.csv", *FIT, "--intake", "sex^2"], ["sex^2"]),
    "a reliability above one": (
        ["pupils.csv", *FIT, "--intake", "prior", "--reliability", "prior=1.5"],
        ["'prior'", "1.5"],
    ),
    "a reliability without a number": (
        ["pupils.csv", *FIT, "--intake", "prior", "--reliability", "prior"],
        ["column=0.85"],
    ),
    "a reliability of no intake": (
        ["pupils.csv", *FIT, "--intake", "prior", "--reliability", "priors=0.8"],
        ["'priors'", "'prior'"],
    ),
    "the composition of no level": (
        ["pupils.csv", *FIT, "--intake", "prior", "--composition", "lea"],
        ["'lea'", "school"],
    ),
    "several rows of one pupil": (["twice.csv", *FIT], ["pupil", "--crossed"]),
    "one school only": (["one.csv", *FIT], ["school"]),
    "an empty file": (["empty.csv", *FIT], ["empty.csv"]),
    "a headline without rows": (["headline.csv", *FIT], ["headline.csv", "rows"]),
    "a kind of file that is not read": (["pupils.pdf", *FIT], ["pupils.pdf"]),
    "a folder instead of a file": (["folder", *FIT], ["folder"]),
    "Parquet on the screen": (["pupils.csv", *FIT, "--format", "parquet"], ["--output"]),
    "a place that cannot be written": (
        ["pupils.csv", *FIT, "--format", "csv", "--output", "no/such/folder.csv"],
        ["folder.csv"],
    ),
    "Parquet to a place that cannot be written": (
        ["pupils.csv", *FIT, "--format", "parquet", "--output", "no/such/folder.parquet"],
        ["folder.parquet"],
    ),
    "columns without a file": (["--outcome", "score"], ["--outcome", "FILE"]),
    "a school of a file": (["pupils.csv", *FIT, "--school", "a"], ["--school", "workspace"]),
    "no workspace": ([], ["upwards init"]),
    "a method that does not exist": (["pupils.csv", *FIT, "--method", "bayes"], ["bayes", "reml"]),
    "a number that is none": (["pupils.csv", *FIT, "--draws", "many"], ["--draws", "integer"]),
    "an unknown option": (["pupils.csv", *FIT, "--outcomes", "x"], ["--outcomes"]),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UPWARDS_WORKSPACE", raising=False)
    lines = [f"p{i},{'abcd'[i % 4]},{'FM'[i % 2]},{(i * 7) % 13},{(i * 5) % 11}" for i in range(60)]
    head = "pupil,school,sex,prior,score"
    tables = {
        "pupils.csv": [head, *lines],
        "twice.csv": [head, *lines, lines[0]],
        "one.csv": ["school,score", *(f"a,{i * 7 % 10}" for i in range(20))],
        "headline.csv": [head],
        "empty.csv": [],
        "pupils.pdf": ["%PDF-1.4"],
    }
    for name, text in tables.items():
        Path(name).write_text("\n".join(text), encoding="utf-8")
    Path("folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_a_sentence(run: Any, here: Path, mistake: str) -> None:
    arguments, words = MISTAKES[mistake]
    said = run("value-added", *arguments)
    assert said.code == 2, said.out
    assert said.out == ""
    assert "Traceback" not in said.err
    assert len(said.err) < 700, said.err
    for word in words:
        assert word in said.err


@pytest.mark.parametrize("command", ["disparity", "bright-spots", "stage", "plan", "value-added"])
def test_every_question_without_a_workspace_says_how_to_make_one(run: Any, here: Path, command: str) -> None:
    said = run(command)
    assert said.code == 2
    assert "upwards init" in said.err


@pytest.mark.parametrize("command", ["disparity", "bright-spots", "stage", "plan", "value-added"])
def test_an_empty_workspace_says_what_to_do_next(run: Any, here: Path, command: str) -> None:
    assert run("init", "group").code == 0
    said = run(command, "--workspace", "group")
    assert said.code == 2
    assert "upwards import" in said.err


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("--asks", "Hill/maths", "school/subject/stage"),
        ("--must", "Hill/maths/1", "provider=recipient"),
        ("--must", "Hill/maths/1=Park", "school/subject/stage"),
    ],
)
def test_a_team_that_is_not_named_in_full_is_refused(
    run: Any, here: Path, option: str, text: str, words: str
) -> None:
    said = run("plan", option, text)
    assert said.code == 2
    assert words in said.err


def test_a_bug_is_not_dressed_up_as_a_mistake(run: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("upwards.actions.estimate_value_added.measure_value_added", broken)
    with pytest.raises(ZeroDivisionError):
        run("value-added", "pupils.csv", *FIT)


def test_the_process_itself_ends_with_two_and_no_traceback(here: Path) -> None:
    command = [sys.executable, "-m", "upwards", "value-added", "nothing.csv", *FIT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("upwards: ")
    assert done.stderr.count("\n") <= 3
