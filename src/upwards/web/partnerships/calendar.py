"""Somebody's visits as a calendar: kind, subject and school; no person, no aim, no result."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import Calendar, Event

from upwards.web.access import reader_for
from upwards.web.accounts.models import User
from upwards.web.partnerships.hours import asked_on
from upwards.web.partnerships.models import Answer, FollowUp, Outcome, Partnership, Session, State
from upwards.web.term_dates.calendars import read_calendars

PAST = datetime.timedelta(days=90)
Address = Callable[[Partnership], str]


def calendar_of(user: User, today: datetime.date, address: Address) -> bytes:
    """Return the iCalendar text of what the user has agreed to take part in."""
    feed = Calendar()
    feed.add("prodid", "-//upwards//partnerships//EN")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", "Partnerships")
    feed.add("x-published-ttl", "PT6H")
    calendars = read_calendars()
    for one in _own(user, today):
        for visit in one.sessions.all():
            if visit.date >= today - PAST and _is_shown(one, visit):
                feed.add_component(_visit(one, visit, address(one)))
        for check in one.follow_ups.all():
            if not check.lives_on:
                due = asked_on(check, one, calendars)
                feed.add_component(_check(one, check, due, address(one)))
    text: bytes = feed.to_ical()
    return text


def may_read(user: User) -> bool:
    """A feed ends with the account, and with the last role."""
    return user.is_active and reader_for(user).may("see_partnerships")


def _is_shown(one: Partnership, visit: Session) -> bool:
    return visit.outcome == Outcome.HELD or (visit.outcome == Outcome.PLANNED and one.is_under_way)


def _own(user: User, today: datetime.date) -> list[Partnership]:
    rows = Partnership.objects.exclude(state__in=[State.PROPOSED, State.STOPPED])
    rows = rows.filter(participants__user=user, participants__answer=Answer.AGREED)
    rows = rows.filter(ends__gte=today - 4 * PAST)
    return list(rows.prefetch_related("sessions", "recipients", "follow_ups"))


def _event(kind: str, key: int, summary: str, one: Partnership, address: str) -> Event:
    event = Event()
    event.add("uid", f"{kind}-{key}@upwards")
    event.add("dtstamp", datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    event.add("summary", summary)
    event.add("location", " / ".join(one.schools))
    event.add("url", address)
    event.add("class", "PRIVATE")
    return event


def _what(one: Partnership) -> str:
    kind = one.get_kind_display()
    return f"{kind}, {one.subject}" if one.subject else kind


def _visit(one: Partnership, visit: Session, address: str) -> Event:
    event = _event("visit", visit.pk, f"{visit.get_activity_display()} ({_what(one)})", one, address)
    if visit.at is None:
        event.add("dtstart", visit.date)
        event.add("dtend", visit.date + datetime.timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    else:
        begins = datetime.datetime.combine(visit.date, visit.at, tzinfo=ZoneInfo(settings.TIME_ZONE))
        event.add("dtstart", begins.astimezone(datetime.UTC))
        event.add("dtend", (begins + datetime.timedelta(hours=visit.hours)).astimezone(datetime.UTC))
    return event


def _check(one: Partnership, check: FollowUp, due: datetime.date, address: str) -> Event:
    event = _event("check", check.pk, f"Does the practice live on? ({_what(one)})", one, address)
    event.add("dtstart", due)
    event.add("dtend", due + datetime.timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event
