"""Monday: why people come back between two sets of results."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from upwards.web.access import for_capability, reader_of
from upwards.web.accounts.models import User
from upwards.web.monday.lines import CARRY_MUCH, sections_for
from upwards.web.monday.mail import is_mailing
from upwards.web.monday.models import MondayMail
from upwards.web.monday.next_steps import next_steps
from upwards.web.trail.models import What
from upwards.web.trail.record import record


@require_safe
@for_capability("see_monday")
def monday(request: HttpRequest) -> HttpResponse:
    reader, today = reader_of(request), timezone.localdate()
    sections = sections_for(reader, today)
    if any(one.title == CARRY_MUCH for one in sections):
        record(request, What.READ, "partnerships.load")
    about = {
        "sections": sections,
        "shows_all": "all" in request.GET,
        "asked": sum(len(one.lines) for one in sections if one.asks),
        "today": today,
        "next_steps": next_steps(reader),
        "is_mailing": is_mailing(),
        "wants_mail": not MondayMail.objects.filter(user=reader.user, wanted=False).exists(),
    }
    return render(request, "monday/monday.html", about)


@require_POST
@for_capability("see_monday")
def monday_mail(request: HttpRequest) -> HttpResponse:
    """Turn the weekly message on or off for oneself."""
    assert isinstance(request.user, User)
    wanted = request.POST.get("wanted") == "yes"
    MondayMail.objects.update_or_create(user=request.user, defaults={"wanted": wanted})
    messages.success(request, "You will be told on Mondays." if wanted else "You get no more such messages.")
    return redirect("monday")
