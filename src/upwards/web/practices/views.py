"""The library: what there is to find, one card, and what is being written."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.directory.seen import seen_people
from upwards.web.practices import readers, search
from upwards.web.practices.contacts import who_to_ask
from upwards.web.practices.exports import export
from upwards.web.practices.forms import CardFilter, ReviewForm
from upwards.web.practices.lifecycle import marker, missing
from upwards.web.practices.models import Edition, Practice, Use
from upwards.web.practices.published import published
from upwards.web.table_files import KINDS
from upwards.web.trail.models import What
from upwards.web.trail.record import record

PER_PAGE = 20
IN_EDITION = ("subject", "stage", "area", "knowledge", "origin", "standing")


@require_safe
@for_capability("see_practice")
def practice(request: HttpRequest) -> HttpResponse:
    """Find a practice by words and filters, all kept in the address."""
    reader = reader_of(request)
    every = published(reader)
    form = CardFilter(_given(request.GET), rows=every)
    found = _found(reader, every, form)
    wanted = request.GET.get("format", "")
    if wanted in KINDS:
        return export(request, wanted, found)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    for name in ("page", "format", *(key for key, value in request.GET.items() if not value)):
        asked.pop(name, None)
    about = {
        "form": form,
        "page": page,
        "asked": asked.urlencode(),
        "narrowed": any(name != "q" for name in asked),
        "n_all": every.count(),
        "may_write": reader.may("change_practice"),
        "n_written": readers.being_written(reader).count() if reader.may("change_practice") else 0,
    }
    return render(request, "practices/practice.html", about)


def _given(asked: QueryDict) -> dict[str, str]:
    """Return the last of each value; a question of any length is cut, not refused."""
    given = {name: value.replace("\x00", " ") for name, value in asked.items() if isinstance(value, str)}
    return {**given, "q": given.get("q", "")[:300]}


def _found(reader: Reader, every: QuerySet[Practice], form: CardFilter) -> list[Practice]:
    """Return the practices that fit, best first; with a filter that cannot be read, none."""
    if not form.is_valid():
        return []
    given = form.cleaned_data
    rows = every.filter(**{f"live__{name}": given[name] for name in IN_EDITION if given[name]})
    if given["school"]:
        rows = rows.filter(school=given["school"])
    if given["use"]:
        used = Use.objects.filter(ended__isnull=True)
        own = reader.schools
        used = used if own is None else used.filter(school__in=own)
        chosen = Q(pk__in=used.values("practice"))
        rows = rows.filter(chosen if given["use"] == "ours" else ~chosen)
    rows = rows.annotate(n_users=Count("uses", filter=Q(uses__ended__isnull=True)))
    rows = rows.prefetch_related("uses")
    return _in_order(rows, search.find(given["q"]))


def _in_order(rows: QuerySet[Practice], order: list[int] | None) -> list[Practice]:
    if order is None:
        return list(rows)
    places = {pk: place for place, pk in enumerate(order)}
    return sorted((one for one in rows if one.pk in places), key=lambda one: places[one.pk])


@require_safe
@for_capability("see_practice")
def practice_card(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is published, who uses it and whom to ask; without an edition, what is being written."""
    reader = reader_of(request)
    found = readers.find(reader, pk)
    if found.live is None:
        return redirect("practice_draft", pk)
    about = {**about_card(request, found, found.live), **_about_use(reader, found)}
    return render(request, "practices/card.html", about)


def about_card(request: HttpRequest, found: Practice, edition: Edition) -> dict[str, Any]:
    """Return what every page of a card needs; a person who is named is written down as read."""
    reader, person = reader_of(request), who_to_ask(edition)
    if person is not None:
        record(request, What.READ, person, detail="named on a practice")
    is_near = readers.in_circle(reader, found)
    return {
        "one": found,
        "edition": edition,
        "person": person,
        "links_person": person is not None and seen_people(reader).filter(pk=person.pk).exists(),
        "files": edition.attachments.all(),
        "is_near": is_near,
        "may_write": readers.may_write(reader, found),
        "may_publish": readers.may_publish(reader, found),
        "waiting": found.draft if is_near else None,
        "reviews": edition.reviews.select_related("reviewer"),
    }


def _about_use(reader: Reader, found: Practice) -> dict[str, Any]:
    uses = list(found.uses.all())
    open_uses = [one for one in uses if one.ended is None]
    return {
        "uses": uses if readers.sees_users(reader) else [],
        "sees_users": readers.sees_users(reader),
        "n_adopted": sum(one.manner == "adopted" for one in open_uses),
        "n_adapted": sum(one.manner == "adapted" for one in open_uses),
        "n_stopped": len(uses) - len(open_uses),
        "may_use": reader.may("adopt_practice")
        and found.is_published
        and bool(readers.schools_to_use(reader, found)),
    }


@require_safe
@for_capability("change_practice")
def practice_drafts(request: HttpRequest) -> HttpResponse:
    """List what is being written, waits for review, or is archived in the reader's schools."""
    reader = reader_of(request)
    record(request, What.READ, "practices.edition", detail="list with who writes")
    about = {"writing": readers.being_written(reader), "archived": readers.archived(reader)}
    return render(request, "practices/drafts.html", about)


@require_safe
@for_capability("change_practice")
def practice_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is being written to the staff of the school, with what they said of it."""
    reader = reader_of(request)
    found = readers.find_in_circle(reader, pk)
    if found.draft is None:
        return render(request, "practices/no_draft.html", {"one": found})
    return draft_page(request, found, found.draft, ReviewForm())


def draft_page(request: HttpRequest, found: Practice, edition: Edition, form: ReviewForm) -> HttpResponse:
    reader = reader_of(request)
    is_author = reader.user is not None and edition.written_by_id == reader.user.pk
    record(request, What.READ, edition, detail="with who wrote and reviewed it")
    about = {
        **about_card(request, found, edition),
        "missing": missing(edition),
        "seen": marker(edition),
        "may_review": edition.sent is not None and not is_author,
        "review_form": form,
    }
    return render(request, "practices/draft.html", about, status=422 if form.errors else 200)
