"""What a workspace holds: its name, its state, its schools, and the files that it was read from."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from upwards.core.name_order import in_order
from upwards.core.settings import Settings
from upwards.store.answers import answer_key
from upwards.store.marks import Marks, read_marks
from upwards.store.results_rows import list_schools, open_results
from upwards.store.snapshots import current_snapshot
from upwards.store.workspace import Workspace

SCHEMA = "upwards.workspace/1"


def workspace_state(folder: Path | None = None) -> str:
    """Return a text that changes when data, settings or program change: what answers hang on.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    str

    Raises
    ------
    UserError
        When there is no workspace.
    """
    marks = read_marks(folder) if folder is not None else None
    if folder is None or marks is None:
        return _read_state(folder)
    return _known_state(folder, marks)


@lru_cache(maxsize=64)
def _known_state(folder: Path, marks: Marks) -> str:
    """Pages ask for the state several times each: it is read again only when a file's mark has changed."""
    return _read_state(folder)


def _read_state(folder: Path | None) -> str:
    workspace = Workspace.open(folder)
    snapshot = current_snapshot(workspace)
    settings = Settings.load(workspace.folder / "upwards.toml")
    return answer_key(
        "state",
        settings=settings.used(settings),
        # The token, not the name: it changes with an erasure too.
        arguments={"snapshot": snapshot.token if snapshot is not None else None},
        code_version=version("upwards"),
    )


def describe_workspace(folder: Path | None = None) -> dict[str, Any]:
    """Say what a workspace holds.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    dict
        ``{"schema", "name", "snapshot", "created", "schools", "tables", "sources"}``: the schools of the
        results in order, rows by table, and the files with table, rows and day, oldest first. Without
        data ``snapshot`` and ``created`` are None and the rest is empty.

    Raises
    ------
    UserError
        When there is no workspace.

    Examples
    --------
    >>> import tempfile
    >>> from upwards.actions.init_workspace import init_workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = init_workspace(folder, name="Five Rivers")
    ...     describe_workspace(Path(folder))["name"]
    'Five Rivers'
    """
    workspace = Workspace.open(folder)
    snapshot = current_snapshot(workspace)
    empty: dict[str, Any] = {"snapshot": None, "created": None, "schools": [], "tables": {}, "sources": []}
    if snapshot is None:
        return {"schema": SCHEMA, "name": workspace.name, **empty}
    manifest = snapshot.manifest
    has_results = "results" in manifest.tables
    return {
        "schema": SCHEMA,
        "name": workspace.name,
        "snapshot": snapshot.id,
        "created": manifest.created,
        "schools": sorted(list_schools(open_results(snapshot)), key=in_order) if has_results else [],
        "tables": {name: table.rows for name, table in manifest.tables.items()},
        "sources": [
            {"file": one.file, "table": one.table, "rows": one.n_kept, "imported": one.imported}
            for one in manifest.imports
        ],
    }
