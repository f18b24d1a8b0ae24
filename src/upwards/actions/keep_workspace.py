"""What a backup takes from a workspace, and what a restored one is made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from upwards.store.erased_list import ErasedList, read_erased, write_erased
from upwards.store.kept_copies import Fault, files_to_keep, find_faults, make_folders, secret_files
from upwards.store.pseudonyms import read_secret
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import UnreadableWorkspace


@dataclass(frozen=True, slots=True)
class HeldWorkspace:
    """A workspace that nobody writes to while it is copied.

    Attributes
    ----------
    folder, name
        Where it is, and what the group calls it.
    files, secrets
        What belongs in a backup, and the secrets, as paths within the folder.
    erased
        Its list of erasures.
    """

    folder: Path
    name: str
    files: tuple[str, ...]
    secrets: tuple[str, ...]
    erased: ErasedList


@contextmanager
def hold_workspace(folder: str | Path) -> Iterator[HeldWorkspace]:
    """Hold a workspace still while it is copied; readers go on, writers wait.

    Parameters
    ----------
    folder
        The workspace.

    Yields
    ------
    HeldWorkspace

    Raises
    ------
    UserError
        When it is no workspace, another run keeps writing, or a link lies in it.
    """
    workspace = Workspace.open(folder)
    with workspace.writing():
        # The first backup gives the installation its name.
        erased = write_erased(workspace.folder, read_erased(workspace.folder))
        yield HeldWorkspace(
            folder=workspace.folder,
            name=workspace.name,
            files=tuple(files_to_keep(workspace)),
            secrets=tuple(secret_files(workspace)),
            erased=erased,
        )


def lay_out_workspace(folder: Path) -> None:
    """Make the folders that a workspace has, where a restored one lacks them."""
    make_folders(folder)


def is_secret_key(path: Path) -> bool:
    """Say whether a file holds the secret of a workspace, of whichever one."""
    try:
        read_secret(path)
    except UnreadableWorkspace:
        return False
    return True


def check_workspace(folder: str | Path) -> list[Fault]:
    """Say what is wrong with a workspace: settings, files that others can read, snapshots that are not whole.

    Parameters
    ----------
    folder
        The workspace.

    Returns
    -------
    list of Fault
        Empty when nothing is.

    Raises
    ------
    UserError
        When it cannot be opened at all.
    """
    return find_faults(Workspace.open(folder))
