"""Each night the records are given to the data; each run asks for the next."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from upwards.web.jobs.queue import start_job

HOUR = 2
QUESTION = "hand over"


@task()
def nightly() -> None:
    """Ask for the next night first, so that a night that fails is not the last one."""
    plant()
    start_job(QUESTION, {})


def plant() -> None:
    """See to it that the coming night is asked for; once is enough."""
    waiting = DBTaskResult.objects.filter(
        task_path=nightly.module_path, status=TaskResultStatus.READY, run_after__gt=timezone.now()
    )
    if not waiting.exists():
        nightly.using(run_after=next_night(timezone.localtime())).enqueue()


def next_night(now: datetime.datetime) -> datetime.datetime:
    night = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return night if night > now else night + datetime.timedelta(days=1)
