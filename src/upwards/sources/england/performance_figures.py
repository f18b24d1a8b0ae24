"""Columns of a performance table to rows of figures: each cell its value, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from upwards.sources.england.catalogue import Range, load_catalogue, load_ranges
from upwards.sources.england.markers import read_number, report_cells
from upwards.sources.england.plausible import find_outside
from upwards.sources.england.sieve import Sieve
from upwards.sources.problems import Problem
from upwards.sources.reshape import ROW

LEVEL = 0.95
BANDS = (1.0, 2.0, 3.0, 4.0, 5.0)
_NO_BAND = "not one of the five bands"
_UPSIDE_DOWN = "interval that does not hold its figure"
_ROUNDING = 0.051  # a figure and its interval are each rounded to a tenth, in the coarsest file


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One column of a performance table and what it becomes.

    Attributes
    ----------
    column
        Heading in the file.
    measure
        Name in the catalogue.
    group
        Pupils it covers; None for all.
    lower, upper
        Headings of its 95 % interval.
    n
        Heading of the number of pupils it rests on.
    coverage
        Heading of the percent of those pupils who are in it: the number is then their product, rounded.
    year
        Academic year by its ending, where it is not the file's.
    factor
        What a cell is multiplied by: 100 where a file has shares.
    decimals
        Decimals as published, where a file has lost them (``0.33999999999999997``).
    optional
        Whether a file may be without it: only the full-width files have it.
    n_schools
        Heading of the number of schools it rests on, for a group of schools.
    """

    column: str
    measure: str
    group: str | None = None
    lower: str | None = None
    upper: str | None = None
    n: str | None = None
    coverage: str | None = None
    year: int | None = None
    factor: float = 1.0
    decimals: int | None = None
    optional: bool = False
    n_schools: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings it needs.

        Examples
        --------
        >>> Figure(column="READPROG", measure="ks2.reading_progress", n="TELIG").columns
        ('READPROG', 'TELIG')
        """
        named = (self.column, self.lower, self.upper, self.n, self.coverage, self.n_schools)
        return tuple(name for name in named if name is not None)


def read_performance(
    sieve: Sieve, figures: Sequence[Figure], *, dataset: str, year: int, who: str = "school"
) -> pl.DataFrame:
    """Read figures with their intervals and numbers of pupils.

    Parameters
    ----------
    sieve
        The file; its rows hold `who`. Cells that are wrong are reported to it and give no row.
    figures
        Columns wanted. Optional ones that the file has not are passed over.
    dataset
        Name of the dataset, for what its markers mean.
    year
        Academic year of the file by its ending.
    who
        Column that says whose figures they are: ``"school"`` or ``"group"``.

    Returns
    -------
    polars.DataFrame
        ``who, year, measure, subject, stage, pupil_group, value, value_missing, unit, lower, upper, level, n,
        n_schools, source``.
    """
    there = [figure for figure in figures if set(figure.columns) <= set(sieve.rows.columns)]
    cells = _parse(sieve, dict.fromkeys(name for one in there for name in one.columns), dataset, year, who)
    cells = _keep_plausible(sieve, cells, there)
    return pl.concat([_one(sieve, cells, figure, year, who) for figure in there])


def _parse(sieve: Sieve, columns: Iterable[str], dataset: str, year: int, who: str) -> pl.DataFrame:
    """Read each column once, however many figures need it: number, reason and fault side by side."""
    names = list(columns)
    expressions = [pl.col(ROW), pl.col(who)]
    for name in names:
        value, reason, fault = read_number(name, dataset=dataset, year=year)
        expressions += [value.alias(name), reason.alias(_why(name)), fault.alias(_fault(name))]
    cells = sieve.rows.select(expressions)
    for name in names:
        report_cells(sieve.problems, sieve.file, sieve.module, name, cells[ROW], cells[_fault(name)])
    return cells


def _keep_plausible(sieve: Sieve, cells: pl.DataFrame, figures: Sequence[Figure]) -> pl.DataFrame:
    """Turn cells that no figure of the column can be into faults, once for each column."""
    wrong = []
    for name, (bounds, factor) in _bounds(figures).items():
        outside = find_outside(sieve, name, cells[name] * factor, bounds)
        if outside.any():
            text = pl.when(outside).then(pl.col(name).cast(pl.String)).otherwise(pl.col(_fault(name)))
            wrong += [pl.when(~outside).then(name).alias(name), text.alias(_fault(name))]
    return cells.with_columns(wrong)


def _bounds(figures: Sequence[Figure]) -> dict[str, tuple[Range, float]]:
    """Return what each column can hold, and what its cells are multiplied by."""
    ranges = load_ranges()
    bounds: dict[str, tuple[Range, float]] = {}
    for one in figures:
        for count in (one.n, one.n_schools):
            if count is not None:
                bounds[count] = ranges["count"], 1.0
        if one.coverage is not None:
            bounds[one.coverage] = ranges["percent"], 1.0
    of_figures = {one.column: (ranges[one.measure], one.factor) for one in figures if not _is_band(one)}
    return bounds | of_figures


def _is_band(figure: Figure) -> bool:
    return load_catalogue()[figure.measure].unit.startswith("band")


def _one(sieve: Sieve, cells: pl.DataFrame, figure: Figure, year: int, who: str) -> pl.DataFrame:
    about = load_catalogue()[figure.measure]
    kept = cells.filter(pl.col(_fault(figure.column)).is_null())
    if _is_band(figure):
        remedy = (
            f"1 is well above average and 5 well below: a new band belongs under {year} in {sieve.module}"
        )
        kept = _refuse(sieve, kept, ~pl.col(figure.column).is_in(BANDS), figure.column, _NO_BAND, remedy)
    if figure.lower is not None and figure.upper is not None:
        value = pl.col(figure.column)
        out = (value < pl.col(figure.lower) - _ROUNDING) | (value > pl.col(figure.upper) + _ROUNDING)
        remedy = "Compare the row with the publisher's file: columns may have changed places"
        kept = _refuse(sieve, kept, out, figure.column, _UPSIDE_DOWN, remedy)
    why = kept[_why(figure.column)].drop_nulls().value_counts()
    sieve.problems.missing.update({(figure.measure, reason): n for reason, n in why.rows()})
    return kept.select(
        pl.col(who),
        pl.lit(figure.year or year, pl.Int32).alias("year"),
        pl.lit(figure.measure).alias("measure"),
        pl.lit(about.subject, pl.String).alias("subject"),
        pl.lit(about.stage, pl.String).alias("stage"),
        pl.lit(figure.group, pl.String).alias("pupil_group"),
        _number(figure.column, figure).alias("value"),
        pl.col(_why(figure.column)).alias("value_missing"),
        pl.lit(about.unit).alias("unit"),
        *_interval(figure),
        _pupils(figure).alias("n"),
        _count(figure.n_schools).alias("n_schools"),
        pl.lit(sieve.source).alias("source"),
    )


def _refuse(
    sieve: Sieve, cells: pl.DataFrame, wrong: pl.Expr, column: str, what: str, remedy: str
) -> pl.DataFrame:
    wrong = wrong.fill_null(False)
    bad = cells.filter(wrong)
    if bad.is_empty():
        return cells
    shown = bad.head(sieve.problems.wanted(column, what)).select(ROW, column).rows()
    listed = [Problem(sieve.file, row, column, f"{value:g}", what, remedy) for row, value in shown]
    sieve.problems.add(column, what, listed, bad.height)
    return cells.filter(~wrong)


def _interval(figure: Figure) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    lower, upper = (_number(name, figure) for name in (figure.lower, figure.upper))
    both = lower.is_not_null() & upper.is_not_null() & pl.col(figure.column).is_not_null()
    level = pl.when(both).then(pl.lit(LEVEL))
    return (
        pl.when(both).then(lower).alias("lower"),
        pl.when(both).then(upper).alias("upper"),
        level.alias("level"),
    )


def _number(column: str | None, figure: Figure) -> pl.Expr:
    if column is None:
        return pl.lit(None, pl.Float64)
    value = pl.col(column)
    if figure.factor != 1:
        # A share of two decimals times 100 leaves dust such as 56.99999999999999.
        value = (value * figure.factor).round(6)
    return value if figure.decimals is None else value.round(figure.decimals)


def _pupils(figure: Figure) -> pl.Expr:
    if figure.n is None or figure.coverage is None:
        return _count(figure.n)
    return (pl.col(figure.n) * pl.col(figure.coverage) / 100).round(0).cast(pl.Int64)


def _count(column: str | None) -> pl.Expr:
    return pl.lit(None, pl.Int64) if column is None else pl.col(column).round(0).cast(pl.Int64)


def _why(column: str) -> str:
    return f"{column}: why"


def _fault(column: str) -> str:
    return f"{column}: fault"
