"""The one pass over pupil rows: from a frame of any length to `core.moments.Moments`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import polars as pl

from upwards.core.design import DesignColumn, design_columns, slope_positions
from upwards.core.errors import EmptyData, UserError, near_misses
from upwards.core.moments import Floats, Moments
from upwards.store import polars_pass
from upwards.store.cell_units import find_units, label_text, sort_cells
from upwards.store.left_out_rows import count_left_out
from upwards.store.pass_columns import PassColumns, choose_columns, is_text
from upwards.store.product_list import ProductList, Sums, list_pairs, pair_name
from upwards.store.reading import readable_rows

Levels = dict[str, dict[str, str | float]]

ROWS_FOR_CENTRE = 10_000
ROWS_AT_ONCE = 5_000_000
MOST_LEVELS = 200


@readable_rows()
def compute_moments(
    frame: pl.LazyFrame,
    *,
    outcome: str,
    intake: Sequence[str],
    nested: Sequence[str],
    crossed: Sequence[str] = (),
    year: str | None = None,
    slopes: Mapping[str, Sequence[str]] | None = None,
    weight: str | None = None,
    reference_levels: Mapping[str, str] | None = None,
    engine: Literal["polars", "duckdb"] = "polars",
    where: pl.Expr | None = None,
) -> Moments:
    """Reduce pupil rows to the sums of products that a model needs.

    Parameters
    ----------
    frame
        The pupil rows, one per pupil and result.
    outcome
        Column of numbers to explain.
    intake
        Terms: ``column``, ``C(column)``, ``column^2``, ``a:b`` (see `upwards.core.design.parse_terms`).
    nested
        Columns of the levels, outer to inner. A unit is known by its path, so that two schools of one
        name in different authorities are two schools.
    crossed
        Columns of factors that are crossed with the levels and with each other.
    year
        Column of the year; adds the factor ``'<innermost level>:<year>'``.
    slopes
        Factor to the intake terms that have a random slope there.
    weight
        Column of precision weights, above zero.
    reference_levels
        Category column to its reference level, instead of the first in code-point order.
    engine
        ``"polars"``, or ``"duckdb"`` (needs the extra of that name).
    where
        Rows to read; all by default.

    Returns
    -------
    Moments
        Cells sorted by labels, levels outer to inner, then year, then crossed factors. Products are
        about a provisional centre and in a provisional scale, both from the first usable rows.

    Raises
    ------
    UnknownColumn
        When a column does not exist.
    UserError
        When a column cannot have the role it was given, or holds infinite values.
    EmptyData
        When no row can be used.
    MissingExtra
        When the engine is not installed.

    Notes
    -----
    Null, "not a number" and blank text are missing. A row is left out when its outcome, intake, weight
    or a level is missing, or its weight is not above zero; it is counted under the first of these
    reasons. Rows are read once. Three smaller reads go with it: a few rows for the centre, the
    category columns alone for their levels, and, only when rows were left out, a count by reason.

    Examples
    --------
    >>> rows = pl.LazyFrame({"school": ["a", "a", "b"], "prior": [1.0, 2.0, 4.0], "score": [3.0, 5.0, 6.0]})
    >>> moments = compute_moments(rows, outcome="score", intake=["prior"], nested=["school"])
    >>> moments.columns, moments.n_rows.tolist(), moments.factors[0].paths
    (('(Intercept)', 'prior'), [2, 1], (('a',), ('b',)))
    """
    columns = choose_columns(
        frame, outcome=outcome, intake=intake, nested=nested, crossed=crossed, year=year, weight=weight
    )
    rows = frame if where is None else frame.filter(where)
    slabs = [slab if where is None else slab.filter(where) for slab in _cut(frame)]
    levels = _read_levels(rows, columns)
    while True:
        labels = {name: list(known) for name, known in levels.items()}
        design = design_columns(columns.terms, labels, reference_levels)
        random = _random_positions(slopes or {}, columns, design)
        positions = tuple(sorted({0}.union(*random.values())))
        products = _list_products(columns, design, levels, positions)
        products, scale = _centre(rows, columns, products)
        sums = _add_up(slabs, products, engine)
        left_out = sums.n_read - int(sums.cells["n"].sum())
        used = _used_levels(rows, columns, products, levels) if left_out else levels
        if used == levels:
            break
        levels = used
    z = {level: tuple(positions.index(at) for at in found) for level, found in random.items()}
    moments = _moments(rows, columns, products, scale, sums, positions)
    return replace(moments, random=z, design=design)


def _read_levels(rows: pl.LazyFrame, columns: PassColumns) -> Levels:
    """Read the levels of each category column: label to value as compared, in order."""
    names = [category.column for category in columns.categories]
    labels = [label_text(name, columns.schema[name]).alias("label") for name in names]
    frames = [rows.select(name, label).unique() for name, label in zip(names, labels, strict=True)]
    found = pl.collect_all(frames, engine="streaming") if names else []
    return {name: _order_levels(frame, columns) for name, frame in zip(names, found, strict=True)}


def _order_levels(found: pl.DataFrame, columns: PassColumns) -> dict[str, str | float]:
    name = found.columns[0]
    if is_text(columns.schema[name]):
        labels = sorted(label for label in found["label"].drop_nulls() if label.strip())
        levels: dict[str, str | float] = {label: label for label in labels}
    else:
        numbers = found.filter(pl.col(name).cast(pl.Float64).is_finite()).sort(name)
        levels = dict(zip(numbers["label"], numbers[name].cast(pl.Float64), strict=True))
    if len(levels) > MOST_LEVELS:
        raise UserError(
            f"column {name!r} holds {len(levels):,} different values, too many for a category of the intake "
            f"(at most {MOST_LEVELS}); if it names units, give it as a level instead."
        )
    return levels


def _used_levels(rows: pl.LazyFrame, columns: PassColumns, products: ProductList, levels: Levels) -> Levels:
    """Read the levels again among the rows that are used: a level that none of them has is no column."""
    return _read_levels(rows.filter(polars_pass.is_used(products)), columns) if levels else levels


def _random_positions(
    slopes: Mapping[str, Sequence[str]], columns: PassColumns, design: tuple[DesignColumn, ...]
) -> dict[str, tuple[int, ...]]:
    for level in slopes:
        if level not in columns.factors:
            close = near_misses(level, columns.factors) or f"; the levels are {', '.join(columns.factors)}."
            raise UserError(f"a slope is given for {level!r}, which is not a level of this fit{close}")
    return slope_positions(slopes, design)


def _list_products(
    columns: PassColumns, design: tuple[DesignColumn, ...], levels: Levels, slopes: tuple[int, ...]
) -> ProductList:
    cell, overall = list_pairs(len(design) + 1, slopes)
    schema = columns.schema
    return ProductList(
        design=design,
        outcome=columns.outcome,
        weight=columns.weight,
        keys=columns.keys,
        numbers=columns.numbers,
        labels=columns.labels,
        text=frozenset(column for column in columns.labels if is_text(schema[column])),
        fractional=frozenset(column for column in columns.labels if schema[column].is_float()),
        level_values={(name, label): known[label] for name, known in levels.items() for label in known},
        centre=np.zeros(len(design) + 1),
        cell=cell,
        overall=overall,
    )


def _centre(rows: pl.LazyFrame, columns: PassColumns, products: ProductList) -> tuple[ProductList, Floats]:
    """Take centre and scale from the first usable rows; any value will do, a close one loses no digits."""
    values = [polars_pass.design_value(column, products) for column in products.design]
    values.append(pl.col(products.outcome).cast(pl.Float64))
    names = [f"d{position}" for position in range(len(values))]
    wanted = [value.alias(name) for value, name in zip(values, names, strict=True)]
    is_used = polars_pass.is_used(products)
    # Cutting first reads few rows; filtering first is for files that begin with unusable rows.
    for first in (rows.head(ROWS_FOR_CENTRE).filter(is_used), rows.filter(is_used).head(ROWS_FOR_CENTRE)):
        sample = first.with_columns(wanted).select(names).collect(engine="streaming").to_numpy()
        if len(sample):
            break
    else:
        raise _nothing_left(rows, columns, products)
    with np.errstate(over="ignore"):
        centre, spread = sample.mean(axis=0), sample.std(axis=0)
    _refuse_overflow(spread)
    centre[0], spread[0] = 0.0, 0.0
    scale = np.where(spread > 1e-12 * np.abs(centre), spread, 1.0)
    return replace(products, centre=centre), scale


def _nothing_left(rows: pl.LazyFrame, columns: PassColumns, products: ProductList) -> EmptyData:
    left_out, _ = count_left_out(rows, columns, products)
    counts = ", ".join(f"{reason}: {n:,}" for reason, n in left_out.items())
    return EmptyData(f"no row is left to work on{f' ({counts})' if counts else ': the data has no rows'}.")


def _cut(frame: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Cut a long frame into pieces, where polars can reach a piece without reading what comes before it."""
    plan = frame.slice(1, 1).explain()
    in_file = "Parquet SCAN" in plan and "SLICE: Positive" in plan and plan.count("SLICE") == 1
    if not in_file and not plan.startswith("DF "):
        return [frame]
    n = int(frame.select(pl.len()).collect().item())
    return [frame.slice(start, ROWS_AT_ONCE) for start in range(0, max(n, 1), ROWS_AT_ONCE)]


