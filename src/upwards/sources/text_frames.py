"""A text file or workbook as a lazy frame whose columns are numbers or text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import polars as pl
from polars.io.plugins import register_io_source

from upwards.core.errors import EmptyData
from upwards.sources.batches import TextSource, describe_bad_row
from upwards.sources.delimited import Delimited
from upwards.sources.errors import MalformedRows
from upwards.sources.numbers import MISSING_WORDS, exact_text, number, stripped, whole_number

Kind = Literal["whole", "number", "text"]


def read_text(source: TextSource, as_text: frozenset[str]) -> pl.LazyFrame:
    """Give each column of a text file its type, after every row was looked at once."""
    kinds, n_blank = _find_kinds(source, as_text)
    makers = {"whole": whole_number, "number": number, "text": exact_text}
    lazy = _scan(source) if isinstance(source, Delimited) and not n_blank else _stream(source)
    return lazy.select(makers[kinds[name]](name) for name in source.columns)


def _find_kinds(source: TextSource, as_text: frozenset[str]) -> tuple[dict[str, Kind], int]:
    undecided = [name for name in source.columns if name not in as_text]
    whole, decimal = set(undecided), set(undecided)
    n_rows = n_blank = 0
    for batch in source.batches():
        if batch.bad_rows:
            raise MalformedRows(describe_bad_row(source, batch.bad_rows[0]))
        n_rows, n_blank = n_rows + batch.rows.height, n_blank + batch.n_blank
        whole = _still(batch.rows, whole, integer=True)
        decimal = _still(batch.rows, decimal, integer=False)
    if n_rows == 0:
        raise EmptyData(f"{source.path.name} has headings but no rows. Export it again with its rows.")
    kinds: dict[str, Kind] = {
        name: "whole" if name in whole else "number" if name in decimal else "text" for name in source.columns
    }
    return kinds, n_blank


def _still(rows: pl.DataFrame, candidates: set[str], *, integer: bool) -> set[str]:
    """Return the candidates that hold nothing but numbers in these rows."""
    names = sorted(candidates)
    dtype = pl.Int64 if integer else pl.Float64
    doubtful = _where(rows, {name: ~_plainly_number(name, dtype) for name in names})
    return candidates - _where(rows, {name: _not_a_number(name, integer=integer) for name in doubtful})


def _where(rows: pl.DataFrame, tests: dict[str, pl.Expr]) -> set[str]:
    if not tests:
        return set()
    found = rows.select(test.any().alias(name) for name, test in tests.items()).row(0)
    return {name for name, hit in zip(tests, found, strict=True) if hit}


def _plainly_number(name: str, dtype: type[pl.Int64] | type[pl.Float64]) -> pl.Expr:
    # Cheap test for the usual case: most columns never need the careful one.
    return pl.col(name).cast(dtype, strict=False).is_finite().fill_null(False) | (pl.col(name) == "")


def _not_a_number(name: str, *, integer: bool) -> pl.Expr:
    text = stripped(name)
    value = whole_number(name) if integer else number(name)
    return text.is_not_null() & value.is_null() & ~text.is_in(MISSING_WORDS)


def _scan(source: Delimited) -> pl.LazyFrame:
    """Use the fastest reader where it cannot differ from the careful one."""
    if not source.plain:
        return _stream(source)
    return pl.scan_csv(
        source.path,
        separator=source.delimiter,
        schema=dict.fromkeys(source.columns, pl.String()),
        glob=False,
    )


def _stream(source: TextSource) -> pl.LazyFrame:
    def read(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        yield from stream_rows(source, with_columns, predicate, n_rows)

    return register_io_source(read, schema=dict.fromkeys(source.columns, pl.String()))


def stream_rows(
    source: TextSource, columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file as a lazy frame asks for them.

    Parameters
    ----------
    source
        The file.
    columns
        Columns wanted, or None for all.
    predicate
        Rows wanted, or None for all.
    n_rows
        How many rows to look at, or None for all.
    """
    left = n_rows
    for batch in source.batches(columns):
        rows = batch.rows if left is None else batch.rows.head(left)
        left = None if left is None else left - rows.height
        yield rows if predicate is None else rows.filter(predicate)
        if left == 0:
            return
