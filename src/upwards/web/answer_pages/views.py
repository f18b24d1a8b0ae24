"""One view per question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from upwards.web.access import Reader, for_capability, reader_of, require
from upwards.web.answer_pages.asking import NothingImported, Waiting
from upwards.web.answer_pages.contents import Contents
from upwards.web.answer_pages.kept_pages import show_kept_chart, show_kept_page
from upwards.web.answer_pages.naming import note_naming
from upwards.web.answer_pages.one_school import one_school
from upwards.web.answer_pages.plan import plan as plan_contents
from upwards.web.answer_pages.record import convergence as convergence_contents
from upwards.web.answer_pages.record import groups as groups_contents
from upwards.web.answer_pages.schools import schools as schools_contents
from upwards.web.answer_pages.showing import OWN, show_chart, show_page
from upwards.web.answer_pages.spread import spread as spread_contents
from upwards.web.answer_pages.where_are_we import where_are_we as where_are_we_contents
from upwards.web.answer_pages.who_knows_how import who_knows_how as who_knows_how_contents
from upwards.web.jobs.views import waiting_page
from upwards.web.navigation import address

Build = Callable[[Reader, QueryDict], Contents]


@dataclass(frozen=True, slots=True)
class Page:
    """How a page is built, what its reader must be able to do, and whether it may be kept.

    Only what hangs on the data, the settings and what the reader may see is kept: not what people do.
    Names in the address that a kept page's form does not ask for are left out, so that nobody fills what is
    kept with the same page under a thousand addresses.
    """

    build: Build
    capability: str
    is_kept: bool = True
    asks: frozenset[str] = frozenset({"subject", "stage", "school"})


PAGES: Mapping[str, Page] = {
    "where-are-we": Page(where_are_we_contents, "see_figures"),
    "spread": Page(spread_contents, "see_figures"),
    "who-knows-how": Page(who_knows_how_contents, "see_bright_spots", is_kept=False),
    "plan": Page(plan_contents, "see_plan", is_kept=False),
    "schools": Page(schools_contents, "see_figures", asks=frozenset({"q", "stage"})),
    "school": Page(one_school, "see_figures"),
    "convergence": Page(convergence_contents, "see_figures", asks=frozenset({"measure", "by"})),
    "groups": Page(groups_contents, "see_groups", asks=frozenset({"group"})),
}


NAMING = frozenset({"who-knows-how", "plan", "school"})
"""Pages that may name a team of one or two people who agreed."""


def answer(page: str) -> Callable[..., HttpResponseBase]:
    """Make the view of a page: open to whoever has its capability."""

    @require_safe
    @for_capability(PAGES[page].capability)
    def view(request: HttpRequest, /, **named: str) -> HttpResponse:
        reader, known = reader_of(request), PAGES[page]
        _leave_out(request, known)
        given = request.GET.copy()
        for name, value in named.items():
            given[name] = value

        def build() -> Contents:
            return known.build(reader, given)

        def show() -> HttpResponse:
            kept = show_kept_page(request, reader, page, given, build) if known.is_kept else None
            return kept or show_page(request, build())

        return _given(request, page, show)

    return view


def _leave_out(request: HttpRequest, known: Page) -> None:
    """Drop what nobody asks for from the address of a kept page."""
    if known.is_kept:
        given = request.GET.copy()
        for name in set(given) - known.asks - set(OWN):
            del given[name]
        vars(request)["GET"] = given


def _given(request: HttpRequest, page: str, show: Callable[[], HttpResponse]) -> HttpResponse:
    """Give out a page or chart; where people who agreed may be named, it is written down and never kept."""
    if page not in NAMING:
        return _made(request, show)
    note_naming(request, page)
    response = _made(request, show)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
@for_capability("enter")
def chart(request: HttpRequest, page: str, name: str) -> HttpResponse:
    """Give out one chart of a page to those who may see the page."""
    if page not in PAGES:
        raise Http404("no such page")
    require(reader_of(request), PAGES[page].capability)
    reader, known = reader_of(request), PAGES[page]
    _leave_out(request, known)

    def build() -> Contents:
        return known.build(reader, request.GET)

    def show() -> HttpResponse:
        if known.is_kept:
            return show_kept_chart(request, reader, page, name, build)
        return show_chart(request, build(), name)

    return _given(request, page, show)


def _made(request: HttpRequest, show: Callable[[], HttpResponse]) -> HttpResponse:
    """Show a page; wait for what is computed, say what is not imported."""
    try:
        return show()
    except Waiting as waiting:
        return waiting_page(request, waiting.job)
    except NothingImported as nothing:
        data = address("data") if reader_of(request).may("change_data") else None
        return render(
            request, "answer_pages/nothing_imported.html", {"table": nothing.table, "data_address": data}
        )
