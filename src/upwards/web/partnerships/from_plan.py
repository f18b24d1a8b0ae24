"""From a line of the plan to the form of a partnership."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from upwards.core.audience import ANOTHER_SCHOOL
from upwards.core.tables.people import KINDS
from upwards.web.access import Reader
from upwards.web.answers import kept_answer, workspace_facts
from upwards.web.partnerships.models import OPEN, Partnership

FIELDS = ("subject", "provider_school", "provider_stage", "recipient_school", "recipient_stage")
BETWEEN = "~"
AND = "~+~"
THREE = "learning three"
LONGEST_NUMBER = 9
Line = Mapping[str, Any]


def line_key(line: Line) -> str:
    """Name a line of the plan by what it is about, which no order of lines changes."""
    return BETWEEN.join(str(line[name]) for name in FIELDS)


def address_of_line(*lines: Line) -> str:
    """Return where a line of the plan, or the two of a learning three, becomes one partnership."""
    first = lines[0]
    asked = {
        "line": AND.join(line_key(one) for one in lines),
        "kind": first["kind"],
        "hours": f"{first['hours_each']:g}",
    }
    return f"{reverse('partnership_new')}?{urlencode(asked)}"


def proposed(reader: Reader, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return first values of the form from ``?line=…``: keys, or a number counted from 0; else nothing."""
    lines = _asked_lines(reader, asked)
    if not lines:
        return {}
    line, *others = lines
    first = {
        "subject": line["subject"],
        "provider_school": line["provider_school"],
        "provider_department": line["provider_stage"],
        "recipient_school": line["recipient_school"],
        "recipient_department": line["recipient_stage"],
        "second_school": others[0]["recipient_school"] if others else "",
        "second_department": others[0]["recipient_stage"] if others else "",
        "kind": kind_of(line["kind"]),
        "hours": line["hours_each"],
        "for_pupils": True,
        "measure": f"Pupils’ results in {line['subject']} beyond what is expected of them, in the next data",
        "line": AND.join(line_key(one) for one in lines),
        "snapshot": workspace_facts()["snapshot"] or "",
    }
    return {name: value for name, value in first.items() if value not in ("", None)}


def _asked_lines(reader: Reader, asked: Mapping[str, str]) -> list[Line]:
    """Return the lines that are asked for; one that the plan no longer has as the address says it."""
    known = _lines(reader)
    key = asked.get("line", "")
    if key.isascii() and key.isdecimal():
        number = int(key) if len(key) < LONGEST_NUMBER else len(known)
        return list(_with_its_three(known[number], known)) if number < len(known) else []
    said = {"kind": asked.get("kind", ""), "hours_each": asked.get("hours", "")}
    by_key = {line_key(one): one for one in known}
    found: list[Line] = []
    for one in key.split(AND)[:2]:
        parts = one.split(BETWEEN)
        if one in by_key:
            found.append(by_key[one])
        elif len(parts) == len(FIELDS):
            found.append({**dict(zip(FIELDS, parts, strict=True)), **said})
    return found


def kind_of(said: str) -> str:
    """Return the kind as the standard table names it; the plan writes some in the plural."""
    return next((one for one in KINDS if said in (one, f"{one}s")), "")


def lines_for(reader: Reader) -> list[tuple[str, str]]:
    """Return reason and address of each line of the kept plan that the reader may begin and nobody has.

    The two lines of a learning three are one.
    """
    lines = _lines(reader)
    found: dict[str, str] = {}
    for line, where in zip(lines, addresses_for(reader, lines), strict=True):
        if where:
            found[where] = f"{found[where]} {line['why']}" if where in found else str(line["why"])
    return [(why, where) for where, why in found.items()]


def addresses_for(reader: Reader, lines: Sequence[Line]) -> list[str]:
    """Return the address of each line that the reader may begin and nobody has; blank for the others."""
    kept = Partnership.objects.filter(state__in=OPEN).values_list("line", flat=True)
    begun = {key for line in kept for key in line.split(AND)}
    free = [line for line in lines if line_key(line) not in begun]
    return [
        address_of_line(*_with_its_three(line, free)) if line in free and _may_begin(reader, line) else ""
        for line in lines
    ]


def _with_its_three(line: Line, lines: Sequence[Line]) -> Sequence[Line]:
    """Return a line with the other that makes a learning three of it: the same team shares with both."""
    if kind_of(line["kind"]) != THREE:
        return [line]
    same = ("subject", "provider_school", "provider_stage", "kind")
    of_team = [
        one
        for one in lines
        if ANOTHER_SCHOOL not in (one["provider_school"], one["recipient_school"])
        and all(one[name] == line[name] for name in same)
    ]
    pairs = (of_team[start : start + 2] for start in range(0, len(of_team), 2))
    pair = next((one for one in pairs if line in one), [line])
    schools = {one["recipient_school"] for one in pair}
    return pair if len(schools) == len(pair) else [line]


def _may_begin(reader: Reader, line: Line) -> bool:
    schools = (line["provider_school"], line["recipient_school"])
    return ANOTHER_SCHOOL not in schools and any(reader.may("change_partnerships", one) for one in schools)


def _lines(reader: Reader) -> list[dict[str, Any]]:
    """Return the lines of the plan that is kept; nothing is computed for it."""
    plan = kept_answer(reader, "plan")
    return [] if plan is None else list(plan["lines"])
