"""Printing an answer: a table to read, or JSON, CSV and Parquet to keep."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from upwards.core.errors import UserError


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


Row = Mapping[str, Any]


def print_answer(
    answer: Mapping[str, Any],
    rows: Sequence[Row],
    *,
    form: Format,
    output: Path | None,
    lines: Iterable[str] = (),
    columns: Mapping[str, str] | None = None,
) -> None:
    """Print or write an answer.

    Parameters
    ----------
    answer
        The whole answer, for JSON.
    rows
        Its main table, for the other forms.
    form
        Which form.
    output
        A file; the screen by default.
    lines
        Sentences above the table.
    columns
        Which columns of the table a person reads, with their headings.
    """
    if form is Format.PARQUET:
        if output is None:
            raise UserError("Parquet is not for the screen: name a file with --output FILE.")
        from upwards.actions.export_rows import export_rows

        export_rows(rows, output)
    elif form is Format.JSON:
        _write(json.dumps(answer, allow_nan=False, ensure_ascii=False, indent=1) + "\n", output)
    elif form is Format.CSV:
        _write(csv_text(rows), output)
    else:
        _show(rows, output, lines, columns)
    if output is not None:
        typer.secho(f"Written to {output}", err=True)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error.strerror}. Name another file.") from error


def csv_text(rows: Sequence[Row]) -> str:
    """Return rows as CSV; text that a spreadsheet would run as a formula is quoted with an apostrophe."""
    buffer = io.StringIO()
    if rows:
        writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return _cell(" / ".join(map(str, value)))
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _show(
    rows: Sequence[Row], output: Path | None, lines: Iterable[str], columns: Mapping[str, str] | None
) -> None:
    from rich.console import Console
    from rich.table import Table

    chosen = columns or {name: name for name in (rows[0] if rows else {})}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, heading in chosen.items():
        numeric = bool(rows) and isinstance(rows[0].get(name), int | float)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_shown(row.get(name)) for name in chosen))
    target = io.StringIO() if output is not None else None
    console = Console(file=target, width=160 if output is not None else None, highlight=False, markup=False)
    for line in lines:
        console.print(line)
    if rows:
        console.print(table)
    if target is not None:
        _write(target.getvalue(), output)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1e5 else f"{value:.3g}" if abs(value) < 0.1 else f"{value:.2f}"
    return " / ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
