"""Pilots: an idea, its beginning, what is seen, and the decision."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.errors import UserError
from upwards.core.name_order import in_order
from upwards.web.access import Reader, beyond, for_capability, reader_of, schools_near
from upwards.web.answers import workspace_facts
from upwards.web.innovation import limits, readers
from upwards.web.innovation.forms import (
    DecisionForm,
    LinkForm,
    ObservationForm,
    PilotFilter,
    PilotForm,
    RunningForm,
)
from upwards.web.innovation.models import Decision, Observation, Pilot, State
from upwards.web.innovation.readers import View
from upwards.web.rules import days
from upwards.web.table_files import table_answer, table_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

ON_A_PAGE = 50
COLUMNS = ("title", "school", "state", "from", "until")
DECIDED = {
    Decision.ADOPT: "It is decided: adopted. Draft a practice card of it, so that others can try it too.",
    Decision.ADAPT: "It is decided: adapted. Draft a practice card of it, so that others can try it too.",
    Decision.DROP: "It is decided: dropped. Dropping something in time is a good decision too.",
}


@require_safe
@for_capability("see_innovation")
def innovation(request: HttpRequest) -> HttpResponse:
    """List what is tried in the group, and how much of it each own school carries at once."""
    reader, known = reader_of(request), limits.most()
    named = set(workspace_facts()["schools"]) | set(Pilot.objects.values_list("school", flat=True))
    schools = sorted(named, key=in_order)
    form = PilotFilter(request.GET or None, schools=schools)
    own = reader.schools_for("see_innovation")
    if request.GET.get("format"):
        table = table_of("pilots", "Pilots, the latest first", COLUMNS, map(_line, _wanted(form)))
        return table_answer(request, [table], "pilots", {"Page": "Innovation"}, request.GET["format"])
    page = Paginator(_wanted(form), ON_A_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    about = {
        "form": form,
        "page": page,
        "query": query.urlencode(),
        "filtered": bool(query),
        "loads": _loads(sorted(set(schools) - beyond(reader) if own is None else own, key=in_order), known),
        "most": known,
        "may_propose": reader.may("change_innovation"),
    }
    return render(request, "innovation/innovation.html", about)


def _line(one: Pilot) -> list[str]:
    decision = f": {one.get_decision_display().lower()}" if one.decision else ""
    until = one.decided_on or one.ends
    state = f"{one.get_state_display()}{decision}"
    return [str(one), one.school, state, one.starts.isoformat(), until.isoformat()]


def _wanted(form: PilotFilter) -> QuerySet[Pilot]:
    rows = Pilot.objects.all()
    given = form.cleaned_data if form.is_valid() else {}
    for name in ("state", "school"):
        if given.get(name):
            rows = rows.filter(**{name: given[name]})
    return rows


def _loads(schools: list[str], known: limits.Most) -> list[dict[str, Any]]:
    running = list(Pilot.objects.filter(state=State.RUNNING, school__in=schools).order_by("ends", "pk"))
    today = timezone.localdate()
    found = []
    for school in schools:
        rows = [one for one in running if one.school == school]
        if rows:
            hours = sum(one.hours_a_week for one in rows)
            late = [one for one in rows if one.ends < today]
            full = len(rows) >= known.in_school
            found.append({"school": school, "n": len(rows), "hours": hours, "late": late, "is_full": full})
    return found


@require_http_methods(["GET", "POST"])
@for_capability("change_innovation")
def pilot_new(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    schools, today = schools_near(reader, "change_innovation"), timezone.localdate()
    first: dict[str, Any] = {
        "starts": today,
        "ends": today + days("initiatives.usual_weeks"),
        "lead": reader.user,
    }
    if len(schools) == 1:
        first["school"] = schools[0]
    form = PilotForm(request.POST or None, initial=first, reader=reader, schools=schools)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        messages.success(request, "The idea is kept. Begin it when its measure is said and there is room.")
        return redirect("pilot", made.pk)
    return render(request, "innovation/edit.html", {"form": form, "title": "Try something new"})


@require_safe
@for_capability("see_innovation")
def pilot(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = readers.find(reader, pk)
    level = readers.view_of(reader, found)
    about = _about(reader, found, level)
    if level >= View.SCHOOL:
        record(request, What.READ, found, detail="with its log")
    return render(request, "innovation/pilot.html", about)


def _about(reader: Reader, found: Pilot, level: View) -> dict[str, Any]:
    changes = readers.may_change(reader, found)
    of_school, today = level >= View.SCHOOL, timezone.localdate()
    log = [
        {"row": one, "may_remove": readers.may_remove(reader, one)} for one in readers.log_of(reader, found)
    ]
    return {
        "one": found,
        "sees_plan": level >= View.GOVERNOR,
        "sees_log": of_school,
        "log": log,
        "log_form": _log_form(found, today) if of_school and found.state == State.RUNNING else None,
        "may_change": changes and found.state != State.DECIDED,
        "may_begin": changes and found.state == State.IDEA,
        "may_decide": changes and found.state == State.RUNNING,
        "may_undo": changes and (found.state == State.DECIDED or (found.state == State.RUNNING and not log)),
        "is_late": found.state == State.RUNNING and found.ends < today,
        "reading": found.reading.all() if level >= View.GOVERNOR else [],
        "link_form": LinkForm(auto_id="link_%s") if of_school else None,
        "card": _card_to_draft(found) if changes else None,
    }


def _log_form(found: Pilot, today: datetime.date) -> ObservationForm:
    return ObservationForm(initial={"date": today}, auto_id="log_%s")


def _card_to_draft(found: Pilot) -> str | None:
    """Return where a practice card is drafted from what is adopted."""
    if found.decision != Decision.ADOPT:
        return None
    return f"{reverse('practice_new')}?{urlencode({'title': found.title, 'school': found.school})}"


@require_http_methods(["GET", "POST"])
@for_capability("change_innovation")
def pilot_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an idea; of what runs, only what does not move the goal."""
    reader, is_post = reader_of(request), request.method == "POST"
    with transaction.atomic():
        found = readers.find_to_change(reader, pk, lock=is_post)
        form = _edit_form(request, reader, found)
        is_kept = is_post and form.is_valid()
        if is_kept:
            # Never the whole row: who decides on it meanwhile is not undone by who mends a word.
            form.instance.save(
                update_fields=[one.name for one in Pilot._meta.fields if one.name in form.fields]
            )
    if is_kept:
        messages.success(request, "The change is kept.")
        return redirect("pilot", pk)
    return render(request, "innovation/edit.html", {"form": form, "one": found, "title": f"Change: {found}"})


