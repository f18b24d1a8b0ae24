"""What the worker does on Monday mornings."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from upwards.web.jobs.daily import daily
from upwards.web.jobs.registry import Progress, work
from upwards.web.monday.mail import mail_monday

MORNING = 7


@work("mail-monday")
def mail(arguments: dict[str, Any], progress: Progress) -> int:
    """Safe to run twice: who was told today is not told again."""
    return mail_monday(timezone.localdate())


daily("mail-monday", hour=MORNING)
