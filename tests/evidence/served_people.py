"""People of a served group, and what they do together; run where Django is set up, JSON in and out."""

from __future__ import annotations

import datetime
import io
import json
import random
import sys
import time
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_tasks.base import TaskResultStatus  # noqa: E402
from django_tasks_db.models import DBTaskResult  # noqa: E402

from upwards.core.settings import Settings  # noqa: E402
from upwards.web.accounts.models import Appointment, User  # noqa: E402
from upwards.web.data.models import Upload  # noqa: E402
from upwards.web.jobs.models import OPEN, Job, State  # noqa: E402
from upwards.web.jobs.queue import start_job  # noqa: E402
from upwards.web.partnerships.models import (  # noqa: E402
    Note,
    Participant,
    Partnership,
    Recipient,
    Session,
)
from upwards.web.people.models import Person  # noqa: E402
from upwards.web.roles import Role  # noqa: E402

SEED = 20261122
VISITS = (-35, -28, -21, -14, -7, 7)
SUBJECTS = ("mathematics", "reading")


def people(given: dict[str, Any]) -> dict[str, Any]:
    """Appoint readers of every role, staff in every school, and partnerships between schools."""
    schools: list[str] = given["schools"]
    cast = [("owner", ""), ("group_lead", ""), ("researcher", "")]
    cast += [(role, school) for role in given["roles"] for school in schools[: given["of_each"]]]
    secret = make_password(given["password"])
    accounts = {_account(number, role, school, secret): role for number, (role, school) in enumerate(cast)}
    _staff(schools)
    pairs = _partnerships(given["partnerships"], schools, random.Random(SEED))
    coached = Participant.objects.filter(side="provider").values_list("partnership", flat=True)
    return {"accounts": accounts, "partnerships": pairs, "coached": sorted(set(coached))}


def _account(number: int, role: str, school: str, secret: str) -> str:
    email = f"{role}-{number}@long.test"
    user = User.objects.create(email=email, name=f"{role} {number}".title(), password=secret)
    Appointment.objects.create(user=user, role=Role(role), school=school)
    return email


def _staff(schools: list[str]) -> None:
    for school in schools:
        for subject in SUBJECTS:
            Person.objects.create(name=f"{subject.title()} of {school}", school=school, subjects=subject)


def _partnerships(n: int, schools: list[str], chance: random.Random) -> list[int]:
    """Make running partnerships, in which coaches and teachers of the cast take part."""
    today = timezone.localdate()
    coaches = list(User.objects.filter(appointments__role=Role.COACH))
    teachers = list(User.objects.filter(appointments__role=Role.TEACHER))
    made = []
    for number in range(n):
        own = number < 4 * len(coaches)
        first = schools[number % len(coaches)] if own and coaches else chance.choice(schools)
        one = Partnership.objects.create(
            kind="coaching", subject=SUBJECTS[number % 2], aim="Every pupil explains a method", hours=24.0,
            provider_school=first, state="running", starts=today - datetime.timedelta(days=42),
            ends=today + datetime.timedelta(days=90),
        )  # fmt: skip
        Recipient.objects.create(partnership=one, school=chance.choice(schools))
        if own and coaches and teachers:
            for user, side in ((coaches[number % len(coaches)], "provider"),
                               (teachers[number % len(teachers)], "recipient")):  # fmt: skip
                Participant.objects.create(partnership=one, user=user, side=side, answer="agreed")
        for days in VISITS:
            outcome = "held" if days < 0 else "planned"
            Session.objects.create(
                partnership=one, date=today + datetime.timedelta(days=days), outcome=outcome
            )
        made.append(one.pk)
    return made


def fits(given: dict[str, Any]) -> int:
    """Ask the worker for fits that no page waits for, each with other draws."""
    for seed in range(given["first"], given["first"] + given["n"]):
        asked = {"question": given["question"], "arguments": {"schools": None, "seed": seed}}
        start_job("answer", asked)
    return int(given["n"])


def counted(given: dict[str, Any]) -> dict[str, int]:
    """Count the fits that `fits` asked for, by how they stand."""
    asked = Job.objects.filter(question="answer", asked_by=None)
    return {str(state): asked.filter(state=state).count() for state in State}


def settle(given: dict[str, Any]) -> dict[str, Any]:
    """Wait until no job is open."""
    end = time.monotonic() + given["seconds"]
    while (n_open := Job.objects.filter(state__in=OPEN).count()) and time.monotonic() < end:
        time.sleep(0.5)
    return {"open": n_open}


def left(given: dict[str, Any]) -> dict[str, Any]:
    """Say what is there once nothing runs any more."""
    return {
        "visits": list(Note.objects.filter(text__startswith="visit ").values_list("text", flat=True)),
        "jobs": {str(one.pk): _ended(one) for one in Job.objects.all()},
        "uploads": [str(one) for one in Upload.objects.values_list("pk", flat=True)],
        "setting": Settings.load(settings.UPWARDS_WORKSPACE / "upwards.toml").number("top_share"),
        "queue_left": _queued(),
        "integrity": _integrity(),
    }


def _ended(job: Job) -> str:
    return "failed with a reason" if job.state == State.FAILED and job.message else str(job.state)


def _queued() -> int:
    """Count what the queue holds for now; what is asked for a later day may wait."""
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).count()
    ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY, run_after__lte=timezone.now())
    return running + ready.count()


def _integrity() -> str:
    """Ask the database whether it is whole, and read every row of it."""
    call_command("dumpdata", stdout=io.StringIO())
    connection.check_constraints()
    if connection.vendor != "sqlite":
        return "ok"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        return str(cursor.fetchone()[0])


if __name__ == "__main__":
    known = {"people": people, "fits": fits, "counted": counted, "settle": settle, "left": left}
    print(json.dumps(known[sys.argv[1]](json.load(sys.stdin))))
