"""Headers that Django does not set itself."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

CLOSED = (
    "accelerometer",
    "camera",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "payment",
    "usb",
)
# Apps whose pages hold figures or nothing: a browser may keep them, and asks whether they still hold.
# All others are about persons: nothing of them stays on a shared computer after signing out.
FIGURES = tuple(f"upwards.web.{app}." for app in ("answer_pages", "data", "pages"))
PERMISSIONS = ", ".join(f"{name}=()" for name in CLOSED)


class BrowserPolicies:
    """No page uses a device; what belongs to a person is not kept by caches on the way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            kept = "private, no-cache" if _is_of_figures(request) else "private, no-store"
            response.headers.setdefault("Cache-Control", kept)
        return response


def _is_of_figures(request: HttpRequest) -> bool:
    found = request.resolver_match
    return found is not None and found.func.__module__.startswith(FIGURES)