def _add_up(slabs: list[pl.LazyFrame], products: ProductList, engine: Literal["polars", "duckdb"]) -> Sums:
    if engine == "polars":
        return polars_pass.add_up(slabs, products)
    from upwards.store import duckdb_pass

    return duckdb_pass.add_up(slabs, products)


def _moments(
    rows: pl.LazyFrame,
    columns: PassColumns,
    products: ProductList,
    scale: Floats,
    sums: Sums,
    slopes: tuple[int, ...],
) -> Moments:
    left_out: dict[str, int] = {}
    cells = sums.cells.with_columns(pl.col("n").alias("n_all"))
    if sums.n_read > int(sums.cells["n"].sum()):
        left_out, all_rows = count_left_out(rows, columns, products)
        cells = sums.cells.join(all_rows, on=columns.keys, how="left")
    cells = sort_cells(cells, columns)
    factors, codes = find_units(cells, columns)
    n = cells["n"].to_numpy()
    weighted = products.weight is not None
    weight = cells["weight"].to_numpy() if weighted else n.astype(np.float64)
    return Moments(
        columns=tuple(column.name for column in products.design),
        slopes=slopes,
        factors=factors,
        codes=codes,
        n_rows=n,
        n_all_rows=cells["n_all"].to_numpy(),
        weight=weight,
        weight_squared=cells["weight_squared"].to_numpy() if weighted else weight,
        products=_cell_products(cells, products, slopes, weight, scale),
        gram=_gram(cells, products, sums, float(weight.sum()), scale),
        sum_log_weight=sums.sum_log_weight,
        centre=products.centre,
        scale=scale,
        left_out=left_out,
    )


def _cell_products(
    cells: pl.DataFrame, products: ProductList, slopes: tuple[int, ...], weight: Floats, scale: Floats
) -> Floats:
    found = np.empty((len(slopes), products.n_columns, len(cells)))
    for row, i in enumerate(slopes):
        for j in range(products.n_columns):
            pair = (min(i, j), max(i, j))
            values = weight if pair == (0, 0) else cells[pair_name(pair)].to_numpy()
            np.divide(values, scale[i] * scale[j], out=found[row, j])
    return found


def _gram(cells: pl.DataFrame, products: ProductList, sums: Sums, weight: float, scale: Floats) -> Floats:
    gram = np.zeros((products.n_columns, products.n_columns))
    gram[0, 0] = weight
    for pair in products.cell:
        gram[pair] = cells[pair_name(pair)].to_numpy().sum()
    for pair in products.overall:
        gram[pair] = sums.overall[pair]
    gram = np.triu(gram) + np.triu(gram, 1).T
    _refuse_overflow(gram)
    return gram / np.outer(scale, scale)


def _refuse_overflow(found: Floats) -> None:
    if not np.isfinite(found).all():
        raise UserError("some values are too large to be squared; express the columns in a larger unit.")
