"""From a bright spot to a card: where something works is known; what it is remains to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from upwards.actions.workspace_answer import NotYetComputed, kept_only
from upwards.core.errors import UserError
from upwards.web.access import Reader, audience
from upwards.web.answers import QUESTIONS, compute

BETWEEN = "~"
PARTS = ("school", "subject", "stage")


def address_of_team(school: str, subject: str, stage: str) -> str:
    """Return where a card of this team is begun; what a page of bright spots links to. It holds no score."""
    asked = {"from": BETWEEN.join((school, subject, stage))}
    return f"{reverse('practice_new')}?{urlencode(asked)}"


def begun_with(asked: Mapping[str, str]) -> dict[str, str]:
    """Return first values of the form from ``?from=school~subject~stage``; nothing from anything else."""
    parts = asked.get("from", "")[:500].split(BETWEEN)
    return dict(zip(PARTS, parts, strict=True)) if len(parts) == len(PARTS) else {}


def teams_to_write_about(reader: Reader) -> list[tuple[str, str]]:
    """Return bright spots of the reader's own schools, each with where its card is begun.

    Only from the answer that is kept, and only teams that the reader may see by name.
    """
    return own_teams(reader, _named(reader))


def own_teams(reader: Reader, teams: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return those of some teams of which the reader may write, each with where its card is begun."""
    return [
        (f"{team['subject']}, {team['stage']}, {team['school']}", address_of_team(*_key(team)))
        for team in sorted(teams, key=_key)
        if reader.may("change_practice", team["school"])
    ]


def _key(team: Mapping[str, Any]) -> tuple[str, str, str]:
    return (team["school"], team["subject"], team["stage"])


def _named(reader: Reader) -> list[dict[str, Any]]:
    question = QUESTIONS["bright-spots"]
    if not reader.may(question.capability):
        return []
    own = audience(reader).schools
    try:
        with kept_only():
            found = compute("bright-spots", {"schools": None if own is None else sorted(own)})
    except (NotYetComputed, UserError):
        return []
    named: list[dict[str, Any]] = found["named"]
    return named
