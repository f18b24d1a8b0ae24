"""What Monday says of pilots: those that are over and wait for a decision."""

from __future__ import annotations

import datetime

from django.db.models import QuerySet
from django.urls import reverse

from upwards.web.access import Reader, beyond
from upwards.web.innovation.models import Pilot, State
from upwards.web.partnerships.reminders import Reminder


def own_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return the reader's own pilots that wait for a decision."""
    return [_to_decide(one) for one in _over(reader, today).filter(lead=reader.user)]


def lead_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return the pilots of others that wait for a decision in the schools that the reader leads."""
    led = reader.schools_for("change_people")
    rows = _over(reader, today).exclude(lead=reader.user)
    return [_to_decide(one) for one in (rows if led is None else rows.filter(school__in=led))]


def _over(reader: Reader, today: datetime.date) -> QuerySet[Pilot]:
    """Return pilots of the reader's schools that run beyond their end."""
    schools = reader.schools_for("change_innovation")
    rows = Pilot.objects.filter(state=State.RUNNING, ends__lt=today).exclude(school__in=beyond(reader))
    return rows if schools is None else rows.filter(school__in=schools)


def _to_decide(one: Pilot) -> Reminder:
    return Reminder(
        "A pilot is over and waits for a decision",
        f"{one.title}, {one.school}",
        "Adopt, adapt or drop it",
        reverse("pilot_decide", args=[one.pk]),
    )
