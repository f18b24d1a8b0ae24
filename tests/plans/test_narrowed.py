"""A plan as an audience may read it."""

from __future__ import annotations

from typing import Any

from upwards.core.audience import ANOTHER_SCHOOL, Audience
from upwards.plans.narrowed import narrow_plan


def line(gives: str, receives: str) -> dict[str, Any]:
    return {
        "subject": "reading", "provider_school": gives, "provider_stage": "3", "recipient_school": receives,
        "recipient_stage": "4", "kind": "network", "hours_each": 9.0, "hours": 18.0, "cost": 36.0,
        "stage": "link out", "pupils": 30.0, "benefit": 1.2, "leaders_decide": True, "asked": True,
        "required": True, "why": f"{receives} learns from {gives}.",
    }  # fmt: skip


def plan(*lines: dict[str, Any]) -> dict[str, Any]:
    return {
        "lines": list(lines),
        "unserved": [{"school": "Hill", "why": "x"}, {"school": "Park", "why": "y"}],
        "reserve": {"schools": [["Hill", "reading"], ["Moor", "reading"]], "why": "9 hours are kept."},
        "requests": {"pairs": [[["Hill", "reading", "3"], ["Moor", "reading", "4"]]]},
        "totals": {"partnerships": 9},
        "text": ["9 partnerships."],
        "status": "optimal",
    }


def seen(*schools: str, of: dict[str, Any]) -> dict[str, Any]:
    return narrow_plan(of, Audience(schools=frozenset(schools)))


def test_who_sees_all_reads_the_plan_as_it_is():
    whole = plan(line("Hill", "Park"))
    assert narrow_plan(whole, Audience()) == whole


def test_lines_of_other_schools_are_left_out_and_own_ones_stay_whole():
    found = seen("Hill", "Park", of=plan(line("Hill", "Park"), line("Moor", "Fell")))
    assert found["lines"] == [line("Hill", "Park")]
    assert found["totals"]["partnerships"] == found["totals"]["served"] == 1
    assert len(found["text"]) == 1


def test_a_school_that_receives_does_not_read_from_whom():
    found = seen("Park", of=plan(line("Hill", "Park")))
    (one,) = found["lines"]
    assert (one["provider_school"], one["provider_stage"]) == (ANOTHER_SCHOOL, "")
    assert one["why"].startswith("Reading, stage 4, at Park: learns with a team of another school")
    assert (one["stage"], one["benefit"]) == ("link out", 1.2)
    assert "Hill" not in str(found)


def test_a_school_that_gives_reads_nothing_of_the_other_s_results():
    found = seen("Hill", of=plan(line("Hill", "Park")))
    (one,) = found["lines"]
    assert one["recipient_school"] == ANOTHER_SCHOOL
    assert {one[name] for name in ("stage", "pupils", "benefit", "leaders_decide")} == {None}
    assert (one["asked"], one["required"], one["hours"]) == (False, False, 18.0)
    assert found["totals"]["served"] == 0
    assert "Park" not in str(found)
    assert "Moor" not in str(found)
    assert "ask a lead" in found["text"][1]
