"""From headings to standard columns, still as text; a column per subject or year becomes rows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping as Dict

import polars as pl

from upwards.core.tables import find_table
from upwards.sources.batches import TextBatch
from upwards.sources.mapping import Constant, Mapping
from upwards.sources.numbers import stripped

ROW = "#row"
HEADING = "#heading"


def reshape(batch: TextBatch, mapping: Mapping) -> tuple[pl.DataFrame, int]:
    """Give the rows of a batch the names of standard columns.

    Parameters
    ----------
    batch
        Rows as text under the headings of the file.
    mapping
        Which heading is which column.

    Returns
    -------
    rows, n_blank
        Text under standard names, then extra columns, with ``#row`` and, for a wide file, ``#heading``; and
        how many blank cells of a wide file were left out, since a blank there is no result.
    """
    rows = batch.rows.with_columns(pl.Series(ROW, batch.numbers))
    always = [pl.col(ROW), *(stripped(heading).alias(name) for name, heading in mapping.columns.items())]
    always += [stripped(heading).alias(heading) for heading in (*mapping.extra_number, *mapping.extra_text)]
    if not mapping.wide:
        return _in_order(rows.select([*always, *_constants(mapping.constants)]), mapping), 0
    value = mapping.value_column or ""
    parts = []
    for entry in mapping.wide:
        own = [stripped(heading).alias(name) for name, heading in entry.columns.items()]
        fixed = {**mapping.constants, **entry.constants}
        taken = {*entry.columns, *entry.constants}
        shared = [e for e in always if e.meta.output_name() not in taken]
        constants = _constants({n: v for n, v in fixed.items() if n not in entry.columns})
        score = [stripped(entry.heading).alias(value), pl.lit(entry.heading).alias(HEADING)]
        parts.append(rows.select([*shared, *own, *constants, *score]))
    long = pl.concat(parts, how="diagonal").sort(ROW, maintain_order=True)
    filled = long.filter(pl.col(value).is_not_null())
    return _in_order(filled, mapping), long.height - filled.height


def _constants(constants: Dict[str, Constant]) -> list[pl.Expr]:
    return [pl.lit(_as_text(value)).alias(name) for name, value in constants.items()]


def _as_text(value: Constant) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _in_order(rows: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    standard = [name for name in find_table(mapping.table).names if name in rows.columns]
    return rows.select([*standard, *(name for name in rows.columns if name not in standard)])
