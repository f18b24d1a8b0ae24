"""Tiny performance tables: only the columns that matter are named, the others get a default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from upwards.core.academic_year import AcademicYear
from upwards.sources.england.performance_layouts import Layout
from upwards.sources.england.release import Release

YEARS = {year: AcademicYear(year) for year in range(2016, 2027)}


def sheet(layout: Layout, *rows: Mapping[str, str], default: str = "", extra: Sequence[str] = ()) -> str:
    """Write a file of a layout: each row names the cells that matter."""
    headings = [*dict.fromkeys([*layout.columns, *extra])]
    lines = [",".join(f'"{heading}"' for heading in headings)]
    lines += [",".join(f'"{row.get(heading, default)}"' for heading in headings) for row in rows]
    return "\n".join(lines) + "\n"


def figure(
    release: Release,
    school: str,
    measure: str,
    year: int,
    group: str | None = None,
    table: str = "school_measures",
) -> dict[str, object]:
    """Return the one row of a figure."""
    rows = release.tables[table]
    found = rows.filter(
        pl.col(rows.columns[0]) == school,
        measure=measure,
        year=year,
    ).filter(pl.col("pupil_group").eq_missing(group))
    (row,) = found.rows(named=True)
    return row


def figures(release: Release, measure: str, year: int, group: str | None = None) -> pl.DataFrame:
    """Return all rows of a figure."""
    rows = release.tables["school_measures"].filter(measure=measure, year=year)
    return rows.filter(pl.col("pupil_group").eq_missing(group))


def no_missing_is_a_number(release: Release, table: str = "school_measures") -> bool:
    """Whether every row has either a figure or a reason, never both."""
    rows = release.tables[table]
    return bool(
        rows.select((pl.col("value").is_null() == pl.col("value_missing").is_not_null()).all()).item()
    )
