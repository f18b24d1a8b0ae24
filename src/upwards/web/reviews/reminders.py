"""What Monday says of reviews and of the audit of the four capitals."""

from __future__ import annotations

import datetime

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.partnerships.reminders import Reminder, day
from upwards.web.reviews.models import CapitalsAudit, Review, ReviewAction, State
from upwards.web.reviews.readers import actions_due, allocated_to, audits_seen_by, hosted_by


def own_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return the reviews to which the reader is allocated, until their draft is handed over."""
    rows = allocated_to(reader).filter(state__in=(State.PLANNED, State.UNDER_WAY)).order_by("first_day")
    return [_to_review(one, today) for one in rows]


def lead_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return actions after reviews, drafts that wait for the own school, and audits not yet answered."""
    drafts = Review.objects.filter(state=State.DRAFTED, school__in=hosted_by(reader))
    return [
        *(_action(one) for one in actions_due(reader)),
        *(_draft(one) for one in drafts),
        *(_audit(one) for one in _unanswered(reader)),
    ]


def _unanswered(reader: Reader) -> list[CapitalsAudit]:
    rows = audits_seen_by(reader).filter(closed=None).exclude(replies__user=reader.user)
    return [one for one in rows if reader.may("answer_audit", one.school or None)]


def _to_review(one: Review, today: datetime.date) -> Reminder:
    where = reverse("review", args=[one.pk])
    if one.state == State.PLANNED:
        said = f"You take part in a review from {day(one.first_day)}"
    elif one.last_day < today:
        said = f"The visit ended on {day(one.last_day)}, and its report is not handed over"
    else:
        said = f"A review in which you take part is under way until {day(one.last_day)}"
    return Reminder(said, one.school, "Open", where)


def _action(one: ReviewAction) -> Reminder:
    late = ": late" if one.is_late else ""
    said, where = f"{one.what}, by {day(one.due)}{late}", reverse("review", args=[one.review_id])
    return Reminder(said, f"{one.post}, {one.review.school}", "Open", where)


def _draft(one: Review) -> Reminder:
    said = "The draft of a review waits for your school: comment on it, or agree"
    return Reminder(said, one.school, "Read it", reverse("review", args=[one.pk]))


def _audit(one: CapitalsAudit) -> Reminder:
    said = "An audit of the four capitals is open, and you have not answered"
    where = reverse("capitals_answer", args=[one.pk])
    return Reminder(said, one.school or "The whole group", "Answer it", where)
