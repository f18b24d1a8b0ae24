"""What the worker can do: functions by name, each in the `work.py` of the app that needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from upwards.core.errors import near_misses

Progress = Callable[[str, int, int], None]
Work = Callable[[dict[str, Any], Progress], Any]

_WORK: dict[str, Work] = {}


def work(name: str) -> Callable[[Work], Work]:
    """Register a function ``(arguments, progress) -> JSON value or None`` under a name."""

    def register(function: Work) -> Work:
        if name in _WORK and _WORK[name] is not function:
            raise LookupError(f"{name!r} is registered twice")
        _WORK[name] = function
        return function

    return register


def find_work(name: str) -> Work:
    try:
        return _WORK[name]
    except KeyError:
        raise LookupError(f"The worker knows no {name!r}{near_misses(name, _WORK)}") from None
