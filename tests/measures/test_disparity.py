"""Where the spread is: shares, gaps inside schools, and gaps between groups of pupils."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.measures.group_of_schools import SCORE_SD, TRUE_SD, Group, Shape, draw_group
from upwards.measures.disparity import (
    DisadvantageGap,
    Disparity,
    describe_disparity,
    measure_disadvantage_gaps,
)
from upwards.measures.stages import StageRule
from upwards.measures.team_effects import describe_teams, fit_team_model
from upwards.measures.value_added import ValueAddedRequest, measure_value_added
from upwards.store.moments_pass import compute_moments

INSIDE = ("year team", "department", "team")


def disparity_of(group: Group, **more: Any) -> Disparity:
    residual = group.truth.sum_horizontal().to_numpy()
    model = fit_team_model(residual, group.codes, group.labels)
    scored = dict.fromkeys(group.teams, 60)
    teams = describe_teams(model, model, codes=group.codes, n_scored=scored, n_teachers={}, n_draws=400)
    return describe_disparity(model, teams, n_draws=1000, **more)


@cache
def usual() -> Disparity:
    return disparity_of(draw_group(11, Shape(schools=20, pupils=8)))


def true_share() -> float:
    inside = sum(TRUE_SD[name] ** 2 for name in INSIDE)
    return inside / (inside + TRUE_SD["school"] ** 2)


def test_the_interval_of_the_share_inside_schools_holds_the_truth() -> None:
    held = []
    for seed in range(2):
        share = disparity_of(draw_group(200 + seed, Shape(schools=12, pupils=6))).shares[0]
        assert share.what == "of the lasting spread of teams, the part inside schools"
        assert 0 <= share.lower <= share.share <= share.upper <= 1
        held.append(share.lower <= true_share() <= share.upper)
    # Both of two 95 % intervals miss with probability 0.0025; the long count is in `make evidence`.
    assert any(held)


def test_shares_of_all_variance_add_up_with_what_pupils_differ_by() -> None:
    between, inside = usual().shares[2:]
    assert "between schools" in between.what
    assert "between teams and classes inside schools" in inside.what
    total = sum(spread.sd**2 for spread in usual().spreads)
    pupils = sum(
        spread.sd**2
        for spread in usual().spreads
        if spread.part in ("pupil", "residual") or spread.part.endswith("in a year")
    )
    assert between.share + inside.share == pytest.approx(1 - pupils / total)


def test_every_part_says_what_it_is_and_has_its_interval() -> None:
    parts = [spread.part for spread in usual().spreads]
    assert [part for part in parts if part in TRUE_SD] == list(TRUE_SD)
    for spread in usual().spreads:
        assert spread.meaning
        assert spread.lower is None or spread.lower <= spread.sd
        assert spread.upper is None or spread.sd <= spread.upper


def test_without_a_difference_between_schools_the_upper_bound_is_told() -> None:
    sd = {**TRUE_SD, "school": 0.0}
    for seed in range(20):
        found = disparity_of(draw_group(seed, Shape(schools=10, pupils=4, sd=sd, years=[2019])))
        school = found.spreads[0]
        if school.sd == 0.0:
            break
    assert school.lower == 0.0
    assert school.upper is not None
    assert 0 < school.upper < 0.5
    assert found.shares[0].share == 1.0
    assert (
        found.text[-1]
        == f"No difference between whole schools can be seen; at most {school.upper:.2f} pupil SD."
    )


def test_one_year_is_not_called_lasting() -> None:
    found = disparity_of(draw_group(12, Shape(schools=12, years=[2019])))
    assert "one year's luck included" in found.shares[0].what
    assert "one year's luck included" in found.text[0]
    assert "roughly" in found.text[0]
    assert "lasting" not in json.dumps(found.to_dict()["text"])


def test_stages_that_follow_the_same_pupils_cannot_tell_inside_from_between() -> None:
    group = draw_group(7, Shape(schools=8))
    codes = dict(group.codes)
    stage, school = codes["stage"], codes["school"]
    codes["pupil"] = school * 1000 + np.arange(len(stage)) % 40  # the same forty pupils in every stage
    fitted = fit_team_model(group.truth.sum_horizontal().to_numpy(), codes, group.labels)
    teams = describe_teams(
        fitted, fitted, codes=codes, n_scored=dict.fromkeys(group.teams, 1), n_teachers={}, n_draws=100
    )
    assert fitted.follows_pupils
    assert any("follow the same pupils" in note for note in fitted.notes)
    text = describe_disparity(fitted, teams, n_draws=100).text
    assert len(text) == 1
    assert "cannot be told here" in text[0]


def test_where_the_school_is_its_only_team_no_share_inside_is_told() -> None:
    found = disparity_of(draw_group(13, Shape(schools=20, subjects=["reading"], stages=["1"], classes=1)))
    assert [share.what for share in found.shares] == [
        "of all variance of pupils' results beyond expectation, the part between schools"
    ]
    assert found.schools == ()


def test_gaps_inside_schools_follow_the_settings() -> None:
    group = draw_group(14, Shape(schools=8, pupils=30, years=[2019]))
    strict = disparity_of(group, rule=StageRule(min_coverage=0.99, gap=5.0))
    usual_rule = disparity_of(group)
    assert all(gap.p_even == 1.0 for gap in strict.schools)
    assert any(gap.p_even is not None and gap.p_even < 1.0 for gap in usual_rule.schools)
    assert disparity_of(group, rule=StageRule(min_coverage=1.01)).schools == ()


def test_the_answer_is_plain_data_without_nan() -> None:
    assert "spreads" in json.dumps(usual().to_dict(), allow_nan=False)


def disadvantage_gaps(group: Group, **more: Any) -> dict[str | None, DisadvantageGap]:
    rows = group.rows.lazy().with_columns(disadvantaged=group.rows["disadvantaged"].cast(int))
    moments = compute_moments(
        rows,
        outcome="score",
        intake=["prior", "disadvantaged"],
        nested=["school"],
        slopes={"school": ["disadvantaged"]},
    )
    answer = measure_value_added(moments, ValueAddedRequest(levels=("school",), n_draws=0, intervals="none"))
    found = measure_disadvantage_gaps(answer, "reading", "1", SCORE_SD, **more)
    return {gap.school: gap for gap in found}


def one_subject(seed: int, **more: Any) -> Group:
    # One class per school, so that pupils are independent within their school.
    sd = {**TRUE_SD, **dict.fromkeys(("class", "class in a subject", "team in a year"), 0.0)}
    fixed = {"subjects": ["reading"], "stages": ["1"], "years": [2019], "classes": 1}
    return draw_group(seed, Shape(pupils=40, sd=sd, **{"schools": 30, **fixed, **more}))


def test_gaps_of_schools_are_shrunk_to_the_average_and_hold_the_truth() -> None:
    held, own, true = [], [], []
    for seed in range(6):
        group = one_subject(300 + seed, disadvantage_sd=0.2)
        found = disadvantage_gaps(group)
        for school, truth in group.gaps.items():
            gap = found[school]
            if gap.gap is None or gap.lower is None or gap.upper is None:
                continue
            held.append(gap.lower <= truth <= gap.upper)
            own.append(gap.gap)
            true.append(truth)
    assert len(held) > 150
    # Four standard deviations of a share of 0.95 in 150, and the parameters held at their estimates.
    assert np.mean(held) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 150)
    assert np.std(own) < np.std(true)


def test_how_much_schools_differ_is_not_taken_as_known() -> None:
    """Twelve schools: with the variances held at their estimates the intervals held 80 in 100."""
    held = []
    for seed in range(10):
        group = one_subject(500 + seed, schools=12, disadvantage_sd=0.15)
        found = disadvantage_gaps(group)
        for school, truth in group.gaps.items():
            gap = found[school]
            if gap.lower is not None and gap.upper is not None:
                held.append(gap.lower <= truth <= gap.upper)
    assert len(held) > 100
    assert np.mean(held) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 100)


def test_few_schools_have_no_top_fifth_and_the_answer_says_null() -> None:
    def tops(schools: int) -> list[float | None]:
        rows = one_subject(600, schools=schools).rows.lazy()
        moments = compute_moments(rows, outcome="score", intake=["prior"], nested=["school"])
        answer = measure_value_added(moments, ValueAddedRequest(levels=("school",), n_draws=100))
        units = json.loads(json.dumps(list(answer.unit_rows()), allow_nan=False))
        return [row["p_top"] for row in units if row["level"] == "school"]

    assert tops(4) == [None] * 4
    assert None not in tops(5)


def test_the_average_gap_comes_first() -> None:
    found = disadvantage_gaps(one_subject(400))
    average = found[None]
    assert next(iter(found)) is None
    assert average.gap == pytest.approx(-0.3, abs=4 * (average.se or 0.0))


def test_a_school_with_few_disadvantaged_or_few_other_pupils_is_hidden() -> None:
    group = one_subject(401)
    first, second = "S00", "S01"
    own = group.rows["school"].to_numpy()
    flags = group.rows["disadvantaged"].to_numpy().copy()
    flags[own == first] = np.arange((own == first).sum()) < 5
    flags[own == second] = np.arange((own == second).sum()) >= 5
    found = disadvantage_gaps(Group(group.rows.with_columns(disadvantaged=flags), group.truth, {}, {}))
    for school in (first, second):
        assert found[school].gap is None
        assert found[school].hidden == "5 pupils or fewer in one of the two groups"
    assert disadvantage_gaps(group, hidden_at=0)["S02"].gap is not None


def test_a_school_below_coverage_has_no_gap() -> None:
    found = disadvantage_gaps(one_subject(402), min_coverage=1.1)
    assert found["S00"].hidden == "only 100% of results can be used"


def test_where_all_pupils_are_alike_there_is_no_gap() -> None:
    group = one_subject(403)
    rows = group.rows.lazy().with_columns(disadvantaged=1)
    moments = compute_moments(rows, outcome="score", intake=["prior", "disadvantaged"], nested=["school"])
    answer = measure_value_added(moments, ValueAddedRequest(levels=("school",), n_draws=0, intervals="none"))
    assert measure_disadvantage_gaps(answer, "reading", "1", SCORE_SD) == ()
