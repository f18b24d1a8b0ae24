"""Jobs: how far they are, why they failed, and once more."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from upwards.web.access import Reader, audience, reader_of
from upwards.web.answers import QUESTIONS, ask_again
from upwards.web.api import shapes
from upwards.web.api.operations import Paging, accepted, in_pages, operation
from upwards.web.api.problems import not_here
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.registry import capability_for

router = Router(tags=["jobs"])
LOOKED_AT = 500
"""Jobs of one person that are listed at most; older ones are found by their number."""


@operation(router, "", name="jobs", capability="enter", gives=shapes.Listed[shapes.JobShape])
def jobs(request: HttpRequest, response: HttpResponse, asked: Query[Paging]) -> dict[str, Any]:
    """What was asked for in the name of the token's user, the newest first."""
    reader = reader_of(request)
    mine = Job.objects.filter(asked_by=reader.user)[:LOOKED_AT]
    rows = [one for one in mine if _may_watch(reader, one)]
    items, about = in_pages(request, response, rows, asked)
    return {"items": items, **about}


@operation(router, "/{uuid:job_id}", name="job", capability="enter", gives=shapes.JobShape)
def job(request: HttpRequest, job_id: uuid.UUID) -> Job:
    """How far a job is; once it is done, the address that was asked gives the answer."""
    return _own(reader_of(request), job_id)


@operation(
    router, "/{uuid:job_id}/again", name="job-again", capability="enter", gives=shapes.JobShape,
    method="POST", accepted_too=True,
)  # fmt: skip
def job_again(request: HttpRequest, response: HttpResponse, job_id: uuid.UUID) -> Job | Status[Job]:
    """Ask again for an answer that failed."""
    reader = reader_of(request)
    found = _own(reader, job_id)
    if found.state != State.FAILED or found.question != "answer":
        return found
    return accepted(response, ask_again(reader, found))


def _own(reader: Reader, job_id: uuid.UUID) -> Job:
    found = Job.objects.filter(pk=job_id).first()
    if found is None or not _may_watch(reader, found):
        not_here()
    return found


def _may_watch(reader: Reader, one: Job) -> bool:
    """An answer is watched by those who may ask for it, of schools that they see; other work by its asker."""
    if one.question == "answer":
        asked = one.arguments.get("arguments", {})
        question = QUESTIONS.get(one.arguments.get("question", ""))
        if question is None or not reader.may(question.capability):
            return False
        return not question.by_school or _sees(reader, asked.get("schools"))
    capability = capability_for(one.question)
    mine = reader.user is not None and one.asked_by_id == reader.user.pk
    return mine and bool(capability) and reader.may(capability)


def _sees(reader: Reader, schools: list[str] | None) -> bool:
    own = audience(reader).schools
    return own is None or (schools is not None and set(schools) <= own)
