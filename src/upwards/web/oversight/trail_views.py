"""The audit trail, by person, date and kind; to be read and taken away, never changed."""

from __future__ import annotations

import datetime

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from upwards.reports.tables import Table
from upwards.web.access import for_capability
from upwards.web.oversight.forms import TrailFilter
from upwards.web.table_files import table_answer
from upwards.web.trail.models import AuditEntry, What
from upwards.web.trail.record import record

PER_PAGE = 100
MOST_ROWS = 100_000
COLUMNS = {"at": "when", "who": "who", "what": "what", "kind": "kind", "id": "number", "detail": "detail"}


@require_safe
@for_capability("see_trail")
def trail(request: HttpRequest) -> HttpResponse:
    form = TrailFilter(request.GET or None)
    wanted = request.GET.get("format", "")
    if wanted:
        table = Table("trail", "Audit trail", COLUMNS, _rows(form))
        return table_answer(request, [table], "trail", {"Page": "Audit trail"}, wanted, thing="audit trail")
    page = Paginator(_entries(form), PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    record(request, What.READ, "audit trail")
    about = {"form": form, "page": page, "asked": asked.urlencode()}
    return render(request, "oversight/trail.html", about)


def _rows(form: TrailFilter) -> list[dict[str, object]]:
    return [
        {
            "at": timezone.localtime(one.at).isoformat(timespec="seconds"),
            "who": str(one.who) if one.who is not None else "",
            "what": one.what,
            "kind": one.kind,
            "id": one.object_id,
            "detail": one.detail,
        }
        for one in _entries(form)[:MOST_ROWS]
    ]


def _entries(form: TrailFilter) -> QuerySet[AuditEntry]:
    """Return the entries that fit, latest first; with a filter that cannot be read, none."""
    found = AuditEntry.objects.select_related("who")
    if not form.is_bound:
        return found
    if not form.is_valid():
        return found.none()
    given = form.cleaned_data
    wanted = {name: given[name] for name in ("who", "what", "kind") if given[name]}
    if given["since"]:
        wanted["at__gte"] = _midnight(given["since"])
    if given["until"]:
        wanted["at__lt"] = _midnight(given["until"] + datetime.timedelta(days=1))
    return found.filter(**wanted)


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
