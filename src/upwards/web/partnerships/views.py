"""Proposing a partnership, asking people, agreeing, ending."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.errors import UserError
from upwards.core.name_order import in_order
from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.accounts.models import User
from upwards.web.answers import workspace_facts
from upwards.web.partnerships import hours, readers
from upwards.web.partnerships.forms import AskForm, ChangeForm, NoteForm, PartnershipForm
from upwards.web.partnerships.from_plan import lines_for, proposed
from upwards.web.partnerships.hours import Hours
from upwards.web.partnerships.models import (
    OPEN,
    Answer,
    Origin,
    Participant,
    Partnership,
    Recipient,
    Side,
    State,
)
from upwards.web.partnerships.nightly import plant
from upwards.web.partnerships.readers import View
from upwards.web.partnerships.reminders import reminders_for
from upwards.web.staff import staff_of
from upwards.web.table_files import table_answer, table_of
from upwards.web.term_dates.calendars import Calendars, read_calendars
from upwards.web.trail.models import What
from upwards.web.trail.record import record

ON_A_PAGE = 50
CLASH = (
    "A line manager cannot be the coach of somebody they manage, nor share their notes: what is said there "
    "must not reach appraisal. Ask somebody else."
)
COLUMNS = ("what", "who works with whom", "aim", "state", "until", "hours given", "hours agreed")
NEXT: dict[str, tuple[str, ...]] = {
    State.PROPOSED: (State.AGREED, State.STOPPED),
    State.AGREED: (State.RUNNING, State.STOPPED),
    State.RUNNING: (State.ENDED, State.STOPPED),
}
SAID = {
    State.AGREED: "It is agreed.",
    State.RUNNING: "It has begun.",
    State.ENDED: "It has ended. Some weeks from now you will be asked whether the practice lives on.",
    State.STOPPED: "It is stopped.",
}


@require_safe
@for_capability("see_partnerships")
def partnerships(request: HttpRequest) -> HttpResponse:
    """List partnerships by school and subject; who takes part is on each one's own page."""
    reader, today = reader_of(request), timezone.localdate()
    wanted = request.GET.get("state", "open")
    found = _wanted(readers.seen_by(reader), wanted).order_by("-starts", "-pk")
    mine = list(readers.mine(reader))
    own, calendars = {one.pk for one in mine}, read_calendars()
    if request.GET.get("format"):
        rows = [_line(**one) for one in _listed(reader, found, own, today, calendars)]
        table = table_of("partnerships", "Partnerships", COLUMNS, rows)
        about = {"Page": "Partnerships", "What it says": "Schools and hours, without anybody's name."}
        return table_answer(request, [table], "partnerships", about, request.GET["format"])
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "listed": _listed(reader, page, own, today, calendars),
        "page": page,
        "wanted": wanted,
        "asked": urlencode({"state": wanted}),
        "reminders": reminders_for(reader, today, mine, calendars),
        "may_propose": reader.may("change_partnerships"),
        "may_hand_over": reader.may("change_data"),
    }
    return render(request, "partnerships/partnerships.html", context)


def _listed(
    reader: Reader, rows: Iterable[Partnership], own: set[int], today: datetime.date, calendars: Calendars
) -> list[dict[str, Any]]:
    """Return the rows with what the reader sees: hours are for those who take part and their leaders."""
    return [
        {
            "row": one,
            "is_mine": one.pk in own,
            "hours": hours.hours_of(one, today, calendars)
            if one.pk in own or readers.leads_any(reader, one.schools)
            else None,
        }
        for one in rows
    ]


def _line(row: Partnership, hours: Hours | None, **_: object) -> list[object]:
    given = (None, None) if hours is None else (hours.delivered, hours.promised)
    return [str(row), row.between, row.aim, row.get_state_display(), row.ends.isoformat(), *given]


def _wanted(rows: QuerySet[Partnership], wanted: str) -> QuerySet[Partnership]:
    if wanted == "all":
        return rows
    return rows.filter(state__in=OPEN) if wanted == "open" else rows.exclude(state__in=OPEN)


