"""Tables of published files joined with what is held: rows by key, registers column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from upwards.core.tables import find_table
from upwards.store.durable_files import seal_file
from upwards.store.manifests import ImportRecord
from upwards.store.snapshots import Snapshot
from upwards.store.staging import unite
from upwards.store.table_types import polars_types
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl

# One row per school or group, though several registers describe it.
MERGED = ("schools", "groups")
# Whoever appears in these is a school, whether a register lists it or not.
NAMING_SCHOOLS = {
    "school_measures": ("school",),
    "memberships": ("school",),
    "successions": ("school", "successor"),
    "judgements": ("school",),
    "finances": ("school",),
    "workforce": ("school",),
}
ROW_GROUP = 1 << 16  # rows: small enough that one measure is found without reading the others


@dataclass(frozen=True, slots=True)
class StagedTable:
    """Rows that one new file gives one table."""

    record: ImportRecord
    table: str
    path: Path

    @property
    def place(self) -> str:
        """The file's place inside the folder."""
        return str(self.record.mapping["place"])


def latest_records(records: Sequence[ImportRecord]) -> tuple[ImportRecord, ...]:
    """Return the published files whose rows are still held: the last one of each place."""
    latest = {record.mapping["place"]: record for record in records if "dataset" in record.mapping}
    return tuple(latest.values())


def kept_table(workspace: WorkspaceFolder, table: str, record_id: str) -> Path:
    """Return where the rows that one file gave a table are kept."""
    return workspace.imports / f"{table}-{record_id}.parquet"


def join_tables(
    workspace: WorkspaceFolder,
    folder: Path,
    before: Snapshot | None,
    new: Sequence[ImportRecord],
    parts: Sequence[StagedTable],
) -> tuple[dict[str, Path], Counter[str]]:
    """Write the tables of the next snapshot.

    Parameters
    ----------
    workspace
        Whose; hold its right to write.
    folder
        Where to write them.
    before
        The current snapshot.
    new
        Records of the new files.
    parts
        Their rows, by table.

    Returns
    -------
    tables, n_replaced
        Parquet file by table, for all that change; and by record, rows held before that made place.

    Notes
    -----
    A new file takes the place of all rows of an earlier one in the same place. Beyond that, a row with the
    same key as one held takes its place, and of two new ones the newer period is believed. Schools and groups
    have one row each: rows that a person imported come first, then registers from newer to older, then other
    files; each column is the first that is known.
    """
    n_replaced: Counter[str] = Counter()
    tables: dict[str, Path] = {}
    reissued = pair_reissued(before, new)
    told = {part.table for part in parts} | {name for _, record in reissued for name in record.yields}
    for table in sorted(told - set(MERGED)):
        own = sorted((part for part in parts if part.table == table), key=_period, reverse=True)
        tables[table] = folder / f"{table}.parquet"
        _write(_join(before, table, own, reissued, n_replaced), tables[table])
    for table in MERGED:
        if table in told or (table == "schools" and told & set(NAMING_SCHOOLS)):
            rows = _merge(workspace, table, before, parts)
            n_replaced.update({one.id: old.yields[table] for one, old in reissued if old.table == table})
            rows = _with_everybody(rows, before, tables) if table == "schools" else rows
            tables[table] = folder / f"{table}.parquet"
            _write(rows, tables[table])
    return tables, n_replaced


def pair_reissued(
    before: Snapshot | None, new: Sequence[ImportRecord]
) -> list[tuple[ImportRecord, ImportRecord]]:
    """Pair new files with those whose place they take.

    Parameters
    ----------
    before
        The current snapshot.
    new
        Records of the new files.
    """
    held = {record.mapping["place"]: record for record in _latest(before)}
    return [(one, held[one.mapping["place"]]) for one in new if one.mapping["place"] in held]


def _latest(before: Snapshot | None) -> tuple[ImportRecord, ...]:
    return latest_records(before.manifest.imports if before else ())


def _period(part: StagedTable) -> str:
    return str(part.record.mapping["period"])


def _join(
    before: Snapshot | None,
    table: str,
    parts: Sequence[StagedTable],
    reissued: Sequence[tuple[ImportRecord, ImportRecord]],
    n_replaced: Counter[str],
) -> pl.LazyFrame:
    """Put the rows of new files beside those held, less the rows whose place they take."""
    import polars as pl

    key = list(find_table(table).key)
    scans = [pl.scan_parquet(part.path, glob=False) for part in parts]
    new = unite(scans) if scans else None
    if new is not None and "source" not in key:
        new = new.unique(key, keep="first", maintain_order=True)
    if before is None or table not in before.tables:
        assert new is not None
        return new
    held = _without_reissued(before.table(table), reissued, parts, n_replaced)
    if new is not None and "source" not in key:
        for part, scan in zip(parts, scans, strict=True):
            n_replaced[part.record.id] += _count(held.join(scan, on=key, how="semi", nulls_equal=True))
        held = held.join(new, on=key, how="anti", nulls_equal=True)
    return held if new is None else unite([held, new])


