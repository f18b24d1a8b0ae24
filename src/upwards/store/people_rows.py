"""People as the table of people describes them: subjects, training and hours, without who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upwards.store.snapshots import Snapshot
from upwards.store.table_types import standard_columns

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("school", "subjects", "training", "hours", "term_hours", "term", "kept_in")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One member of staff in one school.

    Attributes
    ----------
    school
        Where.
    subjects, training
        As written, separated by commas; None where nothing is recorded.
    hours
        Hours a week free for work with others; None where not recorded.
    term_hours, term
        Hours free in one term, and which; None where not recorded.
    kept_in
        ``"application"`` where the web application gave the row; None for a file.
    """

    school: str
    subjects: str | None = None
    training: str | None = None
    hours: float | None = None
    term_hours: float | None = None
    term: str | None = None
    kept_in: str | None = None


def list_people(snapshot: Snapshot) -> tuple[PersonRow, ...] | None:
    """List the people of a state of a workspace.

    Parameters
    ----------
    snapshot
        The state.

    Returns
    -------
    tuple of PersonRow or None
        In an order that does not depend on that of the rows, without pseudonyms. None where nothing was
        imported as people.
    """
    if "people" not in snapshot.tables:
        return None
    chosen = standard_columns(snapshot.table("people"), "people", COLUMNS)
    return tuple(PersonRow(**row) for row in _ordered(chosen).collect().iter_rows(named=True))


def _ordered(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.sort(COLUMNS, nulls_last=True)
