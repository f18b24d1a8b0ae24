"""Which states the data had, and what changed between two of them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import Opened
from upwards.actions.workspace_answer import answer_once
from upwards.core.settings import Settings
from upwards.store.manifests import ImportRecord
from upwards.store.snapshot_changes import find_changes
from upwards.store.snapshots import Snapshot, current_snapshot, list_snapshots, open_snapshot
from upwards.store.workspace import Workspace

SCHEMA = "upwards.snapshot-changes/1"


def list_states(folder: Path | None = None) -> list[dict[str, Any]]:
    """List the states that the data had, the newest first.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    list of dict
        One per snapshot: ``id, created, previous, standing`` (``"current"``, ``"earlier"`` or
        ``"undone"``), ``tables`` (rows by table), ``files`` (those that came with it) and ``erasures``.

    Raises
    ------
    UserError
        When there is no workspace, or a snapshot is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from upwards.actions.init_workspace import init_workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = init_workspace(folder, name="Five Rivers")
    ...     list_states(Path(folder))
    []
    """
    workspace = Workspace.open(folder)
    current, every = current_snapshot(workspace), list_snapshots(workspace)
    by_id = {one.id: one for one in every}
    standing: dict[str, str] = {}
    step = current
    while step is not None:
        standing[step.id] = "earlier" if standing else "current"
        step = by_id.get(step.manifest.previous or "")
    return [_state(one, by_id, standing.get(one.id, "undone")) for one in reversed(every)]


def compare_snapshots(folder: Path | None = None, *, before: str | None, after: str) -> dict[str, Any]:
    """Say what changed between two states of the data.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    before
        A snapshot; None for the empty workspace.
    after
        A snapshot.

    Returns
    -------
    dict
        ``{"schema", "before", "after", "tables", "files_added", "files_removed"}``. A table has its rows
        before and after, rows added, removed and changed, and schools and years added and removed.

    Raises
    ------
    UserError
        When there is no such snapshot.
    """
    workspace = Workspace.open(folder)
    new = open_snapshot(workspace, after)
    old = open_snapshot(workspace, before) if before else None
    opened = Opened(workspace, new, Settings.load(workspace.folder / "upwards.toml"))
    # An erasure changes a snapshot in place: the token of the earlier one says which state is meant.
    asked = {"before": old.token if old else None}
    return answer_once(opened, "compare_snapshots", asked, lambda: _compared(old, new))


def _compared(old: Snapshot | None, new: Snapshot) -> dict[str, Any]:
    records = [{one.id: one for one in side.manifest.imports} if side else {} for side in (old, new)]
    return {
        "schema": SCHEMA,
        "before": old.id if old else None,
        "after": new.id,
        "tables": [asdict(change) for change in find_changes(old, new)],
        "files_added": [_file(one) for key, one in records[1].items() if key not in records[0]],
        "files_removed": [_file(one) for key, one in records[0].items() if key not in records[1]],
    }


def _state(snapshot: Snapshot, by_id: dict[str, Snapshot], standing: str) -> dict[str, Any]:
    manifest = snapshot.manifest
    before = by_id.get(manifest.previous or "")
    known = {one.id for one in before.manifest.imports} if before else set()
    return {
        "id": snapshot.id,
        "created": manifest.created,
        "previous": manifest.previous,
        "standing": standing,
        "tables": {name: table.rows for name, table in manifest.tables.items()},
        "files": [_file(one) for one in manifest.imports if one.id not in known],
        "erasures": [{"date": one.date, "kind": one.kind, "rows": one.rows} for one in manifest.erasures],
    }


def _file(record: ImportRecord) -> dict[str, Any]:
    said = record.mapping
    return {
        "file": record.file,
        "table": record.table,
        "sha256": record.sha256,
        "bytes": record.bytes,
        "n_in": record.n_in,
        "n_kept": record.n_kept,
        "n_left_out": sum(record.rejected.values()),
        "n_replaced": record.n_replaced,
        "imported": record.imported,
        "licence": str(record.settings.get("licence") or said.get("licence") or ""),
        "publisher": str(said.get("publisher") or ""),
    }


def list_sources(folder: Path | None = None) -> list[dict[str, Any]]:
    """List the files that the current state was read from, the newest first.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    list of dict
        ``file, table, sha256, bytes, n_in, n_kept, n_left_out, n_replaced, imported, licence, publisher``.

    Raises
    ------
    UserError
        When there is no workspace.
    """
    current = current_snapshot(Workspace.open(folder))
    return [] if current is None else [_file(one) for one in reversed(current.manifest.imports)]
