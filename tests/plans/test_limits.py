"""One test per limit, with numbers that can be counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from upwards.plans.plan import Plan
from upwards.plans.rules import Limits, Pairing, Rates, Rhythm

Make = Callable[..., Any]
ONE = 0.525
"""Worth of one partnership; see `Group`."""


def lines(plan: Plan) -> list[tuple[str, str]]:
    return [(line.provider_school, line.recipient_school) for line in plan.lines]


def stopped(plan: Plan) -> dict[str, tuple[tuple[str, ...], float | None]]:
    return {team.school: (team.limits, team.more) for team in plan.unserved}


def use(plan: Plan, name: str) -> tuple[float | None, float, float | None, int | None]:
    found = next(limit for limit in plan.limits_used if limit.name == name)
    return found.limit, found.used, found.left, found.teams_at_limit


def test_a_pair_is_worth_what_can_be_counted(group: Make) -> None:
    plan = group({"Hill": 0.3, "Park": -0.3}).plan()
    assert lines(plan) == [("Hill", "Park")]
    assert plan.lines[0].benefit == pytest.approx(ONE)
    assert plan.lines[0].hours == 18
    assert plan.totals.benefit == pytest.approx(ONE)
    assert plan.status == "optimal"
    assert plan.gap == 0


def test_a_smaller_gap_counts_as_it_is(group: Make) -> None:
    plan = group({"Hill": 0.15, "Park": -0.05}).plan()
    assert plan.lines[0].benefit == pytest.approx(10 * 0.2 * 0.2 - 0.075)


def test_less_delivered_brings_less_at_the_same_cost(group: Make) -> None:
    plan = group({"Hill": 0.3, "Park": -0.3}).plan(rates=Rates(share_delivered=0.5))
    assert plan.totals.benefit == pytest.approx(0.3 - 0.075)


def test_other_kinds_move_less(group: Make) -> None:
    plan = group({"Hill": 0.3, "Park": -0.3}, pairing=Pairing()).plan()
    assert plan.lines[0].kind == "network"
    assert plan.totals.benefit == pytest.approx(10 * 0.3 * 0.05 - 0.075)


def test_a_partnership_that_costs_more_than_it_brings_is_not_made(group: Make) -> None:
    plan = group({"Hill": 0.12, "Park": -0.05}, pairing=Pairing()).plan(rates=Rates(provider_cost=0.05))
    assert plan.lines == ()
    assert plan.text[0].startswith("No partnership is planned: none is worth its hours")
    assert stopped(plan) == {"Park": ((), None)}
    assert "far enough ahead" in plan.unserved[0].why


def test_one_provider_has_at_most_two_recipients(group: Make) -> None:
    plan = group({"Hill": 0.3, "Ash": -0.3, "Bay": -0.3, "Cliff": -0.3}).plan()
    assert len(plan.lines) == 2
    assert use(plan, "provider recipients") == (2, 2, 0, 1)
    [(limits, more)] = stopped(plan).values()
    assert (limits, more) == (("provider recipients",), 1)
    assert len(group(
        {"Hill": 0.3, "Ash": -0.3, "Bay": -0.3, "Cliff": -0.3}
    ).plan(Limits(provider_recipients=3)).lines) == 3  # fmt: skip


def test_a_providers_hours_are_kept(group: Make) -> None:
    small = group({"Hill": 0.3, "Ash": -0.3, "Bay": -0.3})
    plan = small.plan(Limits(provider_hours=17))
    assert len(plan.lines) == 1
    assert list(stopped(plan).values()) == [(("provider hours",), 1)]
    assert use(plan, "provider hours") == (17, 9, 8, 1)
    assert len(small.plan(Limits(provider_hours=18)).lines) == 2


def test_a_recipients_hours_are_kept(group: Make) -> None:
    small = group({"Hill": 0.3, "Park": -0.3})
    plan = small.plan(Limits(recipient_hours=8))
    assert stopped(plan) == {"Park": (("recipient hours",), 1)}
    assert small.plan(Limits(recipient_hours=9)).unserved == ()


def test_one_outside_partner_at_a_time(group: Make) -> None:
    small = group({"Hill": 0.3, "Moor": 0.3, "Park": -0.3})
    assert len(small.plan().lines) == 1
    two = small.plan(Limits(outside_partners=2))
    assert [line.partner for line in two.lines] == [1, 2]
    # The second partner counts only the 80 % of the gap that the first left.
    assert two.totals.benefit == pytest.approx(0.6 + 0.8 * 0.6 - 2 * 0.075)
    none = small.plan(Limits(outside_partners=0))
    assert stopped(none) == {"Park": (("outside partners",), 1)}


def test_hours_in_all_are_kept_and_a_fifth_is_for_the_top(group: Make) -> None:
    small = group({"Hill": 0.3, "Ash": -0.3, "Bay": -0.3})
    # 44 hours: 35.2 for partnerships of 18, so one.
    plan = small.plan(Limits(total_hours=44))
    assert len(plan.lines) == 1
    assert plan.reserve.hours == pytest.approx(8.8)
    assert use(plan, "total hours") == pytest.approx((35.2, 18, 17.2, None), nan_ok=True)
    [(limits, more)] = stopped(plan).values()
    assert limits == ("total hours",)
    assert more == pytest.approx(1.0)
    # One hour more is 45, of which 36 are for two partnerships.
    assert len(small.plan(Limits(total_hours=45)).lines) == 2
    assert len(small.plan(Limits(total_hours=36, reserved_for_top=0)).lines) == 2


def test_money_is_kept(group: Make) -> None:
    small = group({"Hill": 0.3, "Ash": -0.3, "Bay": -0.3})
    plan = small.plan(Limits(money=1124, cost_per_hour=25))
    assert len(plan.lines) == 1
    assert plan.totals.cost == 450
    assert plan.reserve.money == pytest.approx(224.8)
    [(limits, more)] = stopped(plan).values()
    assert limits == ("money",)
    assert more == pytest.approx(1.0)
    assert len(small.plan(Limits(money=1125, cost_per_hour=25)).lines) == 2


def test_without_a_limit_on_hours_the_reserve_is_a_fifth_of_all(group: Make) -> None:
    plan = group({"Hill": 0.3, "Park": -0.3}).plan(Limits(cost_per_hour=10))
    assert plan.totals.hours / (plan.totals.hours + plan.reserve.hours) == pytest.approx(0.8)
    assert plan.reserve.money == pytest.approx(45)
    assert group({"Hill": 0.3, "Park": -0.3}).plan(Limits(reserved_for_top=1)).reserve.hours == 0


def test_several_limits_together_are_all_named(group: Make) -> None:
    plan = group({"Hill": 0.3, "Park": -0.3}).plan(Limits(total_hours=10, recipient_hours=5))
    assert stopped(plan) == {"Park": (("recipient hours", "total hours"), None)}
    assert "several limits" in plan.unserved[0].why


def test_changing_one_limit_changes_the_plan_and_the_reasons(group: Make) -> None:
    small = group({"Hill": 0.3, "Ash": -0.3, "Bay": -0.3, "Cliff": -0.3})
    before, after = small.plan(), small.plan(Limits(total_hours=20))
    assert before.totals.served == 2
    assert after.totals.served == 0
    assert {team.limits for team in before.unserved} == {("provider recipients",)}
    assert {team.limits for team in after.unserved} == {("total hours",)}


def test_a_shorter_rhythm_takes_fewer_hours(group: Make) -> None:
    plan = group({"Hill": 0.3, "Park": -0.3}).plan(rhythm=Rhythm(every_weeks=3, weeks=12))
    assert plan.lines[0].hours_each == 6
    assert plan.totals.benefit == pytest.approx(0.6 - 10 * 0.01 * 0.5)


def test_the_order_of_rows_does_not_matter(group: Make) -> None:
    effects = {"Hill": 0.3, "Moor": 0.3, "Ash": -0.3, "Bay": -0.3, "Cliff": -0.3, "Dell": -0.3, "Elm": -0.3}
    forward = group(effects).plan().to_dict()
    backward = group(dict(reversed(effects.items()))).plan().to_dict()
    assert forward == backward
