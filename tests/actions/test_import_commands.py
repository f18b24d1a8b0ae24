from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from upwards.cli import import_command, import_display
from upwards.cli.erase_command import erase
from upwards.cli.import_command import import_
from upwards.cli.init_command import init
from upwards.core.errors import UserError

CLEAN = """UPN,School,Subject,Year,Score
A1,North,reading,2019,34
A2,North,reading,2019,33
"""
app = typer.Typer()
app.command("init")(init)
app.command("import")(import_)
app.command("erase")(erase)


def upwards(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=answer, env={"COLUMNS": "140"})


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UPWARDS_WORKSPACE", str(tmp_path / "group"))
    assert upwards("init", "group", "--name", "Five Rivers").exit_code == 0
    (tmp_path / "a.csv").write_text(CLEAN)
    return tmp_path


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        stdin = type("In", (), {"isatty": staticmethod(lambda: True)})

    real = import_command.sys
    monkeypatch.setattr(import_command, "sys", Terminal())


def test_init_says_where_and_what_next(tmp_path: Path) -> None:
    done = upwards("init", str(tmp_path / "group"), "--name", "Five Rivers")
    assert done.exit_code == 0
    assert "'Five Rivers' is ready" in done.stdout
    assert "upwards import FILE --as results" in done.stdout


def test_a_clear_file_is_imported_without_a_terminal(group: Path) -> None:
    done = upwards("import", "a.csv", "--as", "results")
    assert done.exit_code == 0
    assert "a.csv: 2 rows, 2 can be used." in done.stdout
    assert "Snapshot 000001-" in done.stdout
    assert "'UPN'" in done.stderr


def test_the_same_file_again_says_so(group: Path) -> None:
    upwards("import", "a.csv", "--as", "results")
    done = upwards("import", "a.csv", "--as", "results")
    assert done.exit_code == 0
    assert "in the workspace already" in done.stdout
    assert "used before" in done.stderr


def test_json_goes_alone_to_standard_output(group: Path) -> None:
    done = upwards("import", "a.csv", "--as", "results", "--format", "json")
    said = json.loads(done.stdout)
    assert said["entered"] is True
    assert said["files"][0]["n_kept"] == 2


def test_an_unclear_file_without_a_terminal_leaves_its_mapping_to_edit(group: Path) -> None:
    (group / "results 2019.csv").write_text(CLEAN.replace(",Year", "").replace(",2019", ""))
    done = upwards("import", "results 2019.csv", "--as", "results", "--workspace", "group")
    assert isinstance(done.exception, UserError)
    assert "Look at this" in done.stderr
    assert "--map 'results 2019.map.toml' --workspace group" in str(done.exception)
    assert "import with --yes" in str(done.exception)
    assert (group / "results 2019.map.toml").exists()
    given = upwards("import", "results 2019.csv", "--as", "results", "--map", "results 2019.map.toml")
    assert given.exit_code == 0


def test_yes_accepts_what_is_unclear(group: Path) -> None:
    (group / "results-2019.csv").write_text(CLEAN.replace(",Year", "").replace(",2019", ""))
    assert upwards("import", "results-2019.csv", "--as", "results", "--yes").exit_code == 0


def test_yes_does_not_accept_what_cannot_be_used(group: Path) -> None:
    (group / "a.csv").write_text(CLEAN.replace("School", "Zzz"))
    done = upwards("import", "a.csv", "--as", "results", "--yes")
    assert isinstance(done.exception, UserError)
    assert "Not usable yet" in done.stderr
    assert "--yes" not in str(done.exception)
    given = upwards("import", "a.csv", "--as", "results", "--map", "a.map.toml")
    assert "gives no school" in str(given.exception)
    assert sorted(path.name for path in group.glob("*.toml")) == ["a.map.toml"]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("answer", "entered"), [("y\n", True), ("n\n", False), ("\n", True)])
def test_on_a_terminal_the_mapping_is_asked_about(group: Path, answer: str, entered: bool) -> None:
    done = upwards("import", "a.csv", "--as", "results", answer=answer)
    assert "Read it like this?" in done.stderr
    assert (done.exit_code == 0) is entered
    assert (group / "a.map.toml").exists() is not entered


def test_problems_are_listed_and_nothing_enters(group: Path) -> None:
    (group / "a.csv").write_text(CLEAN + "A3,[North],reading,soon,30\nA4,North,reading,2019,SUPP\n")
    done = upwards("import", "a.csv", "--as", "results")
    assert done.exit_code == 2
    assert "4 rows, 3 can be used, 1 left out" in done.stdout
    assert "'soon'" in done.stdout
    assert "Missing score in rows kept: suppressed 1." in done.stdout
    assert "--keep-good" in done.stderr
    assert "30" not in done.stdout.split("what to do")[1]
    again = upwards("import", "a.csv", "--as", "results", "--keep-good")
    assert again.exit_code == 0


def test_corrections_and_undo(group: Path) -> None:
    upwards("import", "a.csv", "--as", "results")
    (group / "b.csv").write_text(CLEAN.replace("34", "44"))
    refused = upwards("import", "b.csv", "--as", "results")
    assert "--replace" in str(refused.exception)
    done = upwards("import", "b.csv", "--as", "results", "--replace")
    assert "2 of them took the place" in done.stdout
    assert "Back to snapshot 000001-" in upwards("import", "--undo").stdout
    assert "empty again" in upwards("import", "--undo").stdout
    assert "nothing to undo" in str(upwards("import", "--undo").exception)


def test_what_is_missing_from_the_command_is_said(group: Path) -> None:
    assert "upwards import results.csv --as results" in str(upwards("import", "a.csv").exception)
    assert "takes no files" in str(upwards("import", "a.csv", "--undo").exception)


def test_a_bar_is_shown_once_reading_takes_long(group: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_display, "SLOW_SECONDS", -1.0)
    assert upwards("import", "a.csv", "--as", "results").exit_code == 0


def test_wide_files_and_what_is_left_out_are_shown(group: Path) -> None:
    (group / "w.csv").write_text("UPN,School,Surname,SES,Maths 2019,Reading 2019\nA1,North,S,1,5,6\n")
    done = upwards("import", "w.csv", "--as", "results", "--yes")
    assert done.exit_code == 0
    assert "'Maths 2019': subject mathematics, year 2019" in done.stderr
    assert "not read" in done.stderr
    assert "kept under its own name" in done.stderr


def test_erasing_says_how_many_rows_and_what_it_does_not_reach(group: Path) -> None:
    upwards("import", "a.csv", "--as", "results", "--keep-original")
    done = upwards("erase", "--pupil", "a1")
    assert done.exit_code == 0
    assert "1 row in snapshot 000001-" in done.stdout
    assert "1 row in kept imports and rejects" in done.stdout
    assert "1 kept original deleted" in done.stdout
    assert "remove the person there too" in done.stdout
    assert "A1" not in done.stdout
    nobody = upwards("erase", "--teacher", "JSM")
    assert "No row of this workspace holds that teacher's identifier" in nobody.stdout
    assert "Name one person" in str(upwards("erase").exception)


@pytest.mark.parametrize("command", ["init", "import", "erase"])
def test_help_teaches_with_an_example(command: str) -> None:
    done = upwards(command, "--help")
    assert done.exit_code == 0
    assert "Example:" in done.stdout
    assert f"upwards {command}" in done.stdout
