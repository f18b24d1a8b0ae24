"""Look at a file that somebody sent, before anything of it is read."""

from __future__ import annotations

from pathlib import Path

from upwards.core.settings import Settings
from upwards.sources.files import ENDINGS
from upwards.sources.uploaded_files import check_uploaded

UPLOAD_ENDINGS = ENDINGS


def check_upload(file: Path, *, workspace: Path) -> None:
    """Make sure that a file is what its ending says and can be opened without harm.

    Parameters
    ----------
    file
        Where it was put; its ending is one of `UPLOAD_ENDINGS`.
    workspace
        Whose settings hold.

    Raises
    ------
    UserError
        When it is empty, another kind of file, or a workbook that would grow out of bounds.
    """
    check_uploaded(file, Settings.load(workspace / "upwards.toml"))
