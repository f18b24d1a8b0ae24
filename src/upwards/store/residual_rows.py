"""Results of all subjects and stages on one scale: what each pupil reached beyond expectation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import mul
from typing import TYPE_CHECKING

import numpy as np

from upwards.core.design import DesignColumn, Numeric
from upwards.core.errors import EmptyData
from upwards.core.moments import Floats, Ints
from upwards.store.cell_units import label_text
from upwards.store.results_rows import rows_of_fit

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What a fit leads one to expect of a pupil.

    Attributes
    ----------
    subject, stage
        Which results.
    design
        Design columns that have a coefficient.
    coefficients
        One per design column, raw units.
    sd
        Pupil SD of the subject and stage, raw units.
    adjustment
        School to what its mean intake adds to the expectation, raw units (composition).
    without
        Labels that the fit did without, such as a class that few rows name: one blank label for all.
    """

    subject: str
    stage: str
    design: tuple[DesignColumn, ...]
    coefficients: tuple[float, ...]
    sd: float
    adjustment: Mapping[str, float] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class ResidualRows:
    """One row per usable result.

    Attributes
    ----------
    residual
        Result less expectation, pupil SD, shape (n,).
    codes
        Column to the code of each row, shape (n,): school, subject, stage, year, class, pupil and any
        other that was asked for.
    labels
        Column to its labels by code; the pupils' are not given.
    """

    residual: Floats
    codes: Mapping[str, Ints]
    labels: Mapping[str, tuple[str, ...]]


def residual_rows(
    rows: pl.LazyFrame,
    expectations: Sequence[Expectation],
    *,
    columns: Sequence[str],
) -> ResidualRows:
    """Subtract from every result what its fit leads one to expect, and put all on one scale.

    Parameters
    ----------
    rows
        The results.
    expectations
        One per subject and stage; other results are left out.
    columns
        Labels to carry; those that do not exist are left out, a missing label leaves its row out
        except for the pupil, whose row number then stands in.

    Returns
    -------
    ResidualRows
        Rows whose outcome and intake are known.

    Raises
    ------
    EmptyData
        When no row is left.
    """
    import polars as pl

    names = set(rows.collect_schema().names())
    carried = [name for name in columns if name in names and name != "pupil"]
    pupil = pl.col("pupil").cast(pl.String) if "pupil" in names else pl.lit(None, dtype=pl.String)
    parts = [
        rows_of_fit(rows, e.subject, e.stage).select(
            _residual(e, rows.collect_schema()).alias("residual"),
            *(pl.lit("").alias(n) if n in e.without else pl.col(n).cast(pl.String) for n in carried),
            pupil.alias("pupil"),
        )
        for e in expectations
    ]
    if not parts:
        raise EmptyData("no subject has results that can be used; see the notes on coverage.")
    frame = pl.concat(parts).filter(pl.col("residual").is_finite()).collect(engine="streaming")
    frame = frame.drop_nulls(carried).with_row_index("row")
    if frame.is_empty():
        raise EmptyData("no result has all of its intake, school and subject; see the notes on coverage.")
    stand_in = pl.format("row {}", "row")
    frame = frame.with_columns(pl.coalesce("pupil", stand_in).alias("pupil"))
    codes = {name: _codes(frame[name]) for name in (*carried, "pupil")}
    return ResidualRows(
        residual=frame["residual"].to_numpy(),
        codes=codes,
        labels={name: tuple(frame[name].unique().sort()) for name in carried},
    )


def _codes(column: pl.Series) -> Ints:
    return np.asarray(column.rank("dense").to_numpy().astype(np.int64) - 1)


def _residual(expectation: Expectation, schema: pl.Schema) -> pl.Expr:
    import polars as pl

    expected = pl.lit(0.0)
    for column, coefficient in zip(expectation.design, expectation.coefficients, strict=True):
        expected = expected + _value(column, schema) * coefficient
    if expectation.adjustment:
        school = pl.col("school").cast(pl.String)
        expected = expected + school.replace_strict(
            dict(expectation.adjustment), default=0.0, return_dtype=pl.Float64
        )
    return (pl.col("score").cast(pl.Float64) - expected) / expectation.sd


def _value(column: DesignColumn, schema: pl.Schema) -> pl.Expr:
    import polars as pl

    factors = [
        pl.col(f.column).cast(pl.Float64) ** f.power
        if isinstance(f, Numeric)
        else (label_text(f.column, schema[f.column]) == f.level).cast(pl.Float64)
        for f in column.factors
    ]
    return reduce(mul, factors) if factors else pl.lit(1.0)
