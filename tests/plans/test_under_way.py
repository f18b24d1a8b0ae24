"""A plan beside what is under way: no pair twice, and no hour promised twice."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.plans.test_optimality import LIMITS, allowed, candidates_of, make_random, worth
from tests.plans.test_people_hours import STAFF, can_be_staffed, in_two_subjects
from upwards.measures.promised_hours import UnderWay
from upwards.measures.staff_hours import Colleague
from upwards.plans.candidates import Candidates
from upwards.plans.clashes import InfeasiblePlan
from upwards.plans.people_hours import People
from upwards.plans.plan import Line, Plan
from upwards.plans.program import remaining_after
from upwards.plans.rules import Limits, Rates, Requests

Make = Callable[..., Any]
THREE = {"Hill": 0.3, "Ash": -0.3, "Bay": -0.3, "Cliff": -0.3}


def going(
    provider: str = "Hill", recipient: str = "Ash", hours: float = 9.0, *, team: str = "1", **other: Any
) -> UnderWay:
    about: dict[str, Any] = {"kind": "coaching", "subject": "reading", "ends": "2027-01-15"}
    about |= {"provider_team": team, "recipient_team": team}
    about |= {"hours_left": hours, "provider_hours": hours, "recipient_hours": hours}
    return UnderWay(provider_school=provider, recipient_school=recipient, **about | other)


def as_partnership(line: Line) -> UnderWay:
    """Begin a line of a plan."""
    return going(
        line.provider_school, line.recipient_school, line.hours_each, kind=line.kind, subject=line.subject,
        provider_team=line.provider_stage, recipient_team=line.recipient_stage,
    )  # fmt: skip


def pairs(plan: Plan) -> set[tuple[str, str]]:
    return {(line.provider_school, line.recipient_school) for line in plan.lines}


def used(plan: Plan) -> dict[str, tuple[float | None, float, float | None, float]]:
    return {one.name: (one.limit, one.used, one.left, one.planned) for one in plan.limits_used}


def test_a_pair_under_way_is_not_planned_again_and_stands_beside_the_lines(group: Make) -> None:
    plan = group(THREE).plan(under_way=[going()])
    # Hill may have two recipients, and has Ash already: one more.
    assert len(plan.lines) == 1
    assert ("Hill", "Ash") not in pairs(plan)
    (line,) = plan.under_way
    assert (line.provider_school, line.recipient_school, line.hours_each, line.hours) == (
        "Hill",
        "Ash",
        9,
        18,
    )
    assert line.why == "Reading, stage 1, at Ash works with Hill's stage 1."
    assert line.hours_why == "9 hours of each are still to be given until 15 January 2027."
    said = "1 partnership is under way and holds 18 hours of the coming cycle; the plan adds 1 with 18 hours."
    assert plan.under_way_text == said
    assert len(plan.unserved) == 1  # Ash has a partner


def test_what_is_under_way_is_taken_off_each_limit(group: Make) -> None:
    many = Limits(provider_recipients=9, provider_hours=30, total_hours=100, reserved_for_top=0.2)
    plan = group(THREE).plan(many, under_way=[going(hours=12)])
    # 30 hours less 12: two of 9. In all 80, less 24 of both ends: 56, of which two take 36.
    assert len(plan.lines) == 2
    assert used(plan) == {
        "provider recipients": (9, 3, 6, 2),
        "provider hours": (30, 30, 0, 18),
        "recipient hours": (18, 12, 6, 9),
        "outside partners": (1, 1, 0, 1),
        "total hours": (80, 60, 20, 36),
        "money": (None, 0, None, 0),
    }
    assert len(group(THREE).plan(many, under_way=[going(hours=12.5)]).lines) == 1
    in_all = replace(many, total_hours=52.5)  # 42, less 24: one of 18
    assert len(group(THREE).plan(in_all, under_way=[going(hours=12)]).lines) == 1
    paid = replace(many, total_hours=None, money=525, cost_per_hour=10)
    assert len(group(THREE).plan(paid, under_way=[going(hours=12)]).lines) == 1


def test_what_holds_more_than_there_is_leaves_nothing_and_no_less(group: Make) -> None:
    for limits in (Limits(total_hours=40), Limits(provider_hours=30, provider_recipients=9)):
        plan = group(THREE).plan(limits, under_way=[going(hours=300)])
        assert plan.lines == ()
        assert all(left is None or left >= 0 for _, _, left, _ in used(plan).values())
        assert "the plan adds none" in plan.under_way_text


def test_a_recipient_keeps_its_hours_and_its_one_partner_outside(group: Make) -> None:
    two = {"Hill": 0.3, "Moor": 0.3, "Ash": -0.3}
    assert group(two).plan(under_way=[going()]).lines == ()
    more = Limits(outside_partners=2)
    (line,) = group(two).plan(more, under_way=[going()]).lines
    # A second partner works on what the first leaves of the gap: 0.6 x 0.8 less 0.075.
    assert (line.provider_school, line.partner, line.benefit) == ("Moor", 2, pytest.approx(0.405))
    assert group(two).plan(more, under_way=[going(hours=9.5)]).lines == ()


def test_an_agreed_one_of_which_the_hours_come_later_still_holds_its_pair(group: Make) -> None:
    later = going(provider_hours=0.0, recipient_hours=0.0)
    plan = group(THREE).plan(Limits(provider_recipients=9), under_way=[later])
    assert pairs(plan) == {("Hill", "Bay"), ("Hill", "Cliff")}
    assert plan.under_way[0].hours_why.endswith("; 0 of them fall into the coming cycle.")


def test_where_no_team_is_recorded_every_team_of_the_school_may_be_meant(group: Make) -> None:
    keys = {("Hill", "reading", "1"): 0.3, ("Hill", "reading", "3"): 0.3}
    keys |= {("Ash", "reading", "1"): -0.3, ("Ash", "reading", "3"): -0.3}
    named = group(keys).plan(under_way=[going(subject=" Reading ")])
    assert [(line.provider_stage, line.recipient_stage) for line in named.lines] == [("3", "3")]
    for team in ("", "the department"):
        assert group(keys).plan(under_way=[going(team=team)]).lines == ()


def test_another_subject_or_an_unknown_school_takes_of_the_whole_only(group: Make) -> None:
    for one in (going(subject="art"), going(subject=""), going("Elsewhere", "Nowhere")):
        assert len(group(THREE).plan(under_way=[one]).lines) == 2
        assert len(group(THREE).plan(Limits(total_hours=50), under_way=[one]).lines) == 1


def test_hours_of_people_are_taken_off_too(group: Make) -> None:
    known = People((Colleague("Hill", frozenset({"reading"}), True, 20.0, "Autumn 2026/27"),))
    plan = group(THREE).plan(people=known, under_way=[going(hours=4)])
    assert len(plan.lines) == 1
    assert plan.lines[0].hours_why == (
        "Reading at Hill has 20 hours of 1 trained coach in Autumn 2026/27; "
        "what is under way holds 4 of them; 1 partnership takes 9 of them."
    )
    (row,) = plan.hours_of_people or ()
    assert (row.hours, row.under_way, row.used, row.left) == (20, 4, 9, 7)
    few = People((replace(known.colleagues[0], hours=12.0),))
    (team, _) = group(THREE).plan(people=few, under_way=[going(hours=4)]).unserved
    assert (team.limits, team.more) == (("people's hours",), 1)
    assert str(team.hours_why).endswith("holds 4 of them; 1 partnership would need 9.")


def test_somebody_who_gives_in_another_subject_has_those_hours_no_more(group: Make) -> None:
    both = People((Colleague("Hill", frozenset({"reading", "art"}), True, 20.0),))
    assert len(group(THREE).plan(people=both).lines) == 2
    assert len(group(THREE).plan(people=both, under_way=[going(subject="Art", hours=4)]).lines) == 1
    assert group(THREE).plan(people=both, under_way=[going(subject="Art", hours=12)]).lines == ()


def key(school: str) -> tuple[str, str, str]:
    return (school, "reading", "1")


def test_what_is_asked_for_and_under_way_is_there_already(group: Make) -> None:
    asked = Requests(pairs=((key("Hill"), key("Ash")),), serve_at_least=2)
    plan = group(THREE).plan(Limits(provider_recipients=2), asked, under_way=[going()])
    assert len(plan.lines) == 1
    assert plan.requests == asked
    two = [going(), going(recipient="Bay")]
    assert group(THREE).plan(Limits(), asked, under_way=two).lines == ()
    said = r"at least 3 teams served \(2 of them by what is under way\) within the limits"
    with pytest.raises(InfeasiblePlan, match=said) as no:
        group(THREE).plan(Limits(), Requests(serve_at_least=3), under_way=two)
    (relaxation,) = no.value.relaxations
    assert (relaxation.limit, relaxation.now, relaxation.needed) == ("provider recipients", 2, 3)
    assert str(no.value).endswith("3 instead of 2, or to serve 2 teams.")


def test_relaxing_a_limit_that_is_exceeded_already_counts_what_is_too_much(group: Make) -> None:
    three = [going(recipient=one) for one in ("Ash", "Bay", "Cliff")]
    four = THREE | {"Dale": -0.3}
    with pytest.raises(InfeasiblePlan) as no:
        group(four).plan(Limits(), Requests(serve_at_least=4), under_way=three)
    # Hill has three of two already, and 27 of 30 hours: a fourth needs both.
    assert no.value.together
    needed = {one.limit: one.needed for one in no.value.relaxations}
    assert needed == {"provider recipients": 4, "provider hours": pytest.approx(36)}
    enough = Limits(provider_recipients=4, provider_hours=36)
    assert len(group(four).plan(enough, Requests(serve_at_least=4), under_way=three).lines) == 1


def teams_of(small: Any, school: str, team: str) -> list[int]:
    """Find by name which teams a record may mean: the one it names, or else all of the school."""
    here = [t for t, one in enumerate(small.effects) if one[0] == school]
    return [t for t in here if list(small.effects)[t][2] == team] or here


def allowed_beside(
    choice: tuple[int, ...], c: Candidates, limits: Limits, under_way: list[UnderWay], small: Any
) -> bool:
    """Check by counting, for every team that the choice touches, what it has then and what it has already."""
    ends = [
        (
            teams_of(small, u.provider_school, u.provider_team),
            teams_of(small, u.recipient_school, u.recipient_team),
            u,
        )
        for u in under_way
    ]
    for i in choice:
        p, r = int(c.provider[i]), int(c.recipient[i])
        if any(p in givers and r in takers for givers, takers, _ in ends):
            return False
        given = [c.hours[j] for j in choice if c.provider[j] == p]
        given += [u.provider_hours for givers, _, u in ends if p in givers]
        taken = [c.hours[j] for j in choice if c.recipient[j] == r]
        taken += [u.recipient_hours for _, takers, u in ends if r in takers]
        outside = sum(not c.internal[j] and c.recipient[j] == r for j in choice)
        outside += sum(r in takers and u.provider_school != u.recipient_school for _, takers, u in ends)
        if len(given) > limits.provider_recipients or sum(given) > limits.provider_hours:
            return False
        if sum(taken) > limits.recipient_hours or (not c.internal[i] and outside > limits.outside_partners):
            return False
    hours = 2 * sum(c.hours[i] for i in choice) + sum(u.provider_hours + u.recipient_hours for u in under_way)
    share = 1 - limits.reserved_for_top
    if choice and limits.total_hours is not None and hours > share * limits.total_hours + 1e-9:
        return False
    return not choice or limits.money is None or hours * limits.cost_per_hour <= share * limits.money + 1e-9


def worth_beside(choice: tuple[int, ...], c: Candidates, under_way: list[UnderWay], small: Any) -> float:
    left, total = remaining_after(Rates()), 0.0
    for r in {int(c.recipient[i]) for i in choice}:
        before = sum(r in teams_of(small, u.recipient_school, u.recipient_team) for u in under_way)
        gains = sorted((c.benefit[i] for i in choice if c.recipient[i] == r), reverse=True)
        total += sum(gain * left ** (before + place) for place, gain in enumerate(gains))
    return float(total - sum(c.harm[i] for i in choice))


SCHOOLS = [f"S{s}" for s in range(4)]
UNDER_WAY = st.lists(
    st.builds(
        going,
        provider=st.sampled_from(SCHOOLS),
        recipient=st.sampled_from(SCHOOLS),
        hours=st.sampled_from([0.0, 3.5, 9.0, 20.0]),
        provider_team=st.sampled_from(["1", "2", ""]),
        recipient_team=st.sampled_from(["1", "2", ""]),
    ),
    max_size=4,
)
SOME = settings(max_examples=30, deadline=None, suppress_health_check=[*HealthCheck])


@SOME
@given(seed=st.integers(0, 10_000), limits=LIMITS, under_way=UNDER_WAY)
def test_no_choice_beside_what_is_under_way_brings_more(
    group: Make, seed: int, limits: Limits, under_way: list[UnderWay]
) -> None:
    small = make_random(group, seed, 4)
    c = candidates_of(small, Rates())
    assume(0 < c.n_pairs <= 10)
    choices = itertools.chain.from_iterable(
        itertools.combinations(range(c.n_pairs), k) for k in range(c.n_pairs + 1)
    )
    best = max(
        worth_beside(choice, c, under_way, small)
        for choice in choices
        if allowed_beside(choice, c, limits, under_way, small)
    )
    plan = small.plan(limits, under_way=under_way)
    assert plan.status == "optimal"
    assert plan.totals.benefit == pytest.approx(best, abs=1e-6)
    assert sum(line.benefit for line in plan.lines) == pytest.approx(best, abs=1e-6)
    going_to = {
        (u.recipient_school, t)
        for u in under_way
        for t in teams_of(small, u.recipient_school, u.recipient_team)
    }
    keys = list(small.effects)
    assert not {(team.school, team.stage) for team in plan.unserved} & {(s, keys[t][2]) for s, t in going_to}
    assert all(one.left is None or one.left >= 0 for one in plan.limits_used)


@SOME
@given(seed=st.integers(0, 10_000), limits=LIMITS, staffed=st.booleans())
def test_a_plan_made_again_once_its_lines_are_under_way_adds_nothing(
    group: Make, seed: int, limits: Limits, staffed: bool
) -> None:
    small = make_random(group, seed, 8)
    people = [Colleague(f"S{s}", frozenset({"reading"}), True, 9.0 + 5 * s) for s in range(8)]
    known = People(tuple(people)) if staffed else None
    first = small.plan(limits, people=known)
    assume(first.lines)
    again = small.plan(limits, people=known, under_way=[as_partnership(line) for line in first.lines])
    assert again.lines == ()
    stopped = [[(one.school, one.stage, one.limits, one.more) for one in p.unserved] for p in (first, again)]
    assert stopped[0] == stopped[1]
    assert sum(one.hours for one in again.under_way) == pytest.approx(first.totals.hours)
    rest = first.lines[1:]
    later = small.plan(limits, people=known, under_way=[as_partnership(line) for line in rest])
    assert not pairs_of_teams(later.lines) & pairs_of_teams(rest)
    assert used(later)["provider hours"][1] <= limits.provider_hours + 1e-6


def pairs_of_teams(lines: tuple[Line, ...]) -> set[tuple[str, ...]]:
    return {
        (one.provider_school, one.provider_stage, one.recipient_school, one.recipient_stage) for one in lines
    }


@SOME
@given(seed=st.integers(0, 10_000), limits=LIMITS, under_way=UNDER_WAY, wanted=st.integers(1, 4))
def test_the_smallest_relaxation_beside_what_is_under_way_is_enough_and_less_is_not(
    group: Make, seed: int, limits: Limits, under_way: list[UnderWay], wanted: int
) -> None:
    small = make_random(group, seed, 4)
    asked = Requests(serve_at_least=wanted)
    try:
        small.plan(limits, asked, under_way=under_way)
    except InfeasiblePlan as clash:
        assume(not clash.together and clash.relaxations)
        for relaxation in clash.relaxations:
            field = relaxation.limit.replace(" ", "_")
            whole = field in ("provider_recipients", "outside_partners")
            step = 1 if whole else 1e-4 + 1e-5 * relaxation.needed
            value = round(relaxation.needed) if whole else relaxation.needed + 1e-6
            small.plan(replace(limits, **{field: value}), asked, under_way=under_way)
            with pytest.raises(InfeasiblePlan):
                small.plan(replace(limits, **{field: value - step}), asked, under_way=under_way)


@SOME
@given(seed=st.integers(0, 10_000), limits=LIMITS, under_way=UNDER_WAY)
def test_the_single_limit_named_beside_what_is_under_way_would_serve_the_team(
    group: Make, seed: int, limits: Limits, under_way: list[UnderWay]
) -> None:
    small = make_random(group, seed, 6)
    plan = small.plan(limits, under_way=under_way)
    single = [team for team in plan.unserved if team.more is not None]
    assume(single)
    (name,), more = single[0].limits, single[0].more
    assert more is not None
    field = name.replace(" ", "_")
    relaxed = replace(limits, **{field: getattr(limits, field) + round(more + 1e-9, 6)})
    assert small.plan(relaxed, under_way=under_way).totals.benefit > plan.totals.benefit
    assert all(team.limits or "partner with room" not in team.why for team in plan.unserved)


GIVING = st.lists(
    st.builds(
        going,
        provider=st.sampled_from(["S0", "S1", "S2"]),
        recipient=st.just("Elsewhere"),
        hours=st.sampled_from([2.0, 5.0, 9.0]),
        subject=st.sampled_from(["reading", "art"]),
        kind=st.sampled_from(["coaching", "network"]),
    ),
    min_size=1,
    max_size=4,
)


@SOME
@given(
    seed=st.integers(0, 10_000), staff=STAFF, under_way=GIVING, kind=st.sampled_from(["coaching", "network"])
)
def test_no_choice_that_the_hours_left_to_people_allow_brings_more(
    group: Make, seed: int, staff: tuple[Colleague, ...], under_way: list[UnderWay], kind: str
) -> None:
    """Hours are shared out by linear programming, those that are promised first and with no set written."""
    small, known = in_two_subjects(group, seed, kind), People(staff)
    c, keys = candidates_of(small, Rates()), list(small.effects)
    assume(0 < c.n_pairs <= 8)
    assume(can_be_staffed((), c, keys, known, small.pairing, under_way))
    limits = Limits(provider_recipients=9, provider_hours=99)
    choices = itertools.chain.from_iterable(
        itertools.combinations(range(c.n_pairs), k) for k in range(c.n_pairs + 1)
    )
    best = max(
        worth(choice, c, remaining_after(Rates()))
        for choice in choices
        if allowed(choice, c, limits) and can_be_staffed(choice, c, keys, known, small.pairing, under_way)
    )
    plan = small.plan(limits, people=known, under_way=under_way)
    assert plan.totals.benefit == pytest.approx(best, abs=1e-6)
    assert all(row.left is None or row.left >= 0 for row in plan.hours_of_people or ())
