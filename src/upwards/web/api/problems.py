"""What went wrong, in the form that programs know: RFC 9457 problem details."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from upwards.core.errors import UserError
from upwards.web.answers import TooManyAsked
from upwards.web.jobs.models import Job
from upwards.web.jobs.queue import BUG
from upwards.web.request_log import REQUEST_ID

MEDIA_TYPE = "application/problem+json"
NOT_KEPT = "private, no-store"
ASK_AGAIN_SECONDS = 10
log = logging.getLogger("upwards.web.api")

WHAT = {
    400: "The request is malformed, or too large.",
    401: "A token is needed: Authorization: Bearer, with one that works.",
    403: "The token, or the role of who made it, does not open this.",
    404: "There is no such thing here, or not for this token.",
    405: "This address is not asked that way.",
    429: "Too much was asked for at once.",
    500: "Something went wrong inside upwards. Whoever runs this server finds it in its log.",
}


class Failed(Exception):
    """An answer could not be computed; its job says why."""

    def __init__(self, job: Job) -> None:
        super().__init__(str(job.pk))
        self.job = job


class Refused(Exception):
    """A program gave something that cannot be used; each error says where, and what."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(len(errors))
        self.errors = errors


def problem(status: int, detail: str = "", **more: Any) -> HttpResponse:
    """Answer with a problem; the title is the status in words."""
    said = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or WHAT.get(status, ""),
        "request": REQUEST_ID.get(),
        **more,
    }
    headers = {"Cache-Control": NOT_KEPT}
    return HttpResponse(json.dumps(said), status=status, content_type=MEDIA_TYPE, headers=headers)


def answer_problems(api: NinjaAPI) -> None:
    """Let every error of an operation end as a problem."""
    for kind in (Http404, HttpError, ValidationError, Exception):  # the first three have an answer of ninja's
        api.add_exception_handler(kind, _problem_of)


def _problem_of(request: HttpRequest, error: object) -> HttpResponse:
    match error:
        case AuthenticationError():
            return _with(problem(401), "WWW-Authenticate", 'Bearer realm="upwards"')
        case Throttled():
            said = "This token asks more often than a minute allows."
            return _with(problem(429, said), "Retry-After", error.wait)
        case TooManyAsked():
            return _with(problem(429, str(error)), "Retry-After", ASK_AGAIN_SECONDS)
        case SuspiciousOperation():  # a request that is too large, or malformed
            return problem(400)
        case PermissionDenied():
            return problem(403)
        case Http404():
            return problem(404)
        case ValidationError():  # what was given is not repeated
            return _refused([_where(one) for one in error.errors])
        case Refused():
            return _refused(error.errors)
        case UserError():
            return problem(422, str(error))
        case Failed():  # a refusal of the computation is the asker's to mend; a fault is ours
            status = 500 if error.job.message == BUG else 422
            return problem(status, error.job.message, job=str(error.job.pk))
    log.error("a program's question failed", exc_info=error if isinstance(error, Exception) else None)
    return problem(500)


def _with(answer: HttpResponse, header: str, value: object) -> HttpResponse:
    answer.headers[header] = str(value)
    return answer


def _where(error: dict[str, Any]) -> dict[str, str]:
    return {"where": ".".join(map(str, error["loc"])), "said": str(error["msg"])}


def _refused(errors: list[dict[str, str]]) -> HttpResponse:
    return problem(422, "Something that was given cannot be used; errors say what.", errors=errors)


def not_here() -> NoReturn:
    raise Http404
