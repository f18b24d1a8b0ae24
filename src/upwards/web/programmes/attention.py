"""The attention that programmes take, in the form that all kinds of initiative share."""

from __future__ import annotations

import datetime

from django.db.models import Q
from django.utils import timezone

from upwards.web.attention import Initiative
from upwards.web.programmes.models import BEGUN, Beneficiary, Participant, Programme, Session, State


def running(first: datetime.date, last: datetime.date) -> list[Initiative]:
    """Return the programmes that ran on any day from the first to the last, once for each school."""
    rows = Programme.objects.filter(state__in=BEGUN, starts__lte=last)
    rows = rows.filter(Q(state=State.RUNNING) | Q(closed__gte=first))
    parts = ("schools", "outcomes", "participants", "sessions__attendance")
    today = timezone.localdate()
    return [
        Initiative(
            place.school, "programme", one.title, _hours(one, place.school, first, last, today), _aim(one)
        )
        for one in rows.prefetch_related(*parts).order_by("starts", "pk")
        for place in one.schools.all()
    ]


def _aim(programme: Programme) -> bool | None:
    stated = [one.beneficiary for one in programme.outcomes.all()]
    return Beneficiary.PUPILS in stated if stated else None


def _hours(
    programme: Programme, school: str, first: datetime.date, last: datetime.date, today: datetime.date
) -> float | None:
    """Return a school's person-hours: present where a register was taken, else all who are expected."""
    people = {one.pk: one for one in programme.participants.all() if one.school == school}
    sessions = [one for one in programme.sessions.all() if first <= one.date <= last]
    if not people or not programme.sessions.all():
        return None
    if programme.state != State.RUNNING:  # what was planned after it ended takes nobody's time
        end = programme.last_day(today)
        sessions = [one for one in sessions if one.date <= end]
    return sum(one.hours * _there(one, people) for one in sessions)


def _there(session: Session, people: dict[int, Participant]) -> int:
    marked = [one for one in session.attendance.all() if one.participant_id in people]
    if marked:
        return sum(one.present for one in marked)
    return sum(one.is_in(session.date) for one in people.values())
