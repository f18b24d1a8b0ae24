"""What every operation has: a name, a capability that opens it, a shape, and lists in pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Router, Schema, Status

from upwards.web.api.entering import ProgramToken
from upwards.web.api.shapes import JobShape
from upwards.web.jobs.models import Job
from upwards.web.tokens.scopes import ALWAYS, OPENS

F = TypeVar("F", bound=Callable[..., Any])
MOST: Final = 200
RETRY_SECONDS: Final = 2


class Paging(Schema):
    """Which part of a list."""

    page: int = Field(1, ge=1, le=100_000, description="Page of the list, from 1.")
    limit: int = Field(50, ge=1, le=MOST, description="Items on a page.")


def operation(
    router: Router,
    path: str,
    *,
    name: str,
    capability: str,
    gives: Any,
    method: str = "GET",
    accepted_too: bool = False,
    **more: Any,
) -> Callable[[F], F]:
    """Register an operation; its capability is asked of the token before anything else happens."""
    responses: dict[int, Any] = {200: gives} if gives is not None else {}
    if accepted_too:
        responses[202] = JobShape
    return router.api_operation(
        [method],
        path,
        url_name=f"api-{name}",
        operation_id=name,
        auth=ProgramToken(capability),
        response=responses,
        by_alias=True,
        openapi_extra={"x-capability": capability, "x-scope": scope_of(capability), **more},
    )


def scope_of(capability: str) -> str | None:
    """Return the scope that opens a capability; None for what every token opens."""
    if capability in ALWAYS:
        return None
    return next(scope.value for scope, opened in OPENS.items() if capability in opened)


def accepted(response: HttpResponse, job: Job) -> Status[Job]:
    """Say that something is being computed, and where to look."""
    response.headers["Location"] = reverse("api-job", args=[job.pk])
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return Status(202, job)


def in_pages(
    request: HttpRequest, response: HttpResponse, rows: Sequence[Any] | QuerySet[Any], asked: Paging
) -> tuple[Sequence[Any], dict[str, int]]:
    """Return the rows of a page and what is said about it; links to its neighbours go into the header."""
    page, limit = asked.page, asked.limit
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    last = max(1, -(-total // limit))
    places = {"first": 1, "last": last}
    if page > 1:
        places["prev"] = min(page - 1, last)
    if page < last:
        places["next"] = page + 1
    kept = [(name, value) for name, values in request.GET.lists() for value in values if name != "page"]
    response.headers["Link"] = ", ".join(
        f'<{request.path}?{urlencode([*kept, ("page", number)])}>; rel="{rel}"'
        for rel, number in places.items()
    )
    first = (page - 1) * limit
    return list(rows[first : first + limit]), {"page": page, "limit": limit, "total": total}
