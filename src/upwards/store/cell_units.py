"""From the cells of a pass to units: labels, order and codes."""

from __future__ import annotations

import numpy as np
import polars as pl

from upwards.core.moments import Factor, Ints
from upwards.store.pass_columns import PassColumns

_LARGEST_EXACT = 2.0**53


def label_text(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return a label as text: as stored, and a whole number without its decimals.

    Parameters
    ----------
    column
        Name of the column.
    dtype
        Its type.

    Returns
    -------
    polars.Expr
        Text: 7 and 7.0 are both ``"7"``.
    """
    value = pl.col(column)
    if not dtype.is_float():
        return value.cast(pl.String)
    whole = (value == value.floor()) & (value.abs() < _LARGEST_EXACT)
    return (
        pl.when(whole)
        .then(value.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(value.cast(pl.String))
    )


def sort_cells(cells: pl.DataFrame, columns: PassColumns) -> pl.DataFrame:
    """Sort cells by their labels, outer to inner, so that the cells of a nested unit are neighbours.

    Parameters
    ----------
    cells
        One row per cell, with the key columns.
    columns
        The role of each column.

    Returns
    -------
    polars.DataFrame
        The cells with columns ``label 0``, ``label 1`` … in the order of the keys, sorted by the code
        points of the labels.
    """
    labels = [
        label_text(column, columns.schema[column]).alias(f"label {position}")
        for position, column in enumerate(columns.keys)
    ]
    return cells.with_columns(labels).sort([f"label {position}" for position in range(len(labels))])


def find_units(cells: pl.DataFrame, columns: PassColumns) -> tuple[tuple[Factor, ...], Ints]:
    """Find the units of every factor, and the unit of each cell.

    Parameters
    ----------
    cells
        From `sort_cells`.
    columns
        The role of each column.

    Returns
    -------
    tuple
        The factors (levels, level by year, crossed factors) and the codes, shape (number of factors, C).
    """
    n_nested = len(columns.nested) + bool(columns.year)
    found = [_nested_units(cells, depth) for depth in range(1, n_nested + 1)]
    found += [_crossed_units(cells, n_nested + position) for position in range(len(columns.crossed))]
    factors = tuple(Factor(name, paths) for name, (paths, _) in zip(columns.factors, found, strict=True))
    return factors, np.stack([codes for _, codes in found])


def _nested_units(cells: pl.DataFrame, depth: int) -> tuple[tuple[tuple[str, ...], ...], Ints]:
    """Find paths: a unit begins where any label of its path differs from the cell before."""
    path = cells.select([f"label {position}" for position in range(depth)])
    changes = path.select(pl.any_horizontal(pl.all() != pl.all().shift(1)).fill_null(value=True))
    begins = changes.to_series()
    codes = begins.cast(pl.Int64).cum_sum().to_numpy() - 1
    return tuple(path.filter(begins).rows()), codes


def _crossed_units(cells: pl.DataFrame, position: int) -> tuple[tuple[tuple[str, ...], ...], Ints]:
    labels = cells[f"label {position}"]
    codes = labels.rank("dense").cast(pl.Int64).to_numpy() - 1
    return tuple((label,) for label in labels.unique().sort()), codes
