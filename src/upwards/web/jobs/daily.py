"""What is done each day: asked for when serving starts, and then each run asks for the next."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from upwards.web.jobs.queue import start_job
from upwards.web.jobs.registry import find_work

_HOURS: dict[str, int] = {}


def daily(question: str, *, hour: int) -> None:
    """Have a registered work done each day at an hour; called beside its registration in `work.py`."""
    find_work(question)
    _HOURS[question] = hour


def begin_daily() -> None:
    """Do now what is done each day, and see to its next runs; twice is no more than once."""
    for question in _HOURS:
        plant(question)
        start_job(question, {})


@task()
def each_day(question: str) -> None:
    """Ask for the next day first, so that a day that fails is not the last one."""
    if question not in _HOURS:
        return  # an older version did it
    plant(question)
    start_job(question, {})


def plant(question: str) -> None:
    """See to it that the coming run is asked for; once is enough."""
    waiting = DBTaskResult.objects.filter(
        task_path=each_day.module_path, status=TaskResultStatus.READY, run_after__gt=timezone.now()
    )
    if not any(row.args_kwargs["args"] == [question] for row in waiting):
        next_run = next_time(timezone.localtime(), _HOURS[question])
        each_day.using(run_after=next_run).enqueue(question)


def next_time(now: datetime.datetime, hour: int) -> datetime.datetime:
    today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > now else today + datetime.timedelta(days=1)
