"""The loop closes through data: partnerships, visits and staff become tables like any other import."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from upwards.actions.describe_workspace import describe_workspace
from upwards.actions.import_data import import_data
from upwards.core.errors import UserError
from upwards.core.tables import find_table
from upwards.web.facts import workspace_facts
from upwards.web.partnerships.models import Handover, Outcome, Partnership, Recipient, Session, State
from upwards.web.people.staff_table import Key as StaffKey
from upwards.web.people.staff_table import staff_rows, without_what_was

TABLES = ("partnerships", "sessions", "people")
Row = dict[str, Any]
Key = tuple[str, str, str]


def partnership_rows() -> list[Row]:
    """Return one row for each recipient of each partnership that was agreed; no persons, no aims in it."""
    return [
        {
            "partnership": _number(one, recipient),
            "kind": one.kind,
            "provider_school": one.provider_school,
            "provider_department": one.provider_department,
            "recipient_school": recipient.school,
            "recipient_department": recipient.department,
            "subject": one.subject,
            "stage": recipient.stage,
            "hours": f"{one.hours:g}",
            "starts": one.starts.isoformat(),
            "ends": (one.closed or one.ends).isoformat(),
        }
        for one, recipient in _handed()
    ]


def session_rows() -> list[Row]:
    """Return one row for each recipient, day and activity: hours of several visits on one day are added."""
    found: dict[Key, Row] = {}
    for one, recipient in _handed():
        for visit in one.sessions.all():
            if visit.outcome != Outcome.PLANNED:
                _add(found, (_number(one, recipient), visit.date.isoformat(), visit.activity), visit)
    return list(found.values())


def recorded_staff() -> dict[StaffKey, Row]:
    """Return a row for everybody on record in the schools that the data know."""
    return staff_rows(timezone.localdate(), workspace_facts()["schools"])


def hand_over() -> Handover | None:
    """Give the tables to the data, if anything changed since the last time.

    Returns
    -------
    Handover or None
        None where there is nothing to give.

    Raises
    ------
    UserError
        When the data do not take the rows.
    """
    partnerships, visits, staff = partnership_rows(), session_rows(), recorded_staff()
    last = Handover.objects.first()
    if not partnerships and not staff and last is None:
        return None
    n_sessions, n_staff = len(visits), len(staff)
    visits += _taken_back(last, [_session_key(row) for row in visits])
    staff |= _no_longer_here(last, staff)
    rows = dict(zip(TABLES, (partnerships, visits, list(staff.values())), strict=True))
    texts = {name: as_csv(name, rows[name]) for name in TABLES}
    digest = hashlib.sha256("".join(texts.values()).encode()).hexdigest()
    if last is not None and last.digest == digest and last.snapshot == _snapshot():
        return last
    for name in TABLES:
        if rows[name]:
            _import(name, texts[name])
    return Handover.objects.create(
        snapshot=_snapshot(),
        digest=digest,
        keys=[_session_key(row) for row in visits],
        n_partnerships=len(partnerships),
        n_sessions=n_sessions,
        staff=[list(key) for key in staff],
        n_staff=n_staff,
    )


def as_csv(table: str, rows: Iterable[Row]) -> str:
    """Write rows in the columns of a standard table; persons only where a row is about one."""
    text = io.StringIO()
    names = [one.name for one in find_table(table).columns if one.identifier is None or one.required]
    writer = csv.DictWriter(text, names, extrasaction="raise", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _handed() -> list[tuple[Partnership, Recipient]]:
    rows = Partnership.objects.exclude(state=State.PROPOSED).order_by("pk")
    rows = rows.prefetch_related("recipients", "sessions")
    return [(one, recipient) for one in rows for recipient in one.recipients.all()]


def _number(one: Partnership, recipient: Recipient) -> str:
    return f"P{one.pk}-{recipient.pk}"


def _add(found: dict[Key, Row], key: Key, visit: Session) -> None:
    row = found.setdefault(
        key,
        {"partnership": key[0], "date": key[1], "activity": key[2], "hours": "0", "delivered": "no"},
    )
    if visit.outcome == Outcome.HELD:
        row["hours"] = f"{float(row['hours']) + visit.hours:g}"
        row["delivered"] = "yes"


def _session_key(row: Row) -> list[str]:
    return [row["partnership"], row["date"], row["activity"]]


def _no_longer_here(last: Handover | None, staff: Collection[StaffKey]) -> dict[StaffKey, Row]:
    """Return empty rows in place of those given before about people who have left the school since."""
    before = ((int(pk), str(school)) for pk, school in (last.staff if last is not None else []))
    return without_what_was(key for key in before if key not in staff)


def _taken_back(last: Handover | None, keys: list[list[str]]) -> list[Row]:
    """Return rows for days that were given before and have been corrected since: nothing took place then."""
    now = {tuple(one) for one in keys}
    gone = [one for one in (last.keys if last is not None else []) if tuple(one) not in now]
    names = ("partnership", "date", "activity")
    return [{**dict(zip(names, one, strict=True)), "hours": "0", "delivered": "no"} for one in gone]


def _snapshot() -> str:
    """Return the state of the data: where it is another than was given to, the rows are given again.

    What is held already changes nothing; what was undone since comes back.
    """
    return str(describe_workspace(settings.UPWARDS_WORKSPACE)["snapshot"] or "")


def _import(table: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table}-recorded.csv"
        path.write_text(text, encoding="utf-8")
        report = import_data(
            [path],
            as_table=table,
            workspace=settings.UPWARDS_WORKSPACE,
            accept_doubts=True,
            replace_held=True,
        )
    if report.files and not report.entered:
        wrong = "; ".join(report.files[0].problem_counts)
        raise UserError(f"The data do not take the {table} that were recorded here: {wrong}.")
