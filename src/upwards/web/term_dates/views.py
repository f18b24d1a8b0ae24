"""Term dates: read by everybody who enters, recorded by leads."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.errors import UserError
from upwards.web.access import for_capability, reader_of
from upwards.web.people.terms import term_of
from upwards.web.table_files import table_answer, table_of
from upwards.web.term_dates.calendars import ALL_SCHOOLS, read_calendars
from upwards.web.term_dates.copying import copy_on
from upwards.web.term_dates.forms import ClosureForm, YearFilter
from upwards.web.term_dates.models import Closure, ClosureQuerySet
from upwards.web.term_dates.school_days import SchoolDays
from upwards.web.term_dates.seen import (
    CHANGE,
    beginning_in,
    changeable,
    school_days_of,
    within,
    written,
    years_held,
)

ON_A_PAGE = 100
COLUMNS = ("name", "school", "first day", "last day", "Mondays to Fridays out")


@require_safe
@for_capability("enter")
def term_dates(request: HttpRequest) -> HttpResponse:
    """List the days of a school year on which school is out, and say how many school days that leaves."""
    reader, this = reader_of(request), term_of(timezone.localdate()).year
    form = YearFilter({"year": this, **request.GET.dict()}, years=years_held(this), schools=_schools())
    given = form.cleaned_data if form.is_valid() else {}
    year, school = given.get("year") or this, given.get("school", "")
    found = _listed(year, school)
    if request.GET.get("format"):
        return _file(request, found, year)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    own = changeable(reader) if reader.may(CHANGE) else Closure.objects.none()
    about = {
        "form": form,
        "rows": [(one, _n_out(one)) for one in page],
        "page": page,
        "asked": urlencode({"year": year, "school": school}),
        "year": year,
        "written": written(year),
        "next": written(year + 1),
        "school": school,
        "n_days": school_days_of(read_calendars(), year, [school]),
        "may_change": reader.may(CHANGE),
        "own": set(own.filter(pk__in=[one.pk for one in page]).values_list("pk", flat=True)),
        "may_copy": beginning_in(own, year).exists(),
    }
    return render(request, "term_dates/term_dates.html", about)


def _schools() -> list[str]:
    found = Closure.objects.exclude(school=ALL_SCHOOLS).order_by("school")
    return list(found.values_list("school", flat=True).distinct())


def _listed(year: int, school: str) -> ClosureQuerySet:
    """Return what holds for one school (its own and everybody's), or everything."""
    rows = within(Closure.objects.all(), year)
    return rows.filter(Q(school=school) | Q(school=ALL_SCHOOLS)) if school else rows


def _n_out(one: Closure) -> int:
    return SchoolDays().between(one.first, one.last)


def _file(request: HttpRequest, found: ClosureQuerySet, year: int) -> HttpResponse:
    rows = [
        [one.name, one.school or "All schools", one.first.isoformat(), one.last.isoformat(), _n_out(one)]
        for one in found
    ]
    table = table_of("term-dates", f"Days without school, {written(year)}", COLUMNS, rows)
    return table_answer(request, [table], "term-dates", {"Page": "Term dates"}, request.GET["format"])


@require_http_methods(["GET", "POST"])
@for_capability(CHANGE)
def closure_add(request: HttpRequest) -> HttpResponse:
    return _form(request, Closure(), "Add days without school", "Recorded.")


@require_http_methods(["GET", "POST"])
@for_capability(CHANGE)
def closure_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(changeable(reader_of(request)), pk=pk)
    return _form(request, found, f"Change “{found}”", "Changed.")


def _form(request: HttpRequest, row: Closure, title: str, said: str) -> HttpResponse:
    form = ClosureForm(request.POST or None, instance=row, reader=reader_of(request))
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        messages.success(request, f"{said} Hours due, reminders and class checks count with it from now on.")
        return redirect(_place(term_of(kept.first).year))
    return render(request, "term_dates/closure_form.html", {"form": form, "title": title, "row": row})


@require_http_methods(["GET", "POST"])
@for_capability(CHANGE)
def closure_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then remove it."""
    found = get_object_or_404(changeable(reader_of(request)), pk=pk)
    if request.method == "POST":
        year, name = term_of(found.first).year, found.name
        found.delete()
        messages.success(request, f"“{name}” is removed: its Mondays to Fridays are school days again.")
        return redirect(_place(year))
    return render(request, "term_dates/closure_remove.html", {"row": found, "n_out": _n_out(found)})


@require_POST
@for_capability(CHANGE)
def term_dates_copy(request: HttpRequest) -> HttpResponse:
    """Record the dates of a school year, as far as the reader may change them, once more a year later."""
    asked = request.POST.get("year", "")
    years = {str(one): one for one in years_held(term_of(timezone.localdate()).year)}
    if asked not in years:
        raise UserError("Choose a school year whose dates are recorded; then copy them.")
    year = years[asked]
    made = copy_on(beginning_in(changeable(reader_of(request)), year))
    if made:
        messages.success(request, _copied(len(made), year))
    else:
        messages.info(request, f"Nothing was copied: {written(year + 1)} has dates at these times already.")
    return redirect(_place(year + 1))


def _copied(n: int, year: int) -> str:
    noun = "line was" if n == 1 else "lines were"
    return (
        f"{n} {noun} copied from {written(year)}, 52 weeks on. Look at each: Easter, bank holidays and "
        "training days move."
    )


def _place(year: int) -> str:
    return f"{reverse('term_dates')}?year={year}"
