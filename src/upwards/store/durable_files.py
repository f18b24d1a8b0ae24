"""Files of a workspace: readable by their owner only, whole after a crash, never through a link."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
from pathlib import Path

from upwards.store.workspace_errors import UnreadableWorkspace

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_HALF_WRITTEN = ".half-"


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter; an existing one is left as it is."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=FOLDER_MODE)
        sync_folder(path.parent)
    refuse_link(path)


def refuse_link(path: Path) -> None:
    """Raise when a path of the workspace is a symbolic link: it could lead outside.

    Raises
    ------
    UnreadableWorkspace
        When `path` is a symbolic link.
    """
    if path.is_symlink():
        raise UnreadableWorkspace(
            f"{path} is a link to another place. A workspace holds its own files only, so that pupils' "
            "records cannot be read or written elsewhere; remove the link."
        )


def sync_file(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def half_written(path: Path) -> Path:
    """Return a fresh name beside `path` for its content until it is whole."""
    return path.with_name(f"{_HALF_WRITTEN}{secrets.token_hex(8)}-{path.name}")


def is_half_written(path: Path) -> bool:
    """Say whether a name is one of `half_written`."""
    return path.name.startswith(_HALF_WRITTEN)


def write_file(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader sees the old content or the new, whole."""
    refuse_link(path)
    temporary = half_written(path)
    try:
        _write_new(temporary, content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_once(path: Path, content: bytes) -> bool:
    """Write a file in one step unless it exists; say whether it was written."""
    temporary = half_written(path)
    try:
        _write_new(temporary, content)
        os.link(temporary, path)
    except FileExistsError:
        refuse_link(path)
        return False
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_file(path: Path) -> bytes:
    """Read a file of the workspace, never through a symbolic link."""
    refuse_link(path)
    return path.read_bytes()


def seal_file(path: Path) -> None:
    """Make a file that another library wrote its owner's alone, and wait until it is on the disk."""
    path.chmod(FILE_MODE)
    sync_file(path)


def publish(temporary: Path, path: Path) -> None:
    """Give a finished file or folder its name."""
    refuse_link(path)
    temporary.replace(path)
    sync_folder(path.parent)


def share_file(source: Path, target: Path) -> None:
    """Let two names hold one file: a hard link, or a copy where the disk has no links."""
    refuse_link(source)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(source, target)
        seal_file(target)


def remove_tree(path: Path) -> None:
    """Remove a folder and what it holds; a link is removed itself, never what it leads to."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    elif path.exists():
        shutil.rmtree(path)


def regular_files(folder: Path, pattern: str) -> list[Path]:
    """List the files that match, in order.

    Raises
    ------
    UnreadableWorkspace
        When one of them, or a folder on the way, is a link.
    """
    found = []
    for path in sorted(folder.glob(pattern)):
        for part in (path, *path.parents):
            if part == folder:
                break
            refuse_link(part)
        if stat.S_ISREG(path.lstat().st_mode):
            found.append(path)
    return found


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
