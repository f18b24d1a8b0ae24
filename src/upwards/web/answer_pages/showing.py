"""How contents become a page, a chart or a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.html import format_html

from upwards.reports.figures import NARROW, WIDE
from upwards.reports.tables import Table, write_cell
from upwards.web.answer_pages.contents import (
    OPEN_ROWS,
    SHOWN_ROWS,
    Contents,
    Section,
    settings_table,
    table_of,
)
from upwards.web.answer_pages.drawings import WIDTHS, Drawn
from upwards.web.answers import workspace_facts
from upwards.web.table_body import body_of
from upwards.web.table_files import table_answer

OWN = ("format", "table", "width")


def show_page(request: HttpRequest, contents: Contents) -> HttpResponse:
    """Show a page, or give out a table of it where the address asks for a file."""
    wanted = request.GET.get("format", "")
    if wanted:
        return table_answer(request, list(contents.tables()), contents.page, _about(contents), wanted)
    return render(request, "answer_pages/page.html", shown_of(request, contents))


def shown_of(request: HttpRequest, contents: Contents) -> dict[str, Any]:
    """Return what the template of a page needs."""
    query = _without(request.GET, *OWN)
    return {
        "contents": contents,
        "sections": [_section(one, contents, query) for one in contents.sections],
        "statistics": [_section(one, contents, query) for one in contents.statistics],
        "settings": (shown_table(settings_table(contents.settings), query) if contents.settings else None),
        "workbook": _with(query, format="xlsx"),
        "filtered": bool(query),
        **contents.about,
    }


def show_chart(request: HttpRequest, contents: Contents, name: str) -> HttpResponse:
    """Give out one chart; a browser that has it already is told so."""
    return chart_response(request, chart_svg(request, contents, name))


def chart_svg(request: HttpRequest, contents: Contents, name: str) -> str:
    """Return one chart of a page, or 404."""
    try:
        width = int(request.GET.get("width", WIDE))
    except ValueError:
        raise Http404("no such width") from None
    drawing = next((one for one in contents.drawings() if one.name == name), None)
    svg = drawing.svg(width) if drawing is not None and width in WIDTHS else ""
    if not svg:
        raise Http404("no such chart")
    return svg


def chart_response(request: HttpRequest, svg: str) -> HttpResponse:
    response = HttpResponse(svg, content_type="image/svg+xml")
    etag = f'"{hashlib.sha256(svg.encode()).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    found = get_conditional_response(request, etag=etag, response=response)
    return response if found is None else found


def _about(contents: Contents) -> dict[str, str]:
    facts = workspace_facts()
    sources = "; ".join(f"{one['file']}, imported {one['imported'][:10]}" for one in facts["sources"])
    return {
        "Page": contents.title,
        "Answer": " ".join(contents.lead),
        "State of the data": f"{facts['snapshot']}, made {str(facts['created'])[:10]}",
        "Sources": sources[:2000],
    }


def _section(section: Section, contents: Contents, query: QueryDict) -> dict[str, Any]:
    return {
        "title": section.title,
        "said": section.said,
        "items": list(zip_longest(section.items, section.begin, fillvalue="")),
        "closed": section.closed,
        "refusal": section.refusal,
        "partial": section.partial,
        "figures": [one for d in section.drawings if (one := _figure(d, contents, query)) is not None],
        "tables": [shown_table(table, query) for table in section.tables],
    }


def _figure(drawing: Drawn, contents: Contents, query: QueryDict) -> dict[str, Any] | None:
    picture, table = drawing.picture(), table_of(drawing)
    if picture is None or table is None:
        return None
    where = reverse("chart", args=[contents.page, drawing.name])
    asked = query.copy()
    if "school" in contents.about:
        asked["school"] = contents.about["school"]
    return {
        "name": drawing.name,
        "title": drawing.title,
        "alt": picture.alt,
        "caption": picture.caption,
        "wide": where + _with(asked, width=str(WIDE)),
        "narrow": where + _with(asked, width=str(NARROW)),
        "table": shown_table(table, query),
    }


def shown_table(table: Table, query: QueryDict) -> dict[str, Any]:
    numbers = {key for key in table.columns if _is_numeric(table, key)}
    return {
        "name": table.name,
        "caption": table.caption,
        "columns": [(heading, key in numbers) for key, heading in table.columns.items()],
        "body": body_of(
            [_cells(table, row) for row in table.rows[:SHOWN_ROWS]],
            len(table.columns),
            {place for place, key in enumerate(table.columns) if key in numbers},
        ),
        "is_open": len(table.rows) <= OPEN_ROWS or any("href" in row for row in table.rows[:1]),
        "n": len(table.rows),
        "is_cut": len(table.rows) > SHOWN_ROWS,
        "shown": SHOWN_ROWS,
        "csv": _with(query, format="csv", table=table.name),
        "xlsx": _with(query, format="xlsx", table=table.name),
    }


def _is_numeric(table: Table, key: str) -> bool:
    values = [row.get(key) for row in table.rows if row.get(key) is not None]
    return bool(values) and all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)


def _cells(table: Table, row: Mapping[str, Any]) -> list[str]:
    cells = [write_cell(row.get(key), table.kinds.get(key)) for key in table.columns]
    if row.get("href"):
        cells[0] = format_html('<a href="{}">{}</a>', row["href"], cells[0])
    return cells


def _without(given: QueryDict, *names: str) -> QueryDict:
    found = given.copy()
    for name in [*names, *(key for key, value in given.items() if not value)]:
        found.pop(name, None)
    return found


def _with(query: QueryDict, **more: str) -> str:
    found = query.copy()
    for name, value in more.items():
        found[name] = value
    return f"?{found.urlencode()}"
