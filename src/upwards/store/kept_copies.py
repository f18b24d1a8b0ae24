"""What of a workspace belongs in a backup, and whether a workspace is whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from upwards.core.errors import UserError
from upwards.core.settings import Settings
from upwards.store.durable_files import make_folder, regular_files
from upwards.store.erased_list import FILE as ERASED
from upwards.store.snapshots import current_snapshot, find_damage, list_snapshots
from upwards.store.workspace_folder import FOLDERS, WorkspaceFolder

# Not: answers (computed again), originals and uploads (raw identifiers), staging, static, outbox.
_PATTERNS = ("upwards.toml", ".gitignore", ERASED, "imports/**/*", "rejects/**/*", "snapshots/**/*")
_AS_IT_IS = ("attachments/**/*",)
SECRET_FILES = ("secret.key", "secrets/*")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a workspace: where, and what."""

    where: str
    what: str


def files_to_keep(workspace: WorkspaceFolder) -> list[str]:
    """List what belongs in a backup, as paths within the workspace; hold the right to write.

    Raises
    ------
    UnreadableWorkspace
        When something there is a link.
    """
    return _listed(workspace.folder, (*_PATTERNS, *_AS_IT_IS))


def secret_files(workspace: WorkspaceFolder) -> list[str]:
    """List the secrets, as paths within the workspace."""
    return _listed(workspace.folder, SECRET_FILES)


def _listed(folder: Path, patterns: tuple[str, ...]) -> list[str]:
    found = (path for pattern in patterns for path in regular_files(folder, pattern))
    return sorted({path.relative_to(folder).as_posix() for path in found})


def make_folders(folder: Path) -> None:
    """Make the folders that a workspace has, where they are missing."""
    for name in FOLDERS:
        make_folder(folder / name)


def find_faults(workspace: WorkspaceFolder) -> list[Fault]:
    """Check that every snapshot is whole, the settings can be used, and nobody else can read the files.

    Notes
    -----
    Every table is read once, to compare its hash with the one in its snapshot's manifest.
    """
    return [*_faults_of_settings(workspace), *_faults_of_files(workspace), *_faults_of_snapshots(workspace)]


def _faults_of_settings(workspace: WorkspaceFolder) -> Iterator[Fault]:
    try:
        Settings.load(workspace.folder / "upwards.toml")
    except UserError as error:
        yield Fault("upwards.toml", str(error))
    try:
        _ = workspace.pseudonyms
    except UserError as error:
        yield Fault("secret.key", str(error))


def _faults_of_files(workspace: WorkspaceFolder) -> Iterator[Fault]:
    if not os.access(workspace.folder, os.W_OK | os.X_OK):
        yield Fault(".", "the folder cannot be written by whom this runs as")
    for name in ("secret.key", "secrets", "snapshots", "imports", "rejects"):
        path = workspace.folder / name
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Fault(name, "others than its owner may read it")
    if workspace.journal.exists():
        yield Fault(workspace.journal.name, "an erasure was interrupted and is not finished")


def _faults_of_snapshots(workspace: WorkspaceFolder) -> Iterator[Fault]:
    try:
        current_snapshot(workspace)
        snapshots = list_snapshots(workspace)
    except UserError as error:
        yield Fault("snapshots", str(error))
        return
    for snapshot in snapshots:
        try:
            for table in find_damage(snapshot):
                yield Fault(f"snapshots/{snapshot.id}", f"{table}.parquet is not the file that was written")
        except UserError as error:
            yield Fault(f"snapshots/{snapshot.id}", str(error))
