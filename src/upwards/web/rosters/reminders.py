"""What Monday says of the own classes: those of which the teacher has not said whether they are right."""

from __future__ import annotations

import datetime

from django.urls import reverse

from upwards.core.errors import UserError
from upwards.web.access import Reader
from upwards.web.partnerships.reminders import Reminder
from upwards.web.people.models import Person
from upwards.web.rosters.picture import Picture, picture_of


def own_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return how many classes wait for the reader, and how long; nothing while no results are held."""
    if reader.user is None or not reader.may("see_own_classes"):
        return []
    own = Person.objects.filter(user=reader.user, erased=None).exclude(staff_code="").first()
    if own is None:
        return []
    try:
        picture = picture_of(own, today)
    except UserError:
        return []
    return [_said(picture)] if picture.waiting else []


def _said(picture: Picture) -> Reminder:
    n, left = len(picture.waiting), picture.days_left
    waits = "1 class that names you waits" if n == 1 else f"{n} classes that name you wait"
    if picture.is_late:
        about = "Counted as unconfirmed until you say so"
    else:
        about = "1 more school day" if left == 1 else f"{left} more school days"
    return Reminder(f"{waits} for your word", about, "My classes", reverse("my_classes"))
