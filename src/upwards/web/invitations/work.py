"""What the worker does with messages that were not sent by mail."""

from __future__ import annotations

from typing import Any

from upwards.web.jobs.daily import daily
from upwards.web.jobs.registry import Progress, work
from upwards.web.outbox import purge_outbox

REMOVAL_HOUR = 3


@work("remove-old-messages")
def remove_old_messages(arguments: dict[str, Any], progress: Progress) -> int:
    return purge_outbox()


daily("remove-old-messages", hour=REMOVAL_HOUR)
