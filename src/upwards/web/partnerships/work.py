"""What the worker does for partnerships."""

from __future__ import annotations

from typing import Any

from upwards.web.jobs.daily import daily
from upwards.web.jobs.registry import Progress, work
from upwards.web.partnerships.handover import hand_over
from upwards.web.partnerships.nightly import HOUR, QUESTION


@work(QUESTION, capability="change_data")
def give(arguments: dict[str, Any], progress: Progress) -> dict[str, int] | None:
    """Safe to run twice: unchanged rows are not given again."""
    progress("Partnerships, visits and staff", 0, 1)
    done = hand_over()
    if done is None:
        return None
    return {"partnerships": done.n_partnerships, "sessions": done.n_sessions, "people": done.n_staff}


daily(QUESTION, hour=HOUR)
