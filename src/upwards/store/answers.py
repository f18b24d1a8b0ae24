"""Kept answers: what was computed once from a state of the data need not be computed again."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upwards.store.durable_files import (
    make_folder,
    read_file,
    remove_tree,
    seal_file,
    sync_folder,
    write_file,
)
from upwards.store.snapshots import Snapshot, open_snapshot
from upwards.store.workspace_errors import explained
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl

ANSWER = "answer.json"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was kept.

    Attributes
    ----------
    content
        JSON values.
    tables
        Parquet files by name.
    """

    content: Mapping[str, Any]
    tables: Mapping[str, Path] = field(default_factory=dict)

    def table(self, name: str) -> pl.LazyFrame:
        """Return one of its tables, not yet read."""
        import polars as pl

        return pl.scan_parquet(self.tables[name], glob=False)


def answer_key(
    action: str, *, settings: Mapping[str, Any], arguments: Mapping[str, Any], code_version: str
) -> str:
    """Return the name under which an answer is kept.

    Parameters
    ----------
    action
        Name of the action.
    settings, arguments
        All that decides the answer, as JSON values; their order does not matter.
    code_version
        Version of what computed it: another version never reads it.

    Returns
    -------
    str
        Hexadecimal SHA-256.

    Examples
    --------
    >>> one = answer_key("plan", settings={"a": 1, "b": 2}, arguments={}, code_version="1")
    >>> one == answer_key("plan", settings={"b": 2, "a": 1}, arguments={}, code_version="1")
    True
    """
    said = json.dumps(
        {"action": action, "settings": settings, "arguments": arguments, "code": code_version},
        sort_keys=True,
        allow_nan=False,
    )
    return hashlib.sha256(said.encode()).hexdigest()


def get(workspace: WorkspaceFolder, snapshot: Snapshot, key: str) -> KeptAnswer | None:
    """Return an answer that was kept for this state of the data, if there is one; a damaged one is none."""
    folder = _folder(workspace, snapshot, key)
    try:
        content = json.loads(read_file(folder / ANSWER))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError, UnicodeDecodeError):
        return None
    return KeptAnswer(content, {path.stem: path for path in sorted(folder.glob("*.parquet"))})


def put(
    workspace: WorkspaceFolder,
    snapshot: Snapshot,
    key: str,
    content: Mapping[str, Any],
    tables: Mapping[str, pl.DataFrame] | None = None,
) -> bool:
    """Keep an answer, whole or not at all.

    Parameters
    ----------
    workspace, snapshot
        What it was computed from.
    key
        From `answer_key`.
    content
        JSON values, no NaN.
    tables
        Frames that belong to it.

    Returns
    -------
    bool
        False when it was not kept: somebody was erased meanwhile, or another run kept it first.

    Raises
    ------
    NoRoom
        When the disk is full.
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    folder = _folder(workspace, snapshot, key)
    temporary = folder.with_name(f".half-{secrets.token_hex(8)}")
    with explained("keeping an answer"):
        for missing in (workspace.answers, folder.parent, temporary):
            make_folder(missing)
        try:
            for name, frame in (tables or {}).items():
                frame.write_parquet(temporary / f"{name}.parquet")
                seal_file(temporary / f"{name}.parquet")
            write_file(temporary / ANSWER, text)
            return _publish(workspace, snapshot, temporary, folder)
        except FileNotFoundError:
            # An erasure took the folder away under our hands.
            return False
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _publish(workspace: WorkspaceFolder, snapshot: Snapshot, temporary: Path, folder: Path) -> bool:
    if get(workspace, snapshot, folder.name) is not None:
        return False
    remove_tree(folder)
    try:
        temporary.rename(folder)
    except OSError:
        # Another run kept the same answer, or an erasure took the folder away, between two lines of ours.
        return False
    sync_folder(folder.parent)
    # An erasure changes the token first and removes answers after it, so one of the two sees this answer.
    if workspace.journal.exists() or open_snapshot(workspace, snapshot.id).token != snapshot.token:
        remove_tree(folder)
        return False
    return True


def drop(workspace: WorkspaceFolder, snapshot_id: str) -> int:
    """Remove all answers made from a snapshot and return how many there were."""
    dropped = 0
    for folder in sorted(workspace.answers.glob(f"{snapshot_id}-*")):
        dropped += sum(1 for path in folder.iterdir() if not path.name.startswith("."))
        # Out of reach in one step: an answer being kept at this moment finds no folder to go to.
        away = workspace.staging / folder.name
        folder.rename(away)
        remove_tree(away)
    return dropped


def _folder(workspace: WorkspaceFolder, snapshot: Snapshot, key: str) -> Path:
    return workspace.answers / snapshot.token / key
