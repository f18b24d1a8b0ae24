"""Snapshots: the states of a workspace's tables, each a folder that never changes but for erasure."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from upwards.store.durable_files import (
    file_sha256,
    make_folder,
    publish,
    read_file,
    refuse_link,
    seal_file,
    share_file,
    sync_folder,
    write_file,
)
from upwards.store.manifests import ImportRecord, Manifest, TableRecord
from upwards.store.workspace_errors import NoSuchTable, NothingToUndo, UnreadableWorkspace
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl

CURRENT = "current"
MANIFEST = "manifest.json"
_ID = re.compile(r"\d{6}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One whole state of the tables.

    Attributes
    ----------
    folder
        Where its files are.
    manifest
        What it says of itself.
    """

    folder: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """Its name."""
        return self.manifest.id

    @property
    def token(self) -> str:
        """Its state, which changes with every erasure: what a kept answer belongs to."""
        return self.manifest.token

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables it holds."""
        return tuple(self.manifest.tables)

    def path(self, table: str) -> Path:
        """Return the Parquet file of a table.

        Raises
        ------
        NoSuchTable
            When the snapshot does not hold it.
        UnreadableWorkspace
            When its file is missing or a link.
        """
        if table not in self.manifest.tables:
            held = ", ".join(self.tables)
            raise NoSuchTable(
                f"The workspace holds no table {table!r} yet; it holds {held}. "
                f"Bring one in with: upwards import FILE --as {table}"
            )
        path = self.folder / f"{table}.parquet"
        refuse_link(path)
        if not path.is_file():
            raise UnreadableWorkspace(
                f"Snapshot {self.id} has lost its file {path.name}. Restore the workspace from a backup, "
                "or go back with: upwards import --undo"
            )
        return path

    def table(self, name: str) -> pl.LazyFrame:
        """Return a table, not yet read."""
        import polars as pl

        return pl.scan_parquet(self.path(name), glob=False)


def open_snapshot(workspace: WorkspaceFolder, snapshot_id: str) -> Snapshot:
    """Open a snapshot by its name.

    Raises
    ------
    UnreadableWorkspace
        When there is no such snapshot, or it is damaged.
    """
    if not _ID.fullmatch(snapshot_id):
        raise UnreadableWorkspace(
            f"{snapshot_id!r} is not the name of a snapshot. If it stands in "
            f"{workspace.snapshots / CURRENT}, restore the workspace from a backup."
        )
    folder = workspace.snapshots / snapshot_id
    refuse_link(folder)
    try:
        content = read_file(folder / MANIFEST)
    except FileNotFoundError as error:
        raise UnreadableWorkspace(
            f"There is no whole snapshot {snapshot_id} in {workspace.folder}. Restore it from a backup."
        ) from error
    return Snapshot(folder, Manifest.from_json(content, where=f"The manifest of snapshot {snapshot_id}"))


def current_snapshot(workspace: WorkspaceFolder) -> Snapshot | None:
    """Open the snapshot that answers are made from; none before the first import."""
    try:
        named = read_file(workspace.snapshots / CURRENT).decode("utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    return open_snapshot(workspace, named)


def list_snapshots(workspace: WorkspaceFolder) -> tuple[Snapshot, ...]:
    """Open all snapshots, oldest first, those that were undone included."""
    names = sorted(path.name for path in workspace.snapshots.iterdir() if _ID.fullmatch(path.name))
    return tuple(open_snapshot(workspace, name) for name in names)


def write_snapshot(
    workspace: WorkspaceFolder, new_tables: Mapping[str, Path], imports: Iterable[ImportRecord]
) -> Snapshot:
    """Write the next snapshot and make it the current one; call it while holding the right to write.

    Parameters
    ----------
    workspace
        Whose.
    new_tables
        Parquet files to take in, by table, from the same disk; other tables stay as they are.
    imports
        What is new since the current snapshot.

    Returns
    -------
    Snapshot
        The new one.
    """
    previous = current_snapshot(workspace)
    building = workspace.staging / secrets.token_hex(8)
    make_folder(building)
    kept = {} if previous is None else {name: previous.path(name) for name in previous.tables}
    for name, path in {**kept, **new_tables}.items():
        share_file(path, building / f"{name}.parquet")
    manifest = _next_manifest(workspace, previous, building, new_tables, tuple(imports))
    write_file(building / MANIFEST, manifest.to_json())
    sync_folder(building)
    snapshot = Snapshot(workspace.snapshots / manifest.id, manifest)
    publish(building, snapshot.folder)
    sync_folder(workspace.staging)
    make_current(workspace, snapshot)
    return snapshot


def make_current(workspace: WorkspaceFolder, snapshot: Snapshot) -> None:
    """Let answers be made from this snapshot from now on."""
    write_file(workspace.snapshots / CURRENT, f"{snapshot.id}\n".encode())


def undo_import(workspace: WorkspaceFolder, *, expected: str | None = None) -> Snapshot | None:
    """Go back to the snapshot before the current one, which stays on the disk.

    Parameters
    ----------
    workspace
        Whose.
    expected
        The snapshot that is meant to be undone; None for whichever is current.

    Returns
    -------
    Snapshot or None
        The one that is current now; none when the first import was undone.

    Raises
    ------
    NothingToUndo
        When nothing was imported, or another snapshot than the expected one is current by now.
    """
    with workspace.writing():
        current = current_snapshot(workspace)
        if expected is not None and (current is None or current.id != expected):
            raise NothingToUndo(
                "The data changed since this was asked, so nothing was undone. Look again first."
            )
        if current is None:
            raise NothingToUndo("Nothing was imported into this workspace, so there is nothing to undo.")
        if current.manifest.previous is None:
            (workspace.snapshots / CURRENT).unlink()
            sync_folder(workspace.snapshots)
            return None
        previous = open_snapshot(workspace, current.manifest.previous)
        make_current(workspace, previous)
        return previous


def describe_table(path: Path) -> TableRecord:
    """Make the file of a table its owner's alone and say what is in it."""
    import polars as pl

    seal_file(path)
    scan = pl.scan_parquet(path, glob=False)
    rows = int(scan.select(pl.len()).collect().item())
    columns = {name: str(dtype) for name, dtype in scan.collect_schema().items()}
    return TableRecord(rows=rows, bytes=path.stat().st_size, sha256=file_sha256(path), columns=columns)


