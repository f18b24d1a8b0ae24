"""Imports: files of clean rows become the next snapshot, all of them or none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from upwards.core.errors import EmptyData, UserError
from upwards.core.identifiers import IdentifierKind
from upwards.core.tables import Table
from upwards.store.durable_files import file_sha256, half_written, publish, share_file, write_file
from upwards.store.manifests import ImportRecord
from upwards.store.originals import keep_original
from upwards.store.snapshots import current_snapshot, now, write_snapshot
from upwards.store.staging import Staging, join_rows, write_rows
from upwards.store.workspace_errors import explained
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl

_ID_LETTERS = 24


class Batch(Protocol):
    """Some rows of a file after cleaning."""

    @property
    def rows(self) -> pl.DataFrame:
        """Those that can be used, in the columns of the table."""

    @property
    def rejects(self) -> pl.DataFrame:
        """Those that cannot, with the reason."""


@dataclass(frozen=True, slots=True, eq=False)
class Incoming:
    """A file about to be imported.

    Attributes
    ----------
    path
        Where it is.
    mapping
        Which column becomes which; values that JSON does not know, such as dates, are written as text.
    identifiers
        Columns that identify a person, in clean rows and in rejects, and whether a pupil or a teacher.
    numbered_within
        Where pupil numbers are unique only within a school or the like: for each column of the rejects that
        holds them, the column of the rejects that holds the school, or the school itself where all rows are
        of one. Clean rows hold both in one already.
    name
        What its owner calls it; the name of the file by default.
    batches
        Starts reading it.
    left_out
        Rows left out by reason, once all batches were read.
    is_clean
        Whether nothing was wrong with it, once all batches were read.
    """

    path: Path
    mapping: Mapping[str, Any]
    identifiers: Mapping[str, IdentifierKind]
    batches: Callable[[], Iterable[Batch]]
    left_out: Callable[[], Mapping[str, int]]
    is_clean: Callable[[], bool]
    numbered_within: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    @property
    def called(self) -> str:
        """What it is called in sources and messages."""
        return self.name or self.path.name


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of a run of import.

    Attributes
    ----------
    snapshot
        The current one afterwards; none while the workspace is empty.
    entered
        Whether the files' rows are in it now.
    files
        One record per file that was read.
    unchanged
        Files that were there already, read the same way.
    """

    snapshot: str | None
    entered: bool
    files: tuple[ImportRecord, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Staged:
    incoming: Incoming
    record: ImportRecord
    rows: Path | None
    rejects: Path | None


def import_files(
    workspace: WorkspaceFolder,
    table: Table,
    files: Sequence[Incoming],
    *,
    keep_good: bool = False,
    replace_held: bool = False,
    keep_original_days: int | None = None,
    when_waiting: Callable[[], None] | None = None,
) -> ImportOutcome:
    """Bring files into a workspace as one new snapshot.

    Parameters
    ----------
    workspace
        Where to.
    table
        What they are.
    files
        In order; a later one is joined to the earlier.
    keep_good
        Take the rows that can be used even where others cannot.
    replace_held
        Let new rows take the place of those held with the same key.
    keep_original_days
        Keep a copy of each file for so many days.
    when_waiting
        Called once when another run is writing.

    Returns
    -------
    ImportOutcome
        `entered` is False when a file is not clean and `keep_good` was not asked for.

    Raises
    ------
    RowsAlreadyThere
        When rows are held already and `replace_held` was not asked for.
    EmptyData
        When no row of any file can be used.
    NoRoom
        When the disk is full.

    Notes
    -----
    A file that is in the current snapshot already, by its content, table and mapping, changes nothing,
    unless a later import took the place of rows.
    """
    with explained("importing"), workspace.writing(when_waiting=when_waiting):
        staging = Staging(workspace)
        before = current_snapshot(workspace)
        known = _still_whole(before.manifest.imports if before else (), table.name)
        settings = {"keep_good": keep_good, "replace": replace_held}
        staged: list[_Staged] = []
        unchanged: list[str] = []
        for number, incoming in enumerate(files):
            identity = _identify(incoming, table)
            if identity[0] in known:
                unchanged.append(incoming.called)
                continue
            known.add(identity[0])
            staged.append(_stage(staging, number, incoming, table, identity, settings))
        refused = not keep_good and not all(one.incoming.is_clean() for one in staged)
        snapshot_id = before.id if before else None
        if staged and not refused:
            staged, snapshot_id = _enter(workspace, staging, table, staged, replace_held, keep_original_days)
        return ImportOutcome(snapshot_id, not refused, tuple(one.record for one in staged), tuple(unchanged))


def _still_whole(records: Sequence[ImportRecord], table: str) -> set[str]:
    """Return the imports whose rows nobody replaced since: only those need not be read again."""
    whole: set[str] = set()
    for record in reversed([record for record in records if record.table == table]):
        whole.add(record.id)
        if record.n_replaced:
            break
    return whole


@dataclass(frozen=True, slots=True)
class KnownMapping:
    """A mapping that was used before: its text, and whether it was for this very file."""

    text: str
    same_file: bool


def find_mapping(
    workspace: WorkspaceFolder, table: str, headings: Sequence[str], path: Path
) -> KnownMapping | None:
    """Find how a file was read before, or one with the same headings.

    Parameters
    ----------
    workspace
        Where to look: the imports of the current snapshot, the latest first.
    table
        What the file is to be.
    headings
        Its headings, in order.
    path
        Where it is.
    """
    snapshot = current_snapshot(workspace)
    records = [
        record
        for record in reversed(snapshot.manifest.imports if snapshot else ())
        if record.table == table and record.mapping.get("headings") == list(headings)
    ]
    n_bytes = path.stat().st_size
    sha256 = file_sha256(path) if any(record.bytes == n_bytes for record in records) else None
    same = [record for record in records if record.sha256 == sha256]
    return next((KnownMapping(record.mapping["toml"], bool(same)) for record in same or records), None)


def _identify(incoming: Incoming, table: Table) -> tuple[str, str]:
    sha256 = file_sha256(incoming.path)
    said = json.dumps([sha256, table.name, incoming.mapping], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:_ID_LETTERS], sha256


def _stage(
    staging: Staging,
    number: int,
    incoming: Incoming,
    table: Table,
    identity: tuple[str, str],
    settings: Mapping[str, Any],
) -> _Staged:
    before = incoming.path.stat()
    staged = staging.open_file(number, incoming.identifiers, incoming.numbered_within)
    for batch in incoming.batches():
        staged.add(batch.rows, batch.rejects)
    after = incoming.path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UserError(
            f"{incoming.called} was changed while it was being read. Import it again once it is complete."
        )
    left_out = dict(incoming.left_out())
    record = ImportRecord(
        id=identity[0],
        table=table.name,
        file=incoming.called,
        sha256=identity[1],
        bytes=after.st_size,
        mapping=json.loads(json.dumps(incoming.mapping, default=str)),
        settings=settings,
        n_in=staged.n_kept + sum(left_out.values()),
        n_kept=staged.n_kept,
        rejected=left_out,
        n_replaced=0,
        imported=now(),
    )
    return _Staged(incoming, record, staged.finish_rows(), staged.finish_rejects())


def _enter(
    workspace: WorkspaceFolder,
    staging: Staging,
    table: Table,
    staged: Sequence[_Staged],
    replace_held: bool,
    keep_original_days: int | None,
) -> tuple[list[_Staged], str]:
    whole, entering = _join(workspace, staging, table, staged, replace_held)
    for one in entering:
        _keep_import(workspace, one)
        if keep_original_days is not None:
            keep_original(workspace, one.incoming.path, one.record.id, days=keep_original_days)
    snapshot = write_snapshot(workspace, {table.name: whole}, [one.record for one in entering])
    return entering, snapshot.id


def _join(
    workspace: WorkspaceFolder, staging: Staging, table: Table, staged: Sequence[_Staged], replace_held: bool
) -> tuple[Path, list[_Staged]]:
    import polars as pl

    before = current_snapshot(workspace)
    held = before.table(table.name) if before and table.name in before.tables else None
    was_empty, entering = held is None, []
    for one in staged:
        n_replaced = 0
        if one.rows is not None:
            new = pl.scan_parquet(one.rows, glob=False)
            held, n_replaced = join_rows(
                held, new, keys=table.key, replace=replace_held, file=one.record.file
            )
        entering.append(replace(one, record=replace(one.record, n_replaced=n_replaced)))
    paths = [one.rows for one in staged if one.rows is not None]
    if held is None or not paths:
        names = ", ".join(one.record.file for one in staged)
        raise EmptyData(f"No row of {names} can be used, so nothing was imported. See the list of problems.")
    if was_empty and len(paths) == 1:
        # The import and the snapshot share one file instead of holding the rows twice.
        return paths[0], entering
    whole = staging.folder / f"{table.name}.parquet"
    write_rows(held, whole)
    return whole, entering


def _keep_import(workspace: WorkspaceFolder, one: _Staged) -> None:
    """Keep the pseudonymised rows, the rows left out, and where both came from."""
    name = f"{one.record.table}-{one.record.id}"
    for path, folder in ((one.rows, workspace.imports), (one.rejects, workspace.rejects)):
        if path is not None:
            target = folder / f"{name}.parquet"
            half = half_written(target)
            share_file(path, half)
            publish(half, target)
    said = json.dumps(asdict(one.record), indent=2, ensure_ascii=False, default=str).encode()
    write_file(workspace.imports / f"{name}.json", said + b"\n")
