"""What there is to do this week, for each role: sentences, each with the link that mends it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.directory import reminders as directory
from upwards.web.health import reminders as health
from upwards.web.innovation import reminders as innovation
from upwards.web.partnerships import hours, loads, readers
from upwards.web.partnerships.models import (
    Answer,
    LivesOn,
    Outcome,
    Partnership,
    Session,
    Side,
    State,
    end_of_week,
)
from upwards.web.partnerships.reminders import (
    Reminder,
    checks_due,
    day,
    not_held,
    reminders_for,
)
from upwards.web.people.models import Direction, Wish
from upwards.web.practices import reminders as practices
from upwards.web.programmes import reminders as programmes
from upwards.web.reviews import reminders as reviews
from upwards.web.roles import LEADS, Role
from upwards.web.rosters import reminders as rosters
from upwards.web.rosters.claims import claims_waiting
from upwards.web.rules import days
from upwards.web.sharing.reminders import sharing_reminders
from upwards.web.term_dates.calendars import Calendars, read_calendars

CARRY_MUCH = "People who carry much"
MOST_LINES = 10
WEEK = datetime.timedelta(days=7)
OWN = (rosters, directory, programmes, reviews, innovation, health)
OF_LEADS = (reviews, practices, innovation, programmes)
LIVES = (LivesOn.YES, LivesOn.ADAPTED)


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the page.

    Attributes
    ----------
    title
        As a question or a noun.
    lines
        What is to be done, or what happened.
    asks
        Whether it asks for something; news does not.
    """

    title: str
    lines: list[Reminder] = field(default_factory=list)
    asks: bool = True

    @property
    def first(self) -> list[Reminder]:
        return self.lines[:MOST_LINES]

    @property
    def more(self) -> int:
        """Say how many lines stand behind the first."""
        return max(len(self.lines) - MOST_LINES, 0)


def sections_for(reader: Reader, today: datetime.date) -> list[Section]:
    """Return the sections that have something to say, in the order in which to act."""
    # Read once for all sections: a large group has many partnerships, and this page is opened most.
    seen = list(readers.seen_by(reader).prefetch_related("participants__user", "follow_ups"))
    mine = [one for one in seen if readers.part_of(reader, one) is not None]
    calendars = read_calendars()
    own = reminders_for(reader, today, mine, calendars)
    own += [line for app in OWN for line in app.own_reminders(reader, today)]
    found = [Section("For you", own)]
    if reader.roles & LEADS:
        found += _for_leads(reader, today, seen, mine, calendars)
    elif Role.GOVERNOR in reader.roles:
        found += _for_governors(reader, today, calendars)
    news = _shared(seen, today) if reader.may("see_partnerships") else []
    news += practices.news(reader, today - WEEK, today)
    found.append(Section("Shared since last week", news, asks=False))
    return [one for one in found if one.lines]


def _for_leads(
    reader: Reader,
    today: datetime.date,
    seen: list[Partnership],
    mine: list[Partnership],
    calendars: Calendars,
) -> list[Section]:
    known = hours.rules()
    rows = [one for one in seen if readers.leads_any(reader, one.schools)]
    others = [one for one in rows if one not in mine]
    elsewhere = [line for app in OF_LEADS for line in app.lead_reminders(reader, today)]
    return [
        Section("Visits due, and visits missed", _visits(others, today, calendars)),
        Section("Releases without cover", [_cover(one) for one in hours.without_cover(rows, today)]),
        Section(f"Under {known.share:.0%} of their hours", _behind(rows, today, known.share, calendars)),
        Section("Actions due", [*_actions(reader, rows, others, today, calendars), *elsewhere]),
        Section("Classes to confirm", claims_waiting(reader)),
        Section(CARRY_MUCH, _overloaded(reader, rows, known, today)),
        Section("Who asks for help", _asks_for_help(reader)),
        Section("Sharing with others", sharing_reminders(reader, today)),
    ]


def _visits(rows: list[Partnership], today: datetime.date, calendars: Calendars) -> list[Reminder]:
    """Return for leaders what is planned and what did not happen; they log nothing themselves."""
    due = [
        Reminder(
            f"{one.get_activity_display()} on {day(one.date)}"
            + (": nobody has said how it went" if one.date < today else ""),
            one.partnership.about,
            "Open",
            one.partnership.address,
        )
        for one in hours.planned(rows, None, end_of_week(today))
    ]
    return [*not_held(rows, today, calendars), *due]


def _cover(one: Session) -> Reminder:
    said = f"{one.get_activity_display()} on {day(one.date)} has no release cover yet"
    return Reminder(said, one.partnership.about, "Arrange cover", reverse("visit", args=[one.pk]))


def _behind(
    rows: list[Partnership], today: datetime.date, share: float, calendars: Calendars
) -> list[Reminder]:
    return [
        Reminder(
            f"{had.delivered:g} of {had.by_now:.0f} hours due by now ({had.promised:g} agreed)",
            one.about,
            "See what is in the way",
            one.address,
        )
        for one, had in hours.behind(rows, today, share, calendars)
    ]


