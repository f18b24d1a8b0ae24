"""Programmes: the list, one programme, its outcomes and framework, and its state."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.errors import UserError
from upwards.core.name_order import in_order
from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.answers import workspace_facts
from upwards.web.programmes import hours, readers
from upwards.web.programmes.forms import OutcomeSet, ProgrammeForm, StepSet
from upwards.web.programmes.models import BEGUN, Participant, Programme, Session, State
from upwards.web.rules import days
from upwards.web.table_files import table_answer, table_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

ON_A_PAGE = 50
DUE_SHOWN = 20
COLUMNS = ("title", "schools", "state", "from", "until")


@require_safe
@for_capability("attend_programmes")
def programmes(request: HttpRequest) -> HttpResponse:
    """List the programmes of the reader's schools, and the registers that wait for the reader."""
    reader = reader_of(request)
    rows = readers.seen_by(reader)
    if request.GET.get("format"):
        table = table_of("programmes", "Programmes, the latest first", COLUMNS, map(_line, rows))
        return table_answer(request, [table], "programmes", {"Page": "Programmes"}, request.GET["format"])
    about = {
        "page": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
        "due": _due(reader),
        "may_make": reader.may("change_programmes"),
        "sees_all": reader.may("see_programmes"),
    }
    return render(request, "programmes/programmes.html", about)


def _line(one: Programme) -> list[object]:
    until = one.closed or one.ends
    days_of = (one.starts.isoformat(), until.isoformat())
    return [str(one), one.school_names, one.get_state_display(), *days_of]


def _due(reader: Reader) -> list[Session]:
    """Return past sessions without a register that the reader facilitates."""
    if reader.user is None:
        return []
    rows = Session.objects.filter(
        facilitator=reader.user,
        date__lte=timezone.localdate(),
        attendance__isnull=True,
        programme__state__in=BEGUN,
        programme__participants__isnull=False,
    )
    return list(rows.select_related("programme").distinct().order_by("date", "pk")[:DUE_SHOWN])


@require_http_methods(["GET", "POST"])
@for_capability("change_programmes")
def programme_new(request: HttpRequest) -> HttpResponse:
    schools, today = _own_schools(reader_of(request)), timezone.localdate()
    first: dict[str, Any] = {"starts": today, "ends": today + days("initiatives.usual_weeks")}
    if len(schools) == 1:
        first["schools"] = schools
    form = ProgrammeForm(request.POST or None, initial=first, schools=schools)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            made = form.save()
            form.save_schools(made)
        messages.success(request, "The programme is kept. Now say what should be different through it.")
        return redirect("programme_framework", made.pk)
    return render(request, "programmes/edit.html", {"form": form, "title": "Plan a programme"})


def _own_schools(reader: Reader) -> list[str]:
    own = readers.led(reader)
    return sorted(workspace_facts()["schools"] if own is None else own, key=in_order)


