"""Monday: why people come back between two sets of results."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from upwards.web.access import for_capability, reader_of
from upwards.web.monday.lines import CARRY_MUCH, sections_for
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
        "asked": sum(len(one.lines) for one in sections if one.asks),
        "today": today,
        "next_steps": next_steps(reader),
    }
    return render(request, "monday/monday.html", about)
