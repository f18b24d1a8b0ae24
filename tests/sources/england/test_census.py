"""Who a school's pupils are, and how often they are there."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from upwards.core.academic_year import AcademicYear
from upwards.core.errors import UnknownColumn, UserError
from upwards.sources.england.census import DATASETS
from upwards.sources.england.release import Release

CENSUS, ABSENCE = DATASETS
HEADINGS = {
    2019: "URN,ESTAB,NOR,TSENELSE,PSENELSE,TSENELK,PSENELK,PNUMEAL,NUMFSM,NUMFSMEVER,PNUMFSMEVER",
    2023: "URN,Estab,NOR,TSENELSE,PSENELSE,TSENELK,PSENELK,PNUMEAL,NUMFSM,NUMFSMEVER,NORFSMEVER,PNUMFSMEVER",
}
Census = Callable[..., Release]


@pytest.fixture(name="census")
def census_fixture(publish: Publish, read_as: ReadAs) -> Census:
    def read(year: int, *rows: str) -> Release:
        text = "\n".join([HEADINGS[year], *rows]) + "\n"
        place = f"performance-tables/{year - 1}-{year}/england_census.csv"
        return read_as(CENSUS, publish(place, text, AcademicYear(year)))

    return read


def figures(release: Release) -> dict[str, tuple[object, ...]]:
    rows = release.tables["school_measures"].select("measure", "value", "value_missing", "n").rows()
    return {row[0]: row[1:] for row in rows}


def test_percentages_without_a_sign_are_read_and_free_meals_are_counted_over_the_roll(census: Census) -> None:
    release = census(2019, "100000,3614,200,5,1.8,50,17.5,49.5,32,38,16.2", "NAT,PRI,9,9,9,9,9,9,9,9,9")
    assert figures(release) == {
        "school.pupils": (200.0, None, 200),
        "school.pct_sen_plan": (1.8, None, 200),
        "school.pct_sen_support": (17.5, None, 200),
        "school.pct_eal": (49.5, None, 200),
        "school.pct_fsm": (100 * 32 / 200, None, 200),
        "school.pct_fsm6": (16.2, None, None),  # its whole is not published in 2019
    }
    assert release.problems.rejected == {"figures of the whole country, which are no school's": 1}
    assert release.problems.is_clean


def test_percentages_with_a_sign_are_the_same_numbers_and_the_whole_of_six_years_is_there(
    census: Census,
) -> None:
    release = census(2023, "100000,3614,271,8,3.0%,59,21.8%,53.5%,49,50,228,21.9%")
    assert figures(release)["school.pct_sen_plan"] == (3.0, None, 271)
    assert figures(release)["school.pct_fsm6"] == (21.9, None, 228)
    units = release.tables["school_measures"].select("measure", "unit").rows()
    assert dict(units)["school.pct_eal"] == "percent of pupils"


def test_what_is_not_collected_from_independent_schools_is_not_applicable(census: Census) -> None:
    release = census(2023, "100001,6005,739,0,0.0%,22,3.0%,NA,NA,NA,NA,NA")
    found = figures(release)
    assert found["school.pct_sen_plan"] == (0.0, None, 739)
    for measure in ("school.pct_eal", "school.pct_fsm", "school.pct_fsm6"):
        assert found[measure][:2] == (None, "not applicable")


def test_a_share_of_no_pupils_is_not_applicable_and_not_zero(census: Census) -> None:
    found = figures(census(2023, "100044,1,0,0,0.0%,0,0.0%,0.0%,0,0,0,0.0%"))
    assert found.pop("school.pupils") == (0.0, None, 0)
    assert set(found.values()) == {(None, "not applicable", 0)}


def test_a_share_whose_parts_are_suppressed_says_so(census: Census) -> None:
    found = figures(census(2023, "100044,1,SUPP,0,0.0%,0,0.0%,0.0%,4,0,9,0.0%"))
    assert found["school.pct_fsm"] == (None, "suppressed", None)
    assert found["school.pct_eal"] == (0.0, None, None)


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        ("100044,1,200,0,101%,0,0.0%,0%,4,0,9,0%", "PSENELSE", "figure outside 0 to 100"),
        ("100044,1,-2,0,1%,0,0.0%,0%,,0,9,0%", "NOR", "figure outside 0 to any"),
        ("100044,1,2,0,1%,0,0.0%,0%,4,0,9,0%", "NUMFSM", "figure outside 0 to 100"),
        ("100044,1,200,0,1%,0,0.0%,many,4,0,9,0%", "PNUMEAL", "neither a number nor a marker that is known"),
        ("100044,1,lots,0,1%,0,0.0%,0%,4,0,9,0%", "NOR", "neither a number nor a marker that is known"),
    ],
)
def test_an_impossible_cell_is_told_and_not_written(census: Census, row: str, column: str, what: str) -> None:
    release = census(2023, row)
    assert release.problems.counts[(column, what)] == 1
    assert release.problems.listed[0].row == 2
    assert len(figures(release)) < 6
    assert release.problems.n_kept == 1


def test_the_same_school_twice_is_told(census: Census) -> None:
    row = "100044,1,200,0,1%,0,0.0%,0%,4,0,9,0%"
    release = census(2023, row, row, "100045,1,200,0,1%,0,0.0%,0%,4,0,9,0%", row.replace("200", "201"))
    assert release.problems.rejected == {
        "the same row twice": 1,
        "same school as another row, with other figures": 2,
    }


def test_a_year_whose_columns_are_not_known_says_where_to_add_them(census: Census, publish: Publish) -> None:
    text = f"{HEADINGS[2019]}\n100000,1,1,1,1,1,1,1,1,1,1\n"
    opened = publish("performance-tables/2014-2015/england_census.csv", text, AcademicYear(2015))
    with pytest.raises(UserError, match=r"2014/15.*known from 2019 only.*sources/england/census\.py"):
        CENSUS.read(opened)
    with pytest.raises(UnknownColumn, match="no column 'NORFSMEVER'"):
        CENSUS.read(publish("2022-2023/england_census.csv", text, AcademicYear(2023)))
    with pytest.raises(UserError, match="does not say which academic year"):
        CENSUS.read(publish("england_census.csv", text))


def test_another_year_is_read_by_the_last_columns_known_and_the_summary_says_so(publish: Publish) -> None:
    text = "LA,ESTAB,URN,PERCTOT,PPERSABS10\n201,3614,100000,5.2,9.8\n"
    for year, told in ((2019, True), (2023, False)):
        place = f"performance-tables/{year - 1}-{year}/england_abs.csv"
        notes = ABSENCE.read(publish(place, text, AcademicYear(year))).problems.notes
        assert (
            "no dictionary of 2018/19 was at hand: its columns are read as those of 2015/16" in notes
        ) is told


def test_absence_is_read_without_a_number_of_pupils(publish: Publish, read_as: ReadAs) -> None:
    text = "LA,ESTAB,URN,PERCTOT,PPERSABS10\n201,3614,100000,5.2,9.8\n202,1,100001,c,z\nNAT,PRI,,5.9,16.2\n"
    place = "performance-tables/2022-2023/england_abs.csv"
    release = read_as(ABSENCE, publish(place, text, AcademicYear(2023)))
    rows = release.tables["school_measures"].select("school", "measure", "value", "value_missing", "n").rows()
    assert rows == [
        ("100000", "school.pct_absence", 5.2, None, None),
        ("100001", "school.pct_absence", None, "suppressed", None),
        ("100000", "school.pct_persistent_absence", 9.8, None, None),
        ("100001", "school.pct_persistent_absence", None, "not applicable", None),
    ]
    assert release.problems.is_clean
    # Special and closed schools are in no register of open ones: where they are stands here.
    assert release.tables["schools"].select("school", "area", "region").rows() == [
        ("100000", "City of London", "London"),
        ("100001", "Camden", "London"),
    ]


@pytest.mark.parametrize(("year", "n_in", "free_meals"), [(2019, 23_942, 15.8), (2023, 24_436, 24.0)])
def test_the_nations_free_meals_are_those_published_elsewhere(
    open_published: OpenPublished, read_as: ReadAs, year: int, n_in: int, free_meals: float
) -> None:
    # DfE, "Schools, pupils and their characteristics": 15.8 % of primary pupils in 2019, 24.0 % in 2023.
    place = f"performance-tables/{year - 1}-{year}/england_census.csv"
    opened = open_published(place, AcademicYear(year))
    release = read_as(CENSUS, opened)
    assert release.problems.is_clean
    assert (release.problems.n_in, release.problems.n_rejected) == (n_in, 3)
    frame = pl.read_csv(opened.path, infer_schema=False).filter(
        pl.col("SCHOOLTYPE") == "State-funded primary"
    )
    rows = (
        release.tables["school_measures"]
        .filter(pl.col("measure") == "school.pct_fsm")
        .join(frame.select(school="URN"), on="school", how="semi")
    )
    known = rows.filter(pl.col("value").is_not_null())
    mean = known.select((pl.col("value") * pl.col("n")).sum() / pl.col("n").sum()).item()
    assert mean == pytest.approx(free_meals, abs=0.1)


def test_the_published_absence_is_read_whole(open_published: OpenPublished, read_as: ReadAs) -> None:
    opened = open_published("performance-tables/2022-2023/england_abs.csv", AcademicYear(2023))
    release = read_as(ABSENCE, opened)
    assert release.problems.is_clean
    assert (release.problems.n_in, release.problems.n_kept) == (21_284, 21_281)
    assert release.tables["school_measures"].height == 2 * 21_281
