"""Figures that a column cannot hold, and columns that have changed places."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.sources.england.conftest import Publish, ReadAs
from tests.sources.england.sheets import YEARS, figures, sheet
from upwards.sources.england import ks2, ks4
from upwards.sources.england.catalogue import load_catalogue, load_ranges
from upwards.sources.england.gias import ESTABLISHMENTS
from upwards.sources.england.recognise import recognise
from upwards.sources.england.release import Release

(KS2,), (KS4,) = ks2.DATASETS, ks4.DATASETS
P2016, P2018 = (
    f"performance-tables/{place}"
    for place in ("2015-2016/england_ks2final.csv", "2017-2018/england_ks4final.csv")
)


def test_every_measure_says_what_its_figures_can_be() -> None:
    ranges = load_ranges()
    assert set(load_catalogue()) <= set(ranges)
    assert all(one.low < one.high and one.reason for one in ranges.values())


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("READPROG", "50", "figure outside -40 to 40"),
        ("READ_AVERAGE", "79", "figure outside 80 to 120"),
        ("PTRWM_EXP", "140%", "figure outside 0 to 100"),
        ("TELIG", "-4", "figure outside 0 to 50000"),
    ],
)
def test_one_cell_that_cannot_be_is_a_problem_of_its_row(
    publish: Publish, read_as: ReadAs, column: str, cell: str, said: str
) -> None:
    good = {"URN": "100000", "TELIG": "30", "READPROG": "1.0", "READ_AVERAGE": "104", "PTRWM_EXP": "60%"}
    text = sheet(ks2.TRIMMED, good, {**good, "URN": "100001", column: cell})
    release = read_as(KS2, publish(P2016, text, YEARS[2016]))
    (problem,) = release.problems.listed
    assert (problem.row, problem.column, problem.what) == (3, column, said)
    assert "can be so" in problem.remedy
    measures = {"READPROG": "reading_progress", "READ_AVERAGE": "reading_score", "PTRWM_EXP": "rwm_expected"}
    kept = figures(release, f"ks2.{measures.get(column, 'pupils')}", 2016)
    assert kept["school"].to_list() == ["100000"]


def test_a_number_of_pupils_below_zero_is_no_number(publish: Publish, read_as: ReadAs) -> None:
    cells = {
        "RECTYPE": "1",
        "URN": "100000",
        "P8MEA": "0.1",
        "P8CILOW": "-0.2",
        "P8CIUPP": "0.4",
        "P8PUP": "-4",
    }
    layout = ks4.LAYOUTS[2018][0]
    release = read_as(KS4, publish(P2018, sheet(layout, cells, default="NA"), YEARS[2018]))
    assert [problem.column for problem in release.problems.listed] == ["P8PUP"]
    assert figures(release, "ks4.progress8", 2018)["n"].to_list() == [None]


def swapped(england: Path, tmp_path: Path, place: str, one: str, other: str) -> Release:
    """Read a real file of which two headings have changed places."""
    source = england / place
    encoding = "cp1252" if "gias" in place else "utf-8-sig"
    heading, mark, rest = source.read_text(encoding=encoding).partition("\n")
    names = [name.strip().strip('"') for name in heading.split(",")]
    i, k = names.index(one), names.index(other)
    names[i], names[k] = names[k], names[i]
    copy = tmp_path / place
    copy.parent.mkdir(parents=True)
    copy.write_text(",".join(f'"{name}"' for name in names) + mark + rest, encoding=encoding)
    (file,) = recognise(tmp_path).files
    return file.read()


@pytest.mark.parametrize(
    ("place", "one", "other"),
    [
        ("performance-tables/2016-2017/england_ks2final.csv", "READPROG", "READ_AVERAGE"),
        ("performance-tables/2018-2019/england_ks4final.csv", "P8MEA", "ATT8SCR"),
    ],
)
def test_headings_that_have_changed_places_are_named(
    england: Path, tmp_path: Path, place: str, one: str, other: str
) -> None:
    release = swapped(england, tmp_path, place, one, other)
    found = {problem.column: problem for problem in release.problems.listed if problem.row is None}
    assert set(found) == {one, other}
    assert all("columns may have changed places" in problem.what for problem in found.values())
    # Also where the good rows are asked for, no figure of these columns is taken.
    year = 2017 if one == "READPROG" else 2019
    measure = "ks2.reading_progress" if one == "READPROG" else "ks4.progress8"
    assert figures(release, measure, year)["value"].count() == 0


def test_an_easting_in_the_place_of_a_northing_is_named(england: Path, tmp_path: Path) -> None:
    release = swapped(england, tmp_path, "gias/2022-04-25/edubasealldata.csv", "Easting", "Northing")
    (problem,) = release.problems.listed
    assert (problem.row, problem.column) == (None, "Easting")
    assert "places outside England and Wales: columns may have changed places" in problem.what
    assert release.tables["schools"]["latitude"].count() == 0


def test_a_single_place_at_sea_is_the_publishers(publish: Publish, read_as: ReadAs) -> None:
    headings = sorted(ESTABLISHMENTS.headings)
    usual = {
        "LA (code)": "850",
        "PhaseOfEducation (name)": "Primary",
        "Easting": "485850",
        "Northing": "139000",
    }
    rows = [{**usual, "URN": str(100000 + k)} for k in range(30)]
    random.Random(1).choice(rows).update({"Easting": "139000", "Northing": "485850"})
    lines = [",".join(headings), *(",".join(row.get(name, "") for name in headings) for row in rows)]
    place = "gias/2022-04-25/edubasealldata.csv"
    release = read_as(ESTABLISHMENTS, publish(place, "\n".join(lines) + "\n", None))
    assert release.problems.is_clean
    assert any("1 places lie outside England and Wales" in note for note in release.problems.notes)
    assert release.tables["schools"]["latitude"].count() == 30
