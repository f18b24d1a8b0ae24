"""What the workspace holds: its name, schools, sources and dates, read once for each state of the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from django.conf import settings

from upwards.actions.describe_workspace import describe_workspace, workspace_state


@dataclass(slots=True)
class _Known:
    state: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


_KNOWN = _Known()


def workspace_facts() -> dict[str, Any]:
    """Return name, schools, sources and dates of the workspace; see `describe_workspace`."""
    folder = settings.UPWARDS_WORKSPACE
    state = f"{folder} {workspace_state(folder)}"
    with _KNOWN.lock:
        if _KNOWN.state == state:
            return _KNOWN.facts
    found = describe_workspace(folder)
    with _KNOWN.lock:
        _KNOWN.state, _KNOWN.facts = state, found
    return found
