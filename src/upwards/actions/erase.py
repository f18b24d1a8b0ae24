"""Remove a person from everything that a workspace holds."""

from __future__ import annotations

from pathlib import Path

from upwards.core.errors import UserError
from upwards.store.erasure import Erasure, erase_person
from upwards.store.workspace import Workspace


def erase(
    *, pupil: str | None = None, teacher: str | None = None, workspace: str | Path | None = None
) -> Erasure:
    """Remove a pupil or a teacher from every snapshot, kept import, reject and answer.

    Parameters
    ----------
    pupil, teacher
        The identifier as it stands in the files that were imported; one of the two.
    workspace
        Folder of the workspace; by default the one we are in.

    Returns
    -------
    Erasure
        How many rows in how many snapshots, and what else was removed. All zero when nobody was found.

    Raises
    ------
    UserError
        When not exactly one person is named, or there is no workspace.

    Notes
    -----
    What the group keeps outside the workspace, such as its own files and reports already written, is not
    touched. Backups expire; the workspace remembers a hash of the pseudonym as long, so that restoring erases
    again.
    """
    if (pupil is None) == (teacher is None):
        raise UserError("Name one person: a pupil with --pupil ID, or a teacher with --teacher ID.")
    opened = Workspace.open(workspace)
    if pupil is not None:
        return erase_person(opened, "pupil", pupil)
    assert teacher is not None
    return erase_person(opened, "teacher", teacher)
