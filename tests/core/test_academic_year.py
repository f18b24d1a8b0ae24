"""Academic years, as schools and publishers write them."""

from __future__ import annotations

import pytest

from upwards.core.academic_year import AcademicYear, UnclearYear
from upwards.core.errors import UserError


@pytest.mark.parametrize(
    "label",
    ["2018/19", "2018-19", "2018\u201319", "2018_19", "2018 19", "2018/2019", "2018-2019"]
    + ["201819", "20182019", "2019", " 2019 ", 2019, AcademicYear(2019)],
)
def test_every_way_of_writing_2018_19_is_the_year_that_ends_in_2019(label):
    assert AcademicYear.parse(label) == AcademicYear(2019)


def test_the_turn_of_the_century_is_read():
    assert AcademicYear.parse("1999/00").ending == 2000
    assert str(AcademicYear(2000)) == "1999/00"


def test_2021_means_2020_21_read_either_way():
    assert AcademicYear.parse("2021") == AcademicYear.parse("2020/21")


@pytest.mark.parametrize("label", ["201011", "2010-11", "2009\u201310", "2011_12", "2000 01"])
def test_what_could_be_a_month_is_refused(label):
    with pytest.raises(UnclearYear, match="could be the academic year"):
        AcademicYear.parse(label)


@pytest.mark.parametrize("label", ["2010/11", "2010/2011", "2010-2011", "20102011"])
def test_the_same_year_is_read_where_it_cannot_be_a_month(label):
    assert AcademicYear.parse(label).ending == 2011


@pytest.mark.parametrize("label", ["2018/20", "2018-18", "2018/2020", "201821", "201809"])
def test_two_years_that_do_not_follow_each_other_are_refused(label):
    with pytest.raises(UnclearYear, match="does not follow"):
        AcademicYear.parse(label)


@pytest.mark.parametrize("label", ["", "18/19", "Year 11", "2018/9", "2019.0", "2018/19 revised", "-2019"])
def test_what_is_no_year_is_refused_with_the_way_to_write_it(label):
    with pytest.raises(UnclearYear, match=r"Write the year it ends \(2019\) or both \(2018/19\)"):
        AcademicYear.parse(label)


@pytest.mark.parametrize("label", ["1819", "1920", "2199", 0])
def test_a_year_far_away_is_refused_because_it_was_misread(label):
    with pytest.raises(UnclearYear):
        AcademicYear.parse(label)


def test_an_unclear_year_is_the_users_to_mend_and_a_value_error():
    assert issubclass(UnclearYear, UserError)
    assert issubclass(UnclearYear, ValueError)


def test_years_sort_by_time_and_can_be_keys():
    years = [AcademicYear(2020), AcademicYear(1999), AcademicYear(2019)]
    assert [year.ending for year in sorted(years)] == [1999, 2019, 2020]
    assert len({*years, AcademicYear(2019)}) == 3


def test_label_and_parse_are_inverse():
    for ending in range(1951, 2100):
        assert AcademicYear.parse(str(AcademicYear(ending))).ending == ending


def test_shifting_out_of_range_is_refused():
    assert AcademicYear(2019).shift(2).starting == 2020
    with pytest.raises(UnclearYear):
        AcademicYear(2100).shift(1)
