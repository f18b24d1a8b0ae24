"""Several results of one pupil are not independent: find them before a fit treats them so."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from upwards.core.errors import UnknownColumn, UserError, near_misses
from upwards.store.reading import readable_rows

COLUMN = "pupil"


class RepeatedPupils(UserError):
    """A pupil has several rows in one fit that would take them as independent."""


@readable_rows()
def refuse_repeated_pupils(frame: pl.LazyFrame, column: str | None, factors: Sequence[str]) -> None:
    """Refuse rows that repeat a pupil who is not a factor of the model.

    Parameters
    ----------
    frame
        The pupil rows.
    column
        Column that names the pupil; None looks for one called ``pupil``.
    factors
        Levels and crossed factors of the fit.

    Raises
    ------
    RepeatedPupils
        When a pupil has more than one row and is not among the factors.
    UnknownColumn
        When the column named does not exist.

    Examples
    --------
    >>> refuse_repeated_pupils(pl.LazyFrame({"pupil": ["a", "b"]}), None, ["school"])
    """
    names = frame.collect_schema().names()
    if column is not None and column not in names:
        raise UnknownColumn(f"the data has no column {column!r} for the pupil{near_misses(column, names)}.")
    name = column or COLUMN
    if name in factors or name not in names:
        return
    known = pl.col(name).drop_nulls()
    counts = frame.select(known.len().alias("rows"), known.n_unique().alias("pupils"))
    rows, pupils = counts.collect(engine="streaming").row(0)
    if rows > pupils:
        raise RepeatedPupils(
            f"column {name!r} names {pupils:,} pupils in {rows:,} rows: several results of one pupil are "
            f"not independent. Fit one subject and year at a time, or cross the pupil with the units "
            f"(--crossed {name},school)."
        )
