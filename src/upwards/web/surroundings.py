"""What surrounds every page: the group's name, the menu, and where the figures come from."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from django.http import HttpRequest

from upwards.core.errors import UserError
from upwards.web.access import reader_of
from upwards.web.answers import workspace_facts
from upwards.web.demonstration.passphrase import demonstration_of
from upwards.web.navigation import menu_of

VERSION = version("upwards")


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """Give every template ``reader, menu, group`` and ``version``; a stranger learns the name only."""
    if not hasattr(request, "user"):  # an error before anybody was recognised
        return {"version": VERSION}
    reader = reader_of(request)
    facts = _facts()
    return {
        "reader": reader,
        "menu": menu_of(reader, request.path),
        "group": facts if reader.user is not None else {"name": facts["name"]},
        "version": VERSION,
        "demonstration": demonstration_of(request),
    }


def _facts() -> dict[str, Any]:
    try:
        return workspace_facts()
    except UserError:  # a page that says what is wrong must not fail for the same reason
        return {"name": "upwards", "sources": [], "created": None}
