"""The same pass by DuckDB: a second engine, so that the first can be checked against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
import pyarrow as pa

from upwards.core.design import DesignColumn, Factor, Numeric
from upwards.core.errors import MissingExtra
from upwards.store.polars_pass import key_value
from upwards.store.product_list import Pair, ProductList, Sums, pair_name

_VISIBLE = r"[^\s\x{85}\p{Z}]"


def add_up(slabs: Sequence[pl.LazyFrame], products: ProductList) -> Sums:
    """Add up the listed products in one pass.

    Parameters
    ----------
    slabs
        The pupil rows, in one piece or several; polars reads them, DuckDB does everything else.
    products
        What to add up.

    Returns
    -------
    Sums

    Raises
    ------
    MissingExtra
        When DuckDB is not installed.
    """
    duckdb = _duckdb()
    with duckdb.connect() as connection:
        connection.register("pupils", _reader(slabs, products))
        found = pl.DataFrame(connection.sql(_query(products)).to_arrow_table())
    total = found.filter(pl.col("in_all")).row(0, named=True)
    cells = found.filter(~pl.col("in_all") & (pl.col("n") > 0)).drop("in_all")
    return Sums(
        cells=cells.rename(dict(zip(_keys(products), products.keys, strict=True))),
        overall={pair: float(total[pair_name(pair)]) for pair in products.overall},
        sum_log_weight=float(total["sum_log_weight"]),
        n_read=int(total["n_read"]),
    )


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtra(
            "engine='duckdb' needs DuckDB, which is not installed; "
            "install it with: pip install 'upwards[duckdb]', or use the engine 'polars'."
        ) from error
    return duckdb


def _reader(slabs: Sequence[pl.LazyFrame], products: ProductList) -> pa.RecordBatchReader:
    """Hand over the needed columns batch by batch, so that memory stays bounded."""
    names = dict.fromkeys((*products.numbers, *products.labels))
    wanted = [rows.select(key_value(column, products) for column in names) for rows in slabs]
    schema = wanted[0].head(0).collect().to_arrow().schema

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in wanted:
            for frame in rows.collect_batches(maintain_order=False):
                yield from frame.to_arrow().cast(schema).to_batches()

    return pa.RecordBatchReader.from_batches(schema, batches())


def _query(products: ProductList) -> str:
    """Spell out the products; a row that is not used has no values, and `sum` passes over it."""
    raw = [*(_design_value(column, products) for column in products.design), _number(products.outcome)]
    centred = [
        f"CASE WHEN used THEN {value} - ({float(products.centre[position])!r}) END AS d{position}"
        for position, value in enumerate(raw)
        if position > 0
    ]
    weight = _number(products.weight) if products.weight else "1.0::DOUBLE"
    keys = _keys(products)
    named = [f"{_name(column)} AS {_name(key)}" for column, key in zip(products.keys, keys, strict=True)]
    columns = ", ".join([*named, f"CASE WHEN used THEN {weight} END AS w", *centred])
    grouped = ", ".join(map(_name, keys))
    return (
        f"WITH read AS (SELECT *, coalesce({_is_used(products)}, false) AS used FROM pupils), "
        f"prepared AS (SELECT {columns} FROM read) "
        f"SELECT {grouped}, grouping({_name(keys[0])}) > 0 AS in_all, {', '.join(_sums(products))} "
        f"FROM prepared GROUP BY GROUPING SETS (({grouped}), ())"
    )


def _sums(products: ProductList) -> list[str]:
    pairs = (*products.cell, *products.overall)
    return [
        "count(*) AS n_read",
        "count(w) AS n",
        "sum(w) AS weight",
        "sum(w * w) AS weight_squared",
        "coalesce(sum(ln(w)), 0.0) AS sum_log_weight",
        *(f"sum({_product(pair)}) AS {_name(pair_name(pair))}" for pair in pairs),
    ]


def _product(pair: Pair) -> str:
    return " * ".join(["w", *(f"d{position}" for position in pair if position > 0)])


def _is_used(products: ProductList) -> str:
    conditions = [f"isfinite({_number(column)})" for column in products.numbers]
    conditions += [_has_label(column, products) for column in products.labels]
    if products.weight:
        conditions.append(f"{_number(products.weight)} > 0")
    return " AND ".join(conditions)


def _has_label(column: str, products: ProductList) -> str:
    if column in products.text:
        return f"regexp_matches({_name(column)}, '{_VISIBLE}')"
    if column in products.fractional:
        return f"isfinite({_name(column)})"
    return f"{_name(column)} IS NOT NULL"


def _design_value(column: DesignColumn, products: ProductList) -> str:
    return " * ".join(_factor(factor, products) for factor in column.factors) or "1.0::DOUBLE"


def _factor(factor: Factor, products: ProductList) -> str:
    if isinstance(factor, Numeric):
        return " * ".join([_number(factor.column)] * factor.power)
    value = products.level_values[factor.column, factor.level]
    if isinstance(value, float):
        return f"CAST({_number(factor.column)} = {value!r} AS DOUBLE)"
    return f"CAST({_name(factor.column)} = {_text(value)} AS DOUBLE)"


def _number(column: str) -> str:
    return f"CAST({_name(column)} AS DOUBLE)"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _keys(products: ProductList) -> list[str]:
    return [f"key {position}" for position in range(len(products.keys))]
