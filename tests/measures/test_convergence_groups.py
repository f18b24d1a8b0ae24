"""By region, authority, trust and for the gap: first between, then inside each."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.measures.systems_of_schools import YEARS, System, autoregressive, publish
from upwards.core.catalogue import PublishedMeasure
from upwards.core.errors import EmptyData
from upwards.core.panel import GroupMemberships, SchoolRegister
from upwards.estimators.area_model import fit_area_model
from upwards.measures.convergence_answer import unit_rows
from upwards.measures.convergence_gap import Other, describe_gap, subtract_groups
from upwards.measures.convergence_groups import (
    FollowedFigures,
    describe_groups,
    describe_system,
    group_by_place,
    group_by_trust,
)
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import STATES
from upwards.measures.unit_paths import follow_units

PROGRESS = PublishedMeasure(
    name="progress", title="Progress", unit="points", norm_referenced=True, years=YEARS
)
ATTAINMENT = replace(PROGRESS, name="attainment", title="Attainment", norm_referenced=False)
RULE = ConvergenceRule()


def codes(n: int) -> np.ndarray:
    return np.array([f"{100000 + i}" for i in range(n)])


def figures(one: System, measure: PublishedMeasure = PROGRESS) -> FollowedFigures:
    n = 36.0 / one.variance
    years = YEARS[: one.value.shape[1]]
    return FollowedFigures(measure, years, codes(len(one.value)), one.value, one.variance, n, ("A note.",))


def register(school: np.ndarray, region: np.ndarray, line: np.ndarray | None = None) -> SchoolRegister:
    blank, none = np.full(len(school), ""), np.full(len(school), np.nan)
    days = np.full(len(school), np.datetime64("NaT"), dtype="datetime64[D]")
    return SchoolRegister(
        school, school if line is None else line, blank, blank, blank, region, region, none, none, none, none,
        days, days,
    )  # fmt: skip


def members(school: list[str], group: list[str]) -> GroupMemberships:
    days = np.full(len(school), np.datetime64("NaT"), dtype="datetime64[D]")
    names = np.array([f"Trust {code}" for code in group])
    return GroupMemberships(
        np.datetime64("2019-06-01"), (), np.array(school), np.array(group), names, names, days, days
    )


@pytest.fixture(scope="module")
def country() -> FollowedFigures:
    rng = np.random.default_rng(1)
    return figures(publish(rng, autoregressive(rng, 1200)))


def test_the_system_has_one_answer_in_plain_types(country: FollowedFigures) -> None:
    found = describe_system(country, RULE).to_dict()
    assert len(found["answers"]) == 1
    answer = found["answers"][0]
    assert answer["n_units"] == len(country.school)
    assert [row["year"] for row in answer["spread"]] == list(YEARS)
    assert answer["state"] in STATES
    assert set(answer["gain_lowest"]) == {"estimate", "lower", "upper"}
    assert [set(row) for row in found["levels"]] == [{"year", "bottom", "middle", "top"}] * 4
    assert found["naive"]["quarters"][0]["quarter"] == "lowest quarter"
    assert 0 < found["power"]["narrowing_found_in_80_percent"] < 0.2
    assert found["notes"][0] == "A note."
    json.dumps(found, allow_nan=False)


def test_a_fixed_mean_is_not_taken_for_a_rise(country: FollowedFigures) -> None:
    shifted = replace(country, value=country.value + np.array([0.0, 1, 2, 3]))
    first, second = (describe_system(x, RULE).to_dict()["answers"][0] for x in (country, shifted))
    assert second["mean_change"]["estimate"] == 0
    assert second["gain_lowest"]["estimate"] == pytest.approx(first["gain_lowest"]["estimate"])
    free = describe_system(replace(shifted, measure=ATTAINMENT), RULE).to_dict()["answers"][0]
    assert free["mean_change"]["estimate"] == pytest.approx(3, abs=0.5)


def test_few_schools_in_all_show_spreads_and_no_state() -> None:
    rng = np.random.default_rng(2)
    answer = describe_system(figures(publish(rng, autoregressive(rng, 80))), RULE).to_dict()["answers"][0]
    assert answer["state"] == "cannot be told"
    assert answer["spread"][0]["sd"] > 0
    assert answer["p_narrowing"] is None
    assert answer["naive"] == []


def test_one_year_shows_its_spread() -> None:
    rng = np.random.default_rng(3)
    one = publish(rng, autoregressive(rng, 400, years=1))
    answer = describe_system(figures(one), RULE).to_dict()["answers"][0]
    assert answer["state"] == "cannot be told"
    assert answer["spread"][0]["sd"] == pytest.approx(2.3, abs=0.4)


def test_regions_are_compared_first_then_the_inside_of_each(country: FollowedFigures) -> None:
    region = np.array(["East", "North", "West", ""])[np.arange(1200) % 4]
    grouping = group_by_place(country, register(country.school, region), "region")
    assert grouping.codes == ("East", "North", "West")
    assert "300 schools have no region" in grouping.notes[0]
    answers = describe_groups(country, grouping, RULE).to_dict()["answers"]
    assert [(a["group"], a["units"], a["n_units"]) for a in answers] == [
        (None, "regions", 3), ("East", "schools", 300), ("North", "schools", 300), ("West", "schools", 300),
    ]  # fmt: skip
    assert answers[0]["state"] == "cannot be told"
    assert "3 regions are too few" in answers[0]["reason"]
    assert not answers[1]["borrowed"]
    assert answers[1]["text"].startswith("Schools of East, 2016 to 2019")


def test_means_of_groups_are_weighted_by_pupils() -> None:
    value = np.array([[1.0] * 4, [4.0] * 4, [0.0] * 4, [2.0] * 4, [9.0] * 4, [5.0] * 4])
    n = np.array([[10.0] * 4, [30.0] * 4, [20.0] * 4, [20.0] * 4, [np.nan] * 4, [20.0] * 4])
    one = FollowedFigures(ATTAINMENT, YEARS, codes(6), value, np.full((6, 4), 0.5), n)
    grouping = group_by_place(one, register(one.school, np.array(list("aabbcc"))), "authority")
    found = describe_groups(one, grouping, RULE).answers[0].found
    # 3.25, 1 and, where a number of pupils is unknown, the median 20 stands for it: 7
    expected = np.array([3.25, 1.0, 7.0])
    assert found.spread[0].estimate == pytest.approx(
        np.sqrt(expected.var(ddof=1) - 0.5 * np.mean([(100 + 900) / 1600, 0.5, 0.5])), rel=0.15
    )


def test_schools_of_small_groups_borrow_the_fluctuation_of_all(country: FollowedFigures) -> None:
    area = np.array([f"Area {i:02d}" for i in range(30)])[np.arange(1200) % 30]
    found = describe_groups(
        country, group_by_place(country, register(country.school, area), "authority"), RULE
    )
    inside = [a for a in found.to_dict()["answers"] if a["group"] is not None]
    assert all(a["borrowed"] and a["state"] != "cannot be told" for a in inside)
    assert "assumed to fluctuate as all schools do" in inside[0]["text"]
    assert inside[0]["naive"] == []
    assert "Inside 30 groups" in found.to_dict()["text"][1]
    assert "about 0.8 of 30 would still be called narrowing" in found.to_dict()["text"][1]


def test_in_three_years_nothing_is_borrowed(country: FollowedFigures) -> None:
    short = replace(
        country, years=YEARS[:3], value=country.value[:, :3], variance=country.variance[:, :3],
        n=country.n[:, :3],
    )  # fmt: skip
    area = np.array([f"Area {i:02d}" for i in range(30)])[np.arange(1200) % 30]
    found = describe_groups(short, group_by_place(short, register(short.school, area), "authority"), RULE)
    assert {a.chosen.state for a in found.answers} == {"cannot be told"}
    assert found.to_dict()["text"][1] == "Inside 30 groups: cannot be told: 30."


def test_members_of_trusts_are_followed_to_the_school_that_continues_them(country: FollowedFigures) -> None:
    old = np.array([f"9{i:05d}" for i in range(3)])
    school = np.concatenate([country.school, old])
    line = np.concatenate([country.school, country.school[:3]])
    listed = members([*old, *country.school[3:7], "777777"], ["A", "A", "A", "B", "B", "B", "C", "B"])
    grouping = group_by_trust(country, register(school, np.full(len(school), "x"), line), listed, at_least=3)
    assert grouping.codes == ("A", "B")
    assert grouping.names == ("Trust A", "Trust B")
    assert np.flatnonzero(grouping.group == 0).tolist() == [0, 1, 2]
    assert np.flatnonzero(grouping.group == 1).tolist() == [3, 4, 5]
    assert "as the register of 2019-06-01 showed them" in grouping.notes[0]


def test_without_trusts_there_are_no_groups(country: FollowedFigures) -> None:
    grouping = group_by_trust(country, register(country.school, country.school), members([], []), at_least=3)
    assert grouping.codes == ()


def test_a_register_without_schools_places_none(country: FollowedFigures) -> None:
    empty = np.array([], dtype=str)
    grouping = group_by_place(country, register(empty, empty), "region")
    assert grouping.codes == ()
    assert "1,200 schools have no region" in grouping.notes[0]


def test_the_gap_from_all_pupils_is_the_gap_from_the_others() -> None:
    ours = FollowedFigures(
        PROGRESS, YEARS, codes(2), np.full((2, 4), -1.0), np.full((2, 4), 0.4), np.full((2, 4), 10.0)
    )
    # 10 disadvantaged at -1 and 30 others at 1: all at 0.5
    everyone = replace(
        ours, value=np.full((2, 4), 0.5), variance=np.full((2, 4), 0.1), n=np.full((2, 4), 40.0)
    )
    gap = subtract_groups(ours, Other(everyone, is_all=True))
    assert gap.value == pytest.approx(np.full((2, 4), -2.0))
    assert gap.variance == pytest.approx(np.full((2, 4), 0.4 + 0.1 * 40 / 30))
    assert not gap.measure.norm_referenced
    others = replace(ours, value=np.full((2, 4), 1.0), variance=np.full((2, 4), 0.2))
    assert subtract_groups(ours, Other(others, is_all=False)).value == pytest.approx(np.full((2, 4), -2.0))


def test_no_gap_without_both_groups_of_pupils() -> None:
    rng = np.random.default_rng(5)
    ours = figures(publish(rng, autoregressive(rng, 20)))
    theirs = replace(ours, school=np.array([f"x{i}" for i in range(20)]))
    with pytest.raises(EmptyData, match="not held for disadvantaged and other pupils of the same school"):
        subtract_groups(ours, Other(theirs, is_all=False))


def test_a_closing_gap_shows_in_its_mean() -> None:
    rng = np.random.default_rng(6)
    others = figures(publish(rng, autoregressive(rng, 600)))
    level = autoregressive(rng, 600, sd=1.0) - np.array([3.0, 2.5, 2.0, 1.5])
    noise = np.sqrt(others.variance) * rng.standard_normal(level.shape)
    ours = replace(others, value=others.value + level + noise)
    found = describe_gap(subtract_groups(ours, Other(others, is_all=False)), RULE, YEARS).to_dict()
    answer = found["answers"][0]
    assert answer["by"] == "gap"
    assert [row["mean"] for row in answer["mean"]] == pytest.approx([-3.0, -2.5, -2.0, -1.5], abs=0.3)
    assert answer["mean_change"]["lower"] > 1
    assert "The mean gap of schools" in answer["text"]


def test_a_gap_with_few_years_names_the_years_that_are_missing() -> None:
    rng = np.random.default_rng(7)
    one = figures(publish(rng, autoregressive(rng, 30, years=1), missing=0.0))
    gap = subtract_groups(one, Other(replace(one, value=one.value + 1), is_all=False))
    answer = describe_gap(gap, RULE, YEARS).to_dict()["answers"][0]
    assert answer["state"] == "cannot be told"
    assert "not both held for 2017, 2018, 2019" in answer["reason"]
    assert answer["mean"][0]["mean"] == pytest.approx(-1)


def test_paths_of_units_hold_level_trend_and_forecast() -> None:
    rng = np.random.default_rng(8)
    one = publish(rng, autoregressive(rng, 500), missing=0.1)
    fit = fit_area_model(one.value, one.variance)
    rows = unit_rows([str(i) for i in range(500)], follow_units(fit, one.value, one.variance), 1.96)
    assert set(rows[0]) == {"school", "level", "trend", "forecast"}
    level = [row["level"]["estimate"] for row in rows]
    assert np.corrcoef(level, one.true[:, 0])[0, 1] > 0.8
    forecast = np.array([row["forecast"]["estimate"] for row in rows])
    assert np.corrcoef(forecast, one.true[:, 3])[0, 1] > 0.8


def test_the_error_of_a_trend_agrees_with_the_dense_formula() -> None:
    rng = np.random.default_rng(9)
    one = publish(rng, autoregressive(rng, 300), missing=0.2)
    fit = fit_area_model(one.value, one.variance, fixed=(4.0, -0.3, 0.08, 1.0))
    found = follow_units(fit, one.value, one.variance).trend_se
    for i in range(5):
        here = np.flatnonzero(np.isfinite(one.value[i]))
        basis = np.stack([np.ones(len(here)), here.astype(float)], axis=1)
        parts = np.array([[4.0, -0.3], [-0.3, 0.08]])
        total = basis @ parts @ basis.T + np.eye(len(here)) + np.diag(one.variance[i, here])
        left = parts - parts @ basis.T @ np.linalg.solve(total, basis @ parts)
        assert found[i] == pytest.approx(np.sqrt(left[1, 1]))


def test_one_year_has_no_trend() -> None:
    rng = np.random.default_rng(10)
    one = publish(rng, autoregressive(rng, 50, years=1), missing=0.0)
    paths = follow_units(fit_area_model(one.value, one.variance), one.value, one.variance)
    assert not paths.trend.any()
    blank = replace(paths, level=np.full(50, np.nan))
    assert unit_rows(["a"] * 50, blank, 1.96)[0]["level"]["estimate"] is None


def test_schools_that_come_and_go_are_set_apart() -> None:
    rng = np.random.default_rng(11)
    one = publish(rng, autoregressive(rng, 3000), missing=0.0)
    low = one.value[:, 2] < np.quantile(one.value[:, 2], 0.08)
    gone = replace(figures(one), value=np.where(low[:, None] & (np.arange(4) == 3), np.nan, one.value))
    answer = describe_system(gone, RULE).to_dict()["answers"][0]
    assert answer["p_narrowing"] > 0.999
    assert answer["checks"]["n_both_ends"] == 2760
    assert answer["state"] == "cannot be told"
    assert "the 2,760 schools with figures in 2016 and 2019 alone do not show it" in answer["text"]


def test_a_year_of_other_schools_names_no_state() -> None:
    rng = np.random.default_rng(12)
    one = publish(rng, autoregressive(rng, 3000) * np.linspace(1, 0.7, 4), missing=0.0)
    fewer = replace(
        figures(one), value=np.where(np.outer(np.arange(3000) < 500, [0, 0, 1, 0]), np.nan, one.value)
    )
    answer = describe_system(fewer, RULE).to_dict()["answers"][0]
    assert answer["checks"]["uneven_years"] == [2018]
    assert "2,500 in 2018, usually 3,000" in answer["reason"]
    assert [step["p_narrowing"] is None for step in answer["checks"]["steps"]] == [False, True, True]


def test_states_of_groups_are_counted_without_the_answer_between(country: FollowedFigures) -> None:
    area = np.array([f"Area {i:02d}" for i in range(30)])[np.arange(1200) % 30]
    found = describe_groups(
        country, group_by_place(country, register(country.school, area), "authority"), RULE
    )
    assert sum(found.to_dict()["states"].values()) == 30
