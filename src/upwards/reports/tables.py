"""A table that stands on a page and can be taken away as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from upwards.core.shares import as_share
from upwards.reports.wording import as_figure

# What a spreadsheet would take for a formula when it opens a text file, also behind blanks.
FORMULA_STARTS = frozenset("=+-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
                           "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows with headings, the same on the page and in a file.

    Attributes
    ----------
    name
        A short word for addresses and sheets.
    caption
        What the table shows.
    columns
        Which keys of the rows a reader sees, with their headings; the first names the row.
    rows
        Figures are numbers, None where there is none.
    kinds
        How a column is written where it is not a plain figure: ``"share"`` or ``"whole"``.
    """

    name: str
    caption: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    kinds: Mapping[str, str] = field(default_factory=dict)


def write_cell(value: object, kind: str | None = None) -> str:
    """Write a value as a reader sees it on a page.

    Examples
    --------
    >>> write_cell(0.25, "share"), write_cell(1234.0, "whole"), write_cell(None), write_cell(-0.5)
    ('25%', '1,234', '–', '−0.50')
    """
    if kind == "share" and (value is None or isinstance(value, int | float)):
        return as_share(value)
    if kind == "whole" and isinstance(value, int | float):
        return f"{value:,.0f}"
    return as_figure(value)


def write_csv(table: Table) -> str:
    r"""Write a table as CSV: figures in full, and no cell that a spreadsheet would run as a formula.

    Examples
    --------
    >>> rows = [{"school": "=1+1", "n": -2.5}, {"school": "Alder", "n": None}]
    >>> write_csv(Table("t", "A table", {"school": "school", "n": "results"}, rows))
    "school,results\r\n'=1+1,-2.5\r\nAlder,\r\n"
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([without_formula(heading) for heading in table.columns.values()])
    writer.writerows([without_formula(row.get(key)) for key in table.columns] for row in table.rows)
    return buffer.getvalue()


def without_formula(value: object) -> object:
    """Return a figure as it is, and text so that no spreadsheet runs it.

    Examples
    --------
    >>> without_formula("@SUM(A1)"), without_formula(" =1"), without_formula(-3), without_formula("a-b")
    ("'@SUM(A1)", "' =1", -3, 'a-b')
    """
    if value is None or isinstance(value, bool):
        return "" if value is None else as_figure(value)
    if isinstance(value, int | float):
        return value
    text = as_text(value)
    runs = text[:1] in FORMULA_STARTS or text.lstrip(" \N{NO-BREAK SPACE}")[:1] in FORMULA_STARTS
    return f"'{text}" if runs else text


def as_text(value: object) -> str:
    """Return what is not a figure as text; of a list its parts."""
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
