"""Open a backup, which may come from anywhere, for reading."""

from __future__ import annotations

from pathlib import Path

from upwards.core.errors import UserError
from upwards.sources.backup_archives import BackupArchive as BackupArchive
from upwards.sources.backup_archives import DamagedBackup as DamagedBackup


def read_backup(path: Path) -> BackupArchive:
    """Open the file of a backup and check the names in it.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    BackupArchive
        Close it, or use it in a ``with``.

    Raises
    ------
    UserError
        When there is no such file, it is no backup, or it was made to do harm.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}. Name the backup's file.")
    return BackupArchive(path)
