"""Published files become the next snapshot, all tables of all files or none."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from upwards.core.errors import EmptyData, UserError
from upwards.store.durable_files import (
    file_sha256,
    half_written,
    publish,
    seal_file,
    share_file,
    write_file,
)
from upwards.store.imports import ImportOutcome
from upwards.store.manifests import ImportRecord
from upwards.store.release_tables import (
    StagedTable,
    join_tables,
    kept_table,
    latest_records,
    pair_reissued,
)
from upwards.store.shrunk_files import refuse_shrunk
from upwards.store.snapshots import Snapshot, current_snapshot, now, write_snapshot
from upwards.store.staging import Staging
from upwards.store.table_types import require_standard
from upwards.store.workspace_errors import explained
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl

_ID_LETTERS = 24

Progress = Callable[[str, int, int], None]


class Counted(Protocol):
    """What was wrong with a file, and how many of its rows were kept."""

    n_in: int
    n_kept: int

    @property
    def rejected(self) -> Mapping[str, int]:
        """Rows left out, by reason."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing has to be mended."""


class ReleaseRows(Protocol):
    """What a reader made of a published file."""

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Rows by standard table."""

    @property
    def problems(self) -> Counted:
        """Rows in, kept and left out."""


@dataclass(frozen=True, slots=True, eq=False)
class IncomingRelease:
    """A published file about to be imported.

    Attributes
    ----------
    path
        Where it is.
    place
        Its path inside the folder: what `source` says in every table.
    period
        Academic year or day, as text; ``""`` where the file itself says it.
    dataset, version
        What kind of file it is, and the version of its reader.
    tables
        Standard tables it fills, the main one first.
    read
        Reads it, once.
    """

    path: Path
    place: str
    period: str
    dataset: str
    version: int
    tables: tuple[str, ...]
    read: Callable[[], ReleaseRows]


@dataclass(frozen=True, slots=True, eq=False)
class _Staged:
    incoming: IncomingRelease
    record: ImportRecord
    is_clean: bool
    tables: Mapping[str, Path] = field(default_factory=dict)


def import_releases(
    workspace: WorkspaceFolder,
    files: Sequence[IncomingRelease],
    *,
    keep_good: bool = False,
    may_be_missing: float = 1.0,
    refuse: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    when_waiting: Callable[[], None] | None = None,
) -> ImportOutcome:
    """Bring published files into a workspace as one new snapshot.

    Parameters
    ----------
    workspace
        Where to.
    files
        In any order: where two say the same, the newer period is believed.
    keep_good
        Take the rows that can be used even where others cannot.
    may_be_missing
        Share, 0 to 1, of the schools, groups or areas of a file that may be missing where it comes again.
    refuse
        Asked once all files were read: whether something else stands against it.
    progress
        Called with a file's place, the bytes done and the bytes in all, over all files.
    when_waiting
        Called once when another run is writing.

    Returns
    -------
    ImportOutcome
        `entered` is False when a file is not clean and `keep_good` was not asked for; then nothing changed.

    Raises
    ------
    EmptyData
        When no row of any file can be used.
    UserError
        When one file was given for two periods, or changed while it was read.
    ShrunkFile
        When a file came again and more than `may_be_missing` of those it named are missing.
    NoRoom
        When the disk is full.

    Notes
    -----
    A file that is held already, by its content, kind, period and version of the reader, changes nothing. A
    file with another content in the place of one that is held takes the place of its rows.
    """
    with explained("importing"), workspace.writing(when_waiting=when_waiting):
        staging, before = Staging(workspace), current_snapshot(workspace)
        fresh, unchanged = _set_apart(files, before)
        staged: list[_Staged] = []
        done, total = 0, sum(one.path.stat().st_size for one, _, _ in fresh)
        for number, (one, identity, sha256) in enumerate(fresh):
            if progress is not None:
                progress(one.place, done, total)
            staged.append(_stage(staging, number, one, identity, sha256, keep_good))
            done += staged[-1].record.bytes
        if progress is not None and total:
            progress(fresh[-1][0].place, total, total)
        refused = refuse() or (not keep_good and not all(one.is_clean for one in staged))
        snapshot_id = before.id if before else None
        if staged and not refused:
            staged, snapshot_id = _enter(workspace, staging, before, staged, may_be_missing)
        return ImportOutcome(snapshot_id, not refused, tuple(one.record for one in staged), tuple(unchanged))


def _set_apart(
    files: Sequence[IncomingRelease], before: Snapshot | None
) -> tuple[list[tuple[IncomingRelease, str, str]], list[str]]:
    """Tell new files from those that are held already."""
    records = latest_records(before.manifest.imports if before else ())
    known = {record.id for record in records}
    periods = {(r.sha256, r.mapping["dataset"]): (r.mapping["period"], r.mapping["place"]) for r in records}
    fresh, unchanged = [], []
    for one in files:
        sha256 = file_sha256(one.path)
        identity = _identify(one, sha256)
        period, place = periods.setdefault((sha256, one.dataset), (one.period, one.place))
        if period != one.period:
            raise UserError(
                f"{one.place} is byte for byte the file {place}, and a file has one period only. Take away "
                "the one that lies in the wrong folder; nothing was imported."
            )
        if identity in known:
            unchanged.append(one.place)
            continue
        known.add(identity)
        fresh.append((one, identity, sha256))
    return fresh, unchanged


def _identify(one: IncomingRelease, sha256: str) -> str:
    said = json.dumps([sha256, one.dataset, one.version, one.period])
    return hashlib.sha256(said.encode()).hexdigest()[:_ID_LETTERS]


def _stage(
    staging: Staging, number: int, one: IncomingRelease, identity: str, sha256: str, keep_good: bool
) -> _Staged:
    import polars as pl

    before, release = one.path.stat(), one.read()
    after, counted = one.path.stat(), release.problems
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UserError(
            f"{one.place} was changed while it was being read. Import it again once it is complete."
        )
    tables: dict[str, Path] = {}
    yields: dict[str, int] = {}
    for table, rows in release.tables.items():
        if rows.height:
            whole = require_standard(rows, table, one.place)
            if "source" in whole.columns:
                whole = whole.with_columns(source=pl.lit(one.place))
            tables[table] = staging.folder / f"{table}-{number}.parquet"
            yields[table] = whole.height
            order = [name for name in ("measure", "year", "item") if name in whole.columns]
            (whole.sort(order, maintain_order=True) if order else whole).write_parquet(tables[table])
            seal_file(tables[table])
    record = ImportRecord(
        id=identity,
        table=one.tables[0],
        file=one.path.name,
        sha256=sha256,
        bytes=after.st_size,
        mapping={"dataset": one.dataset, "version": one.version, "place": one.place, "period": one.period},
        settings={"keep_good": keep_good},
        n_in=counted.n_in,
        n_kept=counted.n_kept,
        rejected=dict(counted.rejected),
        n_replaced=0,
        imported=now(),
        yields=yields,
    )
    return _Staged(one, record, counted.is_clean, tables)


def _enter(
    workspace: WorkspaceFolder,
    staging: Staging,
    before: Snapshot | None,
    staged: Sequence[_Staged],
    may_be_missing: float,
) -> tuple[list[_Staged], str]:
    if not any(one.tables for one in staged):
        names = ", ".join(one.record.file for one in staged)
        raise EmptyData(f"No row of {names} can be used, so nothing was imported. See the list of problems.")
    parts = [StagedTable(one.record, table, path) for one in staged for table, path in one.tables.items()]
    new = [one.record for one in staged]
    refuse_shrunk(workspace, pair_reissued(before, new), parts, may_be_missing)
    tables, n_replaced = join_tables(workspace, staging.folder, before, new, parts)
    entering = [
        replace(one, record=replace(one.record, n_replaced=n_replaced.get(one.record.id, 0)))
        for one in staged
    ]
    for one in entering:
        _keep_import(workspace, one)
    snapshot = write_snapshot(workspace, tables, [one.record for one in entering])
    return entering, snapshot.id


def _keep_import(workspace: WorkspaceFolder, one: _Staged) -> None:
    """Keep what each file said, by table, and where it came from."""
    for table, path in one.tables.items():
        target = kept_table(workspace, table, one.record.id)
        half = half_written(target)
        share_file(path, half)
        publish(half, target)
    said = json.dumps(asdict(one.record), indent=2, ensure_ascii=False, default=str).encode()
    write_file(workspace.imports / f"{one.record.table}-{one.record.id}.json", said + b"\n")


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows of several files added up.

    Attributes
    ----------
    n_files
        Files.
    n_in, n_kept
        Rows in them, and rows that can be used: ``n_in == n_kept + sum(rejected.values())``.
    rejected
        Rows left out, by reason.
    yields
        Rows written, by standard table.
    """

    n_files: int
    n_in: int
    n_kept: int
    rejected: dict[str, int]
    yields: dict[str, int]


def add_up(records: Sequence[ImportRecord]) -> Totals:
    """Add up the rows of several files.

    Examples
    --------
    >>> add_up([]).n_in
    0
    """
    rejected, yields = Counter[str](), Counter[str]()
    for record in records:
        rejected.update(record.rejected)
        yields.update(record.yields)
    n_in, n_kept = sum(r.n_in for r in records), sum(r.n_kept for r in records)
    return Totals(len(records), n_in, n_kept, dict(rejected), dict(sorted(yields.items())))
