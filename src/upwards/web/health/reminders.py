"""What Monday says of the pulse."""

from __future__ import annotations

import datetime

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.health.pulse import current_pulse, has_answered
from upwards.web.partnerships.reminders import Reminder


def own_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return the pulse that is open, to who may answer and has not."""
    asked = current_pulse() if reader.may("answer_pulse") else None
    if asked is None or reader.user is None or has_answered(asked, reader.user):
        return []
    said = "A short pulse asks how it is to share; nobody can see who said what"
    return [Reminder(said, str(asked), "Answer it", reverse("pulse"))]
