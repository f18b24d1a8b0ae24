"""Sharing agreements: recorded by one side, signed by the other, ended by either."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.controllers.models import Controller, Sharing
from upwards.web.roles import GROUP
from upwards.web.sharing.forms import SharingForm, SignForm
from upwards.web.sharing.sides import controllers_of, seen_sharings, signs_for
from upwards.web.table_files import table_answer, table_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

COLUMNS = ("between", "which data", "state", "from", "until", "review")


@require_safe
@for_capability("see_sharing")
def sharings(request: HttpRequest) -> HttpResponse:
    """List controllers with their schools, and agreements with where they stand."""
    reader, today = reader_of(request), timezone.localdate()
    if request.GET.get("format"):
        rows = [_line(one, one.state(today)) for one in seen_sharings(reader)]
        table = table_of("agreements", "Agreements, the latest first", COLUMNS, rows)
        return table_answer(request, [table], "sharing", {"Page": "Sharing"}, request.GET["format"])
    about = {
        "controllers": list(Controller.objects.prefetch_related("schools", "signatories__user")),
        "listed": [(one, one.state(today)) for one in seen_sharings(reader)],
        "may_change": reader.may("change_controllers"),
        "signs_for": signs_for(reader),
        "named": None if reader.roles & GROUP else controllers_of(reader),
    }
    record(request, What.READ, "list of sharing agreements", detail="with who signs")
    return render(request, "sharing/sharings.html", about)


def _line(one: Sharing, state: str) -> list[object]:
    days = (day.isoformat() for day in (one.starts, one.ends, one.review_on))
    return [str(one), list(one.shared), state, *days]


@require_http_methods(["GET", "POST"])
@for_capability("see_sharing")
def sharing_add(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    sides = signs_for(reader)
    if not sides or reader.user is None:
        return render(request, "sharing/nobody_signs.html", {"may_change": reader.may("change_controllers")})
    form = SharingForm(request.POST or None, sides=sides)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            found = form.record(reader.user)
        messages.success(request, "Recorded. It holds once the other side has signed.")
        return redirect("sharing", found.pk)
    return render(request, "sharing/sharing_form.html", {"form": form})


@require_safe
@for_capability("see_sharing")
def sharing(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = _seen(reader, pk)
    record(request, What.READ, found)
    return render(request, "sharing/sharing.html", _about(reader, found, SignForm()))


@require_POST
@for_capability("see_sharing")
def sharing_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign for the side that has not signed yet."""
    reader = reader_of(request)
    with transaction.atomic():
        found = _seen(reader, pk, lock=True)
        form = SignForm(request.POST)
        side = next((one.pk for one in signs_for(reader) if one.pk in found.unsigned), None)
        if side is None or reader.user is None or not _is_open(found, timezone.localdate()):
            raise PermissionDenied
        if not form.is_valid():
            return render(request, "sharing/sharing.html", _about(reader, found, form))
        found.sign(side, reader.user.pk, form.cleaned_data["signed_name"])
    messages.success(request, "Signed. Who sees which school follows at once, from its first day on.")
    return redirect("sharing", pk)


@require_http_methods(["GET", "POST"])
@for_capability("see_sharing")
def sharing_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then end it at once; either side can, without the other."""
    reader = reader_of(request)
    with transaction.atomic():
        found = _seen(reader, pk, lock=request.method == "POST")
        if not _may_end(reader, found):
            raise PermissionDenied
        if request.method == "POST":
            found.withdrawn, found.withdrawn_by = timezone.now(), reader.user
            found.save()
            messages.success(request, "Ended. Nothing is shown under it from now on.")
            return redirect("sharing", pk)
    return render(request, "sharing/sharing_end.html", {"found": found})


def _seen(reader: Reader, pk: int, *, lock: bool = False) -> Sharing:
    rows = seen_sharings(reader)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=pk)


def _about(reader: Reader, found: Sharing, form: SignForm) -> dict[str, Any]:
    today = timezone.localdate()
    may_sign = any(one.pk in found.unsigned for one in signs_for(reader)) and _is_open(found, today)
    return {
        "found": found,
        "state": found.state(today),
        "form": form if may_sign else None,
        "may_end": _may_end(reader, found),
        "sides": [
            (found.giver, found.giver_name, found.giver_at),
            (found.receiver, found.receiver_name, found.receiver_at),
        ],
    }


def _is_open(found: Sharing, today: datetime.date) -> bool:
    return found.withdrawn is None and found.ends >= today


def _may_end(reader: Reader, found: Sharing) -> bool:
    return _is_open(found, timezone.localdate()) and any(one.pk in found.sides for one in signs_for(reader))
