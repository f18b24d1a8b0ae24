"""The addresses of England's public record: whole, safe, correctable; and the years they are asked for."""

from __future__ import annotations

import datetime
from pathlib import Path, PurePosixPath

import pytest

from upwards.core.academic_year import UnclearYear
from upwards.core.asked_years import parse_years
from upwards.core.errors import UserError
from upwards.sources.england.addresses import WrongAddresses, load_addresses
from upwards.sources.england.datasets import england_datasets
from upwards.sources.england.fetch_plan import choose_published, left_aside, plan_fetch

TODAY = datetime.date(2026, 11, 22)
ALL_YEARS = range(2010, 2027)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2019", (2019,)),
        ("2018/19", (2019,)),
        ("2017-2019", (2017, 2018, 2019)),
        ("2017 – 2018, 2016", (2016, 2017, 2018)),
        ("2016,2018,2018", (2016, 2018)),
        ("2027", (2027,)),
    ],
)
def test_years_are_read_as_people_type_them(text: str, years: tuple[int, ...]) -> None:
    assert parse_years(text, TODAY) == years


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2019-2017", "runs backwards. Write 2017-2019"),
        ("2018-19", "Write 2018/19 for the year, or 2018-2019 for the range"),
        ("2028", "the academic year 2027/28, which has not begun. The one that is running is 2027"),
        ("1950-2019", "is 70 years; ask for at most 40"),
        ("nineteen", "is not an academic year"),
        ("1066", "is not an academic year between"),
        (" , ", "No year was named"),
    ],
)
def test_years_that_cannot_be_are_explained(text: str, words: str) -> None:
    with pytest.raises(UnclearYear, match=words):
        parse_years(text, TODAY)


def test_before_september_the_old_year_is_running() -> None:
    with pytest.raises(UnclearYear, match="running is 2026"):
        parse_years("2027", datetime.date(2026, 8, 31))


def test_every_dataset_of_every_year_has_a_safe_place_and_a_web_address() -> None:
    known = load_addresses()
    wanted, _ = plan_fetch(known, known.published, ALL_YEARS, TODAY)
    assert {one.published.family for one in wanted} == set(known.families)
    for one in wanted:
        assert one.address.startswith("https://")
        assert "{" not in one.address + str(one.place)
        assert one.published.look.startswith("https://")
    assert len({one.place for one in wanted}) == len(wanted)


def test_every_family_says_what_is_missing_in_its_years() -> None:
    known = load_addresses()
    _, absent = plan_fetch(known, choose_published(["ks2", "ks4", "gias"], known), range(2016, 2027), TODAY)
    told = {(one.family, one.year) for one in absent if one.kind == "not published"}
    assert told == {
        *(("ks2", year) for year in (2020, 2021, 2022, 2024, 2025)),
        *(("ks4", year) for year in (2020, 2021, 2025, 2026)),
        ("gias", None),
    }
    assert {(one.family, one.year) for one in absent if one.kind == "not known"} == {
        ("ks2", 2026),
        ("ks4", 2026),
    }


def test_no_file_is_offered_for_a_year_that_is_wholly_missing() -> None:
    known = load_addresses()
    for gap in known.gaps:
        if gap.whole:
            wanted, _ = plan_fetch(known, choose_published([gap.family], known), gap.years, TODAY)
            assert not [one for one in wanted if one.year is not None]


def test_places_are_those_of_the_folder_that_the_import_knows(england: Path) -> None:
    known = load_addresses()
    wanted, _ = plan_fetch(known, known.published, ALL_YEARS, TODAY)
    tables = {one.place for one in wanted if one.place.parts[0] == "performance-tables"}
    here = {
        PurePosixPath(path.relative_to(england))
        for path in england.glob("performance-tables/*/england_*.csv")
    }
    third_party = {path for path in here if path.name == "england_ks4_joined.csv"}
    assert here - third_party <= tables


def test_a_register_of_earlier_days_is_tried() -> None:
    known = load_addresses()
    (wanted, *_), _ = plan_fetch(known, choose_published(["gias"], known), [], TODAY)
    assert [one.place.parts[1] for one in (wanted, *wanted.earlier)] == [
        "2026-11-22",
        "2026-11-21",
        "2026-11-20",
        "2026-11-19",
    ]
    assert "20261119" in wanted.earlier[-1].address


def test_a_family_that_is_misspelt_is_told() -> None:
    with pytest.raises(UserError, match="nothing called 'workfroce' to fetch; did you mean 'workforce'"):
        choose_published(["workfroce"], load_addresses())


