"""A table as plain text: numbers to the right, words never broken, as wide as the screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

GAP = "  "
NARROWEST = 12


def table_lines(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], width: int | None
) -> Iterator[str]:
    """Yield the lines of a table; without a width no cell is wrapped.

    Columns that hold nothing in any row are left out.
    """
    chosen = {name: head for name, head in columns.items() if any(r.get(name) is not None for r in rows)}
    if not chosen:
        return
    cells = {name: shown_column([row.get(name) for row in rows]) for name in chosen}
    right = {name for name in chosen if any(_is_number(row.get(name)) for row in rows)}
    widths = fitted_widths({name: [chosen[name], *cells[name]] for name in chosen}, right, width)
    yield from _line([chosen[name] for name in chosen], chosen, widths, right)
    yield GAP.join("-" * widths[name] for name in chosen)
    for place in range(len(rows)):
        yield from _line([cells[name][place] for name in chosen], chosen, widths, right)


def fitted_widths(texts: Mapping[str, Sequence[str]], fixed: set[str], width: int | None) -> dict[str, int]:
    """Give each column the width it needs, and the widest text columns what is left of the screen."""
    needed = {name: max(map(len, column)) for name, column in texts.items()}
    if width is None:
        return needed
    words = {name: max(len(w) for text in texts[name] for w in (text.split() or [""])) for name in texts}
    while sum(needed.values()) + len(GAP) * (len(needed) - 1) > width:
        can_shrink = {
            name: size
            for name, size in needed.items()
            if name not in fixed and size > max(NARROWEST, words[name])
        }
        if not can_shrink:
            break
        needed[max(can_shrink, key=lambda name: can_shrink[name])] -= 1
    return needed


def _line(
    texts: Sequence[str], names: Mapping[str, str], widths: Mapping[str, int], right: set[str]
) -> Iterator[str]:
    wrapped = [
        textwrap.wrap(text, widths[name], break_long_words=False, break_on_hyphens=False) or [""]
        for name, text in zip(names, texts, strict=True)
    ]
    for k in range(max(map(len, wrapped))):
        parts = [
            (lines[k] if k < len(lines) else "").rjust(widths[name])
            if name in right
            else (lines[k] if k < len(lines) else "").ljust(widths[name])
            for name, lines in zip(names, wrapped, strict=True)
        ]
        yield GAP.join(parts).rstrip()


def shown_column(values: Sequence[Any]) -> list[str]:
    """Return the values of a column as text, numbers with the same number of decimals."""
    numbers = [abs(value) for value in values if isinstance(value, float)]
    largest = max(numbers, default=0.0)
    decimals = 0 if largest >= 1000 else 1 if largest >= 100 else 3 if 0 < largest < 0.1 else 2
    return [_shown(value, decimals) for value in values]


def _shown(value: Any, decimals: int) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0: no "-0.00"
    return " / ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
