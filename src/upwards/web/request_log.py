"""One line of JSON for each request and each event, without addresses, names or what was asked for."""

from __future__ import annotations

import datetime
import json
import logging
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from upwards.web.request_counts import count_request

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
FACTS = ("route", "method", "status", "milliseconds", "job", "question", "state")
log = logging.getLogger("upwards.web.requests")


class RequestLog:
    """Log each request by the name of its route: an address can hold a person's number or token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = REQUEST_ID.set(uuid.uuid4().hex)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = REQUEST_ID.get()
            match = getattr(request, "resolver_match", None)
            route, seconds = match.view_name if match else None, time.perf_counter() - started
            count_request(route, response.status_code, seconds)
            log.info(
                "request",
                extra={
                    "route": route,
                    "method": request.method,
                    "status": response.status_code,
                    "milliseconds": round(seconds * 1000, 1),
                },
            )
            return response
        finally:
            REQUEST_ID.reset(token)


class JsonLines(logging.Formatter):
    """A record as one line: the message's template, never what was filled into it."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg),
            "request": REQUEST_ID.get() or None,
            **{name: getattr(record, name) for name in FACTS if hasattr(record, name)},
        }
        if record.exc_info and record.exc_info[1] is not None:
            # The kind and the place of an error; its words may quote a record.
            said["error"] = type(record.exc_info[1]).__name__
            said["at"] = _place(record.exc_info[1])
        return json.dumps({name: value for name, value in said.items() if value is not None}, default=str)


def _place(error: BaseException) -> list[str]:
    found, trace = [], error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-12:]
