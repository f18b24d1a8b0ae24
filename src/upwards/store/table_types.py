"""Rows in the columns and types of a standard table."""

from __future__ import annotations

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
    import polars as pl

    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in polars_types(find_table(table)).items()
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
