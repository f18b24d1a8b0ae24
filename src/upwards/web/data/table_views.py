"""The standard tables to take away, as CSV or as a workbook."""

from __future__ import annotations

import csv
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from upwards.actions.export_table import export_table
from upwards.core.tables import TABLES
from upwards.reports.tables import Table
from upwards.web.access import Reader, exported_schools, for_capability, reader_of
from upwards.web.answers import workspace_facts
from upwards.web.data.arrivals import uploads_folder
from upwards.web.data.views import with_places
from upwards.web.roles import GROUP
from upwards.web.table_files import CSV, MOST_SHEET_ROWS, SHEETS, table_answer, table_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

IN_ONE_PIECE = 8 * 1024 * 1024
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})([.][0-9]+)?")


@require_safe
@for_capability("export_tables")
def data_tables(request: HttpRequest) -> HttpResponse:
    """List the tables that can be taken away."""
    tables = [
        {"name": name, "rows": n, "meaning": TABLES[name].meaning}
        for name, n in workspace_facts()["tables"].items()
    ]
    about = {"tables": tables, "most": MOST_SHEET_ROWS, "for_research": _for_research(reader_of(request))}
    return render(request, "data/tables.html", with_places(request, about))


@require_safe
@for_capability("export_tables")
def data_table_csv(request: HttpRequest, table: str) -> HttpResponse | FileResponse:
    """Give out one table as CSV."""
    if table not in workspace_facts()["tables"]:
        raise Http404
    reader = reader_of(request)
    if request.method == "HEAD":
        return HttpResponse(content_type=CSV)
    with _exported(reader, table) as (path, n):
        detail = f"{n} rows{', for research' if _for_research(reader) else ''}"
        # Before the file is opened: whatever stops here leaves nothing open.
        record(request, What.EXPORTED, "table", table, detail=detail)
        return _download(path, f"{table}.csv")


@contextmanager
def _exported(reader: Reader, table: str) -> Iterator[tuple[Path, int]]:
    """Write a table as the reader may have it; the file is removed afterwards."""
    path = uploads_folder() / f"{secrets.token_hex(24)}.export"
    try:
        yield (
            path,
            export_table(
                settings.UPWARDS_WORKSPACE,
                table=table,
                to=path,
                for_research=_for_research(reader),
                schools=exported_schools(reader),
            ),
        )
    finally:
        path.unlink(missing_ok=True)


def _download(path: Path, name: str) -> HttpResponse | FileResponse:
    """Return a file that is removed at once: a small one whole, a large one as it is sent."""
    if path.stat().st_size > IN_ONE_PIECE:
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=CSV)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(path.read_bytes(), content_type=CSV, headers=headers)


def _for_research(reader: Reader) -> bool:
    return not reader.roles & GROUP


@require_safe
@for_capability("export_tables")
def data_table_xlsx(request: HttpRequest, table: str) -> HttpResponse:
    """Give out one table as a workbook, where it is not too long for one."""
    reader = reader_of(request)
    if table not in workspace_facts()["tables"]:
        raise Http404
    if request.method == "HEAD":
        return HttpResponse(content_type=SHEETS)
    with _exported(reader, table) as (path, _):
        found = _read(path, table)
    about = {"Table": TABLES[table].meaning, "For research": "yes" if _for_research(reader) else "no"}
    return table_answer(request, [found], table, about, "xlsx", object_id=table)


def _read(path: Path, name: str) -> Table:
    """Read a table that was written as CSV, as far as a workbook goes and one row more."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = islice(csv.reader(file), MOST_SHEET_ROWS + 2)
    columns = [_values([row[place] for row in rows]) for place in range(len(headings))]
    return table_of(name, name, headings, zip(*columns, strict=True))


def _values(texts: list[str]) -> list[str | float | None]:
    """Return a column as numbers where each of its cells is one; a code such as 007 stays as it is."""
    if all(NUMBER.fullmatch(text) for text in texts if text):
        return [float(text) if text else None for text in texts]
    return [text or None for text in texts]
