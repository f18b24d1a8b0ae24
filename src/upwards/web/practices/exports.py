"""The list of practices as a file; it names schools, never a person."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from upwards.reports.tables import Table, write_csv
from upwards.reports.workbook import write_workbook
from upwards.web.access import reader_of
from upwards.web.answers import workspace_facts
from upwards.web.practices import readers
from upwards.web.practices.models import Practice
from upwards.web.trail.models import What
from upwards.web.trail.record import record

EXPORTS: Final = ("csv", "xlsx")
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS: Final = {
    "title": "name", "school": "shared by", "need": "need", "for_whom": "for whom", "done": "what is done",
    "ingredients": "active ingredients", "hours": "hours", "money": "money", "takes": "what else it takes",
    "standing": "standing of the evidence", "evidence": "evidence", "knowledge": "body of knowledge",
    "origin": "where it comes from", "area": "area of excellence", "subject": "subject", "stage": "stage",
    "ask": "department to ask", "shared": "shared", "edition": "edition", "published": "published",
    "n_users": "schools that use it", "users": "which",
}  # fmt: skip


def export(request: HttpRequest, wanted: str, rows: Sequence[Practice]) -> HttpResponse:
    """Give out what was found as CSV or as a workbook."""
    sees_users = readers.sees_users(reader_of(request))
    columns = {key: said for key, said in COLUMNS.items() if sees_users or key != "users"}
    table = Table("practices", "Practices", columns, [_row(one) for one in rows])
    if wanted == "csv":
        text = "\N{BYTE ORDER MARK}" + write_csv(table)
        response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(write_workbook([table], _about()), content_type=SHEETS)
    record(request, What.EXPORTED, "practices", detail=f"{wanted}, {len(rows)} rows")
    response.headers["Content-Disposition"] = f'attachment; filename="practices.{wanted}"'
    return response


def _row(one: Practice) -> dict[str, Any]:
    edition = one.live
    assert edition is not None
    same = ("title", "need", "for_whom", "done", "ingredients", "hours", "money", "takes", "evidence", "area")
    users = [use.school for use in one.uses.all() if use.ended is None]
    return {
        **{name: getattr(edition, name) for name in (*same, "subject", "stage")},
        "school": one.place,
        "standing": edition.get_standing_display(),
        "knowledge": edition.get_knowledge_display(),
        "origin": edition.get_origin_display(),
        "ask": edition.ask_department,
        "shared": str(one.shared),
        "edition": edition.number,
        "published": f"{edition.published:%Y-%m-%d}",
        "n_users": len(users),
        "users": users,
    }


def _about() -> dict[str, str]:
    return {
        "Group": workspace_facts()["name"],
        "Page": "Practice library",
        "Made with": f"upwards {version('upwards')}",
        "Use": "For improving teaching together. A card says what somebody does, not how good anybody is.",
    }
