"""A plan takes no more hours of people than are recorded, and what is not recorded is not zero."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import optimize

from tests.plans.test_optimality import allowed, candidates_of, make_random, worth
from upwards.core.audience import Audience
from upwards.measures.promised_hours import UnderWay
from upwards.measures.staff_hours import Colleague, describe_colleagues
from upwards.plans.candidates import Candidates
from upwards.plans.clashes import InfeasiblePlan
from upwards.plans.narrowed import narrow_plan
from upwards.plans.people_hours import MOST_POOLS, People, find_pools
from upwards.plans.plan import Plan
from upwards.plans.program import remaining_after
from upwards.plans.rules import Limits, Pairing, Rates, Requests
from upwards.store.people_rows import PersonRow

Make = Callable[..., Any]
TERM = "Autumn 2026/27"
TWO = {"Hill": 0.3, "Ash": -0.3, "Bay": -0.3}
NETWORK = Pairing()
"""Between schools not coaching but a network, so that nobody has to be trained."""


def colleague(
    hours: float | None, subjects: str = "reading", *, school: str = "Hill", trained: bool = True
) -> Colleague:
    return Colleague(
        school, frozenset(subjects.split("+")), trained, hours, TERM if hours is not None else ""
    )


def people(*colleagues: Colleague, coaches_trained: bool = True) -> People:
    return People(colleagues, coaches_trained)


def stopped(plan: Plan) -> list[tuple[tuple[str, ...], float | None]]:
    return [(team.limits, team.more) for team in plan.unserved]


def test_hours_that_people_have_are_kept(group: Make) -> None:
    plan = group(TWO).plan(people=people(colleague(12.0)))
    assert len(plan.lines) == 1
    assert stopped(plan) == [(("people's hours",), 6)]
    assert plan.lines[0].hours_why == (
        f"Reading at Hill has 12 hours of 1 trained coach in {TERM}; 1 partnership takes 9 of them."
    )
    assert plan.unserved[0].hours_why == (
        f"Reading at Hill has 12 hours of 1 trained coach in {TERM}; 2 partnerships would need 18."
    )
    used = next(limit for limit in plan.limits_used if limit.name == "people's hours")
    assert (used.limit, used.used, used.left, used.teams_at_limit) == (12, 9, 3, 1)


def test_hours_of_several_people_add_up_and_enough_bind_nobody(group: Make) -> None:
    plan = group(TWO).plan(people=people(colleague(12.0), colleague(6.0)))
    assert len(plan.lines) == 2
    assert plan.unserved == ()
    (row,) = plan.hours_of_people or ()
    assert (row.hours, row.used, row.left, row.n_people, row.whose) == (18, 18, 0, 2, "trained coaches")


def test_the_usual_limit_of_a_team_holds_beside_plenty_of_hours(group: Make) -> None:
    plan = group(TWO).plan(Limits(provider_hours=17), people=people(colleague(500.0)))
    assert stopped(plan) == [(("provider hours",), 1)]
    assert plan.unserved[0].hours_why is None


def test_no_hours_recorded_are_unknown_and_none_are_zero(group: Make) -> None:
    unknown = group(TWO).plan(people=people(colleague(None)))
    assert len(unknown.lines) == 2
    assert unknown.lines[0].hours_why == (
        "No hours of people are recorded for reading at Hill: "
        "the usual limit of 30 hours for each team holds."
    )
    (row,) = unknown.hours_of_people or ()
    assert (row.hours, row.used, row.left, row.n_people, row.n_unrecorded) == (None, None, None, 0, 1)
    assert "recorded for 0 of 1 place " in " ".join(unknown.text)
    none = group(TWO).plan(people=people(colleague(0.0)))
    assert none.lines == ()
    assert stopped(none) == [(("people's hours",), 9)] * 2
    assert "has 0 hours" in str(none.unserved[0].hours_why)


def test_who_has_no_hours_recorded_is_left_out_and_counted(group: Make) -> None:
    plan = group(TWO).plan(people=people(colleague(9.0), colleague(None), colleague(None)))
    assert len(plan.lines) == 1
    assert "(2 others have none recorded)" in str(plan.lines[0].hours_why)


def test_people_of_another_school_or_subject_give_nothing(group: Make) -> None:
    elsewhere = people(colleague(0.0, school="Moor"), colleague(0.0, "art"))
    assert len(group(TWO).plan(people=elsewhere).lines) == 2


def test_coaching_takes_trained_people_and_a_network_anybody(group: Make) -> None:
    both = people(colleague(9.0), colleague(9.0, trained=False))
    assert len(group(TWO).plan(people=both).lines) == 1
    assert len(group(TWO, pairing=NETWORK).plan(people=both).lines) == 2
    not_asked = people(*both.colleagues, coaches_trained=False)
    assert len(group(TWO).plan(people=not_asked).lines) == 2


def test_a_subject_that_gives_by_coaches_and_by_anybody_is_one_place(group: Make) -> None:
    keys = {("Hill", "reading", "1"): 0.3, ("Hill", "reading", "2"): -0.3, ("Ash", "reading", "1"): -0.3}
    known = people(colleague(9.0), colleague(9.0, trained=False))
    plan = group(keys, pairing=Pairing(("1", "2", "3"))).plan(people=known)
    assert len(plan.hours_of_people or ()) == 2
    assert "recorded for 1 of 1 place (a school in a subject)" in " ".join(plan.text)


def test_where_nobody_is_recorded_as_trained_everybody_s_hours_count(group: Make) -> None:
    plan = group(TWO).plan(people=people(colleague(9.0, trained=False), colleague(9.0, trained=False)))
    assert len(plan.lines) == 2
    assert "18 hours of 2 people" in str(plan.lines[0].hours_why)


def test_hours_of_a_trained_coach_that_are_not_recorded_are_unknown(group: Make) -> None:
    plan = group(TWO).plan(people=people(colleague(None), colleague(0.0, trained=False)))
    assert len(plan.lines) == 2
    assert "No hours of people are recorded" in str(plan.lines[0].hours_why)


def two_subjects(group: Make) -> Any:
    """Hill could give in reading and in art, to Ash."""
    keys = {("Hill", s, "1"): 0.3 for s in ("reading", "art")} | {
        ("Ash", s, "1"): -0.3 for s in ("reading", "art")
    }
    return group(keys)


def test_somebody_who_teaches_two_subjects_has_their_hours_once(group: Make) -> None:
    one = two_subjects(group).plan(people=people(colleague(12.0, "reading+art")))
    assert len(one.lines) == 1
    assert str(one.unserved[0].hours_why).startswith("Art and reading at Hill have together 12 hours")
    assert len(two_subjects(group).plan(people=people(colleague(18.0, "reading+art"))).lines) == 2
    shared = people(colleague(12.0, "reading+art"), colleague(9.0, "reading"))
    assert len(two_subjects(group).plan(people=shared).lines) == 2
    too_few = people(colleague(5.0, "reading+art"), colleague(12.0, "reading"))
    assert [one.subject for one in two_subjects(group).plan(people=too_few).lines] == ["reading"]


def test_people_at_the_receiving_end_are_asked_only_for_what_a_recipient_may_give(group: Make) -> None:
    receiving = people(colleague(0.0, school="Ash"), colleague(0.0, school="Bay"), colleague(18.0))
    assert len(group(TWO).plan(people=receiving).lines) == 2
    both = group(TWO).plan(Limits(recipient_hours=8), people=people(colleague(0.0)))
    assert stopped(both) == [(("recipient hours", "people's hours"), None)] * 2


def test_without_people_nothing_is_said_of_their_hours(group: Make) -> None:
    plain = group(TWO).plan()
    assert "hours_why" not in str(plain.to_dict())
    assert "hours_of_people" not in plain.to_dict()
    plenty = group(TWO).plan(people=people()).to_dict()
    assert [one["provider_school"] for one in plenty["lines"]] == [one.provider_school for one in plain.lines]


def test_what_was_asked_for_clashes_with_people_s_hours(group: Make) -> None:
    with pytest.raises(InfeasiblePlan, match="clashes with people's hours.*6 more hours of people") as clash:
        group(TWO).plan(requests=Requests(serve_at_least=2), people=people(colleague(12.0)))
    (relaxation,) = clash.value.relaxations
    assert (relaxation.now, relaxation.needed) == pytest.approx((12, 18))
    assert clash.value.at_most == 1


def test_another_school_does_not_read_whose_hours_are_few(group: Make) -> None:
    plan = {**group(TWO).plan(people=people(colleague(12.0))).to_dict(), "notes": []}
    served = plan["lines"][0]["recipient_school"]
    left = plan["unserved"][0]["school"]
    for school in (served, left):
        found = narrow_plan(plan, Audience(schools=frozenset({school})))
        assert "12 hours" not in str({name: found[name] for name in found if name != "limits_used"})
        assert found["hours_of_people"] == []
    own = narrow_plan(plan, Audience(schools=frozenset({"Hill"})))
    assert "12 hours" in own["lines"][0]["hours_why"]


def test_hours_of_a_term_count_before_hours_of_a_week():
    rows = [
        PersonRow("Hill", "Reading , Art", "expert", hours=2.0, term_hours=10.0, term=TERM),
        PersonRow("Hill", "reading", " ", hours=1.5),
        PersonRow("Hill"),
    ]
    first, second, third = describe_colleagues(rows, weeks=12)
    assert (first.subjects, first.is_trained, first.hours, first.term) == (
        frozenset({"reading", "art"}), True, 10.0, TERM,
    )  # fmt: skip
    assert (second.is_trained, second.hours, second.term) == (False, 18.0, "")
    assert (third.subjects, third.hours) == (frozenset(), None)


def test_many_subjects_that_share_people_in_many_ways_end_in_one_pool_of_all():
    names = [f"s{i}" for i in range(14)]
    ring = [colleague(1.0, f"{a}+{b}") for a, b in itertools.pairwise([*names, names[0]])]
    pools = find_pools(people(*ring), [("Hill", name, False) for name in names])
    assert len(pools.pools) <= MOST_POOLS + 1
    assert max(pool.hours for pool in pools.pools) == len(ring)


SUBJECTS = ("reading", "art")
STAFF = st.lists(
    st.builds(
        Colleague,
        school=st.sampled_from(["S0", "S1", "S2"]),
        subjects=st.sets(st.sampled_from(SUBJECTS), min_size=1).map(frozenset),
        is_trained=st.booleans(),
        hours=st.sampled_from([None, 0.0, 4.0, 9.0, 14.0, 30.0]),
    ),
    max_size=7,
).map(tuple)


def can_be_staffed(
    choice: tuple[int, ...],
    c: Candidates,
    keys: Any,
    staff: People,
    pairing: Pairing,
    under_way: Sequence[UnderWay] = (),
) -> bool:
    """Say whether hours can be shared out: each person's once, to those pairs that they may work on.

    Found as a flow, by linear programming, without any of the sets that the plan is written with.
    """
    wanted = [(u.provider_hours, u.provider_school, u.subject, u.kind) for u in under_way]
    for i in choice:
        school, subject, _ = keys[int(c.provider[i])]
        kind = pairing.internal_kind if c.internal[i] else pairing.external_kind
        wanted.append((float(c.hours[i]), school, subject, kind))
    asked = []
    for hours, school, subject, kind in wanted:
        here = [
            n for n, one in enumerate(staff.colleagues) if one.school == school and subject in one.subjects
        ]
        trained = [n for n in here if staff.colleagues[n].is_trained]
        able = trained if staff.coaches_trained and kind == "coaching" and trained else here
        known = [n for n in able if staff.colleagues[n].hours is not None]
        if known:
            asked.append((hours, known))
    if not asked:
        return True
    edges = [(d, n) for d, (_, known) in enumerate(asked) for n in known]
    of_demand = np.array([[-float(d == k) for d, _ in edges] for k in range(len(asked))])
    of_person = np.array([[float(n == k) for _, n in edges] for k in range(len(staff.colleagues))])
    limits = [-hours for hours, _ in asked] + [one.hours or 0.0 for one in staff.colleagues]
    found = optimize.linprog(np.zeros(len(edges)), A_ub=np.vstack([of_demand, of_person]), b_ub=limits)
    return bool(found.status == 0)


def in_two_subjects(group: Make, seed: int, kind: Any) -> Any:
    """Few schools in two subjects, with effects at random."""
    reading, art = make_random(group, seed, 3), make_random(group, seed + 1, 3)
    effects = {(school, "reading", stage): e for (school, _, stage), e in reading.effects.items()}
    effects |= {(school, "art", stage): e for (school, _, stage), e in art.effects.items()}
    pairing = Pairing(("1", "2", "3"), furthest_certainty=0.5, external_kind=kind)
    return group(effects, pairing=pairing)


@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
@given(
    seed=st.integers(0, 10_000),
    staff=STAFF,
    coaches_trained=st.booleans(),
    kind=st.sampled_from(["coaching", "network"]),
    most=st.sampled_from([2, 3]),
)
def test_no_choice_that_people_s_hours_allow_brings_more(
    group: Make, seed: int, staff: tuple[Colleague, ...], coaches_trained: bool, kind: str, most: int
) -> None:
    small, rates, limits = in_two_subjects(group, seed, kind), Rates(), Limits(provider_recipients=most)
    c = candidates_of(small, rates)
    assume(0 < c.n_pairs <= 9)
    keys, left = list(small.effects), remaining_after(rates)
    known = People(staff, coaches_trained)
    choices = itertools.chain.from_iterable(
        itertools.combinations(range(c.n_pairs), k) for k in range(c.n_pairs + 1)
    )
    best = max(
        worth(choice, c, left)
        for choice in choices
        if allowed(choice, c, limits) and can_be_staffed(choice, c, keys, known, small.pairing)
    )
    plan = small.plan(limits, rates=rates, people=known)
    assert plan.status == "optimal"
    assert plan.totals.benefit == pytest.approx(best, abs=1e-6)
    for team in plan.unserved:
        assert team.limits or "partner with room" not in team.why
        assert (team.hours_why is not None) == ("people's hours" in team.limits)
