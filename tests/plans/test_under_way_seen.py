"""Who reads what of the partnerships under way, off a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.plans.test_under_way import THREE, going
from upwards.core.audience import ANOTHER_SCHOOL, Audience
from upwards.plans.narrowed import narrow_plan
from upwards.plans.plan import Plan
from upwards.plans.rules import Limits
from upwards.plans.under_way import under_way_for, unserved_for

Make = Callable[..., Any]


def answer(plan: Plan) -> dict[str, Any]:
    return {**plan.to_dict(), "notes": []}


def test_a_school_reads_of_its_own_partnerships_and_not_with_whom(group: Make) -> None:
    plan = answer(group(THREE).plan(under_way=[going(), going("Moor", "Cliff")]))
    assert narrow_plan(plan, Audience()) == plan
    own = narrow_plan(plan, Audience(schools=frozenset({"Ash"})))
    (line,) = own["under_way"]
    assert (line["provider_school"], line["provider_stage"], line["recipient_school"]) == (
        ANOTHER_SCHOOL,
        "",
        "Ash",
    )
    assert line["why"] == f"Reading, stage 1, at Ash works with {ANOTHER_SCHOOL}."
    assert own["under_way_text"].startswith("1 partnership is under way and holds 18 hours")
    for school in ("Hill", "Moor"):
        (line,) = narrow_plan(plan, Audience(schools=frozenset({school})))["under_way"]
        assert (line["provider_school"], line["recipient_school"]) == (school, ANOTHER_SCHOOL)
    none = narrow_plan(plan, Audience(schools=frozenset({"Bay"})))
    assert (none["under_way"], none["under_way_text"]) == ([], "")
    assert "Moor" not in str({name: none[name] for name in none if name != "limits_used"})


def test_hours_and_dates_are_for_who_leads_one_of_the_schools(group: Make) -> None:
    plan = answer(group(THREE).plan(under_way=[going(), going("Moor", "Cliff")]))
    whole, said = under_way_for(plan, seen=None, led=None)
    assert (whole, said) == (list(plan["under_way"]), plan["under_way_text"])
    (one,), said = under_way_for(plan, seen=frozenset({"Ash"}), led=frozenset())
    assert {one[name] for name in ("hours", "hours_each", "ends", "hours_why")} == {None}
    assert said == "1 partnership is under way; the plan adds 1 with 18 hours."
    (one,), said = under_way_for(plan, seen=frozenset({"Ash"}), led=frozenset({"Ash"}))
    assert (one["hours"], "holds 18" in said) == (18, True)
    assert under_way_for(plan, seen=frozenset(), led=frozenset()) == ([], "")
    assert under_way_for({"lines": []}, seen=None, led=None) == ([], "")


def test_how_much_more_would_do_tells_hours_of_others_and_is_left_out(group: Make) -> None:
    limits = Limits(provider_recipients=9)
    plan = answer(group(THREE).plan(limits, under_way=[going(hours=17)]))
    said = "Reading, stage 1, at Cliff: those who could help have no hours left"
    assert [one["more"] for one in plan["unserved"]] == [5]
    assert unserved_for(plan, led=None) == list(plan["unserved"])
    assert [one["why"] for one in unserved_for(plan, led=None)] == [f"{said} (5 more each would do)."]
    narrow = narrow_plan(plan, Audience(schools=frozenset({"Cliff"})))
    for rows in (unserved_for(plan, led=frozenset({"Cliff"})), narrow["unserved"]):
        assert [(one["more"], one["why"]) for one in rows] == [(None, f"{said}.")]
    alone = answer(group(THREE).plan(Limits(provider_recipients=9, provider_hours=20)))
    assert unserved_for(alone, led=frozenset()) == list(alone["unserved"])
    (team,) = narrow_plan(alone, Audience(schools=frozenset({alone["unserved"][0]["school"]})))["unserved"]
    assert team["why"].endswith("(7 more each would do).")
