"""What the commands call: a workspace by its folder, a line for each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from upwards.core.errors import UserError
from upwards.core.settings import Settings
from upwards.web.keeping.opening import point_at, workspace_at

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """A backup that was made, and how many older ones were removed."""

    path: Path
    size: int
    n_rows: int
    n_files: int
    with_secrets: bool
    n_removed: int


def back_up(workspace: Path, *, to: Path | None, keep: int | None, passphrase: str | None, say: Say) -> Done:
    """Make a backup of a workspace, served or not, and remove those that are over."""
    source = workspace_at(workspace)
    point_at(source)
    # Only now: these need Django.
    from django.db import DatabaseError, connection

    from upwards.web.keeping.backup import make_backup, remove_backups
    from upwards.web.keeping.recorded import record_backup, record_removed

    folder = (to or source / "backups").expanduser().absolute()
    try:
        made = make_backup(source, connection, folder, passphrase=passphrase, say=say)
    except DatabaseError as error:
        raise UserError(
            f"The database cannot be read ({type(error).__name__}). Serve the workspace once, or see: "
            f"upwards doctor {workspace}"
        ) from error
    days = Settings.load(source / "upwards.toml").count("backups.keep_days")
    removed = remove_backups(folder, made.manifest, keep=keep, days=days)
    record_backup(made)
    record_removed(removed)
    members = made.manifest.members.values()
    return Done(
        path=made.path,
        size=made.size,
        n_rows=sum(one.rows or 0 for one in members),
        n_files=len(made.manifest.files),
        with_secrets=made.manifest.secrets,
        n_removed=len(removed),
    )
