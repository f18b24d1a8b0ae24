"""What Monday says of proposals by leads: nothing is shown of them until the person says yes."""

from __future__ import annotations

import datetime

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.partnerships.reminders import Reminder
from upwards.web.people.models import Wish


def own_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return what somebody proposed for the reader's own page and waits for yes or no."""
    if reader.user is None:
        return []
    rows = Wish.objects.filter(person__user=reader.user, accepted=None, ended=None)
    return [
        Reminder(
            "It is proposed that you say on your page: you decide, and nobody sees it before",
            str(one),
            "Answer",
            reverse("person", args=[one.person_id]),
        )
        for one in rows.exclude(proposed_by=None)
    ]
