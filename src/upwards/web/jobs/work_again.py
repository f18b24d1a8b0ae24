"""After a crash: what a vanished worker held is put back, or ends with a reason."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from upwards.web.jobs.models import OPEN, Job, State
from upwards.web.jobs.queue import run_job

ATTEMPTS = 3
GIVEN_UP = "The server was stopped {n} times while this was under way. Try again when it runs steadily."
log = logging.getLogger("upwards.web.jobs")


def put_back_lost() -> int:
    """Put back what no worker holds any more; the caller knows that no other worker is alive.

    Returns
    -------
    int
        How many jobs were put back or given up.
    """
    with transaction.atomic():
        DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).update(
            status=TaskResultStatus.FAILED, finished_at=timezone.now(), exception_class_path="", traceback=""
        )
        carried = {
            str(row.args_kwargs["args"][0])
            for row in DBTaskResult.objects.filter(
                status=TaskResultStatus.READY, task_path=run_job.module_path
            )
        }
        lost = [
            job
            for job in Job.objects.select_for_update().filter(state__in=OPEN)
            if str(job.pk) not in carried
        ]
        for job in lost:
            _put_back(job)
    return len(lost)


def _put_back(job: Job) -> None:
    if job.attempts >= ATTEMPTS:
        job.state, job.message, job.ended_at = State.FAILED, GIVEN_UP.format(n=ATTEMPTS), timezone.now()
    else:
        job.state, job.message, job.done, job.total = State.WAITING, "", 0, 0
        run_job.enqueue(str(job.pk))
    job.save()
    log.warning("job put back", extra={"job": str(job.pk), "question": job.question, "state": job.state})
