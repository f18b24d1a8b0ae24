"""An infeasible request names the clash and the smallest relaxation."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from upwards.plans import partnerships
from upwards.plans.clashes import InfeasiblePlan, PlanUnfinished
from upwards.plans.rules import Limits, Requests

Make = Callable[..., Any]
THREE = {"Hill": 0.3, "Ash": -0.3, "Bay": -0.3, "Cliff": -0.3}


def key(school: str) -> tuple[str, str, str]:
    return (school, "reading", "1")


def clash(group: Make, effects: dict[str, float], limits: Limits, requests: Requests) -> InfeasiblePlan:
    with pytest.raises(InfeasiblePlan) as raised:
        group(effects).plan(limits, requests)
    return raised.value


def needed(error: InfeasiblePlan) -> dict[str, float]:
    return {relaxation.limit: relaxation.needed for relaxation in error.relaxations}


def test_a_minimum_served_that_clashes_with_one_limit(group: Make) -> None:
    error = clash(group, THREE, Limits(), Requests(serve_at_least=3))
    assert needed(error) == {"provider recipients": 3}
    assert not error.together
    assert error.at_most == 2
    assert "provider recipients 3 instead of 2, or to serve 2 teams" in str(error)


def test_hours_in_all_are_relaxed_by_what_is_missing(group: Make) -> None:
    error = clash(group, THREE, Limits(total_hours=40), Requests(serve_at_least=2))
    # Two partnerships take 36 hours, which are 80 % of 45.
    assert needed(error) == pytest.approx({"total hours": 45})
    assert error.at_most == 1


def test_either_of_two_limits_is_offered_only_if_each_is_enough(group: Make) -> None:
    error = clash(group, THREE, Limits(provider_recipients=2, provider_hours=20), Requests(serve_at_least=3))
    assert error.together
    assert needed(error) == {"provider recipients": 3, "provider hours": pytest.approx(27)}
    assert " and " in str(error)


def test_a_required_pair_beyond_the_recipients_hours(group: Make) -> None:
    pairs = Requests(pairs=((key("Hill"), key("Ash")),))
    error = clash(group, THREE, Limits(recipient_hours=8, total_hours=1000), pairs)
    assert needed(error) == pytest.approx({"recipient hours": 9})
    assert error.at_most is None
    assert str(error).startswith("No plan can have the required pair within the limits")


def test_required_pairs_beyond_outside_partners(group: Make) -> None:
    effects = {"Hill": 0.3, "Moor": 0.3, "Ash": -0.3}
    both = Requests(pairs=((key("Hill"), key("Ash")), (key("Moor"), key("Ash"))))
    error = clash(group, effects, Limits(), both)
    assert needed(error) == {"outside partners": 2}
    assert "the 2 required pairs" in str(error)
    assert len(group(effects).plan(Limits(outside_partners=2), both).lines) == 2


def test_money_that_is_missing_is_named(group: Make) -> None:
    limits = Limits(money=100, cost_per_hour=10, reserved_for_top=0)
    error = clash(group, THREE, limits, Requests(serve_at_least=1))
    assert needed(error) == pytest.approx({"money": 180})
    assert "money 180 instead of 100" in str(error)


def test_more_served_than_have_a_possible_partner_is_no_matter_of_limits(group: Make) -> None:
    error = clash(group, {"Hill": 0.3, "Ash": -0.3}, Limits(), Requests(serve_at_least=2))
    assert error.relaxations == ()
    assert error.at_most == 1
    assert "1 team that could gain has a possible partner" in str(error)
    with pytest.raises(InfeasiblePlan, match="0 teams that could gain have"):
        group({"Hill": 0.0}).plan(None, Requests(serve_at_least=1))


def test_a_minimum_is_met_even_by_pairs_of_little_worth(group: Make) -> None:
    small = group({"Hill": 0.12, "Ash": -0.3, "Bay": -0.01})
    asks = [key("Bay")]
    assert small.plan(Limits(provider_hours=9), asks_for_help=asks).totals.served == 1
    plan = small.plan(Limits(), Requests(serve_at_least=2), asks_for_help=asks)
    assert plan.totals.served == 2


def test_no_answer_in_time_is_said(group: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        partnerships, "solve_integer_program", lambda *_, **__: SimpleNamespace(status="no answer")
    )
    with pytest.raises(PlanUnfinished, match="not known whether one exists"):
        group(THREE).plan(time_limit=1)
