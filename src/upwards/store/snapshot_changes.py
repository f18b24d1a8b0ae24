"""What changed between two states of a workspace: rows, schools and years of each table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upwards.core.tables import TABLES
from upwards.store.manifests import TableRecord
from upwards.store.snapshots import Snapshot

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class TableChange:
    """What changed in one table.

    Attributes
    ----------
    table
        Its name.
    rows_before, rows_after
        Rows; None where the state does not hold the table.
    added, removed, changed
        Rows by their key: only after, only before, and in both with another content.
    schools_added, schools_removed, years_added, years_removed
        Those that stand only after, or only before.
    """

    table: str
    rows_before: int | None
    rows_after: int | None
    added: int
    removed: int
    changed: int
    schools_added: tuple[str, ...] = ()
    schools_removed: tuple[str, ...] = ()
    years_added: tuple[int, ...] = ()
    years_removed: tuple[int, ...] = ()


def find_changes(before: Snapshot | None, after: Snapshot | None) -> tuple[TableChange, ...]:
    """Compare two states table by table.

    Parameters
    ----------
    before, after
        Two snapshots; None is the empty workspace.

    Returns
    -------
    tuple of TableChange
        Tables of which nothing changed are left out.
    """
    held = {name for side in (before, after) if side is not None for name in side.tables}
    return tuple(_change(before, after, name) for name in sorted(held) if _differs(before, after, name))


def _differs(before: Snapshot | None, after: Snapshot | None, name: str) -> bool:
    return _held(before, name) != _held(after, name)


def _held(side: Snapshot | None, name: str) -> TableRecord | None:
    return None if side is None else side.manifest.tables.get(name)


def _frame(side: Snapshot | None, name: str) -> pl.LazyFrame | None:
    return None if side is None or name not in side.tables else side.table(name)


def _change(before: Snapshot | None, after: Snapshot | None, name: str) -> TableChange:
    held = [_held(side, name) for side in (before, after)]
    frames = [_frame(side, name) for side in (before, after)]
    added, removed, changed = _compare_rows(frames[0], frames[1], name)
    schools, years = ([_values(frame, column) for frame in frames] for column in ("school", "year"))
    return TableChange(
        name,
        held[0].rows if held[0] else None,
        held[1].rows if held[1] else None,
        added,
        removed,
        changed,
        tuple(sorted(map(str, schools[1] - schools[0]))),
        tuple(sorted(map(str, schools[0] - schools[1]))),
        tuple(sorted(int(str(year)) for year in years[1] - years[0])),
        tuple(sorted(int(str(year)) for year in years[0] - years[1])),
    )


def _values(frame: pl.LazyFrame | None, column: str) -> set[object]:
    if frame is None or column not in frame.collect_schema().names():
        return set()
    return set(frame.select(column).unique().collect(engine="streaming")[column].drop_nulls().to_list())


def _compare_rows(before: pl.LazyFrame | None, after: pl.LazyFrame | None, name: str) -> tuple[int, int, int]:
    """Count rows by the hash of their key, and of their whole content."""
    import polars as pl

    keys, whole = TABLES[name].key, sorted(_names(before) | _names(after))
    sides = [_hashed(frame, keys, whole) for frame in (before, after)]
    joined = sides[0].join(sides[1], on="key", how="full", suffix="_after", coalesce=True)
    counted = joined.select(
        pl.col("row").is_null().sum().alias("added"),
        pl.col("row_after").is_null().sum().alias("removed"),
        (pl.col("row") != pl.col("row_after")).sum().alias("changed"),
    ).collect(engine="streaming")
    found = counted.row(0)
    return int(found[0]), int(found[1]), int(found[2])


def _names(frame: pl.LazyFrame | None) -> set[str]:
    return set() if frame is None else set(frame.collect_schema().names())


def _hashed(frame: pl.LazyFrame | None, keys: tuple[str, ...], whole: list[str]) -> pl.LazyFrame:
    import polars as pl

    if frame is None:
        return pl.LazyFrame(schema={"key": pl.UInt64, "row": pl.UInt64})
    names = _names(frame)

    def all_of(columns: list[str]) -> pl.Expr:
        texts = [pl.col(c).cast(pl.String) if c in names else pl.lit(None, pl.String) for c in columns]
        return pl.struct([text.alias(str(place)) for place, text in enumerate(texts)]).hash(seed=7)

    # Rows of one key, which a table without a whole key can have, are told apart by their content alone.
    return frame.select(all_of(list(keys)).alias("key"), all_of(whole).alias("row")).unique("key")
