"""What the worker does each night for keeping."""

from __future__ import annotations

from typing import Any

from upwards.web.jobs.daily import daily
from upwards.web.jobs.registry import Progress, work
from upwards.web.keeping.erasures import spread_erasures
from upwards.web.keeping.retention import remove_what_is_over
from upwards.web.keeping.withdrawals import spread_withdrawals

QUESTION, HOUR = "remove-what-is-over", 4


@work(QUESTION)
def remove(arguments: dict[str, Any], progress: Progress) -> dict[str, int]:
    """Safe to run twice: the second time nothing is over."""
    spread_erasures()
    spread_withdrawals()
    return remove_what_is_over(progress)


daily(QUESTION, hour=HOUR)
