"""Fill a workspace with real pupils of a published study, through the same import as any file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upwards.actions.import_data import FileReport, import_data
from upwards.core.errors import InternalError, UserError
from upwards.sources.packaged_pupils import DemoData, PackagedPupils, write_packaged_pupils
from upwards.store.snapshots import current_snapshot
from upwards.store.workspace import Workspace

Say = Callable[[str], None]
# What people do in the demo's own web application comes back as data.
RECORDED = frozenset({"people", "partnerships", "sessions", "rosters"})


class NotADemo(UserError):
    """The folder named for the demo holds somebody's own data."""


@dataclass(frozen=True, slots=True)
class ReadyDemo:
    """A workspace with the pupils of a study in it.

    Attributes
    ----------
    workspace
        Its folder.
    about
        Keys ``title, what, cannot_show, attribution``: plain sentences.
    stages, hours
        What the example plan is made with: stages from first to last, hours in all.
    files
        What became of each file; empty where they were there already.
    """

    workspace: Path
    about: dict[str, Any]
    stages: tuple[str, ...]
    hours: float
    files: tuple[FileReport, ...]


def prepare_demo(data: DemoData, workspace: Path, *, say: Say | None = None) -> ReadyDemo:
    """Make a workspace of real pupils, or open the one that was made before.

    Parameters
    ----------
    data
        Which study: ``"tennessee"``, ``"london"`` or ``"chemistry"``.
    workspace
        A new or empty folder, or a workspace that this made.
    say
        Called with what is being done.

    Returns
    -------
    ReadyDemo

    Raises
    ------
    NotADemo
        When the workspace holds other data.
    UserError
        When the folder holds anything else, or the pupils are not installed.
    InternalError
        When the pupils that are installed are not those that the mapping was written for.
    """
    say = say or _say_nothing
    with tempfile.TemporaryDirectory(prefix="upwards-demo-") as folder:
        say(f"Writing the pupils of '{data}' as a school's office would export them")
        pupils = write_packaged_pupils(data, Path(folder))
        opened = Workspace.create(workspace, str(pupils.about["title"]))
        _refuse_own_data(opened, pupils)
        reports: list[FileReport] = []
        for file in pupils.files:
            say(f"Importing {file.path.name} as {file.table}")
            found = import_data(
                [file.path], as_table=file.table, workspace=opened.folder, map_file=file.map_file
            )
            if not found.entered and not found.unchanged:
                problems = found.files[0].problem_counts
                raise InternalError(f"{file.path.name} could not be imported: {'; '.join(problems)}")
            reports.extend(found.files)
    return ReadyDemo(opened.folder, dict(pupils.about), pupils.stages, pupils.hours, tuple(reports))


def _refuse_own_data(opened: Workspace, pupils: PackagedPupils) -> None:
    snapshot = current_snapshot(opened)
    records = snapshot.manifest.imports if snapshot else ()
    held = {record.file for record in records if record.table not in RECORDED}
    others = sorted(held - {file.path.name for file in pupils.files})
    if others or opened.name != pupils.about["title"]:
        what = f"holds {others[0]!r}" if others else f"is {opened.name!r}"
        raise NotADemo(
            f"The workspace {opened.folder} {what}, which is not part of this demo. Real pupils of a study "
            "must not mix with other data: name another folder with --workspace."
        )


def _say_nothing(what: str) -> None:
    pass
