"""No other choice brings more: against every choice, and against any greedy one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from upwards.plans.candidates import Candidates, list_candidates
from upwards.plans.clashes import InfeasiblePlan
from upwards.plans.plan import Plan
from upwards.plans.program import remaining_after
from upwards.plans.rules import Limits, Pairing, Rates, Requests, Rhythm

Make = Callable[..., Any]
PAIRING = Pairing(("1", "2", "3"), furthest_certainty=0.5, external_kind="coaching")


def worth(choice: Sequence[int], c: Candidates, left: float) -> float:
    """Add up a choice by the definition: partners of one recipient, the most useful first."""
    total = -sum(c.harm[i] for i in choice)
    for r in {int(c.recipient[i]) for i in choice}:
        gains = sorted((c.benefit[i] for i in choice if c.recipient[i] == r), reverse=True)
        total += sum(gain * left**place for place, gain in enumerate(gains))
    return float(total)


def allowed(choice: Sequence[int], c: Candidates, limits: Limits) -> bool:
    """Check every limit by counting."""
    for p in {int(c.provider[i]) for i in choice}:
        mine = [i for i in choice if c.provider[i] == p]
        if len(mine) > limits.provider_recipients or sum(c.hours[mine]) > limits.provider_hours:
            return False
    for r in {int(c.recipient[i]) for i in choice}:
        mine = [i for i in choice if c.recipient[i] == r]
        outside = sum(not c.internal[i] for i in mine)
        if sum(c.hours[mine]) > limits.recipient_hours or outside > limits.outside_partners:
            return False
    hours = 2 * sum(c.hours[i] for i in choice)
    share = 1 - limits.reserved_for_top
    if limits.total_hours is not None and hours > share * limits.total_hours + 1e-9:
        return False
    return limits.money is None or hours * limits.cost_per_hour <= share * limits.money + 1e-9


def candidates_of(small: Any, rates: Rates) -> Candidates:
    teams, stages, spots = small.measures()
    return list_candidates(teams, stages, spots, rates, Rhythm(), small.pairing)


def make_random(group: Make, seed: int, n_schools: int) -> Any:
    """Schools of one or two stages, with effects drawn at random and uncertain."""
    rng = np.random.default_rng(seed)
    keys = [
        (f"S{s}", "reading", str(stage + 1)) for s in range(n_schools) for stage in range(rng.integers(1, 3))
    ]
    level = np.repeat(
        rng.normal(0, 0.3, n_schools), [sum(k[0] == f"S{s}" for k in keys) for s in range(n_schools)]
    )
    effect = level + rng.normal(0, 0.25, len(keys))
    draws = effect + rng.normal(0, 0.03, (20, len(keys)))
    teachers = rng.integers(3, 9, len(keys)).tolist()
    return group(dict(zip(keys, effect, strict=True)), draws=draws, teachers=teachers, pairing=PAIRING)


LIMITS = st.builds(
    Limits,
    provider_recipients=st.integers(0, 3),
    provider_hours=st.sampled_from([8.0, 9.0, 18.0, 40.0]),
    recipient_hours=st.sampled_from([8.0, 9.0, 18.0, 27.0]),
    outside_partners=st.integers(0, 2),
    total_hours=st.sampled_from([None, 0.0, 40.0, 60.0, 100.0]),
    money=st.sampled_from([None, 500.0, 1500.0]),
    cost_per_hour=st.sampled_from([0.0, 20.0]),
    reserved_for_top=st.sampled_from([0.0, 0.2]),
)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(seed=st.integers(0, 10_000), limits=LIMITS)
def test_no_choice_of_pairs_brings_more(group: Make, seed: int, limits: Limits) -> None:
    small, rates = make_random(group, seed, 4), Rates()
    c = candidates_of(small, rates)
    assume(0 < c.n_pairs <= 11)
    left = remaining_after(rates)
    choices = itertools.chain.from_iterable(
        itertools.combinations(range(c.n_pairs), k) for k in range(c.n_pairs + 1)
    )
    best = max(worth(choice, c, left) for choice in choices if allowed(choice, c, limits))
    plan = small.plan(limits, rates=rates)
    assert plan.status == "optimal"
    assert plan.totals.benefit == pytest.approx(best, abs=1e-6)


@QUICK
@given(seed=st.integers(0, 10_000), limits=LIMITS)
def test_no_greedy_plan_brings_more(group: Make, seed: int, limits: Limits) -> None:
    small, rates = make_random(group, seed, 12), Rates()
    c = candidates_of(small, rates)
    left = remaining_after(rates)
    choice: list[int] = []
    while True:
        now = worth(choice, c, left)
        steps = [i for i in range(c.n_pairs) if i not in choice and allowed([*choice, i], c, limits)]
        gains = [worth([*choice, i], c, left) - now for i in steps]
        if not gains or max(gains) <= 0:
            break
        choice.append(steps[int(np.argmax(gains))])
    plan = small.plan(limits, rates=rates)
    assert plan.totals.benefit >= worth(choice, c, left) - 1e-6
    check_sums(plan, limits)


def check_sums(plan: Plan, limits: Limits) -> None:
    """Check that totals add up and every limit is kept, from the lines alone."""
    assert plan.totals.benefit == pytest.approx(sum(line.benefit for line in plan.lines))
    assert plan.totals.hours == pytest.approx(sum(line.hours for line in plan.lines))
    assert plan.totals.cost == pytest.approx(plan.totals.hours * limits.cost_per_hour)
    taken = [(line.provider_school, line.provider_stage) for line in plan.lines]
    given_to = [(line.recipient_school, line.recipient_stage) for line in plan.lines]
    outside = [team for team, line in zip(given_to, plan.lines, strict=True) if not line.internal]
    assert all(taken.count(team) <= limits.provider_recipients for team in taken)
    assert all(taken.count(team) * 9 <= limits.provider_hours for team in taken)
    assert all(given_to.count(team) * 9 <= limits.recipient_hours for team in given_to)
    assert all(outside.count(team) <= limits.outside_partners for team in outside)
    assert plan.totals.served == len(set(given_to))
    assert not set(given_to) & {(team.school, team.stage) for team in plan.unserved}
    if limits.total_hours is not None:
        assert plan.totals.hours + plan.reserve.hours <= limits.total_hours + 1e-6
    for limit in plan.limits_used:
        assert limit.left is None or limit.left >= -1e-6


@QUICK
@given(seed=st.integers(0, 10_000), limits=LIMITS)
def test_the_single_limit_named_would_serve_the_team_without_taking_from_others(
    group: Make, seed: int, limits: Limits
) -> None:
    small = make_random(group, seed, 8)
    plan = small.plan(limits)
    single = [team for team in plan.unserved if team.more is not None]
    assume(single)
    team = single[0]
    field = team.limits[0].replace(" ", "_")
    assert team.more is not None
    relaxed = Limits(
        **{name: getattr(limits, name) for name in Limits.__dataclass_fields__}
        | {field: getattr(limits, field) + round(team.more + 1e-9, 6)}
    )
    assert small.plan(relaxed).totals.benefit > plan.totals.benefit
    assert all(team.limits or "partner with room" not in team.why for team in plan.unserved)


@QUICK
@given(seed=st.integers(0, 10_000), limits=LIMITS, wanted=st.integers(1, 4))
def test_the_smallest_relaxation_is_enough_and_less_is_not(
    group: Make, seed: int, limits: Limits, wanted: int
) -> None:
    small = make_random(group, seed, 6)
    try:
        plan = small.plan(limits, Requests(serve_at_least=wanted))
    except InfeasiblePlan as clash:
        if clash.together or not clash.relaxations:
            return
        for relaxation in clash.relaxations:
            field = relaxation.limit.replace(" ", "_")
            whole = field in ("provider_recipients", "outside_partners")
            # the solver holds a limit to about a millionth of its size
            step = 1 if whole else 1e-4 + 1e-5 * relaxation.needed
            value = round(relaxation.needed) if whole else relaxation.needed + 1e-6
            fields = {name: getattr(limits, name) for name in Limits.__dataclass_fields__}
            enough = Limits(**fields | {field: value})
            assert small.plan(enough, Requests(serve_at_least=wanted)).totals.served >= wanted
            with pytest.raises(InfeasiblePlan):
                small.plan(Limits(**fields | {field: value - step}), Requests(serve_at_least=wanted))
    else:
        assert plan.totals.served >= wanted
