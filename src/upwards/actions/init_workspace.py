"""Make the folder in which a group of schools keeps its data."""

from __future__ import annotations

from pathlib import Path

from upwards.store.workspace import Workspace


def init_workspace(folder: str | Path, *, name: str | None = None) -> Workspace:
    """Make a workspace, or open the one that is there.

    Parameters
    ----------
    folder
        A new or an empty folder.
    name
        What the group is called; the folder's name by default.

    Returns
    -------
    Workspace
        With its `folder` and `name`.

    Raises
    ------
    UserError
        When the folder holds anything else, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     init_workspace(folder, name="Five Rivers").name
    'Five Rivers'
    """
    return Workspace.create(folder, name)
