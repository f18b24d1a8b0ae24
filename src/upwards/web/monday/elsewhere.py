"""What reviews, practices and pilots ask of the reader this week, and what they bring as news."""

from __future__ import annotations

import datetime

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.health.pulse import current_pulse, has_answered
from upwards.web.innovation.models import Pilot
from upwards.web.innovation.models import State as PilotState
from upwards.web.partnerships.reminders import Reminder, day
from upwards.web.practices.models import Use
from upwards.web.practices.published import published
from upwards.web.practices.readers import being_written
from upwards.web.reviews.readers import actions_due


def own_pilots(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return the reader's own pilots that wait for a decision."""
    return [_to_decide(one) for one in _over(reader, today) if one.lead_id == _pk(reader)]


def open_pulse(reader: Reader) -> list[Reminder]:
    """Return the pulse that is open, to who may answer and has not."""
    asked = current_pulse() if reader.may("answer_pulse") else None
    if asked is None or reader.user is None or has_answered(asked, reader.user):
        return []
    said = "A short pulse asks how it is to share; nobody can see who said what"
    return [Reminder(said, str(asked), "Answer it", reverse("pulse"))]


def asked_of_leads(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return actions after reviews, practices to read before they are shared, and pilots to decide on."""
    after_reviews = [
        Reminder(
            f"{one.what}, by {day(one.due)}" + (": late" if one.is_late else ""),
            f"{one.post}, {one.review.school}",
            "Open",
            reverse("review", args=[one.review_id]),
        )
        for one in actions_due(reader)
    ]
    to_read = [
        Reminder(
            "A practice waits to be read before it is shared",
            f"{one.title}, {one.practice.place}",
            "Read it",
            reverse("practice_draft", args=[one.practice_id]),
        )
        for one in being_written(reader).filter(sent__isnull=False)
        if reader.may("publish_practice", one.practice.school)
    ]
    undecided = [
        _to_decide(one)
        for one in _over(reader, today)
        if one.lead_id != _pk(reader) and reader.may("change_people", one.school)
    ]
    return [*after_reviews, *to_read, *undecided]


def shared_elsewhere(reader: Reader, since: datetime.date, today: datetime.date) -> list[Reminder]:
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


def _over(reader: Reader, today: datetime.date) -> list[Pilot]:
    """Return pilots of the reader's schools that run beyond their end."""
    schools = reader.schools_for("change_innovation")
    rows = Pilot.objects.filter(state=PilotState.RUNNING, ends__lt=today)
    return list(rows if schools is None else rows.filter(school__in=schools))


def _to_decide(one: Pilot) -> Reminder:
    return Reminder(
        "A pilot is over and waits for a decision",
        f"{one.title}, {one.school}",
        "Adopt, adapt or drop it",
        reverse("pilot_decide", args=[one.pk]),
    )


def _pk(reader: Reader) -> int | None:
    return reader.user.pk if reader.user is not None else None
