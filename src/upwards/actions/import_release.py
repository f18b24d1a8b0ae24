"""What do we have, and can it be trusted? Bring a country's published files into a workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from upwards.core.errors import EmptyData
from upwards.core.settings import Settings
from upwards.sources.england.recognise import RecognisedFile, Recognition, recognise
from upwards.sources.england.release import Release
from upwards.sources.problems import Problem, Problems
from upwards.store.imports import ImportOutcome
from upwards.store.manifests import ImportRecord
from upwards.store.releases import IncomingRelease, Progress, add_up, import_releases
from upwards.store.releases import Totals as Totals
from upwards.store.snapshots import current_snapshot
from upwards.store.workspace import Workspace

SCHEMA = "upwards.import_release/1"
COUNTRIES = ("england",)


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """What became of one published file.

    Attributes
    ----------
    file
        Its place inside the folder.
    title, dataset, period
        What it is, in words and by name, and its academic year or day; ``""`` where the file itself says it.
    detected
        Encoding and layout found, in words.
    n_in, n_kept
        Rows in the file and rows that can be used: ``n_in == n_kept + sum(rejected.values())``.
    rejected
        Rows left out, by reason.
    n_replaced
        Rows held before that these rows took the place of.
    yields
        Rows given to each standard table; schools and groups told by several files become one row there.
    problems
        What is wrong, up to a limit.
    problem_counts
        All of it, counted.
    missing
        Values missing in the rows kept, by column and reason.
    notes
        What was tolerated or assumed.
    """

    file: str
    title: str
    dataset: str
    period: str
    detected: str
    n_in: int
    n_kept: int
    rejected: dict[str, int]
    n_replaced: int
    yields: dict[str, int]
    problems: tuple[Problem, ...]
    problem_counts: tuple[str, ...]
    missing: dict[str, dict[str, int]]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What became of a folder of published files.

    Attributes
    ----------
    workspace
        Its folder.
    snapshot
        The current snapshot afterwards; None while the workspace is empty.
    entered
        Whether the files' rows are in it.
    files
        One report per file that was read.
    unchanged
        Files that are held already.
    dictionaries, ignored
        Descriptions of columns, and notes: no data.
    problems
        Files that were not understood.
    totals
        Rows of all files read, added up.
    tables
        Rows in each table of the current snapshot.
    """

    workspace: Path
    snapshot: str | None
    entered: bool
    files: tuple[ReleaseFile, ...]
    unchanged: tuple[str, ...]
    dictionaries: tuple[str, ...]
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]
    totals: Totals
    tables: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return the report in plain types, ready for JSON."""
        return {"schema": SCHEMA, **asdict(self), "workspace": str(self.workspace)}


def import_release(
    folders: Sequence[str | Path],
    *,
    workspace: str | Path | None = None,
    keep_good: bool = False,
    replace_shrunk: bool = False,
    progress: Progress | None = None,
    when_waiting: Callable[[], None] | None = None,
) -> ReleaseReport:
    """Bring a folder of England's published files into a workspace as one new snapshot.

    Parameters
    ----------
    folders
        Folders in any depth, or single files; each file is recognised by its columns and its place.
    workspace
        Its folder; by default the one we are in.
    keep_good
        Take the rows that can be used even where others cannot.
    replace_shrunk
        Let a file that came again take the place of the earlier one though many of its schools are missing.
    progress
        Called with a file's place, the bytes done and the bytes in all.
    when_waiting
        Called once when another run is writing.

    Returns
    -------
    ReleaseReport
        `entered` is False when a file was not understood, or has problems and `keep_good` was not asked for:
        then the workspace is as it was.

    Raises
    ------
    UserError
        When there is no such folder, it holds no data, one file was given for two periods, or one came again
        without more than ``import.missing_schools`` of its schools.

    Notes
    -----
    A file that is held already changes nothing. One that came again with another content in the same place
    takes the place of its rows.
    """
    opened, found = Workspace.open(workspace), recognise(*folders)
    if not found.files and not found.problems:
        beside = ", ".join([*found.dictionaries, *found.ignored])
        raise EmptyData(f"There is no published data, only {beside}. Name the folder with the data.")
    readings = [_Reading(file) for file in found.files]
    settings = Settings.load(opened.folder / "upwards.toml")
    outcome = import_releases(
        opened,
        [reading.incoming() for reading in readings],
        keep_good=keep_good,
        may_be_missing=1.0 if replace_shrunk else settings.number("import.missing_schools"),
        refuse=lambda: bool(found.problems) or any(reading.failed for reading in readings),
        progress=progress,
        when_waiting=when_waiting,
    )
    return _report(opened, found, readings, outcome)


class _Reading:
    """Reads one file when its turn comes, and remembers what was wrong but not its rows."""

    def __init__(self, file: RecognisedFile) -> None:
        self.file = file
        self.problems: Problems | None = None

    @property
    def failed(self) -> bool:
        """Whether nothing could be read of it."""
        return self.problems is not None and not self.problems.n_in and not self.problems.is_clean

    def incoming(self) -> IncomingRelease:
        """Describe the file to the store."""
        opened, dataset = self.file.opened, self.file.dataset
        return IncomingRelease(
            path=opened.path,
            place=str(opened.place),
            period=self.file.period,
            dataset=dataset.name,
            version=dataset.version,
            tables=dataset.tables,
            read=self.read,
        )

    def read(self) -> Release:
        """Read it."""
        release = self.file.read()
        self.problems = release.problems
        return release

    def report(self, record: ImportRecord) -> ReleaseFile:
        """Say what became of it."""
        assert self.problems is not None
        return ReleaseFile(
            file=str(self.file.opened.place),
            title=self.file.dataset.title,
            dataset=self.file.dataset.name,
            period=self.file.period,
            detected=self.file.opened.detected,
            n_in=record.n_in,
            n_kept=record.n_kept,
            rejected=dict(record.rejected),
            n_replaced=record.n_replaced,
            yields=dict(record.yields),
            problems=tuple(self.problems.listed),
            problem_counts=self.problems.summary(),
            missing=self.problems.missing_by_column(),
            notes=tuple(self.problems.notes),
        )


def _report(
    opened: Workspace, found: Recognition, readings: Sequence[_Reading], outcome: ImportOutcome
) -> ReleaseReport:
    read = [reading for reading in readings if reading.problems is not None]
    snapshot = current_snapshot(opened)
    return ReleaseReport(
        workspace=opened.folder,
        snapshot=outcome.snapshot,
        entered=outcome.entered,
        files=tuple(reading.report(record) for reading, record in zip(read, outcome.files, strict=True)),
        unchanged=outcome.unchanged,
        dictionaries=found.dictionaries,
        ignored=found.ignored,
        problems=found.problems,
        totals=add_up(outcome.files),
        tables={name: table.rows for name, table in snapshot.manifest.tables.items()} if snapshot else {},
    )