@require_http_methods(["GET", "POST"])
@for_capability("change_partnerships")
def partnership_new(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    schools = workspace_facts()["schools"]
    first = _first(reader, request) if request.method == "GET" else {}
    form = PartnershipForm(request.POST or None, initial=first, reader=reader, schools=schools)
    if request.method == "POST" and form.is_valid():
        made = _make(form, reader.user)
        plant()
        messages.success(request, "It is proposed. Now ask the people who should take part.")
        return redirect("partnership", made.pk)
    about = {"form": form, "from_plan": bool(form["line"].value()), "lines": lines_for(reader)}
    return render(request, "partnerships/new.html", about)


def _first(reader: Reader, request: HttpRequest) -> dict[str, Any]:
    known, today = hours.rules(), timezone.localdate()
    own = sorted(reader.schools_for("change_partnerships") or [], key=in_order)
    end = today + datetime.timedelta(weeks=known.length_weeks)
    rhythm = known.visit_hours * known.length_weeks / known.every_weeks
    first = {"starts": today, "ends": end, "hours": f"{rhythm:g}", "kind": "coaching"}
    if len(own) == 1:
        first["provider_school"] = own[0]
    return {**first, **proposed(reader, request.GET.dict())}


@transaction.atomic
def _make(form: PartnershipForm, user: User | None) -> Partnership:
    given = form.cleaned_data
    names = ("kind", "subject", "provider_school", "provider_department", "aim", "measure", "hours")
    rest = ("for_pupils", "starts", "ends", "line", "snapshot")
    made = Partnership.objects.create(
        **{name: given[name] for name in (*names, *rest)},
        origin=Origin.PLAN if given["line"] else Origin.OWN,
        proposed_by=user,
    )
    for school, department in form.receiving().items():
        Recipient.objects.create(partnership=made, school=school, department=department)
    return made


@require_safe
@for_capability("see_partnerships")
def partnership(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = readers.find(reader, pk)
    level = readers.view_of(reader, found)
    about = _about(reader, found, level)
    if level >= View.LEAD:
        record(request, What.READ, found, detail="with those who take part")
    if about["notes"]:
        record(request, What.READ, "partnerships.note", found.pk)
    return render(request, "partnerships/partnership.html", about)


def _about(reader: Reader, found: Partnership, level: View) -> dict[str, Any]:
    calendars = read_calendars()
    return {
        "one": found,
        "sees_hours": level >= View.LEAD,
        "hours": hours.hours_of(found, timezone.localdate(), calendars),
        "checks": [(one, hours.asked_on(one, found, calendars)) for one in found.follow_ups.all()],
        "may_answer": readers.may_answer(reader, found),
        **_people(reader, found),
        **_changing(reader, found),
        **_writing(reader, found),
    }


def _people(reader: Reader, found: Partnership) -> dict[str, Any]:
    """Say who takes part, which sides are open, and what the reader may do about it for themselves."""
    return {
        "place": readers.part_of(reader, found),
        "taking_part": [one for one in found.participants.all() if one.answer != Answer.DECLINED],
        "open_sides": hours.open_sides(found) if found.is_open else [],
        "volunteer": _may_offer(reader, found),
        "said_no": _said_no(reader, found),
    }


def _may_offer(reader: Reader, found: Partnership) -> list[str]:
    """Return the sides that the reader may volunteer for."""
    if found.state != State.PROPOSED or readers.part_of(reader, found) or _said_no(reader, found):
        return []
    own = readers.schools_of_staff(reader)
    return [one for one in hours.open_sides(found) if own is None or own & set(found.schools_of(one))]


def _changing(reader: Reader, found: Partnership) -> dict[str, Any]:
    changes = readers.may_change(reader, found)
    is_open = changes and found.is_open
    return {
        "may_change": is_open,
        "ask_form": _ask_form(reader, found, None) if is_open else None,
        "next_states": _next_states(reader, found) if changes else [],
    }


def _writing(reader: Reader, found: Partnership) -> dict[str, Any]:
    """Return what is written for the reader, and where they write more."""
    notes, may_log = list(readers.notes_for(reader, found)), readers.may_log(reader, found)
    return {
        "notes": notes,
        "goals": [one for one in notes if one.about == "goal"],
        "step": next((one for one in notes if one.about == "step"), None),
        "reads_notes": readers.may_read_notes(reader, found),
        "may_log": may_log,
        "note_form": NoteForm() if may_log else None,
    }


def _said_no(reader: Reader, found: Partnership) -> bool:
    """Say to the reader alone whether they declined and the place is still open."""
    return found.is_open and any(
        one.user_id == (reader.user.pk if reader.user is not None else None)
        and one.answer == Answer.DECLINED
        and one.side in hours.open_sides(found)
        for one in found.participants.all()
    )


def _next_states(reader: Reader, found: Partnership) -> list[tuple[str, str]]:
    words = {State.AGREED: "Both schools agree", State.RUNNING: "Begin"}
    words |= {State.ENDED: "End it", State.STOPPED: "Stop it"}
    agrees = _may_agree(reader, found)
    return [(one, words[State(one)]) for one in NEXT.get(found.state, ()) if agrees or one != State.AGREED]


def _may_agree(reader: Reader, found: Partnership) -> bool:
    """Nobody agrees for another school: each side has somebody who said yes, or is led by the reader."""
    places = found.participants.all()
    led = readers.led_schools(reader)
    said_yes = {one.side for one in places if one.answer == Answer.AGREED}
    is_sure = all(one in said_yes or led is None or set(found.schools_of(one)) <= led for one in Side)
    return is_sure and not any(one.answer == Answer.ASKED for one in places)


def _ask_form(reader: Reader, found: Partnership, given: Any) -> AskForm | None:
    """Offer the staff of the schools that the reader leads: heads ask their own people."""
    led = readers.led_schools(reader)
    sides = [one for one in Side if led is None or led & set(found.schools_of(one))]
    if not sides:
        return None
    schools = found.schools if led is None else sorted(led & set(found.schools), key=in_order)
    held = [one.user_id for one in found.participants.all()]
    people = staff_of(schools).exclude(pk__in=held)
    return AskForm(given, people=people, sides=sides)


@require_http_methods(["GET", "POST"])
@for_capability("change_partnerships")
def partnership_edit(request: HttpRequest, pk: int) -> HttpResponse:
    reader, is_post = reader_of(request), request.method == "POST"
    with transaction.atomic():
        found = readers.find(reader, pk, lock=is_post)
        if not (readers.may_change(reader, found) and found.is_open):
            raise PermissionDenied
        form = ChangeForm(request.POST or None, instance=found)
        is_kept = is_post and form.is_valid()
        if is_kept:
            found.save(update_fields=form.Meta.fields)
    if is_kept:
        messages.success(request, "The change is kept.")
        return redirect("partnership", pk)
    return render(request, "partnerships/change.html", {"form": form, "one": found})


@require_POST
@for_capability("change_partnerships")
def partnership_ask(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    with transaction.atomic():
        found = readers.find(reader, pk, lock=True)
        form = _ask_form(reader, found, request.POST)
        if form is None or not (readers.may_change(reader, found) and found.is_open):
            raise PermissionDenied
        if not form.is_valid():
            raise UserError("Choose a person and a part. Who declined once is not asked again.")
        _ask(reader, found, form.cleaned_data["person"], form.cleaned_data["side"])
    messages.success(request, "They are asked, and free to decline without giving a reason.")
    return redirect("partnership", pk)


def _ask(reader: Reader, found: Partnership, person: User, side: str) -> None:
    if not staff_of(found.schools_of(side)).filter(pk=person.pk).exists():
        raise UserError("This person does not work in the school of that part. Choose the other part.")
    _refuse_line(found, person, side)
    Participant.objects.create(partnership=found, user=person, side=side, asked_by=reader.user)


def _refuse_line(found: Partnership, person: User, side: str) -> None:
    if readers.line_clash(found, person, side):
        raise UserError(CLASH)


@require_POST
@for_capability("see_partnerships")
def partnership_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Say yes or no for oneself, whether asked or not; a yes can be taken back, and nobody asks why."""
    reader, said = reader_of(request), request.POST.get("answer", "")
    with transaction.atomic():
        found = readers.find(reader, pk, lock=True)
        if said not in (Answer.AGREED, Answer.DECLINED) or reader.user is None or not found.is_open:
            raise UserError("Say yes or no to a partnership that is open.")
        place = readers.part_of(reader, found)
        if place is None:
            place = _volunteer(reader, found, request.POST.get("side", ""))
        if said == Answer.AGREED:
            _refuse_line(found, reader.user, place.side)
        place.answer, place.answered = said, timezone.now()
        place.save()
        hours.settle(readers.fresh(found))
    yes = said == Answer.AGREED
    messages.success(request, "Thank you: you take part." if yes else "You do not take part. That is fine.")
    return redirect("partnership", pk) if yes else redirect("partnerships")


def _volunteer(reader: Reader, found: Partnership, side: str) -> Participant:
    """Return the place of somebody who offers to take part, or who said no and changes their mind.

    It must be open: nobody comes into a partnership in which another has taken the place meanwhile.
    """
    sides = hours.open_sides(found)
    before = Participant.objects.filter(partnership=found, user=reader.user).first()
    if before is not None:
        if before.side not in sides:
            raise PermissionDenied
        return before
    own = readers.schools_of_staff(reader)
    is_open = found.state == State.PROPOSED and side in sides
    if not is_open or not (own is None or own & set(found.schools_of(side))):
        raise PermissionDenied
    return Participant(partnership=found, user=reader.user, side=side, asked_by=reader.user)


@require_POST
@for_capability("change_partnerships")
def partnership_state(request: HttpRequest, pk: int) -> HttpResponse:
    reader, said = reader_of(request), request.POST.get("state", "")
    with transaction.atomic():
        found = readers.find(reader, pk, lock=True)
        if not readers.may_change(reader, found):
            raise PermissionDenied
        if said not in [one for one, _ in _next_states(reader, found)]:
            raise UserError(f"What is {found.get_state_display().lower()} cannot become that now.")
        found.state = said
        if said in (State.ENDED, State.STOPPED):
            found.closed = timezone.localdate()
        found.save()
        if said == State.ENDED:
            hours.make_follow_ups(found, hours.rules().follow_up_weeks)
    messages.success(request, SAID[State(said)])
    return redirect("partnership", pk)