@require_safe
@for_capability("attend_programmes")
def programme(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = readers.find(reader, pk)
    about = _about(reader, found)
    if about["people"]:
        record(request, What.READ, found, detail="with its participants")
    return render(request, "programmes/programme.html", about)


def _about(reader: Reader, found: Programme) -> dict[str, Any]:
    held, today = hours.held_sessions(found), timezone.localdate()
    n, changes = found.participants.count(), readers.may_change(reader, found)
    sessions = [one.session for one in held]
    return {
        "one": found,
        "outcomes": found.outcomes.all(),
        "framework": _framework(found),
        "held": [_row(reader, one, today) for one in held],
        "n_people": n,
        "people": _people(reader, found),
        "led_in": readers.led_in(reader, found),
        "person_hours": sum(one.person_hours or 0 for one in held),
        "costs": hours.costs_of(found, sessions, n, today) if readers.sees_costs(reader, found) else None,
        "may_change": changes,
        "steps": _steps(found) if changes else [],
        "names_staff": reader.may("see_colleagues"),
        "own": _own(reader, found),
    }


def _row(reader: Reader, one: hours.Held, today: datetime.date) -> dict[str, Any]:
    open_now = one.session.date <= today and one.session.programme.state in BEGUN
    return {"held": one, "may_mark": open_now and readers.may_mark(reader, one.session)}


def _framework(found: Programme) -> list[tuple[str, list[Any]]]:
    rows = list(found.framework.all())
    titles = {one.strand: one.get_strand_display() for one in rows}
    return [(title, [one for one in rows if one.strand == strand]) for strand, title in titles.items()]


def _people(reader: Reader, found: Programme) -> list[dict[str, Any]]:
    return [
        {"row": one, "n": sum(mark.present for mark in one.attendance.all())}
        for one in readers.people_of(reader, found).prefetch_related("attendance")
    ]


def _own(reader: Reader, found: Programme) -> dict[str, int] | None:
    own: Participant | None = readers.own_place(reader, found)
    if own is None:
        return None
    marks = [one.present for one in own.attendance.all()]
    return {"n": sum(marks), "of": len(marks)}


@require_http_methods(["GET", "POST"])
@for_capability("change_programmes")
def programme_edit(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = readers.find_to_change(reader, pk)
    schools = sorted({*found.school_names, *_own_schools(reader)}, key=in_order)
    form = ProgrammeForm(request.POST or None, instance=found, schools=schools)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save_schools(form.save())
        messages.success(request, "The change is kept.")
        return redirect("programme", pk)
    return render(request, "programmes/edit.html", {"form": form, "one": found, "title": f"Change: {found}"})


@require_http_methods(["GET", "POST"])
@for_capability("change_programmes")
def programme_framework(request: HttpRequest, pk: int) -> HttpResponse:
    """Say the outcomes, and what participants should come to know and to be able to do."""
    found = readers.find_to_change(reader_of(request), pk)
    given = request.POST or None
    outcomes = OutcomeSet(given, instance=found, prefix="outcomes")
    steps = StepSet(given, instance=found, prefix="steps")
    if request.method == "POST" and outcomes.is_valid() and steps.is_valid():
        with transaction.atomic():
            outcomes.save()
            steps.save()
        messages.success(request, "The change is kept.")
        if "more" in request.POST:
            return redirect("programme_framework", pk)
        return redirect("programme", pk)
    about = {"one": found, "outcomes": outcomes, "steps": steps}
    return render(request, "programmes/framework.html", about)


def _steps(found: Programme) -> list[tuple[str, str]]:
    """Return what can be done with its state now, and the words on the button."""
    if found.state == State.PLANNED:
        return [("begin", "Begin"), ("remove", "Remove this programme")]
    if found.state == State.RUNNING:
        steps = [("end", "End it"), ("stop", "Stop it before its end")]
        return steps if _has_registers(found) else [*steps, ("undo", "Make it planned again")]
    return [("undo", "Open it again")]


def _has_registers(found: Programme) -> bool:
    return found.sessions.filter(attendance__isnull=False).exists()


@require_POST
@for_capability("change_programmes")
def programme_state(request: HttpRequest, pk: int) -> HttpResponse:
    wanted = request.POST.get("do", "")
    with transaction.atomic():
        found = readers.find_to_change(reader_of(request), pk, lock=True)
        _move(found, wanted)
    if wanted == "remove":
        messages.success(request, "The programme is removed.")
        return redirect("programmes")
    messages.success(request, f"It is {found.get_state_display().lower()} now.")
    return redirect("programme", pk)


def _move(found: Programme, wanted: str) -> None:
    if wanted not in [one for one, _ in _steps(found)]:
        raise UserError(f"That cannot be done with what is {found.get_state_display().lower()} now.")
    if wanted == "remove":
        found.delete()
        return
    if wanted == "begin" and not found.outcomes.exists():
        raise UserError(
            "Say at least one outcome and its measure before it begins: without one nobody can tell whether "
            "it was worth its hours."
        )
    after = {"begin": State.RUNNING, "end": State.ENDED, "stop": State.STOPPED}
    back = State.PLANNED if found.state == State.RUNNING else State.RUNNING
    found.state = after.get(wanted, back)
    found.closed = timezone.localdate() if found.state in (State.ENDED, State.STOPPED) else None
    found.save()
