"""Who may be paired with whom: stages, neighbours, agreements and requests for help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from upwards.plans.candidates import PairNotPossible, UnknownTeam, expected_gap
from upwards.plans.plan import Plan
from upwards.plans.rules import Limits, Pairing, Requests

Make = Callable[..., Any]
ORDER = ("1", "2", "3")


def pairs(plan: Plan) -> set[tuple[str, str]]:
    return {
        (f"{line.provider_school} {line.provider_stage}", f"{line.recipient_school} {line.recipient_stage}")
        for line in plan.lines
    }


def of(school: str, *effects: float, subject: str = "reading") -> dict[tuple[str, str, str], float]:
    return {(school, subject, str(i + 1)): effect for i, effect in enumerate(effects)}


def test_a_school_that_shares_within_starts_inside(group: Make) -> None:
    plan = group(of("Hill", 0.4, -0.2, -0.2) | of("Park", 0.5)).plan()
    # Stage 3 is no neighbour of stage 1, where the school's best team is; Park may not step in.
    assert pairs(plan) == {("Hill 1", "Hill 2")}
    assert plan.lines[0].internal
    assert plan.lines[0].stage == "share within"
    assert [team.stage for team in plan.unserved] == ["3"]
    assert "in its own school" in plan.unserved[0].why


def test_the_best_team_of_a_school_that_shares_within_need_not_be_a_bright_spot(group: Make) -> None:
    plan = group(of("Hill", 0.05, -0.3)).plan()
    assert pairs(plan) == {("Hill 1", "Hill 2")}
    assert not plan.lines[0].provisional


def test_an_even_school_links_out(group: Make) -> None:
    plan = group(of("Hill", -0.3, -0.3) | of("Park", 0.5)).plan()
    assert pairs(plan) == {("Park 1", "Hill 1"), ("Park 1", "Hill 2")}
    assert {line.stage for line in plan.lines} == {"link out"}
    assert "the knowledge is outside" in plan.lines[0].why


def test_only_the_same_subject_and_neighbouring_stages_are_paired(group: Make) -> None:
    effects = of("Hill", -0.3) | of("Park", 0.5, subject="history") | {("Moor", "reading", "3"): 0.5}
    plan = group(effects).plan()
    assert plan.lines == ()
    assert "nobody is known in another school" in plan.unserved[0].why


def test_without_an_order_only_the_same_stage_is_a_neighbour() -> None:
    assert Pairing().neighbours("1", "1")
    assert not Pairing().neighbours("1", "2")
    assert Pairing(stage_order=ORDER).neighbours("2", "1")
    assert not Pairing(stage_order=ORDER).neighbours("1", "3")
    assert not Pairing(stage_order=ORDER).neighbours("1", "other")


def test_schools_that_grow_the_top_are_not_sent_partners_but_get_the_reserve(group: Make) -> None:
    plan = group(of("Hill", 1.2, 1.2) | of("Park", -0.3)).plan()
    assert plan.reserve.schools == (("Hill", "reading"),)
    assert pairs(plan) <= {("Hill 1", "Park 1"), ("Hill 2", "Park 1")}
    assert "1 school by subject" in plan.reserve.why


def test_who_asks_for_help_is_served_whatever_the_results(group: Make) -> None:
    small = group(of("Hill", 1.2, 1.1) | of("Park", 1.6))
    assert small.plan().lines == ()
    plan = small.plan(asks_for_help=[("Hill", "reading", "2")])
    assert pairs(plan) == {("Park 1", "Hill 2")}
    assert plan.lines[0].asked
    assert "asks for help" in plan.lines[0].why


def uncertain(group: Make, **pairing: Any) -> Any:
    """Hill 2 is below average, but whether Hill 1 is ahead by 0.2 SD cannot be told; Park is ahead."""
    draws = np.array([[0.0, -0.3, 0.5], [-0.2, -0.3, 0.5]])
    effects = of("Hill", -0.1, -0.3) | of("Park", 0.5)
    return group(effects, draws=draws, pairing=Pairing(ORDER, external_kind="coaching", **pairing))


def test_where_leaders_decide_the_line_says_so(group: Make) -> None:
    plan = uncertain(group).plan()
    assert pairs(plan) == {("Park 1", "Hill 2")}
    assert plan.lines[0].leaders_decide
    assert "leaders decide" in plan.lines[0].why
    assert any("leaders decide" in sentence for sentence in plan.text)


def test_where_leaders_decide_nothing_is_offered_if_so_ruled_unless_asked(group: Make) -> None:
    small = uncertain(group, where_leaders_decide=False)
    assert small.plan().lines == ()
    plan = small.plan(asks_for_help=[("Hill", "reading", "2")])
    assert pairs(plan) == {("Park 1", "Hill 2")}
    assert plan.lines[0].why.count("leaders decide") == 1


def test_provisional_providers_are_used_only_with_leave_and_are_labelled(group: Make) -> None:
    one_year = group({"Hill": 0.5, "Park": -0.3}, years=1)
    assert one_year.plan().lines == ()
    assert any("1 provisional provider not used" in sentence for sentence in one_year.plan().text)
    plan = replace(one_year, pairing=replace(one_year.pairing, provisional=True)).plan()
    assert plan.lines[0].provisional
    assert "too few years" in plan.lines[0].why
    assert any("too few years" in sentence for sentence in plan.text)


def test_a_personal_provider_helps_only_by_agreement(group: Make) -> None:
    small = group({"Hill": 0.5, "Park": -0.3}, teachers=[2, 5], years=3)
    assert small.plan().lines == ()
    assert len(replace(small, agreed=frozenset({("Hill", "reading", "1")})).plan().lines) == 1


def test_a_personal_best_team_of_the_school_is_not_sent_without_agreement(group: Make) -> None:
    plan = group(of("Hill", 0.4, -0.2), teachers=[1, 5], years=3).plan()
    assert plan.lines == ()
    agreed = frozenset({("Hill", "reading", "1")})
    assert (
        group(of("Hill", 0.4, -0.2), teachers=[1, 5], years=3, agreed=agreed).plan().lines == ()
    )  # few pupils
    assert len(group(of("Hill", 0.4, -0.2), teachers=[2, 5], years=3, agreed=agreed).plan().lines) == 1


def test_a_personal_team_appears_as_recipient_only_if_it_asks(group: Make) -> None:
    small = group({"Hill": 0.5, "Park": -0.3}, teachers=[5, 2])
    assert small.plan().lines == small.plan().unserved == ()
    plan = small.plan(asks_for_help=[("Park", "reading", "1")])
    assert plan.totals.served == 1


def test_pupils_are_those_of_one_person(group: Make) -> None:
    # A hundred pupils over two years, teachers unknown: thirty of the fifty a year.
    plan = group({"Hill": 0.5, "Park": -0.3}, teachers=-1).plan()
    assert plan.lines[0].pupils == 30


def test_unknown_teams_are_named_with_near_misses(group: Make) -> None:
    with pytest.raises(UnknownTeam, match="did you mean 'Park / reading / 1'"):
        group({"Hill": 0.5, "Park": -0.3}).plan(asks_for_help=[("Parc", "reading", "1")])


def test_a_required_pair_is_made_even_where_it_is_worth_little(group: Make) -> None:
    asked = Requests(pairs=((("Moor", "reading", "1"), ("Hill", "reading", "1")),))
    plan = group({"Hill": 0.5, "Moor": 0.0, "Park": -0.3}).plan(requests=asked)
    assert pairs(plan) == {("Moor 1", "Hill 1"), ("Hill 1", "Park 1")}
    line = next(line for line in plan.lines if line.required)
    assert line.benefit == pytest.approx(-0.075)
    assert "was asked for" in line.why


@pytest.mark.parametrize(
    ("provider", "recipient", "message"),
    [
        (("Hill", "reading", "1"), ("Hill", "reading", "1"), "the same team"),
        (("Hill", "reading", "1"), ("Park", "history", "1"), "one subject"),
        (("Hill", "reading", "1"), ("Moor", "reading", "1"), "have not agreed"),
        (("Moor", "reading", "1"), ("Hill", "reading", "1"), "have not agreed"),
    ],
)
def test_pairs_that_cannot_work_together_are_refused(
    group: Make, provider: Any, recipient: Any, message: str
) -> None:
    effects = {
        ("Hill", "reading", "1"): 0.5,
        ("Park", "history", "1"): -0.3,
        ("Moor", "reading", "1"): -0.3,
    }
    small = group(effects, teachers=[5, 5, 1])
    with pytest.raises(PairNotPossible, match=message):
        small.plan(requests=Requests(pairs=((provider, recipient),)))


def test_a_personal_recipient_who_asks_may_be_required(group: Make) -> None:
    small = group({"Hill": 0.5, "Moor": -0.3}, teachers=[5, 1])
    moor, hill = ("Moor", "reading", "1"), ("Hill", "reading", "1")
    plan = small.plan(requests=Requests(pairs=((hill, moor),)), asks_for_help=[moor])
    assert pairs(plan) == {("Hill 1", "Moor 1")}


def test_the_gap_is_expected_over_joint_draws() -> None:
    # Gaps 0.1, -0.2 and 0.5 count as 0.1, 0 and 0.3.
    draws = np.array([[0.1, 0.0, 0.5], [0.0, 0.2, 0.0], [np.nan, 0.0, 0.0]], dtype=np.float32)
    gap = expected_gap(draws, np.array([0, 0]), np.array([1, 2]), 0.3)
    assert gap == pytest.approx([0.4 / 3, 0.0])


@pytest.mark.parametrize("swap", [False, True])
def test_a_benefit_is_that_of_the_account_of_intake_that_expects_less(group: Make, swap: bool) -> None:
    # Gaps of 0.5 and 0.2: the cap of 0.3 counts in one account, 0.2 in the other.
    effects, less = {"Hill": 0.3, "Park": -0.2}, [0.15, -0.05]
    more = list(effects.values())
    draws, adjusted = (less, more) if swap else (more, less)
    plan = group(effects, draws=np.tile(draws, (4, 1)), adjusted=np.tile(adjusted, (4, 1))).plan()
    assert plan.lines[0].benefit == pytest.approx(10 * 0.2 * 0.2 - 0.075)
    assert plan.totals.benefit_lower < plan.lines[0].benefit < plan.totals.benefit_upper
    # The rate's own interval is 0 to 0.4; four draws of it reach 0.02 to 0.38.
    middle = (plan.totals.benefit_lower + plan.totals.benefit_upper) / 2
    assert middle == pytest.approx(plan.lines[0].benefit, abs=1e-6)


@pytest.mark.parametrize("swap", [False, True])
def test_only_who_is_behind_in_both_accounts_is_furthest_to_gain(group: Make, swap: bool) -> None:
    behind, level = np.tile([0.5, -0.3], (4, 1)), np.tile([0.5, 0.1], (4, 1))
    draws, adjusted = (level, behind) if swap else (behind, level)
    small = group({"Hill": 0.5, "Park": -0.3}, draws=draws, adjusted=adjusted)
    assert small.plan().lines == small.plan().unserved == ()
    assert small.plan(asks_for_help=[("Park", "reading", "1")]).totals.served == 1


def test_a_team_without_a_stage_for_its_school_is_left_to_its_leaders(group: Make) -> None:
    small = group({"Hill": 0.5, "Park": -0.3})
    teams, stages, spots = small.measures()
    from upwards.plans.partnerships import make_partnership_plan

    bare = replace_stages(stages)
    plan = make_partnership_plan(teams, bare, spots, Limits(), pairing=small.pairing)
    assert plan.lines[0].leaders_decide


def replace_stages(stages: Any) -> Any:
    from upwards.measures.stages import Stages

    return Stages((), stages.rule, stages.reference, ())
