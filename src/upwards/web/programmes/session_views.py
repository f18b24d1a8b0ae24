"""Sessions of a programme, who takes part, the register, and the table to take away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from upwards.core.errors import UserError
from upwards.reports.tables import Table
from upwards.web.access import for_capability, reader_of
from upwards.web.accounts.models import User
from upwards.web.programmes import hours, readers
from upwards.web.programmes.forms import PeopleForm, RegisterForm, SessionForm
from upwards.web.programmes.models import BEGUN, Attendance, Participant, Programme, Session
from upwards.web.staff import staff_of
from upwards.web.table_files import table_answer
from upwards.web.trail.models import What
from upwards.web.trail.record import record

COLUMNS = {
    "date": "day",
    "title": "session",
    "strand": "strand",
    "hours": "hours",
    "expected": "participants",
    "marked": "in the register",
    "present": "present",
    "person_hours": "hours of training",
    "cost": "cost",
    "currency": "currency",
}


@require_http_methods(["GET", "POST"])
@for_capability("change_programmes")
def programme_session_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a session; "keep and plan another" repeats hours, facilitator and cost."""
    reader = reader_of(request)
    found = readers.find_to_change(reader, pk)
    last = found.sessions.last()
    new = Session(programme=found)
    if last is not None:
        new.hours, new.cost, new.facilitator = last.hours, last.cost, last.facilitator
    first = {"date": min(max(timezone.localdate(), found.starts), found.ends)}
    given, staff = request.POST or None, readers.facilitators_from(reader, found)
    form = SessionForm(given, instance=new, initial=first, schools=staff)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The session is planned.")
        return redirect("programme_session_new" if "more" in request.POST else "programme", pk)
    about = {"form": form, "one": found, "title": "Plan a session", "more": True}
    return render(request, "programmes/edit.html", about)


@require_http_methods(["GET", "POST"])
@for_capability("change_programmes")
def programme_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a session, or remove one that nobody has been at."""
    reader = reader_of(request)
    row = readers.find_session(reader, pk)
    found = readers.find_to_change(reader, row.programme_id)
    if request.POST.get("do") == "remove":
        if row.attendance.exists():
            raise UserError("Its register is taken, so it stays: the hours are counted.")
        row.delete()
        messages.success(request, "The session is removed.")
        return redirect("programme", found.pk)
    staff = readers.facilitators_from(reader, found)
    form = SessionForm(request.POST or None, instance=row, schools=staff)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The change is kept.")
        return redirect("programme", found.pk)
    about = {"form": form, "one": found, "title": f"Change: {row}", "may_remove": not row.attendance.exists()}
    return render(request, "programmes/edit.html", about)


@require_http_methods(["GET", "POST"])
@for_capability("attend_programmes")
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the register: everybody is ticked, one unticks who was not there, and presses the button."""
    reader = reader_of(request)
    row = readers.find_session(reader, pk)
    if not readers.may_mark(reader, row):
        raise Http404
    if row.programme.state not in BEGUN:
        raise UserError("The programme has not begun. Who leads its schools begins it on its page.")
    if row.date > timezone.localdate():
        raise UserError("This session is still to come. Take its register on its day.")
    people = readers.register_of(reader, row)
    known = {one.participant_id: one.present for one in row.attendance.all()}
    ticked = [str(one.pk) for one in people if known.get(one.pk, True)]
    # An empty list is an answer: nobody was there.
    given = request.POST if request.method == "POST" else None
    form = RegisterForm(given, people=people, initial={"present": ticked})
    if request.method == "POST" and form.is_valid():
        _mark(row, people, set(form.cleaned_data["present"]))
        messages.success(request, "The register is kept.")
        return redirect("programme", row.programme_id)
    record(request, What.READ, row, detail="register")
    about = {"form": form, "row": row, "one": row.programme, "people": people, "is_taken": bool(known)}
    return render(request, "programmes/attendance.html", about)


@transaction.atomic
def _mark(row: Session, people: Iterable[Participant], present: set[str]) -> None:
    for one in people:
        Attendance.objects.update_or_create(
            session=row, participant=one, defaults={"present": str(one.pk) in present}
        )


@require_http_methods(["GET", "POST"])
@for_capability("change_programmes")
def programme_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who of one school takes part: who leads the school ticks its people."""
    reader = reader_of(request)
    found = readers.find(reader, pk)
    schools = readers.led_in(reader, found)
    school = request.GET.get("school", schools[0] if schools else "")
    if school not in schools:
        raise Http404
    people = _staff(found, school)
    now = {str(one.user_id) for one in found.participants.filter(school=school, left=None)}
    given = request.POST if request.method == "POST" else None
    form = PeopleForm(given, people=people, initial={"people": sorted(now)})
    if request.method == "POST" and form.is_valid():
        _take_part(found, school, people, set(form.cleaned_data["people"]))
        messages.success(request, "The change is kept.")
        return redirect("programme", pk)
    record(request, What.READ, found, detail="staff to choose from")
    about = {"form": form, "one": found, "school": school, "schools": schools, "staff": people}
    return render(request, "programmes/people.html", about)


def _staff(found: Programme, school: str) -> list[User]:
    """Return the staff of a school and who takes part from it; nobody who takes part from another."""
    elsewhere = found.participants.exclude(school=school).values("user")
    here = found.participants.filter(school=school).values("user")
    users = User.objects.filter(pk__in=staff_of([school]).values("pk")) | User.objects.filter(pk__in=here)
    return list(users.exclude(pk__in=elsewhere).order_by("name", "email"))


@transaction.atomic
def _take_part(found: Programme, school: str, people: Iterable[User], ticked: set[str]) -> None:
    known = {one.user_id: one for one in found.participants.filter(school=school)}
    for user in people:
        row, wanted = known.get(user.pk), str(user.pk) in ticked
        if row is None and wanted:
            Participant.objects.create(programme=found, user=user, school=school)
        elif row is not None and wanted and row.left is not None:
            row.left = None
            row.save()
        elif row is not None and not wanted and row.left is None:
            _leave(row)


def _leave(row: Participant) -> None:
    """Take somebody out; who was marked at a session stays in what is counted."""
    if not row.attendance.exists():
        row.delete()
        return
    row.left = timezone.localdate()
    row.save()


@require_safe
@for_capability("see_programmes")
def programme_table(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Give out sessions and costs as a table, without anybody's name."""
    reader = reader_of(request)
    found = readers.find(reader, pk)
    if not readers.sees_costs(reader, found):
        raise Http404
    table = Table(
        "sessions", "Sessions and costs", COLUMNS, [_line(one) for one in hours.held_sessions(found)]
    )
    return table_answer(request, [table], f"programme-{found.pk}", _sheet(found), kind, thing=found)


def _line(one: hours.Held) -> dict[str, Any]:
    row = one.session
    return {
        "date": row.date.isoformat(),
        "title": row.title,
        "strand": row.get_strand_display(),
        "hours": row.hours,
        "expected": one.expected,
        "marked": one.marked,
        "present": one.present,
        "person_hours": one.person_hours,
        "cost": float(row.cost),
        "currency": row.programme.currency,
    }


def _sheet(found: Programme) -> dict[str, str]:
    return {
        "Programme": found.title,
        "Schools": ", ".join(found.school_names),
        "From": found.starts.isoformat(),
        "Until": found.ends.isoformat(),
        "Budget": f"{found.budget} {found.currency}",
        "Other costs so far": f"{found.other_costs} {found.currency}",
        "Made": timezone.localdate().isoformat(),
    }
