"""What is held about somebody: shown, given out as a file, erased."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from upwards.web.access import for_capability, for_members, reader_of
from upwards.web.accounts.models import User
from upwards.web.jobs.queue import start_job
from upwards.web.oversight.forms import EraseForm
from upwards.web.oversight.holdings import COMMAND, counted, holdings_of
from upwards.web.people.models import Person
from upwards.web.trail.models import What
from upwards.web.trail.record import record

SHOWN = 50


@require_safe
@for_capability("see_trail")
def held(request: HttpRequest) -> HttpResponse:
    """Find the person or the sign-in about whom somebody asks."""
    asked = request.GET.get("q", "").strip()
    people = Person.objects.filter(erased__isnull=True).select_related("user")
    users = User.objects.filter(person__isnull=True, is_active=True)
    if asked:
        people, users = people.filter(name__icontains=asked), users.filter(name__icontains=asked)
    record(request, What.READ, "list of people", detail="what is held")
    about = {"people": people[:SHOWN], "users": users.order_by("name")[:SHOWN], "q": asked, "shown": SHOWN}
    return render(request, "oversight/held.html", about)


@require_safe
@for_capability("see_trail")
def held_about(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    person, user = _find(kind, pk)
    record(request, What.READ, person or user or "", detail="what is held")
    return render(request, "oversight/held_about.html", _about(kind, pk, person, user, EraseForm()))


def _about(kind: str, pk: int, person: Person | None, user: User | None, form: EraseForm) -> dict[str, Any]:
    name = person.name if person is not None else str(user)
    return {
        "name": name,
        "kind": kind,
        "pk": pk,
        "columns": ["Kind", "Rows"],
        "rows": counted(person, user),
        "form": form,
        "command": COMMAND,
        "has_code": person is not None and bool(person.staff_code),
    }


def _find(kind: str, pk: int) -> tuple[Person | None, User | None]:
    """Return a person with their sign-in, or a sign-in with its person."""
    if kind == "person":
        person = Person.objects.select_related("user").filter(pk=pk, erased__isnull=True).first()
        user = person.user if person is not None else None
    elif kind == "user":
        user = User.objects.filter(pk=pk).first()
        person = Person.objects.filter(user=user).first() if user is not None else None
    else:
        raise Http404
    if person is None and user is None:
        raise Http404
    return person, user


@never_cache
@require_safe
@for_capability("see_trail")
def held_export(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    person, user = _find(kind, pk)
    record(request, What.EXPORTED, person or user or "", detail="subject access")
    return _file(holdings_of(person, user, for_self=False))


@never_cache
@require_safe
@for_members
def own_held(request: HttpRequest) -> HttpResponse:
    """Give everybody what is held about themselves."""
    user = reader_of(request).user
    person = Person.objects.filter(user=user).first()
    record(request, What.EXPORTED, person or user or "", detail="subject access, own")
    return _file(holdings_of(person, user, for_self=True))


def _file(content: dict[str, Any]) -> HttpResponse:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    response = HttpResponse(text + "\n", content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="held.json"'
    return response


@require_POST
@for_capability("see_trail")
def held_erase(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Ask the worker to erase; nobody erases themselves, so that an owner stays."""
    person, user = _find(kind, pk)
    own = reader_of(request).user
    form = EraseForm(request.POST)
    if user is not None and user == own:
        form.add_error(None, "You cannot erase yourself. Ask another owner.")
    if not form.is_valid():
        return render(request, "oversight/held_about.html", _about(kind, pk, person, user, form), status=422)
    record(request, What.DID, "erasure", detail="asked for")
    job = start_job(
        "erase_person",
        {
            "person": person.pk if person is not None else None,
            "user": user.pk if user is not None else None,
            "also_results": form.cleaned_data["also_results"],
            "said": timezone.now().isoformat(),
        },
        asked_by=own.pk if own is not None else None,
    )
    messages.success(request, "The erasure is under way.")
    return redirect(f"{reverse('job', args=[job.pk])}?then={reverse('held')}")
