"""What somebody has to do next in the own partnerships."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.partnerships import hours, readers
from upwards.web.partnerships.models import (
    Answer,
    Outcome,
    Partnership,
    end_of_week,
)
from upwards.web.term_dates.calendars import Calendars

LATELY = 10
"""School days for which leaders see a visit that did not take place: two weeks of school."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to do.

    Attributes
    ----------
    said, about
        What is to be done, and for which partnership.
    action, address
        The words of the link that mends it, and where it leads.
    """

    said: str
    about: str
    action: str
    address: str


def reminders_for(
    reader: Reader, today: datetime.date, rows: list[Partnership], calendars: Calendars
) -> list[Reminder]:
    """Return what is asked of the reader in the own partnerships, due this week or late: the oldest first.

    The rows come with their participants and follow-ups; nothing else is read for them.
    """
    places = ((one.pk, readers.part_of(reader, one)) for one in rows)
    asked = {pk for pk, place in places if place is not None and place.answer == Answer.ASKED}
    agreed = [one for one in rows if one.pk not in asked]
    return [
        *(_asked(one) for one in rows if one.pk in asked and one.is_open),
        *visits_due(agreed, today),
        *(_no_next(one) for one in hours.without_next(agreed, today)),
        *(_past_end(one) for one in agreed if one.is_under_way and one.ends < today),
        *checks_due(agreed, today, calendars),
    ]


def visits_due(rows: list[Partnership], today: datetime.date) -> list[Reminder]:
    """Return planned visits until Sunday, and earlier ones of which nobody said how they went."""
    found = []
    for one in hours.planned(rows, None, end_of_week(today)):
        late = one.date < today
        said = f"{one.get_activity_display()} on {day(one.date)}"
        found.append(
            Reminder(
                f"{said}: how did it go?" if late else said,
                one.partnership.about,
                "Log it",
                f"{reverse('visit_log', args=[one.partnership_id])}?visit={one.pk}",
            )
        )
    return found


def checks_due(rows: list[Partnership], today: datetime.date, calendars: Calendars) -> list[Reminder]:
    """Return the checks to answer until Sunday; one that falls into a holiday waits for school."""
    until = end_of_week(today)
    open_checks = ((check, one) for one in rows for check in one.follow_ups.all() if not check.lives_on)
    due = [(check, one) for check, one in open_checks if hours.asked_on(check, one, calendars) <= until]
    return [
        Reminder(
            f"{check.weeks} weeks after the end: does the practice live on?",
            one.about,
            "Answer",
            reverse("follow_up", args=[check.pk]),
        )
        for check, one in sorted(due, key=lambda found: (found[0].due, found[0].pk))
    ]


def not_held(rows: list[Partnership], today: datetime.date, calendars: Calendars) -> list[Reminder]:
    """Return partnerships with the last of the visits missed or cancelled within two weeks of school."""
    found = []
    for one in rows:
        school_days = calendars.of(one.schools)
        gone = [
            visit
            for visit in one.sessions.all()
            if visit.outcome in (Outcome.MISSED, Outcome.CANCELLED)
            and visit.date <= today
            and school_days.after(visit.date, today) <= LATELY
        ]
        if gone and one.is_under_way:
            said = (
                f"{gone[-1].get_outcome_display()} on {day(gone[-1].date)}: {gone[-1].get_reason_display()}"
            )
            found.append(Reminder(said, one.about, "Open", one.address))
    return found


def day(date: datetime.date) -> str:
    return f"{date:%A} {date.day} {date:%B}"


def _asked(one: Partnership) -> Reminder:
    where = one.address
    return Reminder("You are asked to take part; you may decline", one.about, "Answer", where)


def _no_next(one: Partnership) -> Reminder:
    return Reminder("No next visit is planned", one.about, "Plan one", reverse("visit_plan", args=[one.pk]))


def _past_end(one: Partnership) -> Reminder:
    said = f"Its last day was {day(one.ends)}: end it, or agree a later day"
    return Reminder(said, one.about, "Open", one.address)