def find_damage(snapshot: Snapshot) -> tuple[str, ...]:
    """Compare a snapshot with its manifest.

    Returns
    -------
    tuple of str
        Names of the tables whose file is not the one that was written; empty when it is whole.
    """
    return tuple(
        name
        for name, table in snapshot.manifest.tables.items()
        if file_sha256(snapshot.path(name)) != table.sha256
    )


def now() -> str:
    """Return the time of day in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _next_manifest(
    workspace: WorkspaceFolder,
    previous: Snapshot | None,
    building: Path,
    new_tables: Mapping[str, Path],
    imports: tuple[ImportRecord, ...],
) -> Manifest:
    before = previous.manifest if previous else None
    tables = dict(before.tables) if before else {}
    tables.update({name: describe_table(building / f"{name}.parquet") for name in new_tables})
    said = json.dumps({name: asdict(table) for name, table in tables.items()}, sort_keys=True)
    numbers = [int(path.name[:6]) for path in workspace.snapshots.iterdir() if _ID.fullmatch(path.name)]
    return Manifest(
        id=f"{max(numbers, default=0) + 1:06d}-{hashlib.sha256(said.encode()).hexdigest()[:8]}",
        created=now(),
        previous=before.id if before else None,
        imports=(*(before.imports if before else ()), *imports),
        tables=dict(sorted(tables.items())),
        versions={name: version(name) for name in ("upwards", "polars")},
    )
