"""Trusts, sponsors and federations, and which school belongs to which."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from upwards.sources.england.gias_groups import GROUP_DATASETS
from upwards.sources.england.opening import text_rows

GROUPS, LINKS = GROUP_DATASETS
SUMMER_2019, SUMMER_2022 = datetime.date(2019, 6, 1), datetime.date(2022, 7, 1)
PLACE_2019 = "gias/2019-06-01/grouplinks_edubaseallacademiesandfree20190601.csv"
PLACE_2022 = "gias/2022-07/alllinksdata.csv"
PLACE_GROUPS = "gias/2022-07/allgroupsdata.csv"
HEADINGS_2019 = (
    '"URN","Linked UID","Group Name","Companies House Number","Group Type","Closed Date","Group Status",'
    '"FederationType","Joined date","EstablishmentName","TypeOfEstablishment (code)",'
    '"TypeOfEstablishment (name)","PhaseOfEducation (code)","PhaseOfEducation (name)","LA (code)",'
    '"LA (name)","HasSharedHT"'
)
HEADINGS_2022 = (
    "URN,Group UID,Group ID,Group Name,Companies House Number,Group Type (code),Group Type,Closed Date,"
    "Open date,Incorporated on (open date),Group Status (code),Group Status,Joined date,EstablishmentName,"
    "TypeOfEstablishment (code),TypeOfEstablishment (name),PhaseOfEducation (code),PhaseOfEducation (name),"
    "LA (code),LA (name)"
)
HEADINGS_GROUPS = (
    "Group UID,Group ID,Group Name,Group Type,Closed Date,Open date,Incorporated on (open date),Group Status"
)


def old(urn: str, uid: str, kind: str, joined: str = "01-09-2015", name: str = "A Trust") -> str:
    return (
        f'{urn},{uid},"{name}","07","{kind}","","Open","","{joined}","A School","34","Academy converter","4",'
        '"All through","850","Hampshire"'
    )


def new(
    urn: str, uid: str, kind: str, joined: str = "2015-09-01", closed: str = "", school: str = "34"
) -> str:
    what = {"34": "Academy converter", "47": "Children's centre"}[school]
    return (
        f"{urn},{uid},,A Trust,,6,{kind},{closed},1900-01-01,2011-03-04,OPEN,Open,{joined},A School,{school},"
        f"{what},2,Primary,850,Hampshire"
    )


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def test_the_register_of_2019_is_read_though_its_rows_are_one_field_short(
    publish: Publish, read_as: ReadAs
) -> None:
    rows = lines(
        HEADINGS_2019, old("100001", "2150", "School sponsor"), old("100001", "4782", "Multi-academy trust")
    )
    release = read_as(LINKS, publish(PLACE_2019, rows, SUMMER_2019))
    joined = datetime.date(2015, 9, 1)
    assert release.tables["memberships"].rows() == [
        ("100001", "2150", joined, None, SUMMER_2019),
        ("100001", "4782", joined, None, SUMMER_2019),
    ]
    assert release.tables["groups"].select("group", "kind").rows() == [
        ("2150", "School sponsor"),
        ("4782", "Multi-academy trust"),
    ]
    (school,) = release.tables["schools"].rows(named=True)
    assert (school["phase"], school["area"], school["region"]) == ("All-through", "Hampshire", "South East")
    assert release.problems.is_clean


def test_a_name_in_windows_letters_is_read(publish: Publish, read_as: ReadAs) -> None:
    rows = lines(HEADINGS_2019, old("100001", "4782", "Multi-academy trust", name="St Mary’s Fierté"))
    release = read_as(LINKS, publish(PLACE_2019, rows.encode("cp1252"), SUMMER_2019))
    assert release.tables["groups"]["name"].to_list() == ["St Mary’s Fierté"]


def test_a_joined_day_of_1900_is_unknown_and_a_closed_group_ends_its_memberships(
    publish: Publish, read_as: ReadAs
) -> None:
    rows = lines(
        HEADINGS_2022,
        new("100001", "2150", "Multi-academy trust", joined="1900-01-01"),
        new("100002", "1385", "Trust", closed="2014-11-30"),
    )
    release = read_as(LINKS, publish(PLACE_2022, rows, SUMMER_2022))
    starts_ends = release.tables["memberships"].select("starts", "ends").rows()
    assert starts_ends == [(None, None), (datetime.date(2015, 9, 1), datetime.date(2014, 11, 30))]
    assert release.tables["groups"]["opened"].to_list() == [datetime.date(2011, 3, 4)] * 2
    assert any("1 memberships are of groups that have closed" in note for note in release.problems.notes)


def test_childrens_centres_are_left_out_by_reason(publish: Publish, read_as: ReadAs) -> None:
    rows = lines(
        HEADINGS_2022,
        new("20003", "80637", "Children's Centres Group", school="47"),
        new("100001", "2150", "Federation"),
    )
    release = read_as(LINKS, publish(PLACE_2022, rows, SUMMER_2022))
    assert release.problems.rejected == {"children's centre, which is no school": 1}
    assert release.tables["schools"]["school"].to_list() == ["100001"]


def test_a_register_of_no_day_gives_memberships_without_one(publish: Publish, read_as: ReadAs) -> None:
    release = read_as(LINKS, publish(PLACE_2022, lines(HEADINGS_2022, new("100001", "2150", "Federation"))))
    assert release.tables["memberships"]["seen"].to_list() == [None]
    assert any("does not say the day" in note for note in release.problems.notes)


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        (new("1", "2150", "Trust"), "URN", "not a school's number (URN)"),
        (new("100001", "x", "Trust"), "Group UID", "not a group's number (UID)"),
        (new("100001", "2150", "Trust", joined="soon"), "Joined date", "not a date"),
        (
            new("100001", "2150", "Trust", joined="2023-01-01"),
            "Joined date",
            "date after the day of the register",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_column(
    publish: Publish, read_as: ReadAs, row: str, column: str, what: str
) -> None:
    release = read_as(LINKS, publish(PLACE_2022, lines(HEADINGS_2022, row), SUMMER_2022))
    assert release.problems.counts == {(column, what): 1}


def test_groups_have_a_first_day_and_a_last(publish: Publish, read_as: ReadAs) -> None:
    rows = lines(
        HEADINGS_GROUPS,
        "1000,,A Federation,Federation,2010-08-31,2009-01-06,,Closed",
        "2150,TR1,A Trust,Multi-academy trust,,,2011-03-04,Open",
        "2151,,A Sponsor,School sponsor,,1900-01-01,,Open",
        "17397,,A Sponsor,School sponsor,,2024-12-12,,Proposed to open",
        "1001,,A Federation,Federation,,2030-01-01,,Open",
    )
    release = read_as(GROUPS, publish(PLACE_GROUPS, rows, SUMMER_2022))
    assert release.tables["groups"].select("group", "opened", "closed").rows() == [
        ("1000", datetime.date(2009, 1, 6), datetime.date(2010, 8, 31)),
        ("2150", datetime.date(2011, 3, 4), None),
        ("2151", None, None),
        ("17397", datetime.date(2024, 12, 12), None),
        ("1001", datetime.date(2030, 1, 1), None),
    ]
    assert release.problems.counts == {("Open date", "date after the day of the register"): 1}


def test_the_register_of_2019_has_7259_academies_in_1422_trusts(
    open_published: OpenPublished, read_as: ReadAs
) -> None:
    release = read_as(LINKS, open_published(PLACE_2019, SUMMER_2019))
    assert (release.problems.n_in, release.problems.n_kept) == (14_621, 14_621)
    assert release.problems.is_clean
    assert _count(release.tables["memberships"], release.tables["groups"]) == (7_259, 1_422)
    assert release.tables["memberships"]["starts"].null_count() == 0


def test_the_register_of_2022_has_8859_academies_in_1369_trusts(
    open_published: OpenPublished, read_as: ReadAs
) -> None:
    release = read_as(LINKS, open_published(PLACE_2022, SUMMER_2022))
    assert (release.problems.n_in, release.problems.n_rejected) == (20_613, 1_613)
    assert release.problems.is_clean
    assert _count(release.tables["memberships"], release.tables["groups"]) == (8_859, 1_369)


def _count(memberships: pl.DataFrame, groups: pl.DataFrame) -> tuple[int, int]:
    trusts = groups.filter(pl.col("kind") == "Multi-academy trust")
    members = memberships.join(trusts, on="group", how="semi")
    return members["school"].n_unique(), members["group"].n_unique()


def test_a_groups_number_means_the_same_group_in_2019_and_2022(
    england: Path, open_published: OpenPublished
) -> None:
    # Companies House numbers are the independent witness: no number of 2019 has another company in 2022.
    company, kind = "Companies House Number", "Group Type"
    before, _ = text_rows(open_published(PLACE_2019, SUMMER_2019), allow_short=True)
    after, _ = text_rows(open_published(PLACE_GROUPS, SUMMER_2022))
    before = before.unique("Linked UID").with_columns(pl.col(company).str.zfill(8))
    after = after.with_columns(pl.col(company).str.replace(r"\.0$", "").str.zfill(8))
    both = before.join(after, left_on="Linked UID", right_on="Group UID", suffix=" 2022")
    assert (before.height, both.height) == (3_767, 3_765)
    assert (both[kind] == both[f"{kind} 2022"]).all()
    named = both.filter((pl.col(company) != "00000000") & (pl.col(f"{company} 2022") != "00000000"))
    assert named.height == 1_420 + 1_319
    assert (named[company] == named[f"{company} 2022"]).all()


def test_the_list_of_groups_is_whole(open_published: OpenPublished, read_as: ReadAs) -> None:
    release = read_as(GROUPS, open_published(PLACE_GROUPS, SUMMER_2022))
    assert release.tables["groups"].height == release.problems.n_in == 6_904
    assert release.problems.is_clean