def _without_reissued(
    held: pl.LazyFrame,
    reissued: Sequence[tuple[ImportRecord, ImportRecord]],
    parts: Sequence[StagedTable],
    n_replaced: Counter[str],
) -> pl.LazyFrame:
    """Leave out the rows of files that came again with another content."""
    import polars as pl

    names = held.collect_schema().names()
    seen = {part.record.id: part.path for part in parts}
    for one, _ in reissued:
        if "source" in names:
            gone = pl.col("source").eq_missing(pl.lit(str(one.mapping["place"])))
        elif "seen" in names and one.id in seen:
            days = pl.read_parquet(seen[one.id], columns=["seen"])["seen"].unique()
            gone = pl.col("seen").is_in(days.implode(), nulls_equal=False).fill_null(False)
        else:
            continue
        n_replaced[one.id] += _count(held.filter(gone))
        held = held.filter(~gone)
    return held


def _count(rows: pl.LazyFrame) -> int:
    import polars as pl

    return int(rows.select(pl.len()).collect(engine="streaming").item())


def _merge(
    workspace: WorkspaceFolder, table: str, before: Snapshot | None, parts: Sequence[StagedTable]
) -> pl.LazyFrame:
    """Describe each school or group once: each column by the first that knows it."""
    import polars as pl

    name = find_table(table).key[0]
    frames = [
        pl.scan_parquet(path, glob=False).with_columns(pl.lit(rank, dtype=pl.Int32).alias("#rank"))
        for rank, path in enumerate(_in_order(workspace, table, before, parts))
    ]
    if before is not None and table in before.tables and not _all_kept(workspace, table, before):
        # Last, so that nobody is lost whose file is not kept any more.
        frames.append(before.table(table).with_columns(pl.lit(len(frames), dtype=pl.Int32).alias("#rank")))
    if not frames:
        return pl.LazyFrame(schema=polars_types(find_table(table)))
    rows = unite(frames).collect().sort("#rank", maintain_order=True).drop("#rank")
    return rows.group_by(name, maintain_order=True).agg(pl.all().drop_nulls().first()).sort(name).lazy()


def _in_order(
    workspace: WorkspaceFolder, table: str, before: Snapshot | None, parts: Sequence[StagedTable]
) -> list[Path]:
    """List who describes a school: persons, then registers, then other files, the newest first."""
    places = {part.place for part in parts}
    records = before.manifest.imports if before else ()
    own = [r for r in reversed(records) if r.table == table and "dataset" not in r.mapping]
    held = [r for r in _latest(before) if r.mapping["place"] not in places]
    paths = {r.id: kept_table(workspace, table, r.id) for r in (*own, *held)}
    paths |= {part.record.id: part.path for part in parts if part.table == table}
    published = [*held, *(part.record for part in parts if part.table == table)]
    published.sort(key=lambda r: (r.table == table, str(r.mapping["period"])), reverse=True)
    return [paths[r.id] for r in (*own, *published) if paths[r.id].is_file()]


def _all_kept(workspace: WorkspaceFolder, table: str, before: Snapshot) -> bool:
    """Whether what is held was all told by files whose rows are kept, so that a file's own can make place."""
    told = [r for r in before.manifest.imports if r.table == table and "dataset" not in r.mapping]
    told += [r for r in _latest(before) if table in r.yields]
    return bool(told) and all(kept_table(workspace, table, r.id).is_file() for r in told)


def _with_everybody(rows: pl.LazyFrame, before: Snapshot | None, new: Mapping[str, Path]) -> pl.LazyFrame:
    """Give a row to each school that only results, links or groups name."""
    import polars as pl

    paths = {name: before.path(name) for name in before.tables} if before is not None else {}
    paths |= new
    named = [
        pl.scan_parquet(paths[table], glob=False).select(pl.col(column).alias("school"))
        for table, columns in NAMING_SCHOOLS.items()
        if table in paths
        for column in columns
    ]
    if not named:
        return rows
    everybody = pl.concat(named).drop_nulls().unique()
    return rows.join(everybody, on="school", how="full", coalesce=True).sort("school")


def _write(rows: pl.LazyFrame, path: Path) -> None:
    rows.sink_parquet(path, engine="streaming", row_group_size=ROW_GROUP, maintain_order=True)
    seal_file(path)
