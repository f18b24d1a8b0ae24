"""A mistake that the reader can mend is shown as a page with its message, never as a failure."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from upwards.core.errors import UserError
from upwards.web.answers import TooManyAsked
from upwards.web.jobs.views import waiting_page


class UserErrors:
    """Answer 422 with the message of a `UserError` that a view lets through.

    A page whose turn comes after the reader's other pages waits for it by itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, UserError):
            return None
        if isinstance(error, TooManyAsked) and request.method in ("GET", "HEAD"):
            return waiting_page(request, error.job, comes_after=True)
        return render(request, "errors/user_error.html", {"said": str(error)}, status=422)
