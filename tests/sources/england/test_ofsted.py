"""Outcomes of inspections, each under the framework of its day."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from upwards.sources.england.ofsted import DATASETS, load_frameworks
from upwards.sources.england.release import Release

(INSPECTIONS,) = DATASETS
PLACE = "ofsted/inspections_2005_2020.csv"
Outcomes = Callable[..., Release]


@pytest.fixture(name="outcomes")
def outcomes_fixture(publish: Publish, read_as: ReadAs) -> Outcomes:
    def read(*rows: str) -> Release:
        return read_as(INSPECTIONS, publish(PLACE, "\n".join(["URN,Rating,Inspection Date", *rows]) + "\n"))

    return read


def test_frameworks_follow_each_other_without_gap_or_overlap() -> None:
    frameworks = load_frameworks()
    for one, following in zip(frameworks, frameworks[1:], strict=False):
        assert following.first - one.last == datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "framework"),
    [
        ("20050901", "2005"),
        ("20090831", "2005"),
        ("20090901", "2009"),
        ("20120101", "January 2012"),
        ("20120831", "January 2012"),
        ("20120901", "September 2012"),
        ("20150901", "2015"),
        ("20190901", "2019"),
        ("20240901", "2019"),
    ],
)
def test_an_outcome_stands_under_the_framework_of_its_day(
    outcomes: Outcomes, day: str, framework: str
) -> None:
    (row,) = outcomes(f"100000,Good,{day}").tables["judgements"].rows(named=True)
    assert row["framework"] == f"overall effectiveness, four grades, {framework}"
    assert (row["school"], row["outcome"], row["area"]) == ("100000", "Good", None)


@pytest.mark.parametrize("day", ["20050831", "20240902", "20251201"])
def test_a_day_without_an_overall_grade_is_refused_with_where_to_add_a_framework(
    outcomes: Outcomes, day: str
) -> None:
    release = outcomes(f"100000,Good,{day}")
    assert release.tables["judgements"].is_empty()
    assert "frameworks.toml" in release.problems.listed[0].remedy


@pytest.mark.parametrize("word", ["Exceptional", "Strong standard", "Urgent improvement"])
def test_the_words_of_report_cards_are_refused_with_where_to_add_them(outcomes: Outcomes, word: str) -> None:
    release = outcomes(f"100000,{word},20251201")
    (problem,) = release.problems.listed
    assert (problem.column, problem.value_or_class) == ("Rating", f"'{word}'")
    assert "sources/england/ofsted.py" in problem.remedy


def test_the_publishers_words_are_kept_as_they_are(outcomes: Outcomes) -> None:
    release = outcomes("100000,Requires Improvement,20130101", "100001,Requires improvement,20130101")
    words = release.tables["judgements"]["outcome"].to_list()
    assert words == ["Requires Improvement", "Requires improvement"]


def test_a_word_that_the_framework_no_longer_has_is_kept_and_told(outcomes: Outcomes) -> None:
    release = outcomes("100000,Satisfactory,20120919", "100000,Satisfactory,20120601")
    assert release.tables["judgements"].height == 2
    assert any(note.startswith("1 outcomes (Satisfactory)") for note in release.problems.notes)


def test_of_two_outcomes_on_one_day_the_one_in_the_frameworks_words_holds(outcomes: Outcomes) -> None:
    release = outcomes("100000,Satisfactory,20131204", "100000,Requires Improvement,20131204")
    assert release.tables["judgements"]["outcome"].to_list() == ["Requires Improvement"]
    assert release.problems.is_clean


def test_duplicates_are_told(outcomes: Outcomes) -> None:
    same, other = "100000,Good,20131204", "100000,Outstanding,20131204"
    assert outcomes(same, same).problems.rejected == {"the same row twice": 1}
    both = outcomes(same, other)
    assert both.tables["judgements"].is_empty()
    assert both.problems.counts == {("URN", "same school and date as another row, with other figures"): 2}


def test_rows_without_a_grade_or_a_day_are_left_out(outcomes: Outcomes) -> None:
    release = outcomes("100000,Not judged,20131204", "100001,Good,", "100002,Good,never")
    assert release.problems.rejected == {"inspection without an overall grade": 1, "no day of inspection": 2}
    assert release.problems.counts == {("Inspection Date", "not a date"): 1}


def test_the_published_history_is_read_whole(open_published: OpenPublished, read_as: ReadAs) -> None:
    release = read_as(INSPECTIONS, open_published(PLACE))
    judgements = release.tables["judgements"]
    assert release.problems.is_clean
    assert (release.problems.n_in, judgements.height) == (60_134, 60_131)
    assert judgements["school"].n_unique() == 20_614
    words = judgements.group_by("outcome").len().rows()
    assert dict(words) == {
        "Good": 32_157,
        "Satisfactory": 9_844,
        "Requires Improvement": 8_450,
        "Outstanding": 6_630,
        "Inadequate": 3_050,
    }
    improving = judgements.filter(pl.col("outcome") == "Requires Improvement")
    assert improving["date"].min() >= datetime.date(2012, 9, 1)  # type: ignore[operator]
