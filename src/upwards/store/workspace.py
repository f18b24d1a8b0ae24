"""A workspace: the folder that holds a group's data, its snapshots and its answers."""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from pathlib import Path
from typing import Any

from upwards.store.durable_files import is_half_written, make_folder, read_file, refuse_link, write_once
from upwards.store.erasure import finish_erasure
from upwards.store.originals import remove_expired
from upwards.store.pseudonyms import Pseudonyms
from upwards.store.workspace_errors import FolderNotEmpty, NotAWorkspace, UnreadableWorkspace, explained
from upwards.store.workspace_folder import FOLDERS, WorkspaceFolder

FORMAT = 1
SETTINGS_FILE = "upwards.toml"
VARIABLE = "UPWARDS_WORKSPACE"
_OWN_NAMES = {SETTINGS_FILE, "secret.key", ".lock", ".gitignore", *FOLDERS}


class Workspace(WorkspaceFolder):
    """A group's folder of data: make one or open one."""

    __slots__ = ()

    @classmethod
    def create(cls, folder: str | Path, name: str | None = None) -> Workspace:
        """Make a workspace; one that is there already is opened as it is.

        Parameters
        ----------
        folder
            A new or an empty folder.
        name
            What to call it; the folder's name by default.

        Raises
        ------
        FolderNotEmpty
            When the folder holds anything else.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Workspace.create(folder, "Five Rivers").name
        'Five Rivers'
        """
        root = Path(folder).expanduser().absolute()
        if (root / SETTINGS_FILE).exists():
            return cls.open(root)
        with explained("making the workspace"):
            _refuse_strangers(root)
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for part in FOLDERS:
                make_folder(root / part)
            write_once(root / ".gitignore", b"# Pupils' records: never into version control.\n*\n")
            Pseudonyms.create_secret(root / "secret.key")
            # Last, because it is what makes the folder a workspace.
            write_once(root / SETTINGS_FILE, _settings_text(name or root.name).encode())
        return cls.open(root)

    @classmethod
    def open(cls, folder: str | Path | None = None) -> Workspace:
        """Open a workspace and finish an erasure that was interrupted.

        Parameters
        ----------
        folder
            Its folder. Without it: the one named by the variable ``UPWARDS_WORKSPACE``, else the
            current folder or the nearest of its parents that is a workspace.

        Raises
        ------
        NotAWorkspace
            When there is none.
        UnreadableWorkspace
            When its settings are damaged or written by a newer version.
        """
        root = _find(folder)
        settings = _read_settings(root / SETTINGS_FILE)
        own = settings.pop("workspace")
        workspace = cls(folder=root, name=str(own.get("name", root.name)), settings=settings)
        for part in FOLDERS:
            refuse_link(root / part)
        # Somebody who may only read leaves it to those who may write.
        with contextlib.suppress(PermissionError):
            remove_expired(workspace)
        if workspace.journal.exists():
            finish_erasure(workspace)
        return workspace


def _refuse_strangers(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise FolderNotEmpty(f"{root} is a file, not a folder. Name a new or an empty folder.")
    strangers = sorted(
        path.name for path in (root.iterdir() if root.exists() else ()) if not _is_left_by_create(path)
    )
    if strangers:
        raise FolderNotEmpty(
            f"{root} is not empty: it holds {', '.join(map(repr, strangers[:3]))}"
            f"{' and more' if len(strangers) > 3 else ''}. A workspace needs a folder of its own, because "
            "files in it are rewritten and erased; name a new or an empty one."
        )


def _is_left_by_create(path: Path) -> bool:
    """Say whether a killed `create` can have left this."""
    if path.is_symlink():
        return False
    if path.is_dir():
        return path.name in FOLDERS and not any(path.iterdir())
    return path.name in _OWN_NAMES or is_half_written(path)


def _settings_text(name: str) -> str:
    return (
        "# A workspace of upwards. Settings may be added below; the folder is changed only by commands.\n\n"
        f"[workspace]\nname = {json.dumps(name, ensure_ascii=False)}\nformat = {FORMAT}\n"
    )


def _find(folder: str | Path | None) -> Path:
    named = folder if folder is not None else os.environ.get(VARIABLE) or None
    if named is not None:
        root = Path(named).expanduser().resolve()
        if not (root / SETTINGS_FILE).is_file():
            raise NotAWorkspace(
                f"{root} is not a workspace: it has no {SETTINGS_FILE}. Make one with: upwards init {named}"
            )
        return root
    here = Path.cwd()
    for root in (here, *here.parents):
        if (root / SETTINGS_FILE).is_file():
            return root
    raise NotAWorkspace(
        f"Neither {here} nor a folder above it is a workspace. Go to yours, name it with --workspace DIR, "
        "or make one with: upwards init DIR"
    )


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = tomllib.loads(read_file(path).decode("utf-8"))
        found = settings["workspace"]["format"]
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, UnreadableWorkspace):
            raise
        raise UnreadableWorkspace(
            f"{path} cannot be read as the settings of a workspace ({error}). It needs a table [workspace] "
            f"with format = {FORMAT}; mend the line or restore the file from a backup."
        ) from error
    if not isinstance(found, int) or found < 1 or found > FORMAT:
        raise UnreadableWorkspace(
            f"{path} says format = {found!r}; this version of upwards reads up to {FORMAT}. "
            "Update upwards to open this workspace."
        )
    return settings
