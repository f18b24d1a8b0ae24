"""Classes that teachers added: confirmed by a lead of the school before they count or are seen."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from upwards.core.errors import UserError
from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.jobs.queue import start_job
from upwards.web.partnerships.reminders import Reminder
from upwards.web.people.class_checks import ClassCheckQuerySet
from upwards.web.people.models import ClassCheck
from upwards.web.trail.models import What
from upwards.web.trail.record import record


@require_safe
@for_capability("change_people")
def class_claims(request: HttpRequest) -> HttpResponse:
    """List the classes that wait, in the schools that the reader leads."""
    waiting = list(_waiting(reader_of(request)))
    for one in waiting:
        record(request, What.READ, one)
    return render(request, "rosters/class_claims.html", {"waiting": waiting})


@require_POST
@for_capability("change_people")
def class_claim_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm one, and bring it into the data; or refuse it, which the teacher sees."""
    reader = reader_of(request)
    answer = request.POST.get("answer")
    if answer not in ("confirm", "refuse"):
        raise Http404
    with transaction.atomic():
        claim = get_object_or_404(_waiting(reader).select_for_update(of=("self",)), pk=pk)
        if request.POST.get("said", "") != claim.said.isoformat():
            raise UserError(
                "The teacher has said something else since you opened the page. Open Classes to confirm, "
                "read what stands there now, then answer."
            )
        now = timezone.now()
        claim.confirmed, claim.refused = (now, None) if answer == "confirm" else (None, now)
        claim.answered_by = reader.user
        claim.save()
        if answer == "confirm":
            hand_in(reader, [claim])
    said = (
        "Confirmed. It enters the data in a moment." if answer == "confirm" else "Refused. It does not count."
    )
    messages.success(request, said)
    return redirect("class_claims")


def claims_waiting(reader: Reader) -> list[Reminder]:
    """Return what Monday says of them, without names."""
    n = _waiting(reader).count()
    if not n:
        return []
    said = "1 class that a teacher added waits" if n == 1 else f"{n} classes that teachers added wait"
    return [Reminder(f"{said} to be confirmed", "It counts only then", "Look at it", reverse("class_claims"))]


def hand_in(reader: Reader, checks: Iterable[ClassCheck]) -> None:
    """Ask the worker to bring what was said into the data."""
    said = [timezone.now().isoformat()]  # handed in again after a change, it is another job
    start_job(
        "roster_corrections",
        {"checks": sorted(one.pk for one in checks), "said": said},
        asked_by=reader.user.pk if reader.user is not None else None,
    )


def _waiting(reader: Reader) -> ClassCheckQuerySet:
    """Return the claims that the reader may answer: nobody answers their own."""
    schools = reader.schools_for("change_people")
    found = ClassCheck.objects.waiting().filter(person__erased__isnull=True).select_related("person")
    if reader.user is not None:
        found = found.filter(Q(person__user__isnull=True) | ~Q(person__user=reader.user))
    return found if schools is None else found.filter(school__in=schools)
