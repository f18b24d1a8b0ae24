"""Who is acting: known to everything that a request does, so that a change can say who made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

_ACTING: ContextVar[int | None] = ContextVar("acting", default=None)


class Acting:
    """Remember the signed-in user while a request is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_as(request.user.pk if request.user.is_authenticated else None):
            return self.get_response(request)


@contextmanager
def acting_as(user_id: int | None) -> Iterator[None]:
    token = _ACTING.set(user_id)
    try:
        yield
    finally:
        _ACTING.reset(token)


def who_acts() -> int | None:
    return _ACTING.get()
