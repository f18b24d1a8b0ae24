"""The first page, and what machines ask."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from upwards.web.access import for_members, reader_of
from upwards.web.answers import workspace_facts
from upwards.web.navigation import pages_of


@require_safe
@for_members
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first page of the reader's menu; where there is nothing yet, say who can change that."""
    reader = reader_of(request)
    if reader.roles and workspace_facts()["snapshot"] is None:
        if reader.may("change_data"):
            return redirect("data_start")
        return render(request, "pages/no_data_yet.html")
    pages = pages_of(reader)
    if pages:
        return redirect(pages[0][1])
    return render(request, "pages/nothing_yet.html")


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def wrong_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is missing or old."""
    return render(request, "errors/csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Rendered without the database, which may be what failed."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)
