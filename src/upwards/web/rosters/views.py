"""My classes: seen and corrected by the teacher alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from upwards.actions.describe_classes import find_classes
from upwards.web.access import for_capability, reader_of
from upwards.web.people.models import ClassCheck, Person
from upwards.web.rosters.claims import hand_in
from upwards.web.rosters.forms import ClassAddForm, ClassCheckForm
from upwards.web.rosters.own_figure import own_figure
from upwards.web.rosters.picture import OwnClass, picture_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

NO_SUCH_CLASS = (
    "The results hold no class of this name in this subject and year. "
    "Write it as the results do, or ask who brings in the data."
)
UNANSWERED = {"confirmed": None, "refused": None, "answered_by": None}
SEVERAL = "Several schools have a class of this name. Ask a lead to record your school under People."


@require_http_methods(["GET", "POST"])
@for_capability("see_own_classes")
def my_classes(request: HttpRequest) -> HttpResponse:
    own = _own(request)
    if own is None or not own.staff_code:
        return render(request, "rosters/not_linked.html", {"person": own})
    picture = picture_of(own, timezone.localdate())
    given = request.POST if request.method == "POST" else None
    forms = [ClassCheckForm(given, prefix=one.prefix, initial=_said(one.check)) for one in picture.classes]
    valid = [form.is_valid() for form in forms]  # each, so that every mistake is shown at once
    if given is not None and all(valid):
        return _hand_in(request, own, list(zip(picture.classes, forms, strict=True)))
    figure = own_figure(reader_of(request), own, picture) if given is None else None
    is_told = figure is not None and figure.figure is not None
    record(request, What.READ, own, detail="own classes and own figure" if is_told else "own classes")
    latest = picture.years[0] if picture.years else None
    pairs = list(zip(picture.classes, forms, strict=True))
    about = {
        "picture": picture,
        "own": figure,
        "latest": [pair for pair in pairs if pair[0].row["year"] == latest],
        "earlier": [pair for pair in pairs if pair[0].row["year"] != latest],
        "has_errors": any(form.errors for form in forms),
    }
    return render(request, "rosters/my_classes.html", about)


@require_http_methods(["GET", "POST"])
@for_capability("see_own_classes")
def my_class_add(request: HttpRequest) -> HttpResponse:
    """Name a class that the results attribute to somebody else or to nobody."""
    own = _own(request)
    if own is None or not own.staff_code:
        return render(request, "rosters/not_linked.html", {"person": own})
    form = ClassAddForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (held := _held_class(own, form)) is not None:
        given = form.cleaned_data
        place = {name: held[name] for name in ("school", "subject", "year")}
        rest = {"stage": held["stage"], "said": timezone.now()}
        rest |= {name: given[name] for name in ("verdict", "percent")}
        check, _ = ClassCheck.objects.update_or_create(
            person=own,
            **place,
            class_name=held["name"],
            defaults={**rest, **UNANSWERED},
            create_defaults={**rest, "is_added": True},
        )
        _start(request, [check])
        return redirect("my_classes")
    return render(request, "rosters/my_class_add.html", {"form": form})


def _own(request: HttpRequest) -> Person | None:
    user = reader_of(request).user
    return None if user is None else Person.objects.filter(user=user, erased__isnull=True).first()


def _held_class(own: Person, form: ClassAddForm) -> Mapping[str, Any] | None:
    """Return the class as the results hold it, with its first stage, or tell the form that there is none."""
    asked = {name: form.cleaned_data[name] for name in ("class_name", "subject", "year")}
    found = find_classes(
        asked["class_name"],
        asked["subject"],
        asked["year"],
        school=own.school or None,
        folder=settings.UPWARDS_WORKSPACE,
    )
    if len({one["school"] for one in found}) == 1:
        return found[0]
    form.add_error("class_name", SEVERAL if found else NO_SUCH_CLASS)
    return None


def _said(check: ClassCheck | None) -> dict[str, object]:
    return {} if check is None else {"verdict": check.verdict, "percent": check.percent}


def _hand_in(request: HttpRequest, own: Person, pairs: list[tuple[OwnClass, ClassCheckForm]]) -> HttpResponse:
    """Keep what changed, and ask the worker to bring it into the data."""
    with transaction.atomic():
        changed = [_save(own, one, form) for one, form in pairs if _is_new(one, form)]
        if changed:
            _start(request, changed)
        else:
            messages.info(request, "Nothing was changed. Choose what is right for a class, then hand in.")
    return redirect("my_classes")


def _is_new(one: OwnClass, form: ClassCheckForm) -> bool:
    given, check = form.cleaned_data, one.check
    if not given["verdict"]:
        return False
    return check is None or (check.verdict, check.percent) != (given["verdict"], given["percent"])


def _save(own: Person, one: OwnClass, form: ClassCheckForm) -> ClassCheck:
    school, subject, year, name = one.key
    check = one.check or ClassCheck(
        person=own, school=school, subject=subject, year=year, class_name=name, stage=one.row["stage"]
    )
    check.verdict, check.percent = form.cleaned_data["verdict"], form.cleaned_data["percent"]
    check.said, check.handed_in = timezone.now(), None
    check.confirmed = check.refused = check.answered_by = None
    check.save()
    return check


def _start(request: HttpRequest, checks: list[ClassCheck]) -> None:
    """Hand in what counts; an added class waits for a lead of its school."""
    counting = ClassCheck.objects.counting().filter(pk__in=[one.pk for one in checks])
    if counting:
        hand_in(reader_of(request), counting)
        messages.success(request, "Thank you. It is recorded, and enters the data in a moment.")
    if len(counting) < len(checks):
        messages.success(request, "Thank you. An added class counts once a lead of its school confirms it.")
