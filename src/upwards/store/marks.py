"""Marks of files: what tells, without reading them, that a workspace has not changed."""

from __future__ import annotations

from pathlib import Path

from upwards.store.snapshots import CURRENT, MANIFEST
from upwards.store.workspace_folder import WorkspaceFolder

Marks = tuple[tuple[int, int, int], ...]


def read_marks(folder: Path) -> Marks | None:
    """Return the marks of the files that decide what a workspace answers.

    Parameters
    ----------
    folder
        The workspace.

    Returns
    -------
    tuple or None
        Inode, time of change in nanoseconds and size of ``upwards.toml``, ``snapshots/current`` and the
        current manifest. These files are replaced whole, so one that changed has another mark. None when
        one of them is missing, or while an erasure is under way: then nothing is known without reading.

    Examples
    --------
    >>> read_marks(Path("no-such-workspace")) is None
    True
    """
    workspace = WorkspaceFolder(folder, "", {})
    try:
        if workspace.journal.exists():
            return None
        current = workspace.snapshots / CURRENT
        manifest = workspace.snapshots / current.read_text("ascii").strip() / MANIFEST
        return tuple(_mark(one) for one in (folder / "upwards.toml", current, manifest))
    except (OSError, UnicodeDecodeError):
        return None


def _mark(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return found.st_ino, found.st_mtime_ns, found.st_size
