"""The list of practices as a file; it names schools, never a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from upwards.reports.tables import Table
from upwards.web.access import reader_of
from upwards.web.practices import readers
from upwards.web.practices.models import Practice
from upwards.web.table_files import table_answer

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
    about = {
        "Page": "Practice library",
        "What it says": "A card says what somebody does, not how good anybody is.",
    }
    return table_answer(request, [table], "practices", about, wanted, thing="practices")


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
