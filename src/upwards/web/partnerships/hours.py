"""Hours delivered against hours promised, and what is due."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from upwards.web.partnerships.models import (
    UNDER_WAY,
    Answer,
    Cover,
    FollowUp,
    Outcome,
    Partnership,
    Session,
    Side,
    State,
)
from upwards.web.rules import days
from upwards.web.rules import rules as workspace_rules
from upwards.web.term_dates.calendars import Calendars


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that partnerships use.

    Attributes
    ----------
    every_weeks, length_weeks
        Rhythm and length of a cycle.
    visit_hours
        Hours of one meeting.
    follow_up_weeks
        Weeks after the end at which one asks whether the practice lives on.
    share
        Share of the hours due by now below which leaders look.
    most_recipients, most_weekly
        Recipients, and hours a week, that one person carries.
    """

    every_weeks: int
    length_weeks: int
    visit_hours: float
    follow_up_weeks: tuple[int, ...]
    share: float
    most_recipients: int
    most_weekly: float


def rules() -> Rules:
    known = workspace_rules()
    weeks = known["follow_up.weeks"].value
    return Rules(
        every_weeks=known.count("coaching.every_weeks"),
        length_weeks=known.count("coaching.length_weeks"),
        visit_hours=known.number("coaching.meeting_hours"),
        follow_up_weeks=tuple(int(one) for one in (weeks if isinstance(weeks, tuple) else (float(weeks),))),
        share=known.number("partnership.hours_share"),
        most_recipients=known.count("plan.provider_max_recipients"),
        most_weekly=known.number("plan.provider_max_timetable_share")
        * known.number("partnership.taught_hours"),
    )


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of one partnership.

    Attributes
    ----------
    promised, delivered
        Agreed in all, and delivered so far.
    by_now
        What would have been delivered by now if they were spread evenly over the school days from start to
        end on which all of its schools are open.
    """

    promised: float
    delivered: float
    by_now: float

    @property
    def percent(self) -> int:
        return round(100 * self.delivered / self.promised) if self.promised else 0

    def is_behind(self, share: float) -> bool:
        return self.delivered < share * self.by_now - 1e-9


def hours_of(partnership: Partnership, today: datetime.date, calendars: Calendars) -> Hours:
    held = (one.hours for one in partnership.sessions.all() if one.outcome == Outcome.HELD)
    school_days = calendars.of(partnership.schools)
    gone = (partnership.starts, min(partnership.closed or today, today))
    elapsed = school_days.share((partnership.starts, partnership.ends), gone)
    return Hours(partnership.hours, sum(held), partnership.hours * elapsed)


def behind(
    rows: Iterable[Partnership], today: datetime.date, share: float, calendars: Calendars
) -> list[tuple[Partnership, Hours]]:
    """Return those under way that are behind their hours."""
    counted = ((one, hours_of(one, today, calendars)) for one in rows if one.state in UNDER_WAY)
    return [(one, hours) for one, hours in counted if hours.is_behind(share)]


def next_planned(partnership: Partnership) -> Session | None:
    return next((one for one in partnership.sessions.all() if one.outcome == Outcome.PLANNED), None)


def planned(rows: Iterable[Partnership], first: datetime.date | None, last: datetime.date) -> list[Session]:
    """Return visits planned from a day (None: ever) to another, of partnerships under way."""
    found = [
        visit
        for one in rows
        if one.state in UNDER_WAY
        for visit in one.sessions.all()
        if visit.outcome == Outcome.PLANNED and visit.date <= last and (first is None or visit.date >= first)
    ]
    return sorted(found, key=lambda one: (one.date, one.pk))


def without_cover(rows: Iterable[Partnership], today: datetime.date) -> list[Session]:
    return [
        one
        for one in planned(rows, today, today + days("reminders.days_ahead"))
        if one.cover == Cover.MISSING
    ]


def without_next(rows: Iterable[Partnership], today: datetime.date) -> list[Partnership]:
    """Return those under way, begun and not at their end, for which no visit is planned."""
    return [
        one
        for one in rows
        if one.state in UNDER_WAY and one.starts <= today < one.ends and next_planned(one) is None
    ]


def make_follow_ups(partnership: Partnership, weeks: Iterable[int]) -> None:
    """Plan the checks after the end; those that are there stay."""
    end = partnership.closed or partnership.ends
    for one in weeks:
        FollowUp.objects.get_or_create(
            partnership=partnership, weeks=one, defaults={"due": end + datetime.timedelta(weeks=one)}
        )


def asked_on(check: FollowUp, partnership: Partnership, calendars: Calendars) -> datetime.date:
    """Return the day on which a check is due: the first school day after, where all schools are not open."""
    return calendars.of(partnership.schools).first_from(check.due)


def open_sides(partnership: Partnership) -> list[Side]:
    """Return the sides for which nobody has agreed and nobody is still asked."""
    taken = {one.side for one in partnership.participants.all() if one.answer != Answer.DECLINED}
    return [one for one in Side if one.value not in taken]


def settle(partnership: Partnership) -> None:
    """A proposal is agreed once both sides have somebody and everybody asked has said yes."""
    if partnership.state != State.PROPOSED:
        return
    answers = [one for one in partnership.participants.all() if one.answer != Answer.DECLINED]
    sides = {one.side for one in answers if one.answer == Answer.AGREED}
    if len(sides) == len(Side) and all(one.answer == Answer.AGREED for one in answers):
        partnership.state = State.AGREED
        partnership.save()
