"""Income and spending of schools."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from upwards.core.academic_year import AcademicYear
from upwards.core.errors import UnknownColumn, UserError
from upwards.sources.england.finance import DATASETS
from upwards.sources.england.release import Period, Release

CFR, AAR = DATASETS
YEAR = AcademicYear(2018)
Returns = Callable[..., Release]


@pytest.fixture(name="cfr")
def cfr_fixture(publish: Publish, read_as: ReadAs) -> Returns:
    def read(*rows: str, period: Period = YEAR) -> Release:
        text = "\n".join(["URN,Income,Expenditure,Balance,Academic Year", *rows]) + "\n"
        return read_as(CFR, publish("finance/cfr_2018.csv", text, period))

    return read


def amounts(release: Release) -> list[tuple[object, ...]]:
    return release.tables["finances"].select("school", "year", "item", "amount", "amount_missing").rows()


def test_spending_is_negative_and_the_balance_keeps_its_sign(cfr: Returns) -> None:
    release = cfr("100000,2254486.7,2274147.52,-19660.82,2018")
    assert amounts(release) == [
        ("100000", 2018, "income", 2254486.7, None),
        ("100000", 2018, "expenditure", -2274147.52, None),
        ("100000", 2018, "in_year_balance", -19660.82, None),
    ]
    assert release.tables["finances"]["currency"].unique().to_list() == ["GBP"]


def test_totals_that_do_not_add_up_within_a_pound_are_counted_and_kept(cfr: Returns) -> None:
    release = cfr("100000,100,60,41.5,2018", "100001,100,60,40.5,2018", "100002,100,SUPP,,2018")
    assert release.problems.n_kept == 3
    assert any(note.startswith("in 1 of 3 rows income less expenditure") for note in release.problems.notes)
    assert amounts(release)[5] == ("100002", 2018, "expenditure", None, "suppressed")
    assert amounts(release)[8] == ("100002", 2018, "in_year_balance", None, "blank")


def test_rows_of_no_school_and_totals_below_zero_are_left_out(cfr: Returns) -> None:
    release = cfr("nan,0,0,0,2018", "100000,-5,3,-8,2018", "100001,5,-3,8,2018", "100002,5,3,2,2018")
    assert release.problems.rejected == {
        "no school named": 1,
        "income below zero, which no school has in a year": 1,
        "expenditure below zero, which no school has in a year": 1,
    }
    assert {row[0] for row in amounts(release)} == {"100002"}
    assert release.problems.is_clean


def test_the_files_year_is_checked_against_its_name(cfr: Returns) -> None:
    release = cfr("100000,5,3,2,2017", "100001,5,3,2,soon", "100002,5,3,2,2018")
    assert release.problems.counts == {
        ("Academic Year", "year other than 2018, which the file's name says"): 1,
        ("Academic Year", "not a year"): 1,
    }
    with pytest.raises(UserError, match="does not say which academic year"):
        cfr("100000,5,3,2,2017", period=None)


def test_a_cell_that_is_no_amount_is_told_and_the_rest_of_the_row_stays(cfr: Returns) -> None:
    release = cfr("100000,abc,3,2,2018")
    assert [row[2] for row in amounts(release)] == ["expenditure", "in_year_balance"]
    assert release.problems.listed[0].value_or_class == "'abc'"


@pytest.mark.parametrize(
    ("year", "n_in", "n_kept"),
    [(2014, 17_848, 17_848), (2015, 16_500, 16_499), (2016, 16_240, 16_240), (2017, 15_275, 15_272)],
)
def test_the_published_returns_add_up(
    open_published: OpenPublished, read_as: ReadAs, year: int, n_in: int, n_kept: int
) -> None:
    release = read_as(CFR, open_published(f"finance/cfr_{year}.csv", AcademicYear(year)))
    assert (release.problems.n_in, release.problems.n_kept) == (n_in, n_kept)
    assert release.problems.is_clean
    assert any(note.startswith("in 0 of ") for note in release.problems.notes)
    assert release.tables["finances"].height == 3 * n_kept


def layouts() -> dict[str, Any]:
    text = resources.files("upwards.sources.england").joinpath("finance.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)["aar"]["layouts"]
    return found


def aar_file(layout: dict[str, Any], *schools: tuple[str, str, dict[str, str]], extra: bool = True) -> str:
    names = [*layout["income"], *layout["less"], *layout["expenditure"]]
    names += layout["income_where_present"] if extra else []
    header = ["URN", "ACADEMYTRUSTSTATUS", *(f'"{name}"' for name in names)]
    rows = [
        ",".join([urn, status, *(cells.get(name, "1") for name in names)]) for urn, status, cells in schools
    ]
    return "\n".join([",".join(header), *rows]) + "\n"


@pytest.fixture(name="aar")
def aar_fixture(publish: Publish, read_as: ReadAs) -> Returns:
    def read(text: str) -> Release:
        return read_as(AAR, publish("finance/aar_2023.csv", text, AcademicYear(2023)))

    return read


def test_a_part_of_spending_that_is_no_amount_leaves_the_income(aar: Returns) -> None:
    layout = layouts()["BNCH"]
    release = aar(aar_file(layout, ("136807", "MAT", {layout["expenditure"][0]: "lots"})))
    assert [row[2] for row in amounts(release)] == ["income"]


@pytest.mark.parametrize("name", ["BNCH", "BAE"])
def test_an_academys_totals_are_the_sums_of_the_departments_columns(aar: Returns, name: str) -> None:
    layout = layouts()[name]
    release = aar(aar_file(layout, ("136807", "MAT", {layout["less"][0]: "4"}), extra=False))
    income, spent = len(layout["income"]) - 4, len(layout["expenditure"])
    assert amounts(release) == [
        ("136807", 2023, "income", income, None),
        ("136807", 2023, "expenditure", -spent, None),
        ("136807", 2023, "in_year_balance", income - spent, None),
    ]
    with_extra = aar(aar_file(layout, ("136807", "MAT", {layout["less"][0]: "4"})))
    assert amounts(with_extra)[0][3] == income + 1


def test_a_total_is_missing_where_one_of_its_parts_is(aar: Returns) -> None:
    layout = layouts()["BAE"]
    release = aar(aar_file(layout, ("136807", "MAT", {layout["expenditure"][3]: "SUPP"})))
    assert [(row[2], row[3] is None, row[4]) for row in amounts(release)] == [
        ("income", False, None),
        ("expenditure", True, "suppressed"),
        ("in_year_balance", True, "suppressed"),
    ]


def test_academies_of_one_day_and_rows_of_no_school_are_left_out(aar: Returns) -> None:
    layout = layouts()["BAE"]
    release = aar(aar_file(layout, ("136807", "1 day", {}), ("", "MAT", {}), ("136808", "SAT", {})))
    assert release.problems.rejected == {
        "no school named": 1,
        "academy of one day, whose return stands in another row": 1,
    }


def test_a_part_that_is_no_amount_makes_its_totals_absent_and_is_told(aar: Returns) -> None:
    layout = layouts()["BAE"]
    release = aar(aar_file(layout, ("136807", "MAT", {layout["income"][0]: "lots"})))
    assert [row[2] for row in amounts(release)] == ["expenditure"]
    assert release.problems.listed[0].column == layout["income"][0]


def test_a_layout_that_is_not_known_says_what_is_absent_and_where_to_add_it(publish: Publish) -> None:
    layout = layouts()["BAE"]
    text = aar_file({**layout, "expenditure": layout["expenditure"][1:]}, ("136807", "MAT", {}))
    opened = publish("finance/aar_2023.csv", text, AcademicYear(2024))
    with pytest.raises(UnknownColumn, match=r"from 2023/24, of which 1 columns are absent.*finance\.toml"):
        AAR.read(opened)
