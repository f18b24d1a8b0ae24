"""`upwards regions` and the two pages of `upwards report` on the public record."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.reports.example_report import Page
from tests.reports.small_country import make_country


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_country(tmp_path_factory.mktemp("country") / "w")


def test_a_region_is_told_in_words_before_the_table(run: Run, country: Path) -> None:
    said = run("regions", "--workspace", country)
    assert said.code == 0, said.err
    assert said.out.index("one framework, the same schools") < said.out.index("schools in  ")
    assert "goes with home language: +0.36" in said.out
    assert "By kind of pupil (disadvantaged or not)" in said.out
    assert "Cannot be told: What a programme did" in said.out
    assert "From 2012/13" in said.out


def test_json_and_csv_of_a_region_are_whole(run: Run, country: Path) -> None:
    asked = ("regions", "--region", "London", "--years", "2015-2016", "--workspace", country, "--format")
    assert run(*asked, "json").json["schema"] == "upwards.regions/1"
    rows = list(csv.DictReader(io.StringIO(run(*asked, "csv").out)))
    assert [row["part"] for row in rows] == ["London", "elsewhere"] * 2
    assert float(rows[0]["less_than_good_lower"]) <= float(rows[0]["less_than_good_value"])


def test_an_intake_that_is_not_held_is_told(run: Run, country: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import upwards.actions.compare_regions as module

    monkeypatch.setattr(module, "_gap_or_reason", lambda *_: {"refusal": "It was not published."})
    said = run("regions", "--years", "2017", "--workspace", country)
    assert "What goes with intake cannot be told: It was not published." in said.out


def test_a_gap_without_a_split_by_kind_of_pupil_is_told_without_it(
    run: Run, country: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import upwards.actions.compare_regions as module

    gap = {"text": ["A gap."], "parts": [], "split": None, "untold": ["Much."]}
    monkeypatch.setattr(module, "_gap_or_reason", lambda *_: gap)
    said = run("regions", "--years", "2018", "--workspace", country)
    assert "A gap." in said.out
    assert "By kind of pupil" not in said.out


def test_an_unknown_region_is_refused_in_a_sentence(run: Run, country: Path) -> None:
    said = run("regions", "--region", "Londn", "--workspace", country)
    assert said.code == 2
    assert "did you mean 'London'" in said.err


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        (
            ("convergence", "--by", "authority", "--years", "2016-2019"),
            "Progress in reading, Key Stage 1 to 2",
        ),
        (("groups", "--year", 2019), "30 groups of schools in 2018/19"),
        (("groups", "--year", 2019, "--group", "trust 12"), "Trust 12 in 2018/19"),
    ],
)
def test_a_page_is_written_and_said(
    run: Run, country: Path, tmp_path: Path, asked: tuple[object, ...], title: str
) -> None:
    output = tmp_path / "new folder" / "page.html"
    said = run("report", *asked, "--workspace", country, "--output", output)
    assert said.code == 0, said.err
    assert said.out == ""
    assert f"Written to {output}" in said.err
    assert Page(output.read_text(encoding="utf-8")).headings[0][1].startswith(title)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("groups", "--hours", 4), "'upwards report groups' does not use --hours; 'upwards report' does."),
        (("--year", 2019), "'upwards report' does not use --year; 'upwards report groups' does."),
        (("groups", "--seed", 2), "'upwards report' or 'upwards report convergence' does."),
    ],
)
def test_an_option_that_the_page_does_not_use_is_refused(
    run: Run, country: Path, asked: tuple[object, ...], told: str
) -> None:
    said = run("report", *asked, "--workspace", country)
    assert said.code == 2
    assert told in said.err


def test_a_group_that_is_not_there_leaves_no_page(run: Run, country: Path, tmp_path: Path) -> None:
    said = run(
        "report", "groups", "--group", "Nobody", "--workspace", country, "--output", tmp_path / "x.html"
    )
    assert said.code == 2
    assert "No group that is compared in 2019 is called 'Nobody'" in said.err
    assert not list(tmp_path.iterdir())


def test_a_page_that_does_not_exist_is_refused(run: Run, country: Path) -> None:
    assert run("report", "leagues", "--workspace", country).code == 2
