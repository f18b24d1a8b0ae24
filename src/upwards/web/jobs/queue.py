"""Starting a job and running it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from upwards.core.errors import UserError
from upwards.web.jobs.models import OPEN, Job, State
from upwards.web.jobs.registry import find_work
from upwards.web.trail.acting import acting_as

BUG = "Something went wrong inside upwards. Whoever runs this server finds it in its log."
log = logging.getLogger("upwards.web.jobs")


def job_key(question: str, arguments: Mapping[str, Any], about: str = "") -> str:
    said = json.dumps([question, arguments, about], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def start_job(
    question: str, arguments: Mapping[str, Any], *, asked_by: int | None = None, key: str | None = None
) -> Job:
    """Ask the worker for something; the same question while one is open gives the open job.

    Parameters
    ----------
    question
        A name registered with `work`.
    arguments
        JSON values; no personal data, since they are kept.
    asked_by
        Key of the user, who alone (beside owners) may watch it.
    key
        What makes two jobs the same; question and arguments by default.
    """
    find_work(question)
    own = key or job_key(question, arguments)
    with transaction.atomic():
        job, is_new = Job.objects.get_or_create(
            key=own,
            state__in=OPEN,
            defaults={"question": question, "arguments": dict(arguments), "asked_by_id": asked_by},
        )
        if is_new:
            run_job.enqueue(str(job.pk))
    return job


@task()
def run_job(job_id: str) -> None:
    """Do what a job asks; whatever happens, the job ends done or failed with a reason."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or not job.is_open:
        return
    _change(job, state=State.RUNNING, started_at=timezone.now(), attempts=job.attempts + 1, message="")
    log.info("job", extra={"job": job_id, "question": job.question, "state": "running"})
    try:
        with acting_as(job.asked_by_id):
            result = find_work(job.question)(job.arguments, lambda *said: _tell(job, *said))
        _end(job, State.DONE, "", result)
    except UserError as error:
        _end(job, State.FAILED, str(error))
    except Exception:
        log.exception("job", extra={"job": job_id, "question": job.question, "state": "failed"})
        _end(job, State.FAILED, BUG)


def _tell(job: Job, message: str, done: int, total: int) -> None:
    _change(job, message=message, done=done, total=total)


def _end(job: Job, state: State, message: str, result: Any = None) -> None:
    _change(job, state=state, message=message, result=result, ended_at=timezone.now())
    log.info("job", extra={"job": str(job.pk), "question": job.question, "state": str(state)})


def _change(job: Job, **values: Any) -> None:
    for name, value in values.items():
        setattr(job, name, value)
    job.save(update_fields=list(values))
