"""Rows that a fit cannot use, counted by reason."""

from __future__ import annotations

import polars as pl

from upwards.core.errors import UserError
from upwards.store.pass_columns import PassColumns
from upwards.store.polars_pass import is_blank, key_value
from upwards.store.product_list import ProductList

_INFINITE = " infinite"


def count_left_out(
    rows: pl.LazyFrame, columns: PassColumns, products: ProductList
) -> tuple[dict[str, int], pl.DataFrame]:
    """Count the rows that cannot be used by their first reason, and all rows of each cell.

    Parameters
    ----------
    rows
        The pupil rows.
    columns
        The role of each column.
    products
        Says what counts as blank.

    Returns
    -------
    tuple
        Reason to number of rows, in the order outcome, intake, weight, levels; and a frame of the key
        columns with ``n_all``, the rows that each cell has in all.

    Raises
    ------
    UserError
        When a number is infinite: that is an error in the data, not a missing value.
    """
    reasons = _reasons(columns, products)
    reached = [pl.when(holds).then(pl.lit(i, dtype=pl.Int32)) for i, holds in enumerate(reasons.values())]
    first = rows.select(pl.coalesce(reached).alias("reason")).group_by("reason").agg(pl.len().alias("n"))
    known = [~is_blank(column, products) for column in columns.keys]
    keys = [key_value(column, products) for column in columns.keys]
    cells = rows.filter(known).group_by(keys).agg(pl.len().cast(pl.Int64).alias("n_all"))
    counted, all_rows = pl.collect_all([first, cells], engine="streaming")
    names = list(reasons)
    found = counted.drop_nulls().sort("reason").rows()
    left_out = {names[position]: int(n) for position, n in found}
    _refuse_infinite(left_out)
    return left_out, all_rows


def _reasons(columns: PassColumns, products: ProductList) -> dict[str, pl.Expr]:
    reasons: dict[str, pl.Expr] = {}
    names = {columns.outcome: "outcome"} | {column: f"intake {column!r}" for column in columns.intake}
    if columns.weight:
        names[columns.weight] = "weight"
    for column, name in names.items():
        if column in columns.numbers:
            number = pl.col(column).cast(pl.Float64)
            reasons[f"{name} missing"] = number.is_null() | number.is_nan()
            reasons[f"{name}{_INFINITE}"] = number.is_infinite()
        if column in columns.labels and column not in columns.keys:
            reasons[f"{name} missing"] = is_blank(column, products)
    if columns.weight:
        reasons["weight not above zero"] = pl.col(columns.weight) <= 0
    for column in columns.keys:
        reasons[f"level {column!r} missing"] = is_blank(column, products)
    return reasons


def _refuse_infinite(left_out: dict[str, int]) -> None:
    for reason, n in left_out.items():
        if reason.endswith(_INFINITE):
            name = reason.removesuffix(_INFINITE)
            raise UserError(
                f"the {name} is infinite in {n} row{'s' if n > 1 else ''}, which makes every sum infinite; "
                "correct the value, or leave it blank if it is not known."
            )
