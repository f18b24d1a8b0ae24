"""The coaching cycle: log a visit, plan the next, keep the goal and the step, ask weeks later."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.accounts.models import User
from upwards.web.partnerships import hours, readers
from upwards.web.partnerships.forms import (
    CoverForm,
    FollowUpForm,
    LogForm,
    MissedForm,
    NoteForm,
    PlanVisitForm,
    VisitForm,
)
from upwards.web.partnerships.models import (
    About,
    Activity,
    Cover,
    FollowUp,
    Note,
    Outcome,
    Partnership,
    Session,
    State,
)
from upwards.web.partnerships.nightly import plant
from upwards.web.partnerships.readers import View
from upwards.web.term_dates.calendars import read_calendars

TWICE = datetime.timedelta(minutes=2)


@require_http_methods(["GET", "POST"])
@for_capability("see_partnerships")
def visit_log(request: HttpRequest, pk: int) -> HttpResponse:
    """Log a visit in under a minute: what is usual is filled in, and one presses the button."""
    reader = reader_of(request)
    found = _to_log(reader, pk)
    visit = _visit_asked(found, request.GET.get("visit", ""))
    form = LogForm(request.POST or None, initial=_usual(found, visit))
    if request.method == "POST" and form.is_valid():
        _log(found, visit, form.cleaned_data, reader.user)
        messages.success(request, f"Logged.{_said_of(found, form.cleaned_data['next_date'])}")
        plant()
        return redirect("partnership", pk)
    shown = {name: [form[one] for one in names] for name, names in _PARTS.items()}
    return render(request, "partnerships/log.html", {"form": form, "one": found, "visit": visit, **shown})


_PARTS = {"short": ("date", "hours", "activity"), "more": ("step", "next_date", "next_cover", "note")}


def _to_log(reader: Reader, pk: int) -> Partnership:
    """Return a partnership under way in which the reader takes part; for others it is not there."""
    found = readers.find(reader, pk, View.PART)
    if not readers.may_log(reader, found):
        raise PermissionDenied
    return found


def _visit_asked(found: Partnership, asked: str) -> Session | None:
    """Return the planned visit that is meant: the one named, or the oldest that is due."""
    waiting = [one for one in found.sessions.all() if one.outcome == Outcome.PLANNED]
    if asked:
        return next((one for one in waiting if str(one.pk) == asked), None)
    return next((one for one in waiting if one.date <= timezone.localdate()), None)


def _usual(found: Partnership, visit: Session | None) -> dict[str, Any]:
    known, today = hours.rules(), timezone.localdate()
    last = visit or next((one for one in reversed(found.sessions.all()) if one.outcome == Outcome.HELD), None)
    next_date = _next_day(found, today)
    later = [one for one in found.sessions.all() if one.outcome == Outcome.PLANNED and one.date > today]
    return {
        "date": min(visit.date, today) if visit else today,
        "hours": f"{visit.hours if visit else known.visit_hours:g}",
        "activity": last.activity if last else Activity.VISIT,
        "next_date": next_date if next_date <= found.ends and not later else None,
        "next_cover": last.cover if last else Cover.NOT_NEEDED,
    }


def _next_day(found: Partnership, today: datetime.date) -> datetime.date:
    """Return the day that is proposed for the next visit: a school day of all its schools."""
    usual = today + datetime.timedelta(weeks=hours.rules().every_weeks)
    return read_calendars().of(found.schools).first_from(usual)


@transaction.atomic
def _log(found: Partnership, visit: Session | None, given: dict[str, Any], user: User | None) -> None:
    row = visit or _logged_before(found, given, user) or Session(partnership=found)
    row.date, row.hours, row.activity = given["date"], given["hours"], given["activity"]
    row.outcome, row.reason, row.logged_by, row.logged = Outcome.HELD, "", user, timezone.now()
    row.save()
    for about in (About.STEP, About.NOTE):
        if given[about]:
            _write(found, about, given[about], user, row)
    if given["next_date"]:
        _plan_next(found, row, given["next_date"], given["next_cover"] or Cover.NOT_NEEDED)
    if found.state == State.AGREED:
        found.state = State.RUNNING
        found.save()


def _logged_before(found: Partnership, given: dict[str, Any], user: User | None) -> Session | None:
    """Return the same visit logged a moment ago: a button pressed twice on a slow line."""
    same = {name: given[name] for name in ("date", "hours", "activity")}
    lately = timezone.now() - TWICE
    return found.sessions.filter(outcome=Outcome.HELD, logged_by=user, logged__gte=lately, **same).first()


def _plan_next(found: Partnership, like: Session, date: datetime.date, cover: str) -> None:
    if not found.sessions.filter(outcome=Outcome.PLANNED, date=date).exists():
        Session.objects.create(
            partnership=found, date=date, at=like.at, hours=like.hours, activity=like.activity, cover=cover
        )


def _write(
    found: Partnership, about: str, text: str, user: User | None, session: Session | None = None
) -> None:
    if session is not None and session.notes.filter(about=about, text=text, author=user).exists():
        return
    note = Note.objects.create(partnership=found, session=session, about=about, text=text, author=user)
    note.readers.set(readers.note_readers(found))


@require_http_methods(["GET", "POST"])
@for_capability("see_partnerships")
def visit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = _to_log(reader, pk)
    known = hours.rules()
    date = _next_day(found, timezone.localdate())
    visit = Session(partnership=found, date=date, hours=known.visit_hours, logged_by=reader.user)
    form = PlanVisitForm(request.POST or None, instance=visit)
    if request.method == "POST" and form.is_valid():
        planned = form.save()
        messages.success(request, f"The visit is planned.{_said_of(found, planned.date)}")
        return redirect("partnership", pk)
    return render(request, "partnerships/visit.html", {"form": form, "one": found, "title": "Plan a visit"})


def _said_of(found: Partnership, planned: datetime.date | None) -> str:
    """Point out a visit that is planned on a day without school; nothing where none is planned."""
    if planned is None or read_calendars().of(found.schools).is_open(planned):
        return ""
    said = f"{planned:%A} {planned.day} {planned:%B %Y}"
    return f" {said}, when you meet next, is no school day of all its schools: change it if that was a slip."


@require_http_methods(["GET", "POST"])
@for_capability("see_partnerships")
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a visit; a leader of one of the schools changes its release cover."""
    reader = reader_of(request)
    row = get_object_or_404(Session, pk=pk)
    found = readers.find(reader, row.partnership_id, View.LEAD)
    kind = VisitForm if readers.may_log(reader, found) else CoverForm
    if kind is CoverForm and not readers.leads_any(reader, found.schools):
        raise PermissionDenied
    form = kind(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The change is kept.")
        return redirect("partnership", found.pk)
    return render(request, "partnerships/visit.html", {"form": form, "one": found, "title": str(row)})


@require_http_methods(["GET", "POST"])
@for_capability("see_partnerships")
def visit_missed(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    row = get_object_or_404(Session, pk=pk)
    found = _to_log(reader, row.partnership_id)
    if row.outcome == Outcome.HELD:
        raise Http404
    form = MissedForm(request.POST or None, initial={"outcome": Outcome.CANCELLED})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with transaction.atomic():
            row.outcome, row.reason = given["outcome"], given["reason"]
            row.logged_by, row.logged = reader.user, timezone.now()
            row.save()
            if given["next_date"]:
                _plan_next(found, row, given["next_date"], row.cover)
        messages.success(request, f"Noted.{_said_of(found, given['next_date'])}")
        return redirect("partnership", found.pk)
    about = {"form": form, "one": found, "title": f"{row}: it did not take place"}
    return render(request, "partnerships/visit.html", about)


@require_POST
@for_capability("see_partnerships")
def partnership_note(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = _to_log(reader, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        _write(found, form.cleaned_data["about"], form.cleaned_data["text"], reader.user)
        messages.success(request, "It is kept, for those who take part.")
        return redirect("partnership", pk)
    about = {"form": form, "one": found, "title": "Write a goal, a step or a note"}
    return render(request, "partnerships/visit.html", about)


@require_POST
@for_capability("see_partnerships")
def goal_reached(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    note = get_object_or_404(Note, pk=pk, about=About.GOAL, readers=reader.user)
    found = _to_log(reader, note.partnership_id)
    note.reached = timezone.localdate()
    note.save()
    messages.success(request, "The goal is reached. Agree the next one.")
    return redirect("partnership", found.pk)


@require_http_methods(["GET", "POST"])
@for_capability("see_partnerships")
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask six and twelve weeks after the end whether the practice lives on."""
    reader = reader_of(request)
    row = get_object_or_404(FollowUp, pk=pk)
    found = readers.find(reader, row.partnership_id, View.LEAD)
    if not readers.may_answer(reader, found):
        raise PermissionDenied
    form = FollowUpForm(request.POST or None, initial={"lives_on": row.lives_on})
    if request.method == "POST" and form.is_valid():
        row.lives_on = form.cleaned_data["lives_on"]
        row.answered_by, row.answered = reader.user, timezone.localdate()
        row.save()
        messages.success(request, "Thank you. “No” is an answer too: it says what the next one needs.")
        return redirect("partnership", found.pk)
    return render(request, "partnerships/follow_up.html", {"form": form, "one": found, "row": row})
