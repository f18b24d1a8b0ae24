"""Published figures of a snapshot as arrays over schools, groups or areas and years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from upwards.core.panel import GroupPanel, SchoolPanel, Texts
from upwards.store.lines import read_lines
from upwards.store.published_rows import NO_ROW, choose_rows, find_rows, numbers, one_level, texts
from upwards.store.snapshots import Snapshot

if TYPE_CHECKING:
    import polars as pl

_REASON_UNKNOWN = "blank"


@dataclass(frozen=True, slots=True)
class HeldMeasure:
    """What a snapshot holds of one measure.

    Attributes
    ----------
    table
        ``school_measures``, ``group_measures``, ``area_measures`` or ``finances``.
    measure, pupil_group, stage
        What, of whom; ``""`` for all pupils or all stages.
    years
        Academic years by their ending in which at least one value is held.
    n_values
        Values held, over all years and files.
    """

    table: str
    measure: str
    pupil_group: str
    stage: str
    years: tuple[int, ...]
    n_values: int


def list_measures(snapshot: Snapshot) -> tuple[HeldMeasure, ...]:
    """List the published figures that a snapshot holds, with their years.

    Parameters
    ----------
    snapshot
        Where from.

    Returns
    -------
    tuple of HeldMeasure
        By table, measure and pupil group; empty where nothing was imported.
    """
    held: list[HeldMeasure] = []
    for table in ("school_measures", "group_measures", "area_measures", "finances"):
        if table in snapshot.tables:
            held.extend(_list_table(snapshot, table))
    return tuple(held)


def _list_table(snapshot: Snapshot, table: str) -> list[HeldMeasure]:
    import polars as pl

    scan = snapshot.table(table)
    present = scan.collect_schema()
    name, value = ("item", "amount") if table == "finances" else ("measure", "value")
    keys = [
        (pl.col(key) if key in present else pl.lit(None, dtype=pl.String)).fill_null("").alias(key)
        for key in ("pupil_group", "stage")
    ]
    counted = (
        scan.filter(pl.col(value).is_not_null())
        .select(pl.col(name).alias("measure"), *keys, "year")
        .group_by("measure", "pupil_group", "stage")
        .agg(pl.col("year").unique().sort(), pl.len())
        .sort("measure", "pupil_group", "stage")
        .collect()
    )
    return [HeldMeasure(table, m, g, s, tuple(years), n) for m, g, s, years, n in counted.rows()]


def read_panel(
    snapshot: Snapshot,
    measure: str,
    *,
    years: Sequence[int] | None = None,
    pupil_group: str = "",
    stage: str | None = None,
) -> SchoolPanel:
    """Return one published measure of all schools over years.

    Parameters
    ----------
    snapshot
        Where from.
    measure
        As in ``school_measures.measure``.
    years
        Academic years by their ending; all that are held by default.
    pupil_group
        ``""`` for all pupils.
    stage
        Where the measure is published for several stages, which.

    Returns
    -------
    SchoolPanel
        Schools are those that stand in a file of one of the years, whether open today or not.

    Raises
    ------
    UserError
        If no file gives the measure, or several stages give it and none was named.

    Notes
    -----
    Where several files give one school-year, the row with an interval is taken, then the one with a number
    of pupils, then the newer file; the number of pupils is filled from any. Where a school stands under two
    codes in one year, the later code is taken unless only the other has a value. Suppressed and not
    published figures stay apart and are NaN.
    """
    rows = find_rows(snapshot, "school_measures", measure, years=years, pupil_group=pupil_group, stage=stage)
    return _school_panel(snapshot, rows, measure, years, pupil_group)


def read_finance_panel(snapshot: Snapshot, item: str, years: Sequence[int] | None = None) -> SchoolPanel:
    """Return one amount of all schools over years; spending is negative, as in the table.

    Parameters
    ----------
    snapshot
        Where from.
    item
        As in ``finances.item``.
    years
        Academic years by their ending; all that are held by default.

    Returns
    -------
    SchoolPanel
        Without intervals and numbers of pupils.

    Raises
    ------
    UserError
        If no file gives the item.
    """
    rows = find_rows(snapshot, "finances", item, years=years, pupil_group="", name="item")
    renamed = rows.rename({"amount": "value"} | _if_there(rows, "amount_missing", "value_missing"))
    return _school_panel(snapshot, renamed, item, years, "")


def _if_there(rows: pl.DataFrame, old: str, new: str) -> dict[str, str]:
    return {old: new} if old in rows.columns else {}


def _school_panel(
    snapshot: Snapshot, rows: pl.DataFrame, measure: str, years: Sequence[int] | None, pupil_group: str
) -> SchoolPanel:
    import polars as pl

    followed = rows.join(read_lines(snapshot).frame(), on="school", how="left").with_columns(
        pl.col("line").fill_null(pl.col("school")), pl.col("#steps").fill_null(0)
    )
    chosen, n_conflicts = choose_rows(snapshot, followed, unit=["school", "line"], later=pl.col("#steps"))
    grid = _Grid(chosen, "line", years)
    return SchoolPanel(
        measure=measure,
        pupil_group=pupil_group,
        school=grid.units,
        years=grid.years,
        value=grid.numbers("value"),
        lower=grid.numbers("lower"),
        upper=grid.numbers("upper"),
        level=one_level(chosen),
        n=grid.numbers("n"),
        missing=grid.missing(),
        code=grid.texts("school", ""),
        source=grid.texts("source", "", only_values=True),
        n_conflicts=n_conflicts,
        n_double_codes=_count_double(followed),
    )


def _count_double(rows: pl.DataFrame) -> int:
    """Count school-years in which two codes of one line both give a value."""
    import polars as pl

    valued = rows.filter(pl.col("value").is_not_null())
    codes = valued.group_by("line", "year").agg(pl.col("school").n_unique())
    return codes.filter(pl.col("school") > 1).height


class _Grid:
    """Rows spread over units and years."""

    def __init__(self, rows: pl.DataFrame, unit: str, years: Sequence[int] | None) -> None:
        self._rows = rows
        held = np.asarray(rows["year"].to_numpy(), dtype=np.int64)
        wanted = np.unique(held if years is None else np.array(sorted(years), dtype=np.int64))
        self.years = tuple(int(year) for year in wanted)
        self.units = texts(rows[unit].unique().sort())
        self._unit = np.asarray(rows[unit].rank("dense").to_numpy(), dtype=np.int64) - 1
        self._year = np.searchsorted(wanted, held)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        return self._spread(numbers(self._rows[name]), np.nan)

    def texts(self, name: str, empty: str, *, only_values: bool = False) -> Texts:
        cells = texts(self._rows[name])
        if only_values:
            cells = np.where(self._has_value(), cells, empty)
        return self._spread(cells, empty)

    def missing(self) -> Texts:
        reasons = texts(self._rows["value_missing"].fill_null(_REASON_UNKNOWN))
        reasons = np.where(self._has_value(), "", reasons)
        return self._spread(reasons, NO_ROW)

    def _has_value(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self._rows["value"].is_not_null().to_numpy(), dtype=np.bool_)

    def _spread(self, cells: npt.NDArray[Any], empty: Any) -> npt.NDArray[Any]:
        kind = np.result_type(cells, np.asarray(empty)) if len(cells) else np.asarray(empty).dtype
        grid = np.full((len(self.units), len(self.years)), empty, dtype=kind)
        grid[self._unit, self._year] = cells
        grid.setflags(write=False)
        return grid


def read_group_panel(
    snapshot: Snapshot, measure: str, year: int, pupil_group: str = "", *, stage: str | None = None
) -> GroupPanel:
    """Return one figure that was published for groups of schools in one year.

    Parameters
    ----------
    snapshot
        Where from.
    measure
        As in ``group_measures.measure``.
    year
        Academic year by its ending.
    pupil_group
        ``""`` for all pupils.
    stage
        Where the measure is published for several stages, which.

    Returns
    -------
    GroupPanel
        Empty where the measure is held for other years only.

    Raises
    ------
    UserError
        If no file gives the measure.
    """
    rows = find_rows(snapshot, "group_measures", measure, years=(year,), pupil_group=pupil_group, stage=stage)
    chosen, _ = choose_rows(snapshot, rows, unit=["group"])
    grid = _Grid(chosen, "group", (year,))
    return GroupPanel(
        measure=measure,
        pupil_group=pupil_group,
        year=year,
        group=grid.units,
        value=grid.numbers("value")[:, 0],
        lower=grid.numbers("lower")[:, 0],
        upper=grid.numbers("upper")[:, 0],
        level=one_level(chosen),
        n=grid.numbers("n")[:, 0],
        n_schools=grid.numbers("n_schools")[:, 0],
        missing=grid.missing()[:, 0],
        source=grid.texts("source", "", only_values=True)[:, 0],
    )