def test_names_may_be_written_large_and_single_datasets_named() -> None:
    known = load_addresses()
    found = choose_published([" KS4_Schools ", ""], known)
    assert [one.name for one in found] == ["ks4_schools"]


def test_what_the_import_cannot_read_is_fetched_only_when_named() -> None:
    known = load_addresses()
    assert all(one.imported for one in choose_published([], known))
    assert {one.family for one in choose_published(["ofsted", "ks2"], known)} == {"ofsted", "ks2"}
    assert "ks2_trusts" not in {one.name for one in choose_published(["ks2"], known)}
    assert {one.title for one in left_aside(known)} == {
        one.title for one in known.published if not one.imported
    }


def test_what_is_fetched_is_what_the_import_recognises() -> None:
    known = load_addresses()
    wanted, _ = plan_fetch(known, choose_published([], known), ALL_YEARS, TODAY)
    for one in wanted:
        place = str(one.place)
        by_place = any(kind.place.search(place) for kind in england_datasets())
        assert by_place or place.endswith("_meta.csv"), place


OWN = """
[[dataset]]
name = "ks2_schools"
address = "https://example.org/{years}/ks2.csv"
[dataset.sha256]
2019 = "%s"
[[dataset]]
name = "mine"
family = "la"
title = "Ours"
publisher = "Us"
licence = "OGL-UK-3.0"
look = "https://example.org/"
address = "https://example.org/{date}.csv"
place = "own/ours.csv"
kind = "csv"
"""


def test_a_file_of_ones_own_corrects_and_adds(tmp_path: Path) -> None:
    path = tmp_path / "addresses.toml"
    path.write_text(OWN % ("a" * 64))
    known = load_addresses(path)
    wanted, _ = plan_fetch(known, choose_published(["ks2", "la"], known), [2019], TODAY)
    places = {str(one.place): one for one in wanted}
    corrected = places["performance-tables/2018-2019/england_ks2final.csv"]
    assert corrected.address == "https://example.org/2018-2019/ks2.csv"
    assert corrected.sha256 == "a" * 64
    assert corrected.published.member == "england_ks2final.csv"
    assert places["own/ours.csv"].address == "https://example.org/2026-11-22.csv"


KNOWN = '[[dataset]]\nname = "ks2_schools"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not toml", "cannot be read as TOML"),
        ("[family]\nx = 'y'", "has 'family'; a file of addresses of your own"),
        ("[dataset]\nname = 'x'", "write \\[\\[dataset\\]\\] with two brackets"),
        ("[[dataset]]\nfamily = 'la'", "without a name"),
        (KNOWN + "adress = 'x'", "no key 'adress'; did you mean 'address'"),
        (KNOWN + "years = 'x'", "years is 'x', not of the kind list"),
        (KNOWN + "years = ['x']", "years is a list of whole numbers"),
        (KNOWN + "days_back = true", "days_back is True, not of the kind int"),
        (KNOWN + "family = 'x'", "no family 'x'"),
        (KNOWN + "kind = 'exe'", "kind is one of csv, xlsx, parquet"),
        (KNOWN + "address = ''", "it lacks an address"),
        ("[[dataset]]\nname = 'new'", "it lacks family, title"),
    ],
)
def test_what_is_wrong_in_a_file_of_ones_own_is_told(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "addresses.toml"
    path.write_text(text)
    with pytest.raises(WrongAddresses, match=words):
        load_addresses(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongAddresses, match="There is no file"):
        load_addresses(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "key",
    [
        "address = 'file:///etc/passwd'",
        "address = 'https://['",
        "address = 'https:///x'",
        "address = 'https://example.org/\\u0007'",
        "address = 'https://example.org/{yeers}'",
        "place = '../{years}.csv'",
        "place = '/etc/a.csv'",
        "place = 'a/.ssh/b.csv'",
        "place = 'a\\\\b.csv'",
        "place = 'a/b.sh'",
        "place = 'fetched.json'",
        "sha256 = {2019 = 'abc'}",
    ],
)
def test_addresses_and_places_that_could_do_harm_are_refused(tmp_path: Path, key: str) -> None:
    path = tmp_path / "addresses.toml"
    path.write_text(KNOWN + (key if "\\u" not in key else key.replace("'", '"')))
    known = load_addresses(path)
    with pytest.raises(WrongAddresses):
        plan_fetch(known, choose_published(["ks2"], known), [2019], TODAY)
