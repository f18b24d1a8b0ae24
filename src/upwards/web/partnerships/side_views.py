"""Beside partnerships: the calendar, and the giving of records to the data."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from upwards.web.access import for_capability, reader_of
from upwards.web.jobs.queue import start_job
from upwards.web.partnerships.calendar import calendar_of, may_read
from upwards.web.partnerships.handover import partnership_rows, recorded_staff, session_rows
from upwards.web.partnerships.models import CalendarFeed, Handover
from upwards.web.partnerships.nightly import QUESTION, plant


@never_cache
@require_http_methods(["GET", "POST"])
@for_capability("see_partnerships")
def calendar_address(request: HttpRequest) -> HttpResponse:
    """Make, renew or revoke the reader's own calendar address; it is shown once."""
    user, link = reader_of(request).user, None
    if user is None:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "revoke":
        for old in CalendarFeed.objects.filter(user=user):
            old.delete()
        messages.success(request, "The address is revoked: calendars that used it get nothing from now on.")
        return redirect("calendar_address")
    if request.method == "POST":
        link = request.build_absolute_uri(reverse("calendar_feed", args=[CalendarFeed.make(user)]))
    feed = CalendarFeed.objects.filter(user=user).first()
    return render(request, "partnerships/calendar.html", {"link": link, "feed": feed})


@login_not_required
@never_cache
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar that knows the address; a wrong or revoked one is not there."""
    feed = CalendarFeed.find(token)
    if feed is None or not may_read(feed.user):
        raise Http404
    text = calendar_of(
        feed.user,
        timezone.localdate(),
        lambda one: request.build_absolute_uri(reverse("partnership", args=[one.pk])),
    )
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="partnerships.ics"'
    return answer


@require_http_methods(["GET", "POST"])
@for_capability("change_data")
def hand_over(request: HttpRequest) -> HttpResponse:
    """Give partnerships, visits and staff to the data now, instead of tonight."""
    if request.method == "POST":
        user = reader_of(request).user
        plant()
        job = start_job(QUESTION, {}, asked_by=user.pk if user is not None else None)
        return redirect(f"{reverse('job', args=[job.pk])}?then={reverse('hand_over')}")
    about = {
        "last": Handover.objects.first(),
        "partnerships": len(partnership_rows()),
        "sessions": len(session_rows()),
        "staff": len(recorded_staff()),
    }
    return render(request, "partnerships/hand_over.html", about)
