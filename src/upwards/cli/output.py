"""Printing an answer: a table to read, or JSON, CSV and Parquet to keep."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from upwards.cli.text_table import table_lines
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
        sys.stdout.flush()  # here, so that a reader who went away is noticed while it can be handled
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
    if isinstance(value, str) and not value.isprintable():
        return _cell(printable(value))
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _show(
    rows: Sequence[Row], output: Path | None, lines: Iterable[str], columns: Mapping[str, str] | None
) -> None:
    width = screen_width() if output is None else None
    chosen = columns or {name: name for name in (rows[0] if rows else {})}
    text = [*(wrapped for line in lines for wrapped in _wrapped(line, width))]
    shown = map(printable, [*text, *table_lines(rows, chosen, width)])
    _write("\n".join(shown) + "\n", output)


def printable(text: str) -> str:
    """Replace what would steer a terminal or turn the direction of writing; names come from strangers."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _wrapped(line: str, width: int | None) -> list[str]:
    if width is None or len(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(line, width, subsequent_indent=f"{indent}  ", break_long_words=False)


def screen_width() -> int | None:
    """Return the width of the terminal; None where the answer goes to a file or another program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
