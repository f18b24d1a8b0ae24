"""What Monday says of programmes: sessions that are over and have no register."""

from __future__ import annotations

import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from upwards.web.access import Reader, beyond
from upwards.web.partnerships.reminders import Reminder, day
from upwards.web.programmes.models import BEGUN, Attendance, Participant, Session
from upwards.web.programmes.readers import led

BACK = datetime.timedelta(weeks=8)
A_WEEK = datetime.timedelta(days=7)


def own_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return the sessions that the reader facilitated lately and nobody has marked."""
    rows = _unmarked(today, None).filter(facilitator=reader.user)
    return [_to_mark(one) for one in rows] if reader.user is not None else []


def lead_reminders(reader: Reader, today: datetime.date) -> list[Reminder]:
    """Return sessions without a register of the own people, a week later where somebody else facilitates."""
    own = led(reader)
    theirs = Q(facilitator=None) | Q(date__lte=today - A_WEEK)
    rows = _unmarked(today, own, beyond(reader)).filter(theirs).exclude(facilitator=reader.user)
    return [_to_mark(one) for one in rows]


def _unmarked(
    today: datetime.date, schools: frozenset[str] | None, hidden: frozenset[str] = frozenset()
) -> QuerySet[Session]:
    """Return sessions of the last weeks at which people of these schools were expected and none is marked."""
    expected = Participant.objects.filter(programme=OuterRef("programme")).exclude(school__in=hidden)
    expected = expected.filter(Q(left=None) | Q(left__gte=OuterRef("date")))
    marked = Attendance.objects.filter(session=OuterRef("pk"))
    if schools is not None:
        expected, marked = expected.filter(school__in=schools), marked.filter(participant__school__in=schools)
    rows = Session.objects.filter(programme__state__in=BEGUN, date__lt=today, date__gte=today - BACK)
    return rows.filter(Exists(expected), ~Exists(marked)).select_related("programme")


def _to_mark(one: Session) -> Reminder:
    said = f"A session on {day(one.date)} has no register yet"
    where = reverse("programme_session", args=[one.pk])
    return Reminder(said, f"{one.title}, {one.programme}", "Take it", where)
