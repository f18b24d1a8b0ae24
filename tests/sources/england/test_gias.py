"""England's register of schools."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from upwards.core.errors import UnknownColumn
from upwards.sources.england.gias import ESTABLISHMENTS
from upwards.sources.england.release import Period, Release

Register = Callable[..., Release]
DAY = datetime.date(2022, 4, 25)
HEADINGS = (
    "URN,LA (code),LA (name),EstablishmentName,TypeOfEstablishment (name),EstablishmentStatus (name),"
    "OpenDate,CloseDate,PhaseOfEducation (name),NumberOfPupils,GOR (name),Easting,Northing"
)


def row(
    urn: str = "100000",
    code: str = "850",
    name: str = "Hampshire",
    status: str = "Open",
    opened: str = "",
    closed: str = "",
    **more: str,
) -> str:
    cells = {"phase": "Primary", "pupils": "270", "region": "South East", "east": "485850", "north": "139000"}
    cells |= more
    return (
        f"{urn},{code},{name},A School,Community school,{status},{opened},{closed},{cells['phase']},"
        f"{cells['pupils']},{cells['region']},{cells['east']},{cells['north']}"
    )


@pytest.fixture(name="register")
def register_fixture(publish: Publish, read_as: ReadAs) -> Register:
    def read(*rows: str, headings: str = HEADINGS, period: Period = DAY) -> Release:
        text = "\n".join([headings, *rows]) + "\n"
        return read_as(ESTABLISHMENTS, publish("gias/2022-04-25/edubasealldata.csv", text, period))

    return read


def test_a_school_has_its_name_kind_phase_place_and_days(register: Register) -> None:
    release = register(row(opened="01-09-2012", closed="31-08-2021", status="Closed", phase="All through"))
    school = release.tables["schools"].row(0, named=True)
    assert (school["school"], school["name"], school["kind"]) == ("100000", "A School", "Community school")
    assert (school["phase"], school["area"], school["region"]) == ("All-through", "Hampshire", "South East")
    assert school["opened"] == datetime.date(2012, 9, 1)
    assert school["closed"] == datetime.date(2021, 8, 31)
    assert school["pupils"] == 270
    assert school["urban"] is None
    assert release.problems.is_clean


def test_the_grid_becomes_degrees(register: Register) -> None:
    # Ordnance Survey, "A guide to coordinate systems in Great Britain", annexe C: Caister water tower,
    # E 651409.903 N 313177.270 on the grid is 52 deg 39' 28.723" N, 1 deg 42' 57.787" E in ETRS89.
    schools = register(row(east="651409.903", north="313177.270")).tables["schools"]
    assert schools["latitude"][0] == pytest.approx(52 + 39 / 60 + 28.723 / 3600, abs=5e-5)  # 5 m
    assert schools["longitude"][0] == pytest.approx(1 + 42 / 60 + 57.787 / 3600, abs=7e-5)


@pytest.mark.parametrize(("east", "north"), [("0", "0"), ("", ""), ("485850", ""), ("0", "139000")])
def test_no_coordinates_are_missing_and_no_place_in_the_sea(
    register: Register, east: str, north: str
) -> None:
    release = register(row(east=east, north=north), row(urn="100001"))
    schools = release.tables["schools"]
    assert schools.row(0, named=True)["latitude"] is schools.row(0, named=True)["longitude"] is None
    assert schools["latitude"][1] is not None
    assert release.problems.is_clean


def test_coordinates_outside_the_grid_are_a_problem_and_the_school_stays(register: Register) -> None:
    release = register(row(east="7000000"))
    assert release.tables["schools"]["latitude"][0] is None
    assert release.problems.counts == {("Easting", "outside the British National Grid"): 1}
    assert release.problems.listed[0].value_or_class == "'7000000'"


@pytest.mark.parametrize(
    ("words", "is_urban"),
    [
        ("(England/Wales) Urban city and town", True),
        ("(England/Wales) Rural hamlet and isolated dwellings", False),
        ("", None),
        ("(Scotland) Accessible Small Town", None),
    ],
)
def test_town_and_country_are_told_where_the_register_says(
    register: Register, words: str, is_urban: bool | None
) -> None:
    release = register(f"{row()},{words}", headings=f"{HEADINGS},UrbanRural (name)")
    assert release.tables["schools"]["urban"][0] is is_urban


def test_the_authoritys_code_is_believed_before_its_name(register: Register) -> None:
    release = register(
        row(code="940", name="West Northamptonshire", region=""),
        row(urn="100001", code="909", name="", region=""),
        row(urn="100002", code="001", name="Abroad", region="Not Applicable"),
    )
    schools = release.tables["schools"]
    assert schools["area"].to_list() == ["North Northamptonshire", "Cumbria", "Abroad"]
    assert schools["region"].to_list() == ["East Midlands", "North West", "Not Applicable"]
    notes = " ".join(release.problems.notes)
    assert "1 schools have an authority's code but no name" in notes
    assert "1 schools have an authority whose name is written otherwise" in notes


def test_1900_means_unknown_and_a_wrong_date_is_a_problem(register: Register) -> None:
    release = register(row(opened="01-01-1900"), row(urn="100001", opened="2012"))
    assert release.tables["schools"]["opened"].to_list() == [None, None]
    assert release.problems.counts == {("OpenDate", "not a date"): 1}


def test_only_a_planned_day_lies_after_the_register(register: Register) -> None:
    release = register(
        row(closed="31-08-2022", status='"Open, but proposed to close"'),
        row(urn="100001", opened="01-09-2022"),
    )
    assert release.problems.counts == {("OpenDate", "date after the day of the register"): 1}
    assert any("1 planned dates" in note for note in release.problems.notes)


def test_without_a_day_no_date_is_in_the_future(register: Register) -> None:
    assert register(row(opened="01-09-2032"), period=None).problems.is_clean


def test_rows_that_cannot_be_used_are_told_with_their_place(register: Register) -> None:
    release = register(
        row(urn="10000A"),
        row(urn="100001"),
        row(urn="100001"),
        row(urn="100002"),
        row(urn="100002", pupils="9"),
    )
    assert release.tables["schools"]["school"].to_list() == ["100001"]
    assert release.problems.rejected == {
        "not a school's number (URN)": 1,
        "the same row twice": 1,
        "same school as another row, with other figures": 2,
    }
    assert "row 2, column 'URN': not a school's number (URN) ('10000A')" in str(release.problems.listed[0])


@pytest.mark.parametrize("pupils", ["-3", "2.5", "many"])
def test_an_impossible_count_is_a_problem(register: Register, pupils: str) -> None:
    release = register(row(pupils=pupils))
    assert release.tables["schools"]["pupils"][0] is None
    assert len(release.problems.counts) == 1


def test_a_row_with_too_many_fields_is_told(register: Register) -> None:
    release = register(row(), f"{row(urn='100001')},more")
    assert release.problems.rejected == {"number of fields differs from the number of headings": 1}
    assert not release.problems.is_clean


def test_a_renamed_column_is_named_with_where_to_add_it(publish: Publish) -> None:
    text = "\n".join([HEADINGS.replace("Easting", "Eastings"), row()]) + "\n"
    opened = publish("gias/2022-04-25/edubasealldata.csv", text, DAY)
    with pytest.raises(UnknownColumn, match=r"no column 'Easting'; did you mean 'Eastings'.*gias\.py"):
        ESTABLISHMENTS.read(opened)


def test_the_national_register_has_every_school_with_a_place(
    open_published: OpenPublished, read_as: ReadAs
) -> None:
    release = read_as(ESTABLISHMENTS, open_published("gias/2022-04-25/edubasealldata.csv", DAY))
    schools = release.tables["schools"]
    assert release.problems.is_clean
    assert schools.height == release.problems.n_in == 20_185
    assert schools.null_count().select("area", "region", "latitude").row(0) == (0, 0, 0)
    assert schools["region"].n_unique() == 9
    assert schools["latitude"].is_between(49.8, 55.9).all()
    london = schools.filter(pl.col("region") == "London")
    assert london["longitude"].is_between(-0.55, 0.35).all()


def test_the_full_width_extract_says_town_or_country(open_published: OpenPublished, read_as: ReadAs) -> None:
    opened = open_published("gias/2022-04-20/edubasealldata_850.csv", datetime.date(2022, 4, 20))
    schools = read_as(ESTABLISHMENTS, opened).tables["schools"]
    assert schools.height == 496
    assert schools["urban"].sum() == 348
    assert schools["urban"].null_count() == schools["latitude"].null_count() == 11
