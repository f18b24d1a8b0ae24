"""The reference page of the standard tables, of scales and of the words for missing values."""

from __future__ import annotations

from upwards.core.tables import TABLES, Column, Table
from upwards.sources.markers import load_markers
from upwards.sources.scales import Scale, load_scales


def render() -> str:
    return f"""# Standard tables

Every file becomes rows of one of these tables, whatever it was called where it came from. A blank, a
suppressed value, one that does not apply and a zero are four different things; a column that ends in
`_missing` says which. Identifiers of pupils and teachers are kept only as keyed hashes.

{_tables()}
{_scales()}
{_markers()}"""


def _tables() -> str:
    return "\n".join(_table(table) for table in TABLES.values())


def _table(table: Table) -> str:
    head = "| column | type | unit or values | needed | meaning |\n|---|---|---|---|---|"
    rows = "\n".join(_column(column) for column in table.columns)
    key = ", ".join(table.key)
    return f"## {table.name}\n\n{table.meaning} Told apart by: {key}.\n\n{head}\n{rows}\n"


def _column(column: Column) -> str:
    kind = f"identifier of a {column.identifier}" if column.identifier else column.type
    needed = "yes" if column.required else ""
    private = " Never shown in a message." if column.is_private else ""
    return f"| {column.name} | {kind} | {_values(column)} | {needed} | {column.meaning}{private} |"


def _values(column: Column) -> str:
    if column.allowed:
        return ", ".join(column.allowed)
    low, high = column.minimum, column.maximum
    bounds = f"{low:g} to {high:g}" if high is not None else f"from {low:g}" if low is not None else ""
    return ", ".join(part for part in (column.unit, bounds) if part)


def _scales() -> str:
    rows = "\n".join(_scale(scale) for scale in load_scales().values())
    return f"""## Scales

A mapping names the scale by which grades become scores; none is ever guessed.

| scale | meaning | written as | unit | source |
|---|---|---|---|---|
{rows}
"""


def _scale(scale: Scale) -> str:
    written = scale.range_in_words.replace("*", r"\*")
    meaning = scale.meaning.replace("*", r"\*")
    unit = scale.unit.replace("*", r"\*")
    return f"| {scale.name} | {meaning} | {written} | {unit} | {scale.source}, {scale.date} |"


def _markers() -> str:
    words: dict[str, list[str]] = {}
    for word, reason in load_markers().items():
        words.setdefault(reason, []).append(f"`{word}`")
    rows = "\n".join(f"| {reason} | {' '.join(found)} |" for reason, found in words.items())
    return f"""## Words for missing values

Where a number belongs, these words, in upper or lower case, mean that there is none, and why. A grade of the
scale named comes first: `U` is a grade on `gcse_9_1`.

| reason | written as |
|---|---|
{rows}
"""
