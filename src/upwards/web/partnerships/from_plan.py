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


def line_key(line: Mapping[str, Any]) -> str:
    """Name a line of the plan by what it is about, which no order of lines changes."""
    return BETWEEN.join(str(line[name]) for name in FIELDS)


def address_of_line(line: Mapping[str, Any]) -> str:
    """Return where a line of the plan becomes a partnership; what the page of the plan links to."""
    asked = {"line": line_key(line), "kind": line["kind"], "hours": f"{line['hours_each']:g}"}
    return f"{reverse('partnership_new')}?{urlencode(asked)}"


def proposed(reader: Reader, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return first values of the form from ``?line=…``: a key, or a number counted from 0; else nothing."""
    key = asked.get("line", "")
    line = _line(reader, key)
    if line is None:
        parts = key.split(BETWEEN)
        if len(parts) != len(FIELDS):
            return {}
        line = {**dict(zip(FIELDS, parts, strict=True)), "kind": asked.get("kind", "")}
        line["hours_each"] = asked.get("hours", "")
    first = {
        "subject": line["subject"],
        "provider_school": line["provider_school"],
        "provider_department": line["provider_stage"],
        "recipient_school": line["recipient_school"],
        "recipient_department": line["recipient_stage"],
        "kind": kind_of(line["kind"]),
        "hours": line["hours_each"],
        "line": line_key(line),
        "snapshot": workspace_facts()["snapshot"] or "",
    }
    return {name: value for name, value in first.items() if value not in ("", None)}


def kind_of(said: str) -> str:
    """Return the kind as the standard table names it; the plan writes some in the plural."""
    return next((one for one in KINDS if said in (one, f"{one}s")), "")


def lines_for(reader: Reader) -> list[tuple[str, str]]:
    """Return reason and address of each line of the kept plan that the reader may begin and nobody has."""
    lines = _lines(reader)
    addresses = addresses_for(reader, lines)
    return [(str(line["why"]), where) for line, where in zip(lines, addresses, strict=True) if where]


def addresses_for(reader: Reader, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the address of each line that the reader may begin and nobody has; blank for the others."""
    begun = set(Partnership.objects.filter(state__in=OPEN).values_list("line", flat=True))
    return [
        address_of_line(line) if line_key(line) not in begun and _may_begin(reader, line) else ""
        for line in lines
    ]


def _may_begin(reader: Reader, line: Mapping[str, Any]) -> bool:
    schools = (line["provider_school"], line["recipient_school"])
    return ANOTHER_SCHOOL not in schools and any(reader.may("change_partnerships", one) for one in schools)


def _line(reader: Reader, key: str) -> dict[str, Any] | None:
    """Return a line by its key, or by its number."""
    lines = _lines(reader) if key else []
    if key.isdecimal():
        return lines[int(key)] if int(key) < len(lines) else None
    return next((one for one in lines if line_key(one) == key), None)


def _lines(reader: Reader) -> list[dict[str, Any]]:
    """Return the lines of the plan that is kept; nothing is computed for it."""
    plan = kept_answer(reader, "plan")
    return [] if plan is None else list(plan["lines"])
