"""What a plan says beside what is under way is what can be done: amounts, counts and sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.plans.test_under_way import THREE, going
from upwards.measures.staff_hours import Colleague
from upwards.plans.clashes import InfeasiblePlan
from upwards.plans.people_hours import People
from upwards.plans.rules import Limits, Requests

Make = Callable[..., Any]


def test_what_could_be_asked_for_instead_counts_who_is_served_already(group: Make) -> None:
    for one, n in ((going(), 3), (going("Elsewhere", "Nowhere"), 3)):
        with pytest.raises(InfeasiblePlan, match=f"Ask for {n} or fewer") as no:
            group(THREE).plan(Limits(provider_recipients=9), Requests(serve_at_least=4), under_way=[one])
        n_going = int(one.recipient_school == "Ash")
        assert no.value.at_most == n
        assert ("1 of them by what is under way" in str(no.value)) == bool(n_going)
        enough = Limits(provider_recipients=9, provider_hours=90)
        plan = group(THREE).plan(enough, Requests(serve_at_least=n), under_way=[one])
        assert len(plan.lines) == n - n_going


def test_the_least_that_would_do_is_named_whoever_holds_more(group: Make) -> None:
    two = {"Hill": 0.3, "Moor": 0.25, "Ash": -0.3}  # Hill is worth more, and has two too many
    under_way = [going("Hill", "Elsewhere", hours=40), going("Moor", "Nowhere", hours=25)]
    (team,) = group(two).plan(under_way=under_way).unserved
    assert (team.limits, team.more) == (("provider hours",), 4)
    assert team.why.endswith("have no hours left (4 more each would do).")


def test_teams_without_room_are_counted_when_every_pair_is_under_way(group: Make) -> None:
    plan = group({"Hill": 0.3, "Ash": -0.3}).plan(under_way=[going(hours=18)])
    full = {one.name: one.teams_at_limit for one in plan.limits_used}
    assert (full["recipient hours"], full["provider hours"]) == (1, 0)


def test_what_has_neither_subject_nor_team_is_a_sentence_all_the_same(group: Make) -> None:
    (line,) = group(THREE).plan(under_way=[going(subject="", team="")]).under_way
    assert line.why == "Ash works with Hill."


def test_hours_promised_beyond_those_that_people_have_are_not_said_to_be_of_them(group: Make) -> None:
    few = People((Colleague("Hill", frozenset({"reading"}), True, 8.0),))
    plan = group(THREE).plan(people=few, under_way=[going(hours=12)])
    said = "Reading at Hill has 8 hours of 1 trained coach in a cycle; what is under way holds 12, "
    said += "more than there are"
    (row,) = plan.hours_of_people or ()
    assert (row.under_way, row.left, row.why) == (12, 0, f"{said}; the plan takes none of them.")
    assert [(one.more, one.hours_why) for one in plan.unserved] == [
        (13, f"{said}; 1 partnership would need 9.")
    ] * 2
