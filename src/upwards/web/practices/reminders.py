"""What Monday says of practices: what waits to be read, and what the group gained."""

from __future__ import annotations

import datetime

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.partnerships.reminders import Reminder
from upwards.web.practices.models import Use
from upwards.web.practices.published import published
from upwards.web.practices.readers import being_written, may_publish


def lead_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return the practices that the reader reads before they are shared."""
    return [
        Reminder(
            "A practice waits to be read before it is shared",
            f"{one.title}, {one.practice.place}",
            "Read it",
            reverse("practice_draft", args=[one.practice_id]),
        )
        for one in being_written(reader).filter(sent__isnull=False)
        if may_publish(reader, one.practice)
    ]


def news(reader: Reader, since: datetime.date, today: datetime.date) -> list[Reminder]:
    """Return practices that the group has since a day, and schools that took one up; nobody by name."""
    if not reader.may("see_practice"):
        return []
    rows = published(reader)
    new = [
        Reminder(f"New in the library: {one}", one.place, "Read it", reverse("practice_card", args=[one.pk]))
        for one in rows.filter(shared__gte=since, shared__lte=today)
    ]
    uses = Use.objects.filter(practice__in=rows, begun__gte=since, begun__lte=today)
    taken_up = [
        Reminder(
            f"{one.school} takes up a practice",
            str(one.practice),
            "Open",
            reverse("practice_card", args=[one.practice_id]),
        )
        for one in uses.select_related("practice__live")
    ]
    return [*new, *taken_up]
