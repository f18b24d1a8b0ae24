"""Tables as a workbook that any spreadsheet opens."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from upwards.core.errors import UserError
from upwards.reports.tables import Table, as_text

WIDEST, NARROWEST = 60, 8
SAFE = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


class NoWorkbooks(UserError):
    """The library that writes workbooks is not installed."""


def write_workbook(tables: Sequence[Table], about: Mapping[str, str]) -> bytes:
    """Write tables as sheets of a workbook, after a sheet that says what they are.

    Parameters
    ----------
    tables
        One sheet each, figures in full; text is never taken for a formula or a link.
    about
        What a reader must know, such as source and day: two columns of the first sheet.

    Returns
    -------
    bytes
        An XLSX file.

    Raises
    ------
    NoWorkbooks
        When XlsxWriter is not installed.

    Examples
    --------
    >>> rows = [{"school": "Alder", "n": 90}]
    >>> write_workbook([Table("t", "A table", {"school": "school", "n": "results"}, rows)], {})[:2]
    b'PK'
    """
    try:
        import xlsxwriter
    except ImportError:
        raise NoWorkbooks(
            "Workbooks need XlsxWriter. Install it with: pip install 'upwards[web]'; or take CSV."
        ) from None
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, SAFE) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        first = book.add_worksheet("About")
        first.set_column(0, 0, 24)
        first.set_column(1, 1, 90)
        for place, (name, said) in enumerate(about.items()):
            first.write_string(place, 0, name)
            first.write_string(place, 1, said)
        taken = {"about"}
        for table in tables:
            _fill(book.add_worksheet(sheet_name(table.name, taken)), table, head)
    return buffer.getvalue()


def _fill(sheet: Any, table: Table, head: Any) -> None:
    sheet.freeze_panes(1, 1)
    for column, (key, heading) in enumerate(table.columns.items()):
        sheet.write_string(0, column, heading, head)
        values = [row.get(key) for row in table.rows]
        longest = max((len(as_text(value)) for value in values if isinstance(value, str)), default=0)
        sheet.set_column(column, column, min(WIDEST, max(NARROWEST, longest, len(heading) // 2) + 2))
        for place, value in enumerate(values, start=1):
            _write(sheet, place, column, value)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _write(sheet: Any, row: int, column: int, value: object) -> None:
    if value is None:
        return  # an empty cell: missing is not zero
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, as_text(value))


def sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that a sheet may have and no other has; remembers it in `taken`.

    Examples
    --------
    >>> taken = set()
    >>> sheet_name("schools: a/b", taken), sheet_name("schools: a/b", taken)
    ('schools_ a_b', 'schools_ a_b 2')
    """
    plain = re.sub(r"[\[\]:*?/\\']", "_", name)[:28] or "table"
    found, number = plain, 1
    while found.lower() in taken:
        number += 1
        found = f"{plain[:25]} {number}"
    taken.add(found.lower())
    return found
