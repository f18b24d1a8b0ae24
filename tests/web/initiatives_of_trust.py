"""What Alder tries out and learns: a pilot led by the cast's teacher, and something to read."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

PRIVATE = "tangerine"  # a word that is in every log and nowhere else


def pilot(state: str = "running", *, school: str = "Alder", leader: str = "teacher", **given: Any):
    from upwards.web.accounts.models import User
    from upwards.web.innovation.models import Pilot

    today = timezone.localdate()
    about = {
        "title": "Five questions",
        "if_we": "begin with five questions",
        "for_whom": "year 8",
        "then": "more words are remembered",
        "because": "recalling makes it stick",
        "measure": "Words remembered after a month",
        "success": "Five of eight or more",
        "for_pupils": True,
        "hours_a_week": 3.5,
        "starts": today - datetime.timedelta(days=14),
        "ends": today + datetime.timedelta(days=30),
        "lead": User.objects.filter(email=f"{leader}@orchard.test").first(),
    }
    if state == "decided":
        about |= {"decision": "adopt", "reached": "yes", "reason": "It works", "decided_on": today}
    return Pilot.objects.create(school=school, state=state, **{**about, **given})


def seen(made, who=None):
    from upwards.web.innovation.models import Observation

    return Observation.objects.create(pilot=made, text=f"{PRIVATE} was seen", author=who)


def reference(**given: Any):
    from upwards.web.accounts.models import User
    from upwards.web.innovation.models import Reference

    about = {
        "title": "Test-enhanced learning",
        "authors": "Roediger, Karpicke",
        "year": 2006,
        "study": "trial",
        "standing": "agreed",
        "found": "Recalling beats reading again after a week.",
        "added_by": User.objects.filter(email="teacher@orchard.test").first(),
    }
    return Reference.objects.create(**{**about, **given})


def programme(state: str = "running", *, schools=("Alder",), **given: Any):
    """Make a programme with one outcome for pupils; nobody takes part yet."""
    from upwards.web.programmes.models import Outcome, Programme, ProgrammeSchool

    today = timezone.localdate()
    about = {
        "title": "Reading across subjects",
        "purpose": "Every teacher teaches reading.",
        "starts": today - datetime.timedelta(days=30),
        "ends": today + datetime.timedelta(days=60),
        "budget": 1000,
        "other_costs": 40,
        "closed": today if state in ("ended", "stopped") else None,
    }
    made = Programme.objects.create(state=state, **{**about, **given})
    for school in schools:
        ProgrammeSchool.objects.create(programme=made, school=school)
    Outcome.objects.create(programme=made, beneficiary="pupils", text="Read more", measure="Reading test")
    return made


def meeting(made, days: int = -7, **given: Any):
    from upwards.web.programmes.models import Session

    date = timezone.localdate() + datetime.timedelta(days=days)
    return Session.objects.create(programme=made, date=date, **{"title": "Fluency", "cost": 120, **given})


def joins(made, user, school: str = "Alder", **given: Any):
    from upwards.web.programmes.models import Participant

    return Participant.objects.create(programme=made, user=user, school=school, **given)
