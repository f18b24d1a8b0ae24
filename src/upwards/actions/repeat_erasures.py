"""Erasures that a backup does not know of: remembered while backups live, done again after restoring."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from upwards.store.erased_again import erase_listed
from upwards.store.erased_list import RESULTS_KINDS, read_erased, write_erased
from upwards.store.erased_list import Erased as Erased
from upwards.store.erased_list import ErasedList as ErasedList
from upwards.store.workspace import Workspace


def list_erased(folder: str | Path) -> ErasedList:
    """Return the erasures that a workspace remembers; for a workspace that never had any, none."""
    return read_erased(Path(folder))


def remember_erased(folder: str | Path, erased: Iterable[Erased]) -> ErasedList:
    """Remember that rows of the application were erased.

    Parameters
    ----------
    folder
        The workspace.
    erased
        Which, and when; those that are remembered already are not doubled.

    Returns
    -------
    ErasedList
        All that the workspace remembers now.
    """
    workspace = Workspace.open(folder)
    with workspace.writing():
        return write_erased(workspace.folder, read_erased(workspace.folder).joined(erased))


def forget_erased(folder: str | Path, before: datetime) -> int:
    """Forget erasures that no backup can lack any more.

    Parameters
    ----------
    folder
        The workspace.
    before
        Aware; backups made earlier are gone.

    Returns
    -------
    int
        How many were forgotten.
    """
    workspace = Workspace.open(folder)
    with workspace.writing():
        listed = read_erased(workspace.folder)
        kept = tuple(one for one in listed.erased if datetime.fromisoformat(one.at) >= before)
        write_erased(workspace.folder, ErasedList(listed.installation, kept))
    return len(listed.erased) - len(kept)


def read_erased_file(path: Path) -> ErasedList:
    """Read a list of erasures that lies elsewhere, such as beside backups.

    Raises
    ------
    UserError
        When it is damaged.
    """
    return ErasedList.from_json(path.read_bytes(), where=str(path))


def repeat_erasures(
    folder: str | Path, erased: Iterable[Erased], *, secret: Path | None = None
) -> tuple[Erased, ...]:
    """Erase again, in results and rosters, whoever was erased after a backup was made.

    Parameters
    ----------
    folder
        The restored workspace.
    erased
        What was erased since, of every kind.
    secret
        File of the secret with which the list was written; by default the restored workspace's own.

    Returns
    -------
    tuple of Erased
        Those that are rows of the application, which the caller erases.

    Raises
    ------
    UserError
        When pupils or teachers were erased, and the secret that tells who they are is not there.
    """
    asked = tuple(sorted(erased))
    workspace = Workspace.open(folder)
    erase_listed(workspace, asked, secret=secret or workspace.folder / "secret.key")
    with workspace.writing():
        write_erased(workspace.folder, read_erased(workspace.folder).joined(asked))
    return tuple(one for one in asked if one.kind not in RESULTS_KINDS)
