"""Partnerships with the hours of their sessions, as the tables hold them."""

from __future__ import annotations

import datetime
from pathlib import Path

from upwards.actions.import_data import import_data
from upwards.store.partnership_rows import PartnershipRow, list_partnerships
from upwards.store.snapshots import current_snapshot
from upwards.store.workspace import Workspace

PARTNERSHIPS = """partnership,kind,provider_school,recipient_school,subject,hours,starts,ends
2,network,Hill,Park,reading,9,2026-09-07,2026-12-11
1,coaching,Moor,Park,,,,
"""
SESSIONS = """partnership,date,activity,hours,delivered
2,2026-09-14,visit,1.5,yes
2,2026-09-28,visit,2,no
2,2026-10-12,visit,1,
9,2026-10-12,visit,1,yes
"""


def held(tmp_path: Path, **tables: str) -> tuple[PartnershipRow, ...]:
    tmp_path.mkdir(exist_ok=True)
    workspace = Workspace.create(tmp_path / "work")
    for table, text in tables.items():
        path = tmp_path / f"{table}.csv"
        path.write_text(text, encoding="utf-8")
        import_data([path], as_table=table, workspace=workspace.folder, accept_doubts=True)
    snapshot = current_snapshot(workspace)
    assert snapshot is not None
    return list_partnerships(snapshot)


def test_sessions_that_took_place_are_hours_delivered(tmp_path: Path) -> None:
    first, second = held(tmp_path, partnerships=PARTNERSHIPS, sessions=SESSIONS)
    assert (first.partnership, first.subject, first.hours, first.starts, first.delivered) == (
        "1", None, None, None, 0.0,
    )  # fmt: skip
    assert (second.provider_school, second.provider_department, second.recipient_school) == (
        "Hill", None, "Park",
    )  # fmt: skip
    assert (second.starts, second.ends) == (datetime.date(2026, 9, 7), datetime.date(2026, 12, 11))
    assert (second.hours, second.delivered) == (9.0, 2.5)


def test_without_sessions_nothing_is_delivered_and_without_partnerships_there_are_none(
    tmp_path: Path,
) -> None:
    assert [one.delivered for one in held(tmp_path / "a", partnerships=PARTNERSHIPS)] == [0.0, 0.0]
    assert held(tmp_path / "b", sessions=SESSIONS) == ()
