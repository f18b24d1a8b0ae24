"""System health and attention, with their files."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from upwards.reports.figures import NARROW, WIDE
from upwards.web.access import for_capability, reader_of, schools_near
from upwards.web.answer_pages.contents import Contents, Section, table_of
from upwards.web.answer_pages.drawings import Drawn
from upwards.web.answer_pages.showing import show_chart, show_page, shown_table
from upwards.web.health.contents import N_TERMS, attention_contents, health_contents
from upwards.web.health.gathering import attention_of, initiatives
from upwards.web.people.terms import find_term, last_terms


@require_safe
@for_capability("see_health")
def system_health(request: HttpRequest) -> HttpResponse:
    """Say whether the number who can and the best practice itself grow, term by term."""
    reader = reader_of(request)
    contents = health_contents(reader, timezone.localdate())
    if request.GET.get("format"):
        return show_page(request, contents)
    return render(request, "health/health.html", {**_shown(contents), **contents.about})


@require_safe
@for_capability("see_health")
def health_chart(request: HttpRequest) -> HttpResponse:
    contents = health_contents(reader_of(request), timezone.localdate())
    if not any(one.name == "hours" for one in contents.drawings()):
        raise Http404("nothing is drawn")
    return show_chart(request, contents, "hours")


@require_safe
@for_capability("see_health")
def attention(request: HttpRequest) -> HttpResponse:
    """Show how many initiatives each of the reader's schools runs, and what they take."""
    reader, today = reader_of(request), timezone.localdate()
    terms = last_terms(today, N_TERMS)
    chosen = find_term(request.GET.get("term", ""), terms) or terms[-1]
    found = initiatives(chosen.first, chosen.last)
    rows = attention_of(schools_near(reader, "see_health"), found)
    contents = attention_contents(rows, found, str(chosen), today)
    if request.GET.get("format"):
        return show_page(request, contents)
    about = {"terms": terms[::-1], "chosen": chosen, **_shown(contents, QueryDict(f"term={chosen.key}"))}
    return render(request, "health/attention.html", about)


def _shown(contents: Contents, query: QueryDict | None = None) -> dict[str, Any]:
    return {
        "contents": contents,
        "sections": [_section(one, query or QueryDict()) for one in contents.sections],
    }


def _section(one: Section, query: QueryDict) -> dict[str, Any]:
    return {
        "title": one.title,
        "said": one.said,
        "figures": [figure for drawing in one.drawings if (figure := _figure(drawing, query)) is not None],
        "tables": [shown_table(table, query) for table in one.tables],
    }


def _figure(drawing: Drawn, query: QueryDict) -> dict[str, Any] | None:
    picture, table = drawing.picture(), table_of(drawing)
    if picture is None or table is None:
        return None
    where = reverse("health_chart")
    return {
        "title": drawing.title,
        "alt": picture.alt,
        "caption": picture.caption,
        "wide": f"{where}?width={WIDE}",
        "narrow": f"{where}?width={NARROW}",
        "table": shown_table(table, query),
    }
