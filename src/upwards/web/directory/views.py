"""The list of people, one person, and changing them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.name_order import in_order
from upwards.web.access import Reader, for_capability, for_members, reader_of
from upwards.web.answers import workspace_facts
from upwards.web.directory.forms import PeopleFilter, PersonForm, TermHoursForm, TrainingForm
from upwards.web.directory.seen import find_person, is_self, leads, own_row, seen_people, seen_wishes
from upwards.web.people.models import (
    COACHING,
    OFFERS,
    Direction,
    Person,
    PersonQuerySet,
    TermHours,
    Training,
    TrainingQuerySet,
    Wish,
)
from upwards.web.people.terms import term_of
from upwards.web.table_files import table_answer, table_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

PER_PAGE = 50
COLUMNS = ("name", "school", "subjects", "roles", "can share", "asks for help with")


@require_safe
@for_capability("see_colleagues")
def people(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    led = reader.schools_for("see_people")
    found = seen_people(reader)
    schools = sorted(set(found.values_list("school", flat=True)) - {""}, key=in_order)
    form = PeopleFilter(request.GET or None, schools=schools, is_lead=led is None or bool(led))
    given = form.cleaned_data if form.is_valid() else {}
    kept = _filtered(found, given, led).prefetch_related("wishes", "trainings")
    if request.GET.get("format"):
        return _file(request, reader, kept)
    page = Paginator(kept, PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(reader, one) for one in page]
    record(request, What.READ, "list of people")
    asked = request.GET.copy()
    asked.pop("page", None)
    about = {"form": form, "rows": rows, "page": page, "asked": asked.urlencode()}
    return render(request, "directory/people.html", about)


def _filtered(found: PersonQuerySet, given: dict[str, Any], led: frozenset[str] | None) -> PersonQuerySet:
    what = given.get("what", "")
    gone = found.of_schools(led).filter(left__lt=timezone.localdate())
    found = gone if what == "left" else found.working()
    if given.get("q"):
        found = found.filter(name__icontains=given["q"])
    if given.get("school"):
        found = found.filter(school=given["school"])
    if given.get("subject"):
        found = found.filter(subjects__icontains=given["subject"])
    is_open: dict[str, Any] = {"wishes__accepted__isnull": False, "wishes__ended__isnull": True}
    if what == "shares":
        found = found.filter(wishes__direction__in=OFFERS, **is_open)
    elif what == "asks":
        asked = (Direction.HELP, Direction.RECEIVE)
        found = found.of_schools(led).filter(wishes__direction__in=asked, **is_open)
    elif what == "coaches":
        valid = Training.objects.valid(timezone.localdate()).filter(standing__in=COACHING)
        found = found.filter(pk__in=valid.values("person"))
    elif what == "unlinked":
        found = found.of_schools(led).filter(user__isnull=True)
    return found.distinct()


def _row(reader: Reader, person: Person) -> dict[str, Any]:
    coaching = [one for one in person.trainings.all() if one.makes_coach(timezone.localdate())]
    return {
        "person": person,
        "offers": [one for one in seen_wishes(reader, person) if one.is_offer],
        "asks": [one for one in seen_wishes(reader, person) if not one.is_offer],
        "standing": coaching[0].get_standing_display() if coaching else "",
    }


def _file(request: HttpRequest, reader: Reader, kept: PersonQuerySet) -> HttpResponse:
    """Give out what the page shows to this reader: no figure about a person, and nothing asked in private."""
    about = {"Page": "People", "What it says": "No figure about a person stands here."}
    table = table_of(
        "people", "People, by school and name", COLUMNS, [_line(**_row(reader, one)) for one in kept]
    )
    return table_answer(request, [table], "people", about, request.GET["format"], thing="list of people")


def _line(person: Person, offers: list[Wish], asks: list[Wish], standing: str) -> list[str]:
    return [
        person.name,
        person.school or "Whole group",
        person.subjects,
        "; ".join(filter(None, (person.posts, standing.lower()))),
        *("; ".join(wish.topic for wish in wishes) for wishes in (offers, asks)),
    ]


@require_safe
@for_members
def own_person(request: HttpRequest) -> HttpResponse:
    """Lead to the reader's own row; where a lead has not linked one yet, say what to do."""
    own = own_row(reader_of(request))
    if own is not None:
        return redirect("person", own.pk)
    return render(request, "directory/no_own_row.html")


@require_safe
@for_members
def person(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = _found(reader, pk)
    own, lead = is_self(reader, found), leads(reader, found)
    about: dict[str, Any] = {
        "person": found,
        "is_self": own,
        "is_lead": lead,
        "wishes": seen_wishes(reader, found),
        "trainings": found.trainings.all() if own or lead else _coaching(found),
    }
    if own or lead:
        about["proposed"] = [one for one in found.wishes.all() if one.is_proposed]
        about["hours"] = found.term_hours.all()
    record(request, What.READ, found)
    return render(request, "directory/person.html", about)


def _coaching(found: Person) -> TrainingQuerySet:
    """Return what makes somebody a coach today: all that colleagues see of trainings."""
    valid = Training.objects.valid(timezone.localdate())
    return valid.filter(person=found, standing__in=COACHING)


def _found(reader: Reader, pk: int) -> Person:
    own = own_row(reader)
    if own is not None and own.pk == pk:
        return own
    if not reader.may("see_colleagues"):
        raise PermissionDenied
    return find_person(reader, pk)


def _led(reader: Reader, pk: int) -> Person:
    found = find_person(reader, pk)
    if not leads(reader, found):
        raise PermissionDenied
    return found


@require_http_methods(["GET", "POST"])
@for_capability("change_people")
def person_add(request: HttpRequest) -> HttpResponse:
    return _person_form(request, Person())


@require_http_methods(["GET", "POST"])
@for_capability("change_people")
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _person_form(request, _led(reader_of(request), pk))


def _person_form(request: HttpRequest, row: Person) -> HttpResponse:
    reader = reader_of(request)
    form = PersonForm(request.POST or None, instance=row, reader=reader, schools=workspace_facts()["schools"])
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, "Saved.")
        return redirect("person", saved.pk)
    return render(request, "directory/person_form.html", {"form": form, "person": row})


@require_http_methods(["GET", "POST"])
@for_capability("change_people")
def training_add(request: HttpRequest, pk: int) -> HttpResponse:
    found = _led(reader_of(request), pk)
    form = TrainingForm(request.POST or None, instance=Training(person=found))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The training is added.")
        return redirect("person", pk)
    about = {"form": form, "person": found, "title": "Add a training", "button": "Add"}
    return render(request, "directory/about_person_form.html", about)


@require_POST
@for_capability("change_people")
def training_remove(request: HttpRequest, pk: int) -> HttpResponse:
    training = get_object_or_404(Training, pk=pk)
    found = _led(reader_of(request), training.person_id)
    training.delete()
    messages.success(request, "The training is removed.")
    return redirect("person", found.pk)


@require_http_methods(["GET", "POST"])
@for_capability("change_people")
def term_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how many hours somebody has in a term; the same term again replaces what was said."""
    found = _led(reader_of(request), pk)
    form = TermHoursForm(request.POST or None, initial={"year": term_of(timezone.localdate()).year})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        TermHours.objects.update_or_create(
            person=found, year=given["year"], term=given["term"], defaults={"hours": given["hours"]}
        )
        messages.success(request, "The hours are saved.")
        return redirect("person", pk)
    about = {"form": form, "person": found, "title": "Hours for work with others", "button": "Save"}
    return render(request, "directory/about_person_form.html", about)
