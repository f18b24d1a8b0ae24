"""Staff of a school."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.sources.england.conftest import OpenPublished, Publish, ReadAs
from upwards.core.academic_year import AcademicYear
from upwards.core.errors import UnknownColumn
from upwards.sources.england.release import Release
from upwards.sources.england.workforce import DATASETS

(WORKFORCE,) = DATASETS
PLACE = "performance-tables/2017-2018/england_swf.csv"
SUPPORT = "Total Number of Non Classroom-based School Support Staff, Excluding Auxiliary Staff"
HEADINGS = (
    "LA Number,Establishment Number,URN,Total Number of Teachers (Headcount),"
    f'Total Number of Teaching Assistants (Headcount),"{SUPPORT} (Headcount)",'
    "Total Number of Teachers (Full-Time Equivalent),"
    "Total Number of Teaching Assistants (Full-time Equivalent),"
    f'"{SUPPORT} (Full-Time Equivalent)",Pupil:     Teacher Ratio,Mean Gross FTE Salary of All Teachers (£s)'
)
NATION = "NAT,PRI,,1,1,1,1,1,1,1,1"
Staff = Callable[..., Release]


@pytest.fixture(name="staff")
def staff_fixture(publish: Publish, read_as: ReadAs) -> Staff:
    def read(*rows: str) -> Release:
        return read_as(WORKFORCE, publish(PLACE, "\n".join([HEADINGS, *rows]) + "\n", AcademicYear(2018)))

    return read


def figures(release: Release) -> list[tuple[object, ...]]:
    return release.tables["workforce"].select("measure", "value", "value_missing", "unit").rows()


def test_pounds_and_separators_are_read(staff: Staff) -> None:
    release = staff('201,3614,100000,"1,024",16,19,18.8,12.0,10.3,15.1,"£45,884"', NATION)
    assert figures(release) == [
        ("teachers", 1024.0, None, "people"),
        ("assistants", 16.0, None, "people"),
        ("support_staff", 19.0, None, "people"),
        ("teachers_fte", 18.8, None, "full-time equivalents"),
        ("assistants_fte", 12.0, None, "full-time equivalents"),
        ("support_staff_fte", 10.3, None, "full-time equivalents"),
        ("pupil_teacher_ratio", 15.1, None, "pupils per teacher"),
        ("mean_salary", 45884.0, None, "GBP a year"),
    ]
    assert release.problems.rejected == {"figures of the whole country, which are no school's": 1}


def test_no_return_is_not_available_and_few_teachers_are_suppressed(staff: Staff) -> None:
    release = staff("201,1,100000,NA,NA,NA,NA,NA,NA,SUPP,SUPP", NATION)
    assert [row[2] for row in figures(release)] == ["not available"] * 6 + ["suppressed"] * 2
    assert release.problems.is_clean


def test_a_negative_number_of_staff_is_told(staff: Staff) -> None:
    release = staff("201,1,100000,-1,1,1,1,1,1,1,1", NATION)
    assert "teachers" not in [row[0] for row in figures(release)]
    assert [key[1] for key in release.problems.counts] == ["figure outside 0 to any"]


def test_a_file_without_the_totals_at_its_end_may_have_been_cut(staff: Staff) -> None:
    (problem,) = staff("201,1,100000,1,1,1,1,1,1,1,1").problems.listed
    assert (problem.row, problem.what[:25]) == (None, "no totals of the country,")
    assert "--keep-good" in problem.remedy


def test_a_renamed_column_is_named(publish: Publish) -> None:
    text = HEADINGS.replace("Mean Gross FTE Salary", "Average Salary") + "\n201,1,100000,1,1,1,1,1,1,1,1\n"
    with pytest.raises(UnknownColumn, match=r"no column 'Mean Gross FTE Salary.*workforce\.py"):
        WORKFORCE.read(publish(PLACE, text, AcademicYear(2018)))


def test_the_published_workforce_is_read_whole(open_published: OpenPublished, read_as: ReadAs) -> None:
    release = read_as(WORKFORCE, open_published(PLACE, AcademicYear(2018)))
    rows = release.tables["workforce"]
    assert release.problems.is_clean
    assert (release.problems.n_in, release.problems.n_kept) == (20_186, 20_184)
    missing = dict(rows.group_by("measure").agg(pl.col("value").null_count()).rows())
    assert len(missing) == 8
    assert (missing["teachers_fte"], missing["pupil_teacher_ratio"], missing["mean_salary"]) == (
        106,
        196,
        672,
    )
