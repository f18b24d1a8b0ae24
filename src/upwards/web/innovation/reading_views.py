"""Reading: what there is, what it found, how far one may build on it, and which pilots rest on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.innovation import readers
from upwards.web.innovation.forms import LinkForm, ReadingFilter, ReferenceForm
from upwards.web.innovation.models import Pilot, Reference
from upwards.web.innovation.readers import View
from upwards.web.innovation.views import ON_A_PAGE
from upwards.web.practices.published import published
from upwards.web.table_files import table_answer, table_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

LONGEST_NUMBER = 18
COLUMNS = ("title", "author", "year", "kind of study", "standing")


@require_safe
@for_capability("see_innovation")
def reading(request: HttpRequest) -> HttpResponse:
    form = ReadingFilter(request.GET or None)
    if request.GET.get("format"):
        table = table_of("reading", "Reading, by title", COLUMNS, map(_line, _wanted(form)))
        return table_answer(request, [table], "reading", {"Page": "Reading"}, request.GET["format"])
    query = request.GET.copy()
    query.pop("page", None)
    about = {
        "form": form,
        "page": Paginator(_wanted(form), ON_A_PAGE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "filtered": bool(query),
        "may_add": reader_of(request).may("change_innovation"),
    }
    return render(request, "innovation/reading.html", about)


def _line(one: Reference) -> list[object]:
    return [one.title, one.authors, one.year, one.get_study_display(), one.get_standing_display()]


def _wanted(form: ReadingFilter) -> QuerySet[Reference]:
    rows = Reference.objects.all()
    given = form.cleaned_data if form.is_valid() else {}
    if given.get("standing"):
        rows = rows.filter(standing=given["standing"])
    for word in given.get("q", "").split()[:8]:
        said = [{f"{name}__icontains": word} for name in ("title", "authors", "found")]
        rows = rows.filter(Q(**said[0]) | Q(**said[1]) | Q(**said[2]))
    return rows


@require_http_methods(["GET", "POST"])
@for_capability("change_innovation")
def reference_new(request: HttpRequest) -> HttpResponse:
    """Add to the list; come from a pilot, it is linked to that one at once."""
    reader = reader_of(request)
    pilot = _pilot_meant(reader, request.GET.get("pilot", ""))
    row = Reference(added_by=reader.user)
    first = {"year": timezone.localdate().year}
    form = ReferenceForm(request.POST or None, instance=row, initial=first, reader=reader)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        messages.success(request, "It is in the list.")
        if pilot is not None:
            _link(request, pilot, made)
            return redirect("pilot", pilot.pk)
        return redirect("reference", made.pk)
    about = {"form": form, "one": pilot, "title": "Add something to read"}
    return render(request, "innovation/edit.html", about)


def _pilot_meant(reader: Reader, asked: str) -> Pilot | None:
    is_number = asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_NUMBER
    return readers.find(reader, int(asked), View.SCHOOL) if is_number else None


def _link(request: HttpRequest, pilot: Pilot, reference: Reference) -> None:
    pilot.reading.add(reference)
    record(request, What.CHANGED, pilot, detail="reading")


@require_safe
@for_capability("see_innovation")
def reference(request: HttpRequest, pk: int) -> HttpResponse:
    reader, found = reader_of(request), get_object_or_404(Reference, pk=pk)
    about = {
        "one": found,
        "practice": published(reader).filter(reading=found).first(),
        "pilots": found.pilots.all(),
        "may_edit": readers.may_edit(reader, found),
    }
    return render(request, "innovation/reference.html", about)


@require_http_methods(["GET", "POST"])
@for_capability("change_innovation")
def reference_edit(request: HttpRequest, pk: int) -> HttpResponse:
    reader, found = reader_of(request), get_object_or_404(Reference, pk=pk)
    if not readers.may_edit(reader, found):
        raise PermissionDenied
    form = ReferenceForm(request.POST or None, instance=found, reader=reader)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The change is kept.")
        return redirect("reference", pk)
    about: dict[str, Any] = {"form": form, "reference": found, "title": "Change what is said of a reading"}
    return render(request, "innovation/edit.html", about)


@require_POST
@for_capability("change_innovation")
def pilot_reading(request: HttpRequest, pk: int) -> HttpResponse:
    """Link a pilot of the own school to something to read, or take the link away."""
    pilot = readers.find(reader_of(request), pk, View.SCHOOL)
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose something from the list of reading, or add it first.")
    elif request.POST.get("do") == "remove":
        pilot.reading.remove(form.cleaned_data["reference"])
        record(request, What.CHANGED, pilot, detail="reading")
        messages.success(request, "The link is taken away; the reading stays in the list.")
    else:
        _link(request, pilot, form.cleaned_data["reference"])
        messages.success(request, "It is linked.")
    return redirect("pilot", pk)
