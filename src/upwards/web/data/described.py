"""What the pages of the data show, as tables: on the page and in files the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from upwards.reports.tables import Table
from upwards.web.table_files import table_of

COUNTS = {
    "n": "results",
    "scored": "with a score",
    "with_prior": "with prior",
    "with_class": "with class",
    "with_teacher": "with teacher",
}
Row = Mapping[str, Any]


def shown(table: Table, numbers: int) -> dict[str, Any]:
    """Return a table as its page shows it; from the column `numbers` on stand counts."""
    rows = [[row.get(key) for key in table.columns] for row in table.rows]
    return {
        "name": table.name,
        "caption": table.caption,
        "columns": [heading[:1].upper() + heading[1:] for heading in table.columns.values()],
        "rows": [[*row[:numbers], *(_count_in_words(one) for one in row[numbers:])] for row in rows],
    }


def _count_in_words(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def coverage_tables(found: Row, *, sees_schools: bool) -> list[Table]:
    """Return coverage by subject and, to who sees schools by name, by school."""
    few = f"{found['hidden_at']} or fewer"
    tables = [
        table_of(
            "by-subject",
            "Results by subject and year",
            ("subject and stage", "year", *COUNTS.values()),
            [
                [f"{row['subject']}, {row['stage']}", row["year"], *_counts(row, few)]
                for row in found["by_subject"]
            ],
        )
    ]
    if sees_schools and found["by_school"]:
        tables.append(
            table_of(
                "by-school",
                "Results by school and year",
                ("school", "year", *COUNTS.values()),
                [[row["school"], row["year"], *_counts(row, few)] for row in found["by_school"]],
            )
        )
    return tables


def _counts(row: Row, few: str) -> list[Any]:
    return [few if row[name] is None else row[name] for name in COUNTS]


def changes_table(tables: Iterable[Row]) -> Table:
    rows = [
        [
            one["table"].replace("_", " "),
            *("none" if one[name] is None else one[name] for name in ("rows_before", "rows_after")),
            *(one[name] for name in ("added", "removed", "changed")),
        ]
        for one in tables
    ]
    headings = ("table", "rows before", "rows after", "added", "removed", "changed")
    return table_of("changes", "Rows by table", headings, rows)


def sources_table(files: Iterable[Row]) -> Table:
    rows = [
        [
            one["file"], one["table"], _day(one["day"]), one["n_in"], one["n_kept"], one["n_left_out"],
            one["publisher"], one["licence"] or "not said", one["sha256"],
        ]
        for one in files
    ]  # fmt: skip
    headings = ("file", "as", "imported", "rows in", "kept", "left out", "whose", "licence", "SHA-256")
    return table_of("files", "Files, the latest first", headings, rows)


def states_table(states: Iterable[Row], *, names: bool) -> Table:
    rows = [
        [one["id"], one["standing"], _day(one["day"]), _brought(one), one["rows"]]
        + ([one["who"] or "a command"] if names else [])
        for one in states
    ]
    headings = ("state", "standing", "made", "what came with it", "rows in all", *(("by",) if names else ()))
    return table_of("states", "States, the newest first", headings, rows)


def _brought(state: Row) -> list[str]:
    files = [f"{one['file']} ({one['table']}, {one['n_kept']} rows)" for one in state["files"]]
    return [
        *(files or ["no file"]),
        *(f"one {one['kind']} erased {one['date'][:10]}" for one in state["erasures"]),
    ]


def _day(day: Any) -> str:
    return f"{day:%Y-%m-%d}" if day else ""
