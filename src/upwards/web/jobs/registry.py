"""What the worker can do: functions by name, each in the `work.py` of the app that needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from upwards.core.errors import near_misses

if TYPE_CHECKING:
    from upwards.web.access import Reader
    from upwards.web.jobs.models import Job

Progress = Callable[[str, int, int], None]
Work = Callable[[dict[str, Any], Progress], Any]
AskAgain = Callable[["Reader", "Job"], "Job"]

_WORK: dict[str, Work] = {}
_CAPABILITIES: dict[str, str] = {}
_AGAIN: dict[str, AskAgain] = {}


def work(name: str, *, capability: str = "", again: AskAgain | None = None) -> Callable[[Work], Work]:
    """Register a function ``(arguments, progress) -> JSON value or None`` under a name.

    Who can do `capability` may ask again for what failed; without one, nobody may, unless `again` finds out
    itself who may and starts the job.
    """

    def register(function: Work) -> Work:
        if name in _WORK and _WORK[name] is not function:
            raise LookupError(f"{name!r} is registered twice")
        _WORK[name] = function
        _CAPABILITIES[name] = capability
        if again is not None:
            _AGAIN[name] = again
        return function

    return register


def find_work(name: str) -> Work:
    try:
        return _WORK[name]
    except KeyError:
        raise LookupError(f"The worker knows no {name!r}{near_misses(name, _WORK)}") from None


def capability_for(name: str) -> str:
    """Return what one must be able to do to ask again for what failed; blank where nobody may."""
    return _CAPABILITIES.get(name, "")


def find_again(name: str) -> AskAgain | None:
    return _AGAIN.get(name)
