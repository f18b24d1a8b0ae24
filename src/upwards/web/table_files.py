"""Tables of a page as files: CSV that every spreadsheet opens, or a workbook; each written into the trail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse

from upwards.core.errors import UserError
from upwards.reports.tables import Table, write_csv
from upwards.reports.workbook import write_workbook
from upwards.web.answers import workspace_facts
from upwards.web.trail.models import What
from upwards.web.trail.record import record

CSV: Final = "text/csv; charset=utf-8"
SHEETS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: Final = ("csv", "xlsx")
MOST_SHEET_ROWS: Final = 50_000
"""A workbook is made in memory; what is longer is given out as CSV only."""


class TooLongForAWorkbook(UserError):
    """A table has more rows than are written into a workbook."""


def table_of(name: str, caption: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Return a table from rows of values in the order of the headings."""
    keys = [str(place) for place in range(len(headings))]
    return Table(
        name,
        caption,
        dict(zip(keys, headings, strict=True)),
        [dict(zip(keys, row, strict=True)) for row in rows],
    )


def table_answer(
    request: HttpRequest,
    tables: Sequence[Table],
    name: str,
    about: Mapping[str, str],
    kind: str,
    *,
    thing: Model | str = "table",
    object_id: str = "",
) -> HttpResponse:
    """Give out tables of a page: as a workbook all of them, or the one that ``?table=`` names; as CSV one.

    Parameters
    ----------
    name
        The page, as a word for the file.
    about
        What stands on the first sheet, besides group and use.
    kind
        ``csv`` or ``xlsx``; anything else is not there (404).
    thing, object_id
        What the trail names.
    """
    by_name = {table.name: table for table in tables}
    asked = request.GET.get("table", "")
    if kind not in KINDS or not by_name or (asked and asked not in by_name):
        raise Http404("no such file")
    chosen = [by_name[asked]] if asked else list(tables)[: 1 if kind == "csv" else None]
    stem = _word(name if len(chosen) == len(tables) and not asked else f"{name}-{chosen[0].name}")
    response = _csv(chosen[0]) if kind == "csv" else _workbook(chosen, about)
    n = sum(len(table.rows) for table in chosen)
    record(request, What.EXPORTED, thing, object_id, detail=f"{stem}, {kind}, {n} rows"[:200])
    response.headers["Content-Disposition"] = f'attachment; filename="{stem}.{kind}"'
    return response


def _csv(table: Table) -> HttpResponse:
    # The mark at the beginning tells spreadsheets that the text is UTF-8.
    return HttpResponse("\N{BYTE ORDER MARK}" + write_csv(table), content_type=CSV)


def _workbook(tables: Sequence[Table], about: Mapping[str, str]) -> HttpResponse:
    if sum(len(table.rows) for table in tables) > MOST_SHEET_ROWS:
        raise TooLongForAWorkbook(
            f"This table has more than the {MOST_SHEET_ROWS:,} rows that are written into a workbook. "
            "Take it as CSV, or narrow it first."
        )
    known = {
        "Group": workspace_facts()["name"],
        **about,
        "Made with": f"upwards {version('upwards')}",
        "Use": "For improving teaching together, not for appraising anybody.",
    }
    return HttpResponse(write_workbook(tables, known), content_type=SHEETS)


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")
