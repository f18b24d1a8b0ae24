"""Which school came after which."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from upwards.sources.england.gias_links import LINKS
from upwards.sources.england.release import Release

Links = Callable[..., Release]
DAY = datetime.date(2025, 4, 22)
PLACE = "gias/2025-04-22/links_edubasealldata20250422.csv"
A, B, C = "100001", "100002", "100003"


@pytest.fixture(name="links")
def links_fixture(publish: Publish, read_as: ReadAs) -> Links:
    def read(*rows: str, day: datetime.date | None = DAY) -> Release:
        text = "\n".join(['"URN","LinkURN","LinkName","LinkType","LinkEstablishedDate"', *rows]) + "\n"
        return read_as(LINKS, publish(PLACE, text, day))

    return read


def told(release: Release) -> list[tuple[object, ...]]:
    return release.tables["successions"].select("school", "successor", "kind", "date").rows()


def test_two_rows_of_one_succession_become_one_dated_by_the_successors_first_day(links: Links) -> None:
    release = links(f'{A},{B},"B","Successor",31-08-2016', f'{B},{A},"A","Predecessor",01-09-2016')
    assert told(release) == [(A, B, "continues", datetime.date(2016, 9, 1))]
    assert (release.problems.n_kept, release.problems.n_rejected) == (2, 0)


def test_one_side_is_enough_and_a_blank_date_stays_missing(links: Links) -> None:
    release = links(f'{B},{A},"A","Predecessor",""', f'{A},{C},"C","Successor","01-01-1900"')
    assert told(release) == [(A, B, "splits", None), (A, C, "splits", None)]


@pytest.mark.parametrize(
    ("word", "school", "successor", "kind"),
    [
        ("Successor", A, B, "continues"),
        ("Successor - merged", A, B, "merges"),
        ("Successor - amalgamated", A, B, "merges"),
        ("Successor - Split School", A, B, "splits"),
        ("Predecessor", B, A, "continues"),
        ("Predecessor - merged", B, A, "merges"),
        ("Predecessor - amalgamated", B, A, "merges"),
        ("Predecessor - Split School", B, A, "splits"),
    ],
)
def test_each_word_has_a_direction_and_a_kind(
    links: Links, word: str, school: str, successor: str, kind: str
) -> None:
    assert told(links(f'{A},{B},"x","{word}",""')) == [(school, successor, kind, None)]


def test_several_schools_with_one_successor_merge_whatever_the_word(links: Links) -> None:
    release = links(f'{A},{C},"C","Successor",""', f'{B},{C},"C","Successor",""')
    assert told(release) == [(A, C, "merges", None), (B, C, "merges", None)]
    assert "2 successions are mergers or splits in fact, though the file's word is another" in (
        release.problems.notes
    )


def test_one_school_with_several_successors_splits_whatever_the_word(links: Links) -> None:
    release = links(f'{A},{B},"B","Successor",""', f'{A},{C},"C","Successor",""')
    assert [row[2] for row in told(release)] == ["splits", "splits"]


@pytest.mark.parametrize("word", ["Result of Amalgamation", "Merged - change in age range"])
def test_a_merger_without_direction_is_directed_by_its_dates(links: Links, word: str) -> None:
    release = links(f'{A},{B},"B","{word}",31-08-2014', f'{B},{A},"A","{word}",01-09-2014')
    assert told(release) == [(A, B, "merges", datetime.date(2014, 9, 1))]


def test_a_merger_without_direction_follows_a_row_that_has_one(links: Links) -> None:
    release = links(
        f'{A},{B},"B","Result of Amalgamation",01-09-2014',
        f'{B},{A},"A","Predecessor - amalgamated",01-09-2014',
    )
    assert told(release) == [(A, B, "merges", datetime.date(2014, 9, 1))]
    release = links(f'{B},{A},"A","Result of Amalgamation",""', f'{A},{B},"B","Successor",""')
    assert told(release) == [(A, B, "merges", None)]


def test_a_merger_whose_direction_nothing_tells_is_left_out(links: Links) -> None:
    word = "Result of Amalgamation"
    release = links(
        f'{A},{B},"B","{word}",01-09-2014', f'{B},{A},"A","{word}",01-09-2014', f'{A},{C},"C","{word}",""'
    )
    assert told(release) == []
    assert release.problems.rejected == {
        "merger of two schools of which the file does not say which went on": 3
    }


def test_two_schools_that_each_name_the_other_as_successor_are_left_out(links: Links) -> None:
    release = links(
        f'{A},{B},"B","Successor",""', f'{B},{A},"A","Successor",""', f'{B},{C},"C","Successor",""'
    )
    assert told(release) == [(B, C, "continues", None)]
    assert release.problems.rejected == {"each of the two schools is named as the other's successor": 2}
    assert release.problems.is_clean


@pytest.mark.parametrize(
    "word", ["Expansion", "Closure", "Sixth Form Centre School", "Sixth Form Centre Link", "Other"]
)
def test_links_that_are_no_succession_are_left_out_by_reason(links: Links, word: str) -> None:
    release = links(f'{A},{B},"B","{word}",01-09-2014')
    assert told(release) == []
    assert release.problems.n_rejected == 1
    assert release.problems.is_clean


def test_a_school_linked_to_itself_is_a_problem(links: Links) -> None:
    release = links(f'{A},{A},"A","Successor",""')
    assert release.problems.counts == {("LinkURN", "school linked to itself"): 1}


def test_a_new_kind_of_link_says_where_to_add_it(links: Links) -> None:
    release = links(f'{A},{B},"B","Absorbed",""')
    (problem,) = release.problems.listed
    assert (problem.row, problem.column, problem.value_or_class) == (2, "LinkType", "'Absorbed'")
    assert "sources/england/gias_links.py" in problem.remedy


def test_the_same_link_twice_counts_once_and_other_dates_are_a_problem(links: Links) -> None:
    one = f'{A},{B},"B","Successor",01-09-2014'
    assert links(one, one).problems.rejected == {"the same row twice": 1}
    other = links(one, f'{A},{B},"B","Successor",01-09-2015')
    assert not other.problems.is_clean
    assert told(other) == []


def test_an_announced_succession_is_kept_and_told(links: Links) -> None:
    row = f'{A},{B},"B","Successor",01-09-2026'
    assert any("announced" in note for note in links(row).problems.notes)
    assert not any("announced" in note for note in links(row, day=None).problems.notes)


def test_a_date_that_is_none_is_a_problem(links: Links) -> None:
    release = links(f'{A},{B},"B","Successor",2014-13-01')
    assert told(release) == [(A, B, "continues", None)]
    assert release.problems.counts == {("LinkEstablishedDate", "not a date"): 1}


def test_the_published_links_follow_nearly_every_converted_school(
    open_published: OpenPublished, read_as: ReadAs
) -> None:
    release = read_as(LINKS, open_published(PLACE, DAY))
    problems, pairs = release.problems, release.tables["successions"]
    assert problems.is_clean
    assert (problems.n_in, problems.n_kept) == (33_801, 33_457)
    assert problems.rejected["each of the two schools is named as the other's successor"] == 20
    assert pairs.height == 16_841
    assert pairs["date"].null_count() == 4_144
    shared = pairs.filter(pl.col("successor").is_duplicated())
    assert shared["kind"].unique().to_list() == ["merges"]
    mirrored = pairs.join(
        pairs, left_on=["school", "successor"], right_on=["successor", "school"], how="semi"
    )
    assert mirrored.is_empty()