def _actions(
    reader: Reader,
    rows: list[Partnership],
    others: list[Partnership],
    today: datetime.date,
    calendars: Calendars,
) -> list[Reminder]:
    found, waiting = [], days("partnership.answer_days")
    for one in rows:
        for side in hours.open_sides(one) if one.is_open and one.state != State.RUNNING else ():
            if readers.leads_any(reader, one.schools_of(side)):
                who = "shares" if side == Side.PROVIDER else "receives"
                found.append(_open(one, f"Nobody {who} yet", "Ask somebody"))
        if one.state == State.PROPOSED and _waits_long(one, today - waiting):
            found.append(_open(one, f"Waiting for an answer for more than {waiting.days} days", "Open"))
        if one.state == State.AGREED and one.starts <= today and not one.sessions.all():
            found.append(_open(one, "It should have begun, and no visit is planned", "Open"))
    found += [_open(one, "Its last day is over", "Close it") for one in others if _is_over(one, today)]
    answers = [one for one in others if readers.may_answer(reader, one)]
    return [*found, *checks_due(answers, today, calendars)]


def _open(one: Partnership, said: str, action: str) -> Reminder:
    return Reminder(said, one.about, action, one.address)


def _is_over(one: Partnership, today: datetime.date) -> bool:
    return one.is_under_way and one.ends < today


def _waits_long(one: Partnership, since: datetime.date) -> bool:
    asks = any(place.answer == Answer.ASKED for place in one.participants.all())
    return asks and one.made.date() <= since


def _overloaded(
    reader: Reader, rows: list[Partnership], known: hours.Rules, today: datetime.date
) -> list[Reminder]:
    """Return what the reader's own people carry: another school's head looks after theirs."""
    own = [one for one in rows if readers.leads_any(reader, [one.provider_school])]
    return [
        Reminder(
            f"{one.user} shares with {one.recipients} others, {one.weekly:.1f} hours a week",
            f"{_most(one, known)}: their own pupils come first",
            "Share the load",
            reverse("partnerships"),
        )
        for one in loads.overloaded(loads.loads(own, today), known)
    ]


def _most(one: loads.Load, known: hours.Rules) -> str:
    if one.free is None:
        return f"No more than {known.most_recipients} others and {known.most_weekly:g} hours are advised"
    return (
        f"{one.free:.1f} hours a week are free for it this term; {known.most_recipients} others are advised"
    )


def _asks_for_help(reader: Reader) -> list[Reminder]:
    """Return what is asked for and where, without names: who asks is for the page of people to say."""
    schools = readers.led_schools(reader)
    asked = Wish.objects.filter(direction=Direction.HELP, accepted__isnull=False, ended=None)
    if schools is not None:
        asked = asked.filter(person__school__in=schools)
    return [
        Reminder(
            f"Help with {one.topic}" + (f" ({one.subject})" if one.subject else ""),
            one.person.school or "Whole group",
            "Find somebody",
            reverse("people"),
        )
        for one in asked.select_related("person")
    ]


def _for_governors(reader: Reader, today: datetime.date, calendars: Calendars) -> list[Section]:
    """Return sums for the governor's schools: no partnership by itself, nobody by name."""
    schools = reader.schools
    rows = Partnership.objects.prefetch_related("sessions", "recipients")
    if schools is not None:
        rows = rows.filter(pk__in=Partnership.objects.filter(readers.in_schools(schools)))
    under_way = [hours.hours_of(one, today, calendars) for one in rows if one.is_under_way]
    if not under_way:
        return []
    had, due = sum(one.delivered for one in under_way), sum(one.by_now for one in under_way)
    noun = "partnership is" if len(under_way) == 1 else "partnerships are"
    said = f"{len(under_way)} {noun} under way: {had:g} hours given of {due:.0f} due by now"
    where = reverse("system_health")
    return [Section("What people do together", [Reminder(said, "", "See how it goes", where)], asks=False)]


def _shared(seen: list[Partnership], today: datetime.date) -> list[Reminder]:
    """Return what happened since last week in what the reader may see: by kind and school, never by name."""
    since = today - WEEK
    news = ((one, _news(one, since, today)) for one in seen)
    return [_open(one, "; ".join(said).capitalize(), "Open") for one, said in news if said]


def _news(one: Partnership, since: datetime.date, today: datetime.date) -> list[str]:
    said = []
    held = [
        visit
        for visit in one.sessions.all()
        if visit.outcome == Outcome.HELD and since <= visit.date <= today
    ]
    if one.made.date() >= since and one.is_open:
        said.append("new")
    if held:
        said.append("a visit took place" if len(held) == 1 else f"{len(held)} visits took place")
    if any(
        check.answered is not None and check.answered >= since and check.lives_on in LIVES
        for check in one.follow_ups.all()
    ):
        said.append("the practice lives on")
    return said
