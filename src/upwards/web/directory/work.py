"""What the worker does for agreements to be named: kept answers that rest on one that is over are removed."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from upwards.actions.forget_unagreed import forget_unagreed
from upwards.web.jobs.daily import daily
from upwards.web.jobs.registry import Progress, work
from upwards.web.people.named import agreed_teams


@work("forget-unagreed")
def forget(arguments: dict[str, Any], progress: Progress) -> dict[str, int]:
    """Do by night what a withdrawal does at once, for those who left or took a class back."""
    folder = settings.UPWARDS_WORKSPACE
    return {"removed": forget_unagreed(folder, agreed=agreed_teams(folder))}


daily("forget-unagreed", hour=3)
