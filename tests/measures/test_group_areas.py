"""The areas on which trusts are compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.measures.record_of_trusts import (
    CATALOGUE,
    codes,
    days,
    judgements_of,
    memberships_of,
    panel_of,
    register_of,
)
from upwards.core.panel import GroupPanel
from upwards.measures.associations import Outcome, relate
from upwards.measures.group_areas import StageFigures, absence, measure_progress, statuses
from upwards.measures.group_eligibility import GroupMembers, GroupRule, list_members
from upwards.measures.group_records import _variance_of_share, measure_finance, measure_inadequate
from upwards.measures.group_trends import (
    measure_disadvantaged,
    measure_improvement,
    passing_variance,
    series_of,
    trends,
)
from upwards.measures.sampling_errors import sampling_errors

RULE = GroupRule.official(2019)
YEARS = [2016, 2017, 2018, 2019]
READING = CATALOGUE["ks2.reading_progress"]


def trusts(n_groups: int, per_group: int, joined: str = "2014-09-01"):  # type: ignore[no-untyped-def]
    school = codes(n_groups * per_group)
    group = np.repeat([f"{500 + g}" for g in range(n_groups)], per_group)
    register = register_of(school)
    memberships = memberships_of(school, group, days(*[joined] * len(school)))
    return school, register, list_members(memberships, register, year=2019, rule=RULE)


def progress(members: GroupMembers, register, panel, *, status=None, **more):  # type: ignore[no-untyped-def]
    everyone = np.ones(len(members.school), dtype=bool)
    return measure_progress(
        "ks2_reading_progress",
        panel=panel,
        errors=None if panel is None else sampling_errors(panel, READING),
        unit="points",
        members=members,
        register=register,
        counted=more.pop("counted", everyone),
        status=np.full(members.n_groups, "measured") if status is None else status,
        rule=RULE,
        size=0.1,
        **more,
    )


def test_the_publishers_figure_and_its_interval_are_reproduced_beside_ours() -> None:
    school, register, members = trusts(6, 3)
    rng = np.random.default_rng(1)
    value, n = np.round(rng.normal(0, 2, (18, 1)), 1), rng.integers(20, 60, (18, 1)).astype(float)
    area = progress(members, register, panel_of(READING.name, school, [2019], value, n))
    mean = (value[:3, 0] * n[:3, 0]).sum() / n[:3].sum()  # all five years in the trust: equal weights
    assert area.official[0] == pytest.approx(mean)
    assert area.official_upper[0] - area.official[0] == pytest.approx(1.959964 * 6 / np.sqrt(n[:3].sum()))
    assert (area.official_basis == "recomputed").all()
    ours, theirs = area.direct_variance, ((area.official_upper - area.official) / 1.959964) ** 2
    assert (ours > theirs).all()  # its schools are a handful, and differ
    assert area.n_pupils[0] == n[:3].sum()
    assert area.size == pytest.approx(0.6)


def test_a_group_with_one_figure_has_none_of_its_own() -> None:
    school, register, members = trusts(7, 3)
    value = np.random.default_rng(2).normal(0, 2, (21, 1))
    value[:2] = np.nan
    area = progress(members, register, panel_of(READING.name, school, [2019], value, 30))
    assert area.status[0] == "too few schools"
    assert np.isnan(area.value[0])
    assert np.isnan(area.p_high[0])
    assert (area.status[1:] == "measured").all()


def test_four_groups_are_too_few_and_a_year_without_figures_is_not_published() -> None:
    school, register, members = trusts(4, 3)
    value = np.random.default_rng(2).normal(0, 2, (12, 1))
    few = progress(members, register, panel_of(READING.name, school, [2019], value, 30))
    assert (few.status == "too few groups").all()
    assert np.isfinite(few.official).all()
    for panel in (None, panel_of(READING.name, school, [2018], value, 30)):
        area = progress(members, register, panel)
        assert (area.status == "not published").all()
        assert np.isnan(area.value).all()
        assert np.isnan(area.official).all()


def published(group, value, missing=""):  # type: ignore[no-untyped-def]
    value = np.asarray(value, dtype=float)
    return GroupPanel(
        measure="m",
        pupil_group="",
        year=2019,
        group=np.asarray(group),
        value=value,
        lower=value - 1,
        upper=value + 1,
        level=0.95,
        n=np.full(len(value), 99.0),
        n_schools=np.full(len(value), 3.0),
        missing=np.full(len(value), missing),
        source=np.full(len(value), "trusts.csv"),
    )


def test_a_published_figure_stands_in_the_place_of_a_recomputed_one_and_the_difference_is_told() -> None:
    school, register, members = trusts(6, 3)
    value = np.zeros((18, 1)) + np.random.default_rng(3).normal(0, 1, (18, 1))
    panel = panel_of(READING.name, school, [2019], value, 30)
    area = progress(members, register, panel, published=published(["501", "999"], [2.5, 0.0]))
    assert area.official_basis.tolist() == ["recomputed", "published", *["recomputed"] * 4]
    assert (area.official[1], area.official_lower[1], area.official_upper[1]) == (2.5, 1.5, 3.5)
    apart = abs(2.5 - value[3:6].mean())
    assert f"{apart:.3f} apart on average" in area.notes[0]
    alone = progress(members, register, None, published=published(["501"], [2.5]))
    assert alone.official_basis.tolist() == ["", "published", "", "", "", ""]
    assert (alone.status == "not published").all()


def test_why_a_group_is_not_measured_is_told_apart() -> None:
    eligible, has = np.array([True, False, False]), np.array([True, True, False])
    assert statuses(eligible, has).tolist() == [
        "measured", "too few schools", "no schools of this stage",
    ]  # fmt: skip
    assert (statuses(eligible, has, absent="not held") == "not held").all()
    reading = replace(READING, years=(2018, 2019, 2020), gaps={2020: "no tests"})
    assert [absence(reading, year) for year in (2019, 2020, 2021)] == [
        "not held", "not published", "not published",
    ]  # fmt: skip


def figures_of(school, value, n, stage="ks2"):  # type: ignore[no-untyped-def]
    names = ["ks2.reading_progress", "ks2.maths_progress"] if stage == "ks2" else ["ks4.progress8"]
    years = YEARS[-value.shape[1] :]
    panels = tuple(panel_of(name, school, years, value, n) for name in names)
    return StageFigures(stage, panels, tuple(sampling_errors(p, CATALOGUE[p.measure]) for p in panels))


def test_the_mean_of_subjects_keeps_the_chance_that_their_pupils_share() -> None:
    school, register, members = trusts(5, 3)
    value = np.full((15, 4), 3.0)
    mean, variance = series_of(figures_of(school, value, 36), members, register, YEARS, 0.6)
    one = (6**2 / 36 + 1 / 12) / 36  # 36 pupils, figures rounded to 1, in pupil SD
    assert mean == pytest.approx(np.full((15, 4), 0.5))
    assert variance == pytest.approx(np.full((15, 4), one * (1 + 0.6) / 2))
    nothing = StageFigures("ks2", (), ())
    assert np.isnan(series_of(nothing, members, register, YEARS, 0.6)[0]).all()


def test_a_trend_is_the_weighted_slope_and_needs_three_years() -> None:
    value = np.array([[0.0, 1, 2, 6], [5, 4, np.nan, 2], [1, 2, np.nan, np.nan]])
    variance = np.array([[1.0, 1, 1, 3], [1, 1, 1, 1], [1, 1, 1, 1]])
    slope, error = trends(value, variance, 1.0)
    weight = np.array([0.5, 0.5, 0.5, 0.25])
    x = np.arange(4) - (weight * np.arange(4)).sum() / weight.sum()
    assert slope[0] == pytest.approx((weight * x * value[0]).sum() / (weight * x**2).sum())
    assert error[0] == pytest.approx(1 / (weight * x**2).sum())
    assert slope[1] == pytest.approx(-1)
    assert np.isnan(slope[2])


def test_what_passes_from_year_to_year_is_told_from_chance() -> None:
    rng = np.random.default_rng(4)
    true = rng.normal(0, 1, (4000, 1)) + np.outer(rng.normal(0, 0.2, 4000), np.arange(4))
    variance = rng.uniform(0.1, 0.5, (4000, 4))
    value = true + rng.normal(0, 0.5, true.shape) + rng.normal(0, np.sqrt(variance))
    value[:1000, 2] = np.nan
    assert passing_variance(value, variance) == pytest.approx(0.25, abs=0.03)
    assert passing_variance(value[:, :2], variance[:, :2]) == 0.0
    assert passing_variance(value * 0, variance) == 0.0


def test_schools_that_join_after_a_poor_year_are_not_called_improving() -> None:
    rng = np.random.default_rng(5)
    n_groups, per_group = 60, 6
    pool = rng.normal(0, 1, (6 * n_groups * per_group, 4)) + rng.normal(0, 1, (6 * n_groups * per_group, 1))
    value = pool[np.argsort(pool[:, 0])[: n_groups * per_group]]  # the lowest of 2016 joined that September
    rng.shuffle(value)
    assert (value[:, 3] - value[:, 0]).mean() > 1  # what a naive comparison would praise
    school, register, members = trusts(n_groups, per_group, joined="2016-09-01")
    everyone = np.ones(len(school), dtype=bool)
    area = measure_improvement(
        [figures_of(school, np.round(value, 3), 1000)],
        members=members, register=register, counted=everyone, years=YEARS, rho=0.6, size=0.1,
    )  # fmt: skip
    assert (area.status == "measured").all()
    assert abs(area.value.mean()) < 0.02
    assert area.p_high.max() < 0.9


def test_a_known_trend_of_a_group_is_found() -> None:
    rng = np.random.default_rng(6)
    school, register, members = trusts(40, 6)
    slope = rng.normal(0, 0.6, 40)
    value = np.repeat(slope, 6)[:, None] * np.arange(4) + rng.normal(0, 0.5, (240, 4))
    everyone = np.ones(240, dtype=bool)
    asked = {"members": members, "register": register, "counted": everyone, "rho": 0.6, "size": 0.1}
    area = measure_improvement([figures_of(school, np.round(value, 3), 1000)], years=YEARS, **asked)
    slope = slope - slope.mean()  # improvement is against all schools, and here these are all
    covered = (area.lower < slope / 6) & (slope / 6 < area.upper)
    assert covered.mean() > 0.85
    assert np.corrcoef(area.value, slope)[0, 1] > 0.97
    assert area.size == pytest.approx(0.1 / 3)
    none = measure_improvement([StageFigures("ks2", (), ())], years=YEARS, **asked)
    assert (none.status == "not published").all()
    few = measure_improvement([figures_of(school[:12], value[:12], 1000)], years=YEARS, **asked)
    assert set(few.status.tolist()) == {"too few groups", "too few schools"}


def test_disadvantaged_pupils_are_compared_with_disadvantaged_pupils_everywhere() -> None:
    school, register, members = trusts(20, 4)
    rng = np.random.default_rng(7)
    level = np.round(rng.normal(-3, 1, 20), 3)
    value = np.repeat(level, 4)[:, None] + np.round(rng.normal(0, 0.2, (80, 1)), 3)
    everyone = np.ones(80, dtype=bool)
    asked = {
        "members": members,
        "register": register,
        "counted": everyone,
        "rho": 0.6,
        "size": 0.1,
        "rule": RULE,
    }
    area = measure_disadvantaged([figures_of(school, value, 400, stage="ks4")], **asked)
    mean = value.mean() / 6
    assert area.value == pytest.approx(level / 6 - mean, abs=0.05)
    assert area.official == pytest.approx(value.reshape(20, 4).mean(axis=1) / 6 - mean)
    assert "-0.5" in area.notes[0]
    none = measure_disadvantaged([StageFigures("ks4", (), ())], **asked)
    assert (none.status == "not published").all()
    partly = measure_disadvantaged([figures_of(school[:8], value[:8], 400, stage="ks4")], **asked)
    assert partly.status[:2].tolist() == ["too few groups"] * 2
    assert (partly.status[2:] == "not published").all()


def test_inadequate_schools_are_counted_at_the_end_of_the_year_and_predecessors_flagged() -> None:
    school, register, members = trusts(3, 2)
    register = register_of(school)
    judgements = judgements_of(
        (school[0], school[0], "2018-01-01", "Inadequate"),
        (school[0], school[0], "2019-10-01", "Good"),  # after the year
        (school[1], school[1], "2016-01-01", "Inadequate"),
        (school[1], school[1], "2018-01-01", "Good"),
        ("90", school[2], "2015-01-01", "Inadequate"),  # its predecessor; itself never inspected
        ("91", school[3], "2015-01-01", "Inadequate"),
        (school[3], school[3], "2017-01-01", "Outstanding"),
    )
    area = measure_inadequate(judgements, members, register)
    assert area.value[:2].tolist() == [1, 1]
    assert area.details[0] == {"schools": [school[0]], "through_predecessor": []}
    assert area.details[1] == {"schools": [school[2]], "through_predecessor": [school[2]]}
    assert area.status.tolist() == ["measured", "measured", "not held"]
    assert area.direct[:2].tolist() == [0.5, 0.0]


def test_a_record_of_inspections_that_ends_long_before_says_nothing() -> None:
    school, register, members = trusts(2, 2)
    old = judgements_of((school[0], school[0], "2017-01-01", "Inadequate"))
    empty = judgements_of((school[0], school[0], "2025-01-01", "Inadequate"))
    for record in (None, old):
        assert (measure_inadequate(record, members, register).status == "not held").all()
    assert (measure_inadequate(empty, members, register).status == "not held").all()


def test_outcomes_inherited_are_counted_only_where_those_of_most_predecessors_are_held() -> None:
    school = codes(6)
    before = np.array([f"{90 + i}" for i in range(5)])  # five of the six continue another school
    both = np.concatenate([before, school])
    register = register_of(both, line=np.concatenate([school[:5], school]))
    memberships = memberships_of(school, ["500"] * 6, days(*["2016-09-01"] * 6))
    members = list_members(memberships, register, year=2019, rule=RULE)
    rows = [(before[i], school[i], "2015-01-01", "Inadequate") for i in range(4)]
    everyone = np.ones(1, dtype=bool)
    for held, told in ((4, True), (3, False)):
        latest = (school[5], school[5], "2019-01-01", "Good")
        area = measure_inadequate(judgements_of(*rows[:held], latest), members, register)
        assert area.predecessors is not None
        assert (area.predecessors.n[0], area.predecessors.known[0]) == (5, held)
        assert area.predecessors.tell(everyone) is told
        assert f"held of {held + 1} of 6 schools" in area.notes[0]


def test_where_nothing_goes_with_being_inadequate_nothing_is_found() -> None:
    rng, holds = np.random.default_rng(15), 0
    n = np.clip(rng.lognormal(1.5, 0.8, 200), 1, 60).astype(np.int64)
    for _ in range(150):
        share = rng.binomial(n, rng.beta(0.25, 4.75, 200)) / n
        variance = _variance_of_share(share, n)
        found = relate([Outcome("inadequate", share, variance)], {"size": np.log2(n)})
        holds += found.explained[0].lower == 0.0
    assert holds >= 141  # 97.5 % of 150 are 146; with a weight of n 128
    assert _variance_of_share(np.zeros(3), np.array([1, 2, 4])) == pytest.approx([1, 0.5, 0.25])
    apart = _variance_of_share(np.array([0.0, 1, 0, 1]), np.full(4, 50))
    assert apart == pytest.approx(np.full(4, 0.25), abs=0.01)  # all of it is true


def test_finance_is_told_only_where_all_schools_publish_it_under_their_own_code() -> None:
    school, _, members = trusts(3, 2)
    income = panel_of("income", school, [2019], np.full((6, 1), 1000.0), np.nan)
    value = np.array([[50.0], [-20], [10], [np.nan], [5], [5]])
    area = measure_finance(panel_of("in_year_balance", school, [2019], value, np.nan), income, members)
    assert area.status.tolist() == ["measured", "not published", "measured"]
    assert area.value[[0, 2]] == pytest.approx([0.015, 0.005])
    assert (measure_finance(None, income, members).status == "not held").all()
    before = panel_of("income", school, [2018], np.full((6, 1), 1000.0), np.nan)
    assert (measure_finance(before, before, members).status == "not held").all()
    late = np.where(np.arange(6)[:, None] < 2, value, np.nan)  # one group of three is in the other file
    area = measure_finance(panel_of("in_year_balance", school, [2019], late, np.nan), income, members)
    assert area.status.tolist() == ["measured", "not held", "not held"]
    others = panel_of("income", codes(900)[-6:], [2019], np.full((6, 1), 1000.0), np.nan)
    assert (measure_finance(others, others, members).status == "not held").all()
