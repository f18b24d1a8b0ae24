"""Published columns of one file as figures of schools: one row for each school and measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import polars as pl

from upwards.sources.england.catalogue import Range
from upwards.sources.england.markers import read_number, report_cells
from upwards.sources.england.plausible import find_outside
from upwards.sources.england.sieve import Sieve
from upwards.sources.reshape import ROW


@dataclass(frozen=True, slots=True)
class Figure:
    """One column of a published file.

    Attributes
    ----------
    measure
        Name of the measure.
    heading
        Heading in the file.
    unit
        What it counts.
    minimum, maximum
        Bounds of what is possible; None for none.
    n_heading
        Heading of the number of pupils it rests on, or None where none is published.
    share_of
        Where the file counts but gives no percentage: heading of the whole. The value is then
        100 × `heading` / `share_of`.
    """

    measure: str
    heading: str
    unit: str
    minimum: float | None = 0.0
    maximum: float | None = None
    n_heading: str | None = None
    share_of: str | None = None


def read_figures(sieve: Sieve, figures: Sequence[Figure], *, dataset: str, year: int) -> pl.DataFrame:
    """Read figures of schools from a sieve whose rows hold `school`.

    Parameters
    ----------
    sieve
        The file; cells that are wrong are reported to it.
    figures
        Columns wanted.
    dataset
        Name of the dataset, for what its markers mean.
    year
        Academic year by its ending.

    Returns
    -------
    polars.DataFrame
        ``school, year, measure, value, value_missing, unit, n, source``: one row for each school and
        figure, apart from cells that are wrong.

    Notes
    -----
    A share of no pupils is not applicable, even where 0 % is published.
    """
    cells = _Cells(sieve, dataset, year)
    frames = [_one(sieve, cells, figure, year) for figure in figures]
    return pl.concat(frames)


class _Cells:
    """Reads each column once, however many figures need it."""

    def __init__(self, sieve: Sieve, dataset: str, year: int) -> None:
        self.sieve, self.dataset, self.year = sieve, dataset, year
        self._read: dict[str, pl.DataFrame] = {}

    def read(self, heading: str) -> pl.DataFrame:
        if heading not in self._read:
            value, reason, fault = read_number(heading, dataset=self.dataset, year=self.year)
            cells = self.sieve.rows.select(v=value, why=reason, fault=fault)
            sieve = self.sieve
            report_cells(sieve.problems, sieve.file, sieve.module, heading, sieve.rows[ROW], cells["fault"])
            self._read[heading] = cells
        return self._read[heading]


def _one(sieve: Sieve, cells: _Cells, figure: Figure, year: int) -> pl.DataFrame:
    frame = cells.read(figure.heading).with_columns(sieve.rows["school"])
    frame = frame.with_columns(_numbers_of(cells, figure))
    value, why = pl.col("v"), pl.col("why")
    if figure.share_of is not None:
        whole = cells.read(figure.share_of)
        frame = frame.with_columns(
            pl.coalesce("fault", whole["fault"]).alias("fault"), whole=whole["v"], whole_why=whole["why"]
        )
        why = pl.coalesce("why", "whole_why")
        value = pl.when(pl.col("whole") > 0).then(100 * pl.col("v") / pl.col("whole"))
    elif figure.n_heading is not None and figure.n_heading != figure.heading:
        value = pl.when(pl.col("n").fill_null(1) > 0).then("v")
    frame = frame.with_columns(v=value).with_columns(
        why=pl.when(pl.col("v").is_null()).then(pl.coalesce(why, pl.lit("not applicable")))
    )
    wrong = find_outside(sieve, figure.heading, frame["v"], _bounds(sieve, figure))
    return frame.filter(pl.col("fault").is_null() & ~wrong).select(
        "school",
        pl.lit(year, dtype=pl.Int32).alias("year"),
        pl.lit(figure.measure).alias("measure"),
        pl.col("v").alias("value"),
        pl.col("why").alias("value_missing"),
        pl.lit(figure.unit).alias("unit"),
        "n",
        pl.lit(sieve.source).alias("source"),
    )


def _numbers_of(cells: _Cells, figure: Figure) -> pl.Series:
    if figure.n_heading is None:
        return pl.Series("n", [None] * cells.sieve.rows.height, dtype=pl.Int64)
    n = cells.read(figure.n_heading)["v"]
    return n.to_frame().select(pl.when(n >= 0).then(n.round()).cast(pl.Int64).alias("n")).to_series()


def _bounds(sieve: Sieve, figure: Figure) -> Range:
    low = -inf if figure.minimum is None else figure.minimum
    high = inf if figure.maximum is None else figure.maximum
    return Range(low, high, f"what the column may hold is in {sieve.module}")
