"""Opening the pulse, answering it once, and reading what may be shown of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.errors import UserError
from upwards.web.access import WHOLE_GROUP, Reader, beyond, for_capability, reader_of
from upwards.web.answers import workspace_facts
from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field
from upwards.web.health.models import Pulse
from upwards.web.health.pulse import (
    ASPECTS,
    CANNOT_SAY,
    CENTRAL,
    FLOOR,
    GROUP,
    SCALE,
    STATEMENTS,
    Unit,
    current_pulse,
    fewest_shown,
    has_answered,
    keep_answer,
    results,
)
from upwards.web.people.terms import term_of
from upwards.web.roles import STAFF
from upwards.web.rules import days
from upwards.web.table_files import table_answer, table_of


class PulseForm(forms.Form):
    """One choice per statement; whoever cannot say, says so."""

    school = forms.ChoiceField(label="School for which you answer")

    def __init__(self, *args: Any, schools: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "school", [(one, one or CENTRAL) for one in schools])
        self.only_school = schools[0] if len(schools) == 1 else None
        if self.only_school is not None:
            del self.fields["school"]
        choices = [*((str(mark), words) for mark, words in SCALE.items()), (str(CANNOT_SAY), "cannot say")]
        for key, text in STATEMENTS.items():
            self.fields[key] = forms.TypedChoiceField(
                label=text, choices=choices, coerce=int, widget=forms.RadioSelect
            )

    def for_school(self) -> str:
        return str(self.cleaned_data["school"]) if self.only_school is None else self.only_school


class OpenForm(forms.Form):
    closes = date_field(
        "Last day to answer",
        help_text="Results are shown after this day, to everybody at once. It cannot be changed later.",
    )

    def clean_closes(self) -> Any:
        closes, today = self.cleaned_data["closes"], timezone.localdate()
        longest = days("pulse.longest_days")
        if not today < closes <= today + longest:
            raise ValidationError(f"Choose a day to come, within {longest.days} days.")
        return closes


@require_http_methods(["GET", "POST"])
@for_capability("answer_pulse")
def pulse(request: HttpRequest) -> HttpResponse:
    """Ask the statements; what is answered is kept without who, and who without what."""
    reader, found = reader_of(request), current_pulse()
    user = reader.user
    if found is None or user is None or has_answered(found, user):
        return render(request, "health/pulse_closed.html", {"pulse": found})
    form = PulseForm(request.POST or None, schools=_schools(reader))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        keep_answer(found, user, form.for_school(), {key: given[key] for key in STATEMENTS})
        messages.success(request, "Thank you. Your answer is counted, and nobody can look it up.")
        return redirect("pulse")
    groups = [(one, [form[key] for key in keys]) for one, keys in ASPECTS.items()]
    about = {"form": form, "pulse": found, "groups": groups, "fewest": found.shown_from}
    return render(request, "health/pulse.html", about)


def _schools(reader: Reader) -> list[str]:
    own = {school for role, school in reader.appointments if role in STAFF}
    return sorted(own, key=lambda one: (one == WHOLE_GROUP, one.casefold()))


@require_http_methods(["GET", "POST"])
@for_capability("open_pulse")
def pulse_open(request: HttpRequest) -> HttpResponse:
    when = term_of(timezone.localdate())
    before = Pulse.objects.filter(year=when.year, term=when.term).first()
    if before is not None:
        return render(request, "health/pulse_open.html", {"pulse": before, "when": when})
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _open(form)
        messages.success(request, "The pulse is open. Tell colleagues where it is, and why it is anonymous.")
        return redirect("pulse_results")
    about = {"form": form, "when": when, "fewest": fewest_shown(), "statements": STATEMENTS}
    return render(request, "health/pulse_open.html", about)


def _open(form: OpenForm) -> None:
    when = term_of(timezone.localdate())
    try:
        with transaction.atomic():
            for over in Pulse.objects.filter(closed=False, closes__lt=timezone.localdate()):
                over.closed = True
                over.save()
            Pulse.objects.create(
                year=when.year,
                term=when.term.value,
                closes=form.cleaned_data["closes"],
                shown_from=fewest_shown(),
            )
    except IntegrityError:
        raise UserError("A pulse is open already, or was in this term. One a term is enough.") from None


@require_POST
@for_capability("open_pulse")
def pulse_close(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Pulse, pk=pk)
    if not found.closed:
        found.closed = True
        found.save()
    messages.success(request, "The pulse is closed, for good. Its results stand below.")
    return redirect("pulse_results")


@require_safe
@for_capability("see_pulse")
def pulse_results(request: HttpRequest) -> HttpResponse:
    """Show the results of one pulse: the group and the reader's schools, never while it is open."""
    reader = reader_of(request)
    over = [one for one in Pulse.objects.all() if not one.is_open]
    wanted = request.GET.get("term", "")
    chosen = next((one for one in over if one.when.key == wanted), over[0] if over else None)
    units = shown_units(reader, chosen) if chosen is not None else []
    if request.GET.get("format"):
        return _file(request, chosen, units)
    about = {
        "over": over,
        "chosen": chosen,
        "fewest": max(FLOOR, chosen.shown_from) if chosen is not None else FLOOR,
        "open": current_pulse(),
        "units": units,
        "tables": _tables(units),
        "may_open": reader.may("open_pulse"),
        "sees_health": reader.may("see_health"),
        "may_answer": reader.may("answer_pulse"),
    }
    return render(request, "health/pulse_results.html", about)


def _file(request: HttpRequest, chosen: Pulse | None, units: list[Unit]) -> HttpResponse:
    """Give out what is shown of a pulse, and nothing else."""
    if chosen is None:
        raise Http404
    answered = [[one.name, "too few answers to show" if one.n is None else one.n] for one in units]
    tables = [
        *(
            table_of(slugify(one["caption"]), one["caption"], one["columns"], one["rows"])
            for one in _tables(units)
        ),
        table_of("answered", "How many answered", ("unit", "answered"), answered),
    ]
    about = {"Page": f"Pulse, {chosen.when}", "Scale": "Means from 1 (disagree) to 5 (agree)"}
    return table_answer(
        request, tables, f"pulse-{chosen.when.key}", about, request.GET["format"], thing=chosen
    )


def shown_units(reader: Reader, found: Pulse) -> list[Unit]:
    """Return the group and the reader's schools; what is hidden is the same for every reader."""
    own, hidden = reader.schools_for("see_pulse"), beyond(reader)
    every = [one for one in results(found, workspace_facts()["schools"]) if one.school not in hidden]
    return [one for one in every if one.school == GROUP or own is None or one.school in own]


def _tables(units: list[Unit]) -> list[dict[str, Any]]:
    """Return one table per aspect: a row per statement, a column per unit."""
    return [
        {
            "caption": aspect,
            "columns": ["Statement", *(one.name for one in units)],
            "rows": [
                *([text, *(str(one.statements[key]) for one in units)] for key, text in keys.items()),
                ["Both together", *(str(one.aspects[aspect]) for one in units)],
            ],
        }
        for aspect, keys in ASPECTS.items()
        if units
    ]
