"""Asking several questions for one page: all of them answered, or the job to wait for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upwards.core.errors import UserError
from upwards.web.access import Reader, audience
from upwards.web.answers import TooManyAsked, answer_or_job, workspace_facts
from upwards.web.jobs.models import Job, State


class Waiting(Exception):
    """An answer is still being computed, or its computation failed."""

    def __init__(self, job: Job) -> None:
        super().__init__(str(job.pk))
        self.job = job


class NothingImported(Exception):
    """The workspace does not hold what a page is about."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


def ask(reader: Reader, question: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the answer for this reader.

    Raises
    ------
    Waiting
        With the job to wait for.
    """
    found = answer_or_job(reader, question, arguments)
    if isinstance(found, Job):
        raise Waiting(found)
    return found


def ask_or_reason(
    reader: Reader, question: str, arguments: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the answer, or ``{"refusal"}`` with the reason why there is none.

    Raises
    ------
    Waiting
        While it is being computed.
    TooManyAsked
        While the reader's other pages come first.
    """
    try:
        return ask(reader, question, arguments)
    except Waiting as waiting:
        if waiting.job.state != State.FAILED:
            raise
        return {"refusal": waiting.job.message}
    except TooManyAsked:
        raise
    except UserError as error:
        return {"refusal": str(error)}


def require_table(table: str) -> dict[str, Any]:
    """Return the workspace's facts; without rows of a table there is nothing to ask about."""
    facts = workspace_facts()
    if not facts["tables"].get(table):
        raise NothingImported(table)
    return facts


def seen_schools(reader: Reader) -> list[str]:
    """Return the schools whose answers the reader may see, by name."""
    own = audience(reader).schools
    return [one for one in workspace_facts()["schools"] if own is None or one in own]


def sees_everything(reader: Reader) -> bool:
    """Say whether the reader may see the answers about all schools."""
    return audience(reader).schools is None
