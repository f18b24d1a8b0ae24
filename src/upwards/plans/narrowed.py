"""A plan as an audience may read it: other schools' teams are not named, nor what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from upwards.core.audience import ANOTHER_SCHOOL, Audience
from upwards.plans.reasons import name_team, without_amount
from upwards.plans.under_way import narrowed, say_under_way

UNTOLD = ("stage", "pupils", "benefit", "leaders_decide")
"""What a line says of the recipient's results."""


def narrow_plan(plan: Mapping[str, Any], audience: Audience) -> dict[str, Any]:
    """Keep of a plan what concerns the schools of an audience.

    Parameters
    ----------
    plan
        From `Plan.to_dict`, with ``notes``.
    audience
        Who reads.

    Returns
    -------
    dict
        The same keys. A line is kept when one of its ends is of these schools; the other end is called
        another school, and what the line tells of that school is None. Totals are those of the lines that
        are kept; what cannot be told of them alone is None.

    Examples
    --------
    >>> plan = {"lines": [], "unserved": [{"school": "Hill"}, {"school": "Park"}], "text": ()}
    >>> plan |= {"reserve": {"schools": ()}, "requests": {"pairs": ()}}
    >>> narrow_plan(plan, Audience(schools=frozenset({"Hill"})))["unserved"]
    [{'school': 'Hill'}]
    """
    if audience.schools is None:
        return dict(plan)
    found = dict(plan)
    lines = [line for one in plan["lines"] if (line := _narrowed(one, audience)) is not None]
    told = without_amount if plan.get("under_way") else dict
    unserved = [
        _said_here(told(one), audience) for one in plan["unserved"] if audience.may_see(one["school"])
    ]
    schools = [pair for pair in plan["reserve"]["schools"] if audience.may_see(pair[0])]
    pairs = [
        pair for pair in plan["requests"]["pairs"] if all(audience.may_see(school) for school, *_ in pair)
    ]
    text = [f"{_count(len(lines), 'partnership')} of the plan for the schools that you may see."]
    if any(ANOTHER_SCHOOL in (line["provider_school"], line["recipient_school"]) for line in lines):
        text.append("Other schools are not named here: ask a lead who the partner would be.")
    if "hours_of_people" in plan:
        found["hours_of_people"] = [one for one in plan["hours_of_people"] if audience.may_see(one["school"])]
    under_way = [line for one in plan.get("under_way", ()) if (line := _under_way(one, audience)) is not None]
    return found | {
        "lines": lines,
        "unserved": unserved,
        "reserve": {**plan["reserve"], "schools": schools},
        "requests": {**plan["requests"], "pairs": pairs},
        "totals": _totals(lines, len(unserved)),
        "text": text,
        "under_way": under_way,
        "under_way_text": say_under_way(under_way, lines),
    }


def _under_way(line: Mapping[str, Any], audience: Audience) -> dict[str, Any] | None:
    gives, receives = (audience.may_see(line[f"{end}_school"]) for end in ("provider", "recipient"))
    return narrowed(line, gives=gives, receives=receives)


def _narrowed(line: Mapping[str, Any], audience: Audience) -> dict[str, Any] | None:
    gives = audience.may_see(line["provider_school"])
    receives = audience.may_see(line["recipient_school"])
    if gives and receives:
        return dict(line)
    if not gives and not receives:
        return None
    hours = f"({line['kind']}, {line['hours_each']:g} hours each)."
    if receives:
        other: dict[str, str | None] = {"provider_school": ANOTHER_SCHOOL, "provider_stage": ""}
        other |= {"hours_why": None} if "hours_why" in line else {}
        team = name_team((line["recipient_school"], line["subject"], line["recipient_stage"]))
        return {**line, **other, "why": f"{team}: learns with a team of another school {hours}"}
    hidden = {"recipient_school": ANOTHER_SCHOOL, "recipient_stage": "", **dict.fromkeys(UNTOLD)}
    team = name_team((line["provider_school"], line["subject"], line["provider_stage"]))
    why = f"{team}: shares what it knows with a team of another school {hours}"
    return {**line, **hidden, "asked": False, "required": False, "why": why}


def _said_here(team: dict[str, Any], audience: Audience) -> dict[str, Any]:
    """Leave out what is said of the hours of another school's people."""
    at = team.get("hours_at")
    hidden = {} if at is None or audience.may_see(at) else {"hours_why": None, "hours_at": None}
    return {**team, **hidden}


def _totals(lines: Sequence[Mapping[str, Any]], n_unserved: int) -> dict[str, Any]:
    keys = ("recipient_school", "subject", "recipient_stage")
    own = {tuple(line[key] for key in keys) for line in lines if line["recipient_school"] != ANOTHER_SCHOOL}
    return {
        "partnerships": len(lines),
        "served": len(own),
        "unserved": n_unserved,
        "hours": sum(line["hours"] for line in lines),
        "cost": sum(line["cost"] for line in lines),
        **dict.fromkeys(("pupils", "benefit", "benefit_lower", "benefit_upper")),
    }


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
