"""Keep the schema of a release: run once, with the source of that release, when it is made.

    git archive <release> | tar x -C /tmp/release
    PYTHONPATH=/tmp/release/src .venv/bin/python tests/web/schemas/make.py 0.2.0

It writes ``<release>.sql``, SQLite's own dump of a database with a few made-up rows, and ``<release>.json``,
the steps (migrations) that the release had. Never made again from later source.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
from pathlib import Path

import django

HERE = Path(__file__).parent


def rows() -> None:
    from upwards.web.accounts.models import Appointment, Invitation, User
    from upwards.web.jobs.models import Job
    from upwards.web.people.models import Agreement, Person
    from upwards.web.roles import Role

    owner = User.objects.create_user("owner@orchard.test", name="Olive")
    teacher = User.objects.create_user("teacher@orchard.test", name="Tom")
    Appointment.objects.create(user=owner, role=Role.OWNER)
    Appointment.objects.create(user=teacher, role=Role.TEACHER, school="Alder")
    Invitation.make(role=Role.COACH, school="Alder", email="coach@orchard.test", invited_by=owner)
    person = Person.objects.create(name="Tom", school="Alder", user=teacher, staff_code="T1")
    Agreement.objects.create(person=person, school="Alder", subject="mathematics", stage="year 6")
    Job.objects.create(question="answer", key="k", state="failed", message="No.", arguments={"a": [1, None]})


def main(release: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["UPWARDS_WORKSPACE"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "upwards.web.settings"
        os.environ.pop("DATABASE_URL", None)
        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.db.migrations.recorder import MigrationRecorder

        call_command("migrate", interactive=False, verbosity=0)
        rows()
        steps = sorted(MigrationRecorder(connection).applied_migrations())
        connection.close()
        with sqlite3.connect(Path(folder) / "upwards.db") as opened:
            text = "\n".join(opened.iterdump())
    (HERE / f"{release}.sql").write_text(text + "\n", encoding="utf-8")
    (HERE / f"{release}.json").write_text(json.dumps(steps, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
