"""How the installation stands at this moment: what readiness, metrics and the doctor all ask."""

from __future__ import annotations

import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from upwards.actions.describe_workspace import workspace_state
from upwards.core.errors import UserError
from upwards.web.jobs.models import Job, State
from upwards.web.keeping.models import Backup
from upwards.web.keeping.worker_place import worker_is_alive


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def workspace_answers() -> bool:
    try:
        workspace_state(settings.UPWARDS_WORKSPACE)
    except (UserError, OSError):
        return False
    return True


def what_is_not_ready() -> list[str]:
    """Return what keeps the application from working, in words; empty when it is ready."""
    found = []
    if not database_answers():
        found.append("the database does not answer")
    if not workspace_answers():
        found.append("the workspace cannot be read")
    if not worker_is_alive(settings.UPWARDS_WORKSPACE):
        found.append("the worker does not run")
    return found


def queue_seconds() -> float:
    """Return how long the oldest waiting job has waited."""
    oldest = Job.objects.filter(state=State.WAITING).order_by("asked_at").first()
    return (timezone.now() - oldest.asked_at).total_seconds() if oldest is not None else 0.0


def stuck_jobs(minutes: float) -> int:
    since = timezone.now() - datetime.timedelta(minutes=minutes)
    waiting = Job.objects.filter(state=State.WAITING, asked_at__lt=since).count()
    return waiting + Job.objects.filter(state=State.RUNNING, started_at__lt=since).count()


def last_backup() -> Backup | None:
    return Backup.objects.filter(removed=None).order_by("-made").first()


def database_bytes() -> int:
    """Return how much room the database takes; with SQLite its log included."""
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        files = [Path(name), Path(f"{name}-wal")]
        return sum(one.stat().st_size for one in files if one.is_file())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
