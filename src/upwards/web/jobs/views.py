"""Watching a job: a page that refreshes itself, with or without JavaScript."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from upwards.web.access import for_members, reader_of
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.queue import start_job
from upwards.web.jobs.registry import capability_for, find_again
from upwards.web.roles import GROUP

REFRESH_SECONDS = 2


def waiting_page(request: HttpRequest, job: Job, *, comes_after: bool = False) -> HttpResponse:
    """Answer a page whose figures are still being computed: the same address, asked again, shows them.

    Parameters
    ----------
    request, job
        What was asked, and what computes it.
    comes_after
        Whether the job is another page's, after which the turn of this one comes.
    """
    shown = {"job": job, "then": request.get_full_path(), "comes_after": comes_after}
    return render(request, "jobs/waiting.html", {**shown, "seconds": REFRESH_SECONDS}, status=202)


@require_safe
@for_members
def job(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show how far a job is; for htmx the part that changes, which leads on once it is done."""
    found = _own(request, job_id)
    then = _safe(request.GET.get("then", ""))
    partial = bool(HtmxDetails(request))
    comes_after = "after" in request.GET
    if then and (found.state == State.DONE or (comes_after and not found.is_open)):
        if partial:
            response = HttpResponse()
            response.headers["HX-Redirect"] = then
            return response
        return redirect(then)
    part = "jobs/progress.html" if partial else "jobs/waiting.html"
    shown = {"job": found, "then": then, "comes_after": comes_after, "seconds": REFRESH_SECONDS}
    return render(request, part, shown)


@require_POST
@for_members
def job_again(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask again for what failed: those who may still ask for it."""
    found = _own(request, job_id)
    then = _safe(request.POST.get("then", ""))
    if found.state == State.FAILED:
        reader = reader_of(request)
        ask_again = find_again(found.question)
        if ask_again is not None:
            found = ask_again(reader, found)
        else:
            capability = capability_for(found.question)
            if not capability or not reader.may(capability):
                raise PermissionDenied
            asked_by = reader.user.pk if reader.user else None
            found = start_job(found.question, found.arguments, asked_by=asked_by, key=found.key)
    return redirect(then) if then else redirect("job", found.pk)


def _own(request: HttpRequest, job_id: uuid.UUID) -> Job:
    """Return a job to who asked for it; an answer that several wait for, to each of them."""
    found = get_object_or_404(Job, pk=job_id)
    reader = reader_of(request)
    own = reader.user is not None and found.asked_by_id == reader.user.pk
    if not (own or found.question == "answer" or reader.roles & GROUP):
        raise PermissionDenied
    return found


def _safe(then: str) -> str:
    """Return an address of this house, without its name, or nothing.

    Browsers take ``//`` and ``/\\`` for another house, and leave out blanks that stand between.
    """
    if not then.startswith("/") or then[1:2] in ("/", "\\") or not then.isprintable():
        return ""
    if not url_has_allowed_host_and_scheme(then, None):
        return ""
    return then
