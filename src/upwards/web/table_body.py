"""The rows of a table as HTML: ``{% table_body rows 4 2 %}``: four columns, figures from the third on.

Written here and not cell by cell in a template: a long table takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from html import escape

from django import template
from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import is_aware, localtime

register = template.Library()
Rows = Iterable[Sequence[object]]


def body_of(rows: Rows, columns: int, numbers: Collection[int]) -> SafeString:
    """Return rows of a table, each cell escaped; the first cell names its row.

    Parameters
    ----------
    rows
        Values in the order of the columns.
    columns
        How many there are: an empty table says so across all of them.
    numbers
        Places of columns of figures, counted from 0.
    """
    begins = ['<td class="number">' if place in numbers else "<td>" for place in range(columns)]
    written = [_row(row, begins) for row in rows]
    if not written:
        return mark_safe(f'<tr><td colspan="{columns}">Nothing yet.</td></tr>')
    return mark_safe("\n".join(written))


@register.simple_tag
def table_body(rows: Rows, columns: int, numbers: int | str = "") -> SafeString:
    """Return rows of which the columns from place `numbers` on are figures."""
    return body_of(rows, columns, range(int(numbers), columns) if numbers else ())


def _row(row: Sequence[object], begins: Sequence[str]) -> str:
    first, *others = map(_written, row)
    cells = "".join(f"{begin}{one}</td>" for begin, one in zip(begins[1:], others, strict=False))
    return f'<tr><th scope="row">{first}</th>{cells}</tr>'


def _written(value: object) -> str:
    if isinstance(value, SafeString):
        return value
    if isinstance(value, datetime) and is_aware(value):
        value = localtime(value)
    return escape(value if isinstance(value, str) else str(localize(value)))
