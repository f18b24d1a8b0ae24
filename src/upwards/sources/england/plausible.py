"""Cells outside what a column can hold at all: one by one, or the whole column where most are outside."""

from __future__ import annotations

import polars as pl

from upwards.sources.england.catalogue import Range
from upwards.sources.england.sieve import Sieve
from upwards.sources.problems import Problem

_FEWEST = 3  # cells outside, before a column is suspected rather than its cells
_SHARE = 0.1  # of a column's figures: single slips are rarer by far, another column's figures more frequent


def find_outside(sieve: Sieve, column: str, value: pl.Series, bounds: Range) -> pl.Series:
    """Report the cells of a column that are outside its range, and return which cells are not to be read.

    Parameters
    ----------
    sieve
        The file; the problems are reported to it.
    column
        Heading.
    value
        One for each row of the sieve, in the unit of the range; null where there is none.
    bounds
        What a figure can be.

    Returns
    -------
    polars.Series
        Boolean, one for each row: the cell is outside; or any figure, where more than a tenth of the column
        is outside, since then it holds another column's figures.
    """
    outside = ((value < bounds.low) | (value > bounds.high)).fill_null(False)
    if not outside.any():
        return outside
    if suspect_column(sieve, column, outside, value.is_not_null(), f"figures outside {bounds}"):
        return value.is_not_null()
    sieve.report(
        pl.lit(outside),
        column,
        f"figure outside {bounds}",
        f"No figure there can be so ({bounds.reason}): compare it with the publisher's file",
    )
    return outside


def suspect_column(sieve: Sieve, column: str, outside: pl.Series, known: pl.Series, what: str) -> bool:
    """Report a whole column, once, where too many of its cells are outside; return whether it was.

    Parameters
    ----------
    sieve
        The file; the problem is reported to it.
    column
        Heading.
    outside, known
        Boolean, one for each row: the cell is outside; the cell holds a figure.
    what
        What is outside what, such as ``"figures outside 0 to 100"``.
    """
    n, n_known = int(outside.sum()), int(known.sum())
    if n < _FEWEST or n <= _SHARE * n_known:
        return False
    said = f"{n:,} of {n_known:,} {what}: columns may have changed places"
    remedy = "Compare the headings with the publisher's file, or get the file again"
    sieve.problems.add(column, said, [Problem(sieve.file, None, column, None, said, remedy)], 1)
    return True
