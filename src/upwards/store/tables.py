"""The standard tables as they stand in a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upwards.core.tables import find_table
from upwards.store.snapshots import Snapshot, current_snapshot
from upwards.store.workspace_errors import NoSuchTable
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl


def read_table(workspace: WorkspaceFolder, name: str) -> pl.LazyFrame:
    """Return a standard table as the current snapshot holds it, not yet read.

    Parameters
    ----------
    workspace
        Where from.
    name
        Such as ``"results"``.

    Returns
    -------
    polars.LazyFrame
        The table's columns that the files had, then those that only the files know. Persons are pseudonyms.

    Raises
    ------
    UnknownTable
        When there is no standard table of that name.
    NoSuchTable
        When nothing was imported as it.
    """
    return whole_snapshot(workspace, name).table(find_table(name).name)


def known_schools(workspace: WorkspaceFolder) -> frozenset[str] | None:
    """Return the codes in the table of schools; None where it was never imported: any school is welcome."""
    snapshot = current_snapshot(workspace)
    if snapshot is None or "schools" not in snapshot.tables:
        return None
    return frozenset(snapshot.table("schools").select("school").collect()["school"].drop_nulls())


def whole_snapshot(workspace: WorkspaceFolder, table: str = "results") -> Snapshot:
    """Return the current snapshot, from which an answer is made.

    Raises
    ------
    NoSuchTable
        When nothing was imported yet.
    """
    snapshot = current_snapshot(workspace)
    if snapshot is None:
        raise NoSuchTable(
            f"The workspace {workspace.name!r} is still empty. "
            f"Bring a file in with: upwards import FILE --as {table}"
        )
    return snapshot
