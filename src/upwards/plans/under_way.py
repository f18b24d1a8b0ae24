"""What is under way, beside the lines of a plan: in sentences, and for whom."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from upwards.core.audience import ANOTHER_SCHOOL
from upwards.measures.promised_hours import UnderWay
from upwards.plans.plan import LineUnderWay
from upwards.plans.reasons import name_stage, name_team, without_amount

Row = Mapping[str, Any]
OF_LEADS = ("hours_each", "hours", "ends", "hours_why")
"""What of a partnership only those read who lead one of its schools."""


def lines_under_way(under_way: Iterable[UnderWay]) -> tuple[LineUnderWay, ...]:
    """Write the partnerships under way, by subject, recipient and provider."""
    found = [
        LineUnderWay(
            subject=one.subject,
            provider_school=one.provider_school,
            provider_stage=one.provider_team,
            recipient_school=one.recipient_school,
            recipient_stage=one.recipient_team,
            kind=one.kind,
            hours_each=one.hours_left,
            hours=one.provider_hours + one.recipient_hours,
            ends=one.ends,
            why=_why(
                one.subject, one.provider_school, one.provider_team, one.recipient_school, one.recipient_team
            ),
            hours_why=_hours_why(one),
        )
        for one in under_way
    ]
    return tuple(sorted(found, key=lambda line: (line.subject, line.recipient_school, line.recipient_stage,
                                                 line.provider_school)))  # fmt: skip


def say_under_way(under_way: Sequence[Row], lines: Sequence[Row]) -> str:
    """Say how much is under way and what a plan adds; blank where nothing is.

    Parameters
    ----------
    under_way, lines
        As in a plan's answer; hours of what is under way are left unsaid where one of them is None.

    Examples
    --------
    >>> say_under_way([{"hours": 18.0}, {"hours": 22.0}], [{"hours": 18.0}])
    '2 partnerships are under way and hold 40 hours of the coming cycle; the plan adds 1 with 18 hours.'
    >>> say_under_way([{"hours": None}], [])
    '1 partnership is under way; the plan adds none.'
    """
    if not under_way:
        return ""
    n = len(under_way)
    said = "1 partnership is under way" if n == 1 else f"{n} partnerships are under way"
    if all(one["hours"] is not None for one in under_way):
        holds = "holds" if n == 1 else "hold"
        hours = sum(one["hours"] for one in under_way)
        said += f" and {holds} {round(hours, 2):g} hours of the coming cycle"
    added = f"{len(lines)} with {sum(line['hours'] for line in lines):g} hours" if lines else "none"
    return f"{said}; the plan adds {added}."


def under_way_for(
    plan: Row, *, seen: frozenset[str] | None, led: frozenset[str] | None
) -> tuple[list[dict[str, Any]], str]:
    """Keep of what is under way what somebody may see who does not see all of it.

    Parameters
    ----------
    plan
        The answer, as its reader was given it.
    seen
        Schools whose partnerships the reader sees; None for all.
    led
        Schools that the reader leads; None for all. Without one of them at an end, neither hours nor dates of
        a partnership are told.

    Returns
    -------
    tuple
        Lines as in ``"under_way"``, and how much is under way in one sentence.
    """
    lines = []
    for line in plan.get("under_way", ()):
        ends = {line["provider_school"], line["recipient_school"]}
        if seen is None or seen & ends:
            lines.append({**line, **({} if led is None or led & ends else dict.fromkeys(OF_LEADS))})
    return lines, say_under_way(lines, plan["lines"])


def unserved_for(plan: Row, *, led: frozenset[str] | None) -> list[dict[str, Any]]:
    """Keep of the teams without a partner what somebody may read who leads these schools; None for all."""
    told = dict if led is None or not plan.get("under_way") else without_amount
    return [told(one) for one in plan["unserved"]]


def narrowed(line: Row, *, gives: bool, receives: bool) -> dict[str, Any] | None:
    """Return a partnership under way as one of its ends may read it where the other is not named."""
    if not gives and not receives:
        return None
    ends = ("provider_school", "provider_stage", "recipient_school", "recipient_stage")
    hidden = () if gives and receives else ends[2:] if gives else ends[:2]
    found = {**line, **{name: ANOTHER_SCHOOL if name.endswith("school") else "" for name in hidden}}
    return found | {"why": _why(line["subject"], *(found[name] for name in ends))}


def _why(subject: str, provider: str, its_team: str, recipient: str, team: str) -> str:
    """Say who works with whom on what."""
    helper = f"{provider}'s {name_stage(its_team)}" if its_team else provider
    whom = name_team((recipient, subject, team)) if subject or team else recipient
    return f"{whom} works with {helper}."


def _hours_why(one: UnderWay) -> str:
    """Say what is still to be given, until when."""
    until = "" if one.ends is None else f" until {_day(one.ends)}"
    if one.hours_left is None:
        return f"No hours are recorded{until}."
    now = max(one.provider_hours, one.recipient_hours)
    part = "" if now >= one.hours_left else f"; {now:g} of them fall into the coming cycle"
    return f"{one.hours_left:g} hours of each are still to be given{until}{part}."


def _day(written: str) -> str:
    day = datetime.date.fromisoformat(written)
    return f"{day.day} {day:%B %Y}"
