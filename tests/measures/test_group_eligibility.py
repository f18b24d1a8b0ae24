"""Which groups are compared, and the publisher's own figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.measures.record_of_trusts import codes, days, memberships_of, panel_of, register_of
from upwards.core.settings import Settings
from upwards.measures.group_eligibility import (
    GroupRule,
    find_eligible,
    full_years,
    have_results,
    list_members,
    rows_in_panel,
    weighted_progress,
)

OFFICIAL = GroupRule.official(2019)
SCHOOL = codes(8)
# three schools long enough in A; B has one special and one that joined late; C has two
GROUP = np.array(["A", "A", "A", "B", "B", "B", "C", "C"])
JOINED = days(
    *("2012-01-01", "2016-09-12", "2014-09-01"),
    *("2014-09-01", "2016-09-13", "2014-09-01"),
    *("2013-01-01", "2013-01-01"),
)
KIND = np.array(["Academy converter"] * 5 + ["Academy special converter"] + ["Free schools"] * 2)
REGISTER = register_of(SCHOOL, kind=KIND)
MEMBERSHIPS = memberships_of(SCHOOL, GROUP, JOINED)


def members_in(year: int = 2019, rule: GroupRule = OFFICIAL):  # type: ignore[no-untyped-def]
    return list_members(MEMBERSHIPS, REGISTER, year=year, rule=rule)


def panel(value, missing=None, n=30.0):  # type: ignore[no-untyped-def]
    return panel_of("ks2.reading_progress", SCHOOL, [2019], np.array(value)[:, None], n, missing=missing)


def test_three_schools_for_three_full_years_make_a_group_and_the_rest_is_counted_by_reason() -> None:
    members = members_in()
    results, figures = have_results(members, REGISTER, [panel(np.zeros(8))])
    found = find_eligible(members, results, figures, stage="ks2", rule=OFFICIAL)
    assert found.group.tolist() == [True, False, False]
    assert members.school[found.member].tolist() == SCHOOL[:3].tolist()
    assert dict(found.left_out) == {
        "not a mainstream school": 1,
        "no results at this stage in this year": 0,
        "day of joining unknown": 0,
        "fewer than 3 full years in the group": 1,
        "group has fewer than 3 such schools": 3,
    }
    assert found.n_schools + sum(found.left_out.values()) == 8
    assert (found.n_groups, found.without_figure) == (1, 0)


def test_a_school_counts_though_its_own_figure_is_not_shown() -> None:
    value = np.array([1.0, np.nan, np.nan, 0, 0, 0, 0, 0])
    missing = np.array(["", "suppressed", "no row", "", "", "", "", ""])[:, None]
    members = members_in()
    n = np.array([30.0, np.nan, np.nan, 30, 30, 30, 30, 30])[:, None]
    results, figures = have_results(members, REGISTER, [panel(value, missing, n)])
    assert results[:3].tolist() == [True, True, False]
    assert figures[:3].tolist() == [True, False, False]
    n[2] = 7  # pupils are published, though no figure is
    results, _ = have_results(members, REGISTER, [panel(value, missing, n)])
    assert results[:3].all()
    found = find_eligible(members, results, figures, stage="ks2", rule=OFFICIAL)
    assert found.without_figure == 2


def test_a_year_counts_as_full_up_to_the_twelfth_of_september() -> None:
    joined = days("2016-09-01", "2016-09-12", "2016-09-13", "2016-10-01", "2019-09-01", "NaT")
    assert full_years(joined, 2019, OFFICIAL).tolist() == [3, 3, 2, 2, 0, -1]


def test_who_joined_after_the_year_or_left_before_is_no_member_and_a_double_row_counts_once() -> None:
    twice = memberships_of(
        np.array(["1", "1", "2", "3"]),
        np.array(["A"] * 4),
        days("2010-01-01", "2015-01-01", "2019-09-01", "2012-01-01"),
    )
    left = np.array(["NaT", "NaT", "NaT", "2018-08-31"], dtype="datetime64[D]")
    members = list_members(replace(twice, ends=left), REGISTER, year=2019, rule=OFFICIAL)
    assert members.school.tolist() == ["1"]
    assert members.joined[0] == np.datetime64("2015-01-01")
    assert members.kind.tolist() == [""]


def test_a_member_is_found_by_its_code_of_the_year_and_else_by_its_line() -> None:
    register = register_of(SCHOOL, line=np.array(["900001", *SCHOOL[1:]]))
    members = list_members(MEMBERSHIPS, register, year=2019, rule=OFFICIAL)
    figures = panel_of("m", np.array(["900001", SCHOOL[1]]), [2018, 2019], np.zeros((2, 2)), 30)
    assert rows_in_panel(members, register, figures)[:3].tolist() == [0, 1, -1]
    other = panel_of("m", np.array(["900001"]), [2018], np.zeros((1, 1)), 30)
    assert rows_in_panel(members, register, other)[:2].tolist() == [0, -1]
    assert not have_results(members, register, [other])[0].any()
    nobody = panel_of("m", np.array([], dtype=str), [2019], np.zeros((0, 1)), 30)
    assert (rows_in_panel(members, register, nobody) == -1).all()


def test_the_publishers_mean_weighs_pupils_and_years() -> None:
    mean, pupils = weighted_progress(
        np.array([1.0, -2.0, 4.0]), np.array([30.0, 20, 10]), np.array([3.0, 4, 4]), np.array([0, 0, 2]), 3
    )
    assert mean[[0, 2]] == pytest.approx([(1 * 90 - 2 * 80) / 170, 4])
    assert pupils[[0, 2]].tolist() == [50, 10]
    assert np.isnan(mean[1])
    assert np.isnan(pupils[1])


def test_own_rule_comes_from_settings_and_weights_changed_in_2018() -> None:
    own = GroupRule.own(Settings.load(), 2019)
    assert (own.min_schools, own.min_years, own.name) == (3, 2, "own")
    assert [GroupRule.official(year).heaviest for year in (2016, 2017, 2018, 2023)] == [4, 4, 5, 5]
