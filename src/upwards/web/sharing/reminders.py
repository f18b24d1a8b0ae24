"""What Monday says of sharing agreements: what ends soon, is due for review, or waits for a signature."""

from __future__ import annotations

import datetime

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.controllers.models import Sharing
from upwards.web.partnerships.reminders import Reminder, day
from upwards.web.roles import GROUP
from upwards.web.rules import days
from upwards.web.sharing.sides import seen_sharings, signs_for


def sharing_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return what is to be done about agreements, for who keeps the house and for who signs."""
    own = {one.pk for one in signs_for(reader)}
    if not own and not reader.roles & GROUP:
        return []
    soon = today + days("sharing.warn_days")
    rows = seen_sharings(reader).filter(withdrawn=None, ends__gte=today)
    return [line for one in rows if (line := _line(one, own, today, soon)) is not None]


def _line(one: Sharing, own: set[int], today: datetime.date, soon: datetime.date) -> Reminder | None:
    if own & set(one.unsigned):
        return _to(one, "An agreement to share waits for your signature", "Read and sign")
    if not one.is_signed:
        return None
    if one.ends <= soon:
        return _to(one, f"An agreement to share ends on {day(one.ends)}", "Look at it")
    if today <= one.review_on <= soon:
        return _to(one, f"An agreement to share is due for review on {day(one.review_on)}", "Look at it")
    return None


def _to(one: Sharing, said: str, action: str) -> Reminder:
    return Reminder(said, str(one), action, reverse("sharing", args=[one.pk]))
