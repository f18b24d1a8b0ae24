"""Rows in the columns and types of a standard table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from upwards.core.errors import InternalError
from upwards.core.tables import Table, find_table

if TYPE_CHECKING:
    import polars as pl

_TYPES = {
    "text": "String",
    "number": "Float64",
    "whole number": "Int64",
    "year": "Int32",
    "date": "Date",
    "yes or no": "Boolean",
}


def polars_types(table: Table) -> dict[str, type[pl.DataType]]:
    """Return the type of each column of a standard table.

    Examples
    --------
    >>> from upwards.core.tables import find_table
    >>> polars_types(find_table("successions"))["date"]
    Date
    """
    import polars as pl

    return {column.name: getattr(pl, _TYPES[column.type]) for column in table.columns}


def with_all_columns(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Give rows all columns of a standard table, in its order and types; what they lack is missing.

    Parameters
    ----------
    rows
        Columns of the table, and perhaps others, which stay behind.
    table
        Its name.
    """
    return standard_columns(rows.lazy(), table, polars_types(find_table(table))).collect()


def standard_columns(rows: pl.LazyFrame, table: str, names: Iterable[str]) -> pl.LazyFrame:
    """Choose columns of a standard table, in its types; one that no file had is missing in every row."""
    import polars as pl

    types, held = polars_types(find_table(table)), rows.collect_schema()
    return rows.select(
        (pl.col(name) if name in held else pl.lit(None)).cast(types[name]).alias(name) for name in names
    )


def require_standard(rows: pl.DataFrame, table: str, file: str) -> pl.DataFrame:
    """Return a reader's rows in the table's columns and types.

    Raises
    ------
    InternalError
        If the reader made a column that the table does not have: it would be lost.
    """
    strange = [name for name in rows.columns if name not in find_table(table).names]
    if strange:
        raise InternalError(f"the reader of {file} makes {', '.join(strange)}, which {table} does not have")
    return with_all_columns(rows, table)
