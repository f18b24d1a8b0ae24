"""The interface as a whole: its operations, its description, and what every answer of it has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.operation import Operation

from upwards.web.api import answers_of, holdings_of, work_of
from upwards.web.api.entering import ProgramToken
from upwards.web.api.problems import MEDIA_TYPE, NOT_KEPT, answer_problems, problem
from upwards.web.api.shapes import Problem

VERSION = "1"
PLACE = f"/api/v{VERSION}/"
ASKED_AGAIN = "private, no-cache"
ALWAYS_NEW = ("api-job", "api-jobs", "api-job-again")
View = Callable[..., HttpResponseBase]

api = NinjaAPI(
    title="upwards",
    version=VERSION,
    description="The questions of upwards convergence, asked by programs: the same answers as on the pages, "
    "for whoever made the token, and never more. Version 1 keeps its keys; further ones may be added.",
    openapi_url=None,
    docs_url=None,
    urls_namespace="programs",
)
answer_problems(api)
api.add_router("", holdings_of.router)
api.add_router("/answers", answers_of.router)
api.add_router("/jobs", work_of.router)


def operations() -> list[tuple[str, Operation]]:
    """Return every operation with the path it stands at."""
    return [
        (f"{router.prefix}{path}", one)
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for one in view.operations
    ]


def _entrance(one: Operation) -> ProgramToken:
    """Return what opens an operation; one that nothing guards does not start."""
    (entrance,) = one.auth_callbacks
    assert isinstance(entrance, ProgramToken), one.path
    return entrance


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI description, with problems where there are errors."""
    said: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PLACE.strip("/")))
    said["components"]["schemas"]["Problem"] = Problem.json_schema()
    for methods in said["paths"].values():
        for one in methods.values():
            _add_headers(one["responses"])
            for status in (400, 401, 403, 404, 422, 429, 500):
                one["responses"][status] = _problem(status)
    said["servers"] = [{"url": "/"}]
    return said


def _problem(status: int) -> dict[str, Any]:
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    headers = {"Retry-After": {"schema": {"type": "integer"}}} if status == 429 else {}
    if status == 401:
        headers = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    said = str(problem(status).reason_phrase)
    return {"description": said, "headers": headers, "content": {MEDIA_TYPE: shape}}


def _add_headers(responses: dict[Any, Any]) -> None:
    if 202 in responses:
        texts = {"Location": "Where the job is.", "Retry-After": "Seconds until it is worth asking again."}
        responses[202]["headers"] = {
            name: {"description": text, "schema": {"type": "integer" if "After" in name else "string"}}
            for name, text in texts.items()
        }
    responses[304] = {"description": "Unchanged since the ETag that was sent as If-None-Match."}


def addresses() -> list[URLPattern]:
    """Return Django's patterns of the operations, each answering as a program expects."""
    known = {name: one for _, one in operations() for name in [one.url_name]}
    for one in known.values():
        _entrance(one).parameters = _parameters(one)
    found = []
    for pattern in api.urls[0]:
        if isinstance(pattern, URLResolver) or pattern.name not in known:
            continue  # ninja's own page at the root
        capability = _entrance(known[pattern.name]).capability
        found.append(
            URLPattern(pattern.pattern, for_programs(pattern.callback, capability), name=pattern.name)
        )
    return found


def _parameters(one: Operation) -> frozenset[str]:
    for methods in description()["paths"].values():
        for said in methods.values():
            if said["operationId"] == one.operation_id:
                return frozenset(p["name"] for p in said["parameters"] if p["in"] == "query")
    raise LookupError(one.path)


def for_programs(view: View, capability: str) -> View:
    """Answer without session or form token; errors are problems, and nothing unchanged is sent again."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = request.method
        if asked == "HEAD":  # as GET; the server leaves out the body
            request.method = "GET"
        found = view(request, *args, **kwargs)
        request.method = asked
        if found.status_code == 405:
            allowed = found.headers["Allow"]
            found = problem(405)
            found.headers["Allow"] = allowed
        return _kept(request, found)

    marked: Any = answer
    marked.login_required, marked.csrf_exempt = False, True
    marked.upwards_access = f"capability {capability}, by token"
    done: View = marked
    return done


def _kept(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Say what may be kept: nothing, unless it can be asked again by its ETag."""
    patch_vary_headers(answer, ["Authorization"])
    answer.headers["Cache-Control"] = NOT_KEPT
    name = request.resolver_match.url_name if request.resolver_match else None
    if request.method not in ("GET", "HEAD") or answer.status_code != 200 or name in ALWAYS_NEW:
        return answer
    assert isinstance(answer, HttpResponse)
    # Of what is sent: data, settings, agreements and the reader's reach all go in through it.
    etag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if any(one == "*" or one.removeprefix("W/") == etag for one in known):
        answer = HttpResponse(status=304)
        patch_vary_headers(answer, ["Authorization"])
        del answer.headers["Content-Type"]
    answer.headers["ETag"], answer.headers["Cache-Control"] = etag, ASKED_AGAIN
    return answer


@require_safe
def describe(request: HttpRequest) -> HttpResponse:
    """Give out the OpenAPI description: open, since it holds no data."""
    return JsonResponse(description())


def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer what is no address of the interface as a program expects."""
    return problem(404)