def _edit_form(request: HttpRequest, reader: Reader, found: Pilot) -> PilotForm | RunningForm:
    if found.state == State.DECIDED:
        raise UserError("It is decided. Take the decision back first, if it should go on.")
    if found.state == State.RUNNING:
        return RunningForm(request.POST or None, instance=found, schools=[found.school])
    schools = sorted({found.school, *schools_near(reader, "change_innovation")}, key=in_order)
    return PilotForm(request.POST or None, instance=found, reader=reader, schools=schools)


@require_POST
@for_capability("change_innovation")
def pilot_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin an idea, take a step back, or remove an idea."""
    wanted = request.POST.get("do", "")
    with transaction.atomic():
        found = readers.find_to_change(reader_of(request), pk, lock=True)
        if wanted == "begin" and found.state == State.IDEA:
            _begin(found)
        elif wanted == "undo" and found.state == State.DECIDED:
            _reopen(found)
        elif wanted == "undo" and found.state == State.RUNNING and not found.observations.exists():
            found.state = State.IDEA
            found.save()
        elif wanted == "remove" and found.state == State.IDEA:
            found.delete()
            messages.success(request, "The idea is removed.")
            return redirect("innovation")
        else:
            raise UserError(f"That cannot be done with what is {found.get_state_display().lower()} now.")
    messages.success(request, _SAID[State(found.state), wanted])
    return redirect("pilot", pk)


_SAID = {
    (State.RUNNING, "begin"): "It has begun. Note what you see, and decide by its last day.",
    (State.RUNNING, "undo"): "The decision is taken back: it runs again.",
    (State.IDEA, "undo"): "It is an idea again.",
}


def _begin(found: Pilot) -> None:
    """Begin today, if its success is said, its last day is to come and there is room."""
    if not (found.measure and found.success):
        raise UserError(
            "Say the measure, and what would count as success, before it begins: afterwards every result "
            "looks like one. Change the idea, then begin it."
        )
    if found.ends < timezone.localdate():
        raise UserError("Its last day is past. Change the idea so that it ends on a day to come.")
    limits.lock_and_check(found)
    found.state, found.starts = State.RUNNING, timezone.localdate()
    found.save()


def _reopen(found: Pilot) -> None:
    limits.lock_and_check(found)
    found.state, found.decision, found.reached = State.RUNNING, "", ""
    found.decided_on = found.decided_by = None
    found.save()


@require_http_methods(["GET", "POST"])
@for_capability("change_innovation")
def pilot_decide(request: HttpRequest, pk: int) -> HttpResponse:
    reader, is_post = reader_of(request), request.method == "POST"
    with transaction.atomic():
        found = readers.find_to_change(reader, pk, lock=is_post)
        if found.state != State.RUNNING:
            raise UserError(f"What is {found.get_state_display().lower()} cannot be decided now.")
        form = DecisionForm(request.POST if is_post else None, initial={"reason": found.reason})
        is_decided = is_post and form.is_valid()
        if is_decided:
            _decide(found, form.cleaned_data, reader)
    if is_decided:
        messages.success(request, DECIDED[Decision(found.decision)])
        return redirect("pilot", pk)
    n_seen = found.observations.count()
    return render(request, "innovation/decide.html", {"form": form, "one": found, "n_seen": n_seen})


def _decide(found: Pilot, given: dict[str, Any], reader: Reader) -> None:
    found.decision, found.reached, found.reason = given["decision"], given["reached"], given["reason"]
    found.state, found.decided_on, found.decided_by = State.DECIDED, timezone.localdate(), reader.user
    found.save()


@require_http_methods(["GET", "POST"])
@for_capability("change_innovation")
def observation_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what somebody of the school saw; with a mistake the form comes back as it was filled in."""
    reader = reader_of(request)
    is_post = request.method == "POST"
    with transaction.atomic():
        found = readers.find(reader, pk, View.SCHOOL, lock=is_post)
        if found.state != State.RUNNING:
            raise UserError("Observations are noted while it runs.")
        seen = Observation(pilot=found, author=reader.user)
        form = ObservationForm(request.POST or None, instance=seen, auto_id="log_%s")
        is_kept = is_post and form.is_valid()
        if is_kept:
            form.save()
    if is_kept:
        messages.success(request, "It is noted.")
        return redirect("pilot", pk)
    about = {"form": form, "one": found, "title": f"Note what you saw: {found}"}
    return render(request, "innovation/edit.html", about)


@require_POST
@for_capability("change_innovation")
def observation_remove(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    row = get_object_or_404(Observation.objects.select_related("pilot"), pk=pk)
    readers.find(reader, row.pilot_id, View.SCHOOL)
    if not readers.may_remove(reader, row):
        raise PermissionDenied
    row.delete()
    messages.success(request, "It is removed.")
    return redirect("pilot", row.pilot_id)
