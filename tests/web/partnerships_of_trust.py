"""A coaching between Alder and Birch: the cast's coach coaches, its teacher is coached."""

from __future__ import annotations

import datetime
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

PRIVATE = "marmalade"  # a word that is in every note and nowhere else


def partnership(state: str = "running", *, provider: str = "Alder", recipients=("Birch",), **given: Any):
    """Make a partnership between schools, without anybody in it."""
    from upwards.web.partnerships.models import Partnership, Recipient

    today = timezone.localdate()
    about = {
        "kind": "coaching",
        "subject": "mathematics",
        "aim": "Every pupil explains a method",
        "hours": 12.0,
        "starts": today - datetime.timedelta(days=41),
        "ends": today + datetime.timedelta(days=42),
    }
    made = Partnership.objects.create(provider_school=provider, state=state, **{**about, **given})
    for school in recipients:
        Recipient.objects.create(partnership=made, school=school)
    return made


def take_part(made, user, side: str, answer: str = "agreed"):
    from upwards.web.partnerships.models import Participant

    return Participant.objects.create(partnership=made, user=user, side=side, answer=answer)


def visit(made, days: int, outcome: str = "held", **given: Any):
    from upwards.web.partnerships.models import Session

    date = timezone.localdate() + datetime.timedelta(days=days)
    return Session.objects.create(partnership=made, date=date, outcome=outcome, **given)


def write(made, about: str, *users):
    from upwards.web.partnerships.models import Note

    note = Note.objects.create(partnership=made, about=about, text=f"{PRIVATE} {about}", author=users[0])
    note.readers.set(users)
    return note


def coaching_of_cast(state: str = "running"):
    """Make the coaching of coach and teacher, with a visit held, one planned, and private words."""
    from upwards.web.accounts.models import User
    from upwards.web.partnerships.hours import make_follow_ups

    made = partnership(state)
    coach = User.objects.get(email="coach@orchard.test")
    teacher = User.objects.get(email="teacher@orchard.test")
    take_part(made, coach, "provider")
    take_part(made, teacher, "recipient")
    visit(made, -7)
    visit(made, 3, "planned", cover="no")
    for about in ("goal", "step", "note"):
        write(made, about, coach, teacher)
    if state == "ended":
        make_follow_ups(made, (6, 12))
    return made


def given(**changes: str) -> dict[str, str]:
    """Return what a lead says who proposes one."""
    today = timezone.localdate()
    about = {
        "kind": "coaching",
        "subject": "mathematics",
        "provider_school": "Alder",
        "recipient_school": "Birch",
        "aim": "Every pupil explains a method",
        "hours": "6",
        "starts": today.isoformat(),
        "ends": (today + datetime.timedelta(weeks=12)).isoformat(),
    }
    return {**about, **changes}


def post(client: Client, route: str, *arguments: object, **about: object):
    return client.post(reverse(route, args=arguments), about)
