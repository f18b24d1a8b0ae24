"""Published figures as rows: found, told apart by file, and the one to trust chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from upwards.core.catalogue import UnknownMeasure
from upwards.core.errors import UserError, near_misses
from upwards.core.panel import Floats, Texts
from upwards.store.snapshots import Snapshot

if TYPE_CHECKING:
    import polars as pl

LEVEL = 0.95  # of an interval whose file does not say
NO_ROW = "no row"
DECIMALS = 4  # more than any publisher rounds to


def find_rows(
    snapshot: Snapshot,
    table: str,
    measure: str,
    *,
    years: Sequence[int] | None,
    pupil_group: str,
    stage: str | None = None,
    name: str = "measure",
) -> pl.DataFrame:
    """Return the rows of one measure, in the columns that the table has.

    Parameters
    ----------
    snapshot
        Where from.
    table
        One of the tables of published figures.
    measure
        Its name.
    years
        Academic years by their ending; all by default.
    pupil_group
        ``""`` for all pupils.
    stage
        Where a measure is published for several stages, which.
    name
        Column that holds the name of the measure.

    Raises
    ------
    UnknownMeasure
        If the table has no such measure, with near misses.
    UserError
        If it is published for several stages or subjects and none was named.
    """
    import polars as pl

    scan = snapshot.table(table)
    rows = scan.filter(pl.col(name) == measure)
    if "pupil_group" in scan.collect_schema():
        rows = rows.filter(pl.col("pupil_group").fill_null("") == pupil_group)
    if stage is not None:
        rows = rows.filter(pl.col("stage") == stage)
    if years is not None:
        rows = rows.filter(pl.col("year").is_in(list(years)))
    found = rows.collect()
    if not found.height:
        _refuse_unknown(scan, table, measure, name, pupil_group)
    _refuse_several(found, measure)
    return found


def _refuse_unknown(scan: pl.LazyFrame, table: str, measure: str, name: str, pupil_group: str) -> None:
    known = scan.select(name).unique().collect()[name].drop_nulls().to_list()
    if measure in known:
        return
    raise UnknownMeasure(
        f"No file in the workspace gives {measure!r}{near_misses(measure, known) or '.'} Its {table} hold: "
        f"{', '.join(sorted(known)) or 'nothing'}."
    )


def _refuse_several(rows: pl.DataFrame, measure: str) -> None:
    for column in ("stage", "subject"):
        if column in rows.columns and rows[column].n_unique() > 1:
            kinds = ", ".join(sorted(str(value) for value in rows[column].unique()))
            raise UserError(
                f"{measure!r} is published for more than one {column}: {kinds}. Say which one is meant."
            )


def rank_sources(snapshot: Snapshot) -> pl.DataFrame:
    """Order the files of a snapshot from older to newer: by their period, then as they came in.

    Returns
    -------
    polars.DataFrame
        Columns ``source`` and ``newness``.
    """
    import polars as pl

    records = list(enumerate(snapshot.manifest.imports))
    ordered = sorted(records, key=lambda one: (str(one[1].mapping.get("period") or ""), one[0]))
    named = {str(record.mapping.get("place", record.file)): rank for rank, (_, record) in enumerate(ordered)}
    return pl.DataFrame(
        {"source": list(named), "newness": list(named.values())},
        schema={"source": pl.String, "newness": pl.Int64},
    )


def choose_rows(
    snapshot: Snapshot, rows: pl.DataFrame, *, unit: Sequence[str], later: pl.Expr | None = None
) -> tuple[pl.DataFrame, int]:
    """Keep one row per unit and year where several files give one.

    Parameters
    ----------
    snapshot
        Where the rows are from.
    rows
        Columns as `find_rows` returns.
    unit
        Columns that name what the figure is about, the last one as it is followed: ``["school", "line"]``.
    later
        Steps from the latest code, where one unit may stand under two codes.

    Returns
    -------
    rows, n_conflicts
        One row per followed unit and year, and how many differ between files beyond rounding.

    Notes
    -----
    A row with a value comes first, then the later code, then a row with an interval, then one with a number
    of pupils, then the newer file. The number of pupils is filled from any file that has it for that code.
    """
    import polars as pl

    full = _with_all_columns(rows).join(rank_sources(snapshot), on="source", how="left", nulls_equal=True)
    full = full.with_columns(steps=pl.lit(0) if later is None else later)
    one_code, followed = [unit[0], "year"], [unit[-1], "year"]
    best = full.sort(
        pl.col("value").is_null(),
        "steps",
        pl.col("lower").is_null() | pl.col("upper").is_null(),
        pl.col("n").is_null(),
        -pl.col("newness").fill_null(-1),
        "source",
        unit[0],
        nulls_last=True,
    )
    several = best.filter(pl.struct(one_code).is_duplicated())
    counts = several.group_by(one_code).agg(pl.col("n", "n_schools").drop_nulls().first().name.suffix("_any"))
    chosen = best.unique(followed, keep="first", maintain_order=True)
    chosen = chosen.join(counts, on=one_code, how="left")
    filled = [pl.col(name).fill_null(pl.col(f"{name}_any")) for name in ("n", "n_schools")]
    return chosen.with_columns(filled), count_conflicts(several, one_code)


def count_conflicts(rows: pl.DataFrame, keys: Sequence[str]) -> int:
    """Count keys for which two rows differ by more than their rounding explains.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"school": ["1", "1", "2", "2"], "source": ["a", "b", "a", "b"],
    ...                      "value": [0.12, 0.1, 0.32, 0.1]})
    >>> count_conflicts(rows, ["school"])
    1
    """
    import polars as pl

    if not rows.height:
        return 0
    scales = [10.0**d for d in range(DECIMALS + 1)]
    value = pl.col("value")
    whole = [((value * s - (value * s).round()).abs() < 1e-6).all() for s in scales]
    step = pl.coalesce(
        [pl.when(w).then(pl.lit(1 / s)) for w, s in zip(whole, scales, strict=True)] + [pl.lit(0.0)]
    )
    stepped = rows.filter(value.is_not_null()).with_columns(step.over("source").alias("#step"))
    spread = stepped.group_by(keys).agg(
        (value.max() - value.min()).alias("#spread"),
        pl.col("#step").max().alias("#coarse"),
        pl.col("#step").min().alias("#fine"),
    )
    # Rounded alike they must agree; rounded differently, each may be half of its last digit away.
    coarse, fine = pl.col("#coarse"), pl.col("#fine")
    allowed = pl.when(coarse > fine).then((coarse + fine) / 2).otherwise(0.0) + 1e-9
    return spread.filter(pl.col("#spread") > allowed).height


def _with_all_columns(rows: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    wanted = {
        "value": pl.Float64,
        "value_missing": pl.String,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "level": pl.Float64,
        "n": pl.Float64,
        "n_schools": pl.Float64,
        "source": pl.String,
    }
    return rows.with_columns(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in wanted.items()
    )


def one_level(rows: pl.DataFrame) -> float:
    """Return the level of the published intervals; 0.95 where no file says.

    Raises
    ------
    UserError
        If the intervals are of several levels: they cannot stand in one array.
    """
    levels = rows["level"].drop_nulls().unique().sort().to_list()
    if len(levels) > 1:
        raise UserError(
            f"The intervals of this measure are published at {len(levels)} levels: "
            f"{', '.join(f'{level:g}' for level in levels)}. Ask for years that share one."
        )
    return float(levels[0]) if levels else LEVEL


def numbers(column: pl.Series) -> Floats:
    """Return a column as numbers; missing is NaN."""
    import polars as pl

    return np.array(column.cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)


def texts(column: pl.Series) -> Texts:
    """Return a column as text; missing is ``""``."""
    return np.asarray(column.fill_null("").to_list(), dtype=np.str_)
