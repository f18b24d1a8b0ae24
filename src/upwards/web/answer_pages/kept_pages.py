"""Pages and charts that were made already, for readers who may see exactly the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from upwards.actions.describe_workspace import workspace_state
from upwards.web.access import Reader, audience
from upwards.web.answer_pages.contents import Contents
from upwards.web.answer_pages.drawings import VERSION, Kept
from upwards.web.answer_pages.showing import OWN, chart_response, chart_svg, shown_of

_LIVE = re.compile(r"<!--live:([a-z_/.]+)-->")


@dataclass(frozen=True, slots=True)
class Body:
    """What a page shows, with places for what other apps fill anew each time.

    Attributes
    ----------
    title
        Of the page.
    parts
        Text, or the name of a template that is asked live.
    about
        What those templates need.
    """

    title: str
    parts: tuple[tuple[SafeString, str], ...]
    about: dict[str, object]


class _Refused(Exception):
    """A page says why something cannot be answered: that may change while the data do not."""

    def __init__(self, contents: Contents) -> None:
        super().__init__(contents.page)
        self.contents = contents


_BODIES: Kept[Body] = Kept(256)
_CHARTS: Kept[str] = Kept(512)
_STATES: set[str] = set()
Build = Callable[[], Contents]


def show_kept_page(request: HttpRequest, reader: Reader, page: str, given: QueryDict, build: Build) -> (
    HttpResponse | None
):  # fmt: skip
    """Show a page as it was made for somebody who may see the same; None where a file is asked for."""
    if request.GET.get("format"):
        return None
    try:
        body = _BODIES.get(key_of(reader, page, given), lambda: _body(request, build()))
    except _Refused as refused:
        return render(request, "answer_pages/page.html", shown_of(request, refused.contents))
    return render(request, "answer_pages/kept.html", {"body": body, **body.about})


def show_kept_chart(request: HttpRequest, reader: Reader, page: str, name: str, build: Build) -> HttpResponse:
    """Give out a chart as it was drawn for somebody who may see the same."""
    key = key_of(reader, f"{page} {name}", request.GET)
    return chart_response(request, _CHARTS.get(key, lambda: chart_svg(request, build(), name)))


def forget() -> None:
    """Leave nothing of an earlier state of the data in memory: an erasure reaches here too."""
    _BODIES.clear()
    _CHARTS.clear()


def _state() -> str:
    state = f"{settings.UPWARDS_WORKSPACE} {workspace_state(settings.UPWARDS_WORKSPACE)}"
    if state not in _STATES:
        forget()
        _STATES.clear()
        _STATES.add(state)
    return state


def key_of(reader: Reader, page: str, given: QueryDict) -> str:
    """Return a text of all that decides what a reader sees: rights, agreements, data, settings, day."""
    seen = audience(reader)
    said = (
        page,
        sorted((name, given.getlist(name)) for name in given if name not in OWN or name == "width"),
        sorted((str(role), school) for role, school in reader.appointments),
        None if reader.capabilities is None else sorted(reader.capabilities),
        None if reader.only is None else sorted(reader.only),
        None if seen.schools is None else sorted(seen.schools),
        sorted(seen.agreed),
        (seen.hidden_at, seen.personal_below),
        _state(),
        timezone.localdate(),
        VERSION,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _body(request: HttpRequest, contents: Contents) -> Body:
    if any(section.refusal for section in (*contents.sections, *contents.statistics)):
        raise _Refused(contents)
    shown = {**shown_of(request, contents), "leave_live": True}
    pieces = _LIVE.split(render_to_string("answer_pages/content.html", shown, request=request))
    # Templates escaped it already, so that no text in it can look like a place for a template.
    texts = [mark_safe(piece) for piece in pieces[::2]]
    return Body(contents.title, tuple(zip(texts, [*pieces[1::2], ""], strict=True)), dict(contents.about))
