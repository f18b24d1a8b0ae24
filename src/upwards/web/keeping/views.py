"""What machines ask, and the page that says what is kept how long."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from upwards.web.access import for_capability
from upwards.web.keeping.metrics import metrics_text
from upwards.web.keeping.retention import kept_how_long
from upwards.web.keeping.standing import what_is_not_ready
from upwards.web.this_machine import from_this_machine

MachineView = Callable[[HttpRequest], HttpResponse]


def for_this_machine(view: MachineView) -> MachineView:
    """Answer only what is asked from the machine itself, not through a proxy; for others there is nothing."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        return view(request) if from_this_machine(request) else HttpResponse(status=404)

    return guarded


@login_not_required
@never_cache
@require_safe
@for_this_machine
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether database, workspace and worker are there."""
    missing = what_is_not_ready()
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


@login_not_required
@never_cache
@require_safe
@for_this_machine
def metrics(request: HttpRequest) -> HttpResponse:
    """Count, in the text form that Prometheus reads."""
    return HttpResponse(metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")


@require_safe
@for_capability("see_settings")
def kept(request: HttpRequest) -> HttpResponse:
    """Say what is kept how long."""
    return render(request, "keeping/kept.html", {"rows": kept_how_long()})
