"""Originals kept on request: as they were given, for their owner only, and for a limited time."""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
from pathlib import Path

from upwards.store.durable_files import (
    make_folder,
    publish,
    read_file,
    remove_tree,
    seal_file,
    sync_folder,
    write_file,
)
from upwards.store.workspace_folder import WorkspaceFolder

# As long as a backup is kept (DEFAULTS: backups), so that erasure has one horizon.
KEEP_DAYS = 35
_EXPIRY = "expires.json"


def keep_original(workspace: WorkspaceFolder, original: Path, import_id: str, *, days: int) -> None:
    """Copy an original into the workspace with the day on which it is deleted; hold the right to write."""
    folder = workspace.originals / import_id
    building = workspace.staging / f"original-{import_id}"
    make_folder(building)
    expires = _today() + datetime.timedelta(days=days)
    shutil.copyfile(original, building / original.name)
    seal_file(building / original.name)
    write_file(building / _EXPIRY, json.dumps({"expires": expires.isoformat()}).encode())
    remove_tree(folder)
    publish(building, folder)


def remove_expired(workspace: WorkspaceFolder) -> int:
    """Delete the originals whose time is over and return how many; one without a date has no time left."""
    expired = [folder for folder in workspace.originals.iterdir() if _expiry(folder) <= _today()]
    for folder in expired:
        # Another run may be deleting it too.
        with contextlib.suppress(FileNotFoundError):
            remove_tree(folder)
    if expired:
        sync_folder(workspace.originals)
    return len(expired)


def _expiry(folder: Path) -> datetime.date:
    try:
        return datetime.date.fromisoformat(json.loads(read_file(folder / _EXPIRY))["expires"])
    except (OSError, ValueError, KeyError, TypeError):
        return datetime.date.min


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
