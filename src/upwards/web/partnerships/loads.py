"""What each person who shares carries, against the hours that are free for it."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from upwards.web.accounts.models import User
from upwards.web.partnerships.hours import Rules
from upwards.web.partnerships.models import UNDER_WAY, Answer, Partnership, Side
from upwards.web.people.models import TermHours
from upwards.web.people.terms import term_of


@dataclass(frozen=True, slots=True)
class Load:
    """What one person carries as provider.

    Attributes
    ----------
    recipients
        Schools or departments served.
    weekly
        Hours a week agreed.
    free
        Hours a week that are free for it this term; None where nobody recorded them.
    """

    user: User
    recipients: int
    weekly: float
    free: float | None


def loads(rows: Iterable[Partnership], today: datetime.date) -> list[Load]:
    """Return what each person who shares carries in partnerships under way."""
    recipients: defaultdict[int, int] = defaultdict(int)
    weekly: defaultdict[int, float] = defaultdict(float)
    users: dict[int, User] = {}
    for one in rows:
        if one.state not in UNDER_WAY:
            continue
        weeks = max(((one.ends - one.starts).days + 1) / 7, 1.0)
        for place in one.participants.all():
            if place.side == Side.PROVIDER and place.answer == Answer.AGREED:
                users[place.user_id] = place.user
                recipients[place.user_id] += max(len(one.recipient_schools), 1)
                weekly[place.user_id] += one.hours / weeks
    free = _free(users, today)
    return [Load(user, recipients[key], weekly[key], free.get(key)) for key, user in users.items()]


def overloaded(found: Iterable[Load], known: Rules) -> list[Load]:
    """Return who carries more than is free, or, where nobody said what is free, than is advised."""
    return [one for one in found if one.recipients > known.most_recipients or _is_over(one, known)]


def _is_over(one: Load, known: Rules) -> bool:
    most = known.most_weekly if one.free is None else one.free
    return one.weekly > most + 1e-9


def _free(users: Iterable[int], today: datetime.date) -> dict[int, float]:
    """Return the hours a week that are free in the term of today: those of the term, over its weeks."""
    term = term_of(today)
    rows = TermHours.objects.filter(person__user__in=list(users), year=term.year, term=term.term)
    return {user: float(hours) / term.weeks for user, hours in rows.values_list("person__user", "hours")}
