"""What do we have, and can it be trusted? Bring files into a workspace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from upwards.actions.import_data_mapping import MappingProposal, propose_mapping
from upwards.core.errors import UserError
from upwards.core.tables import find_table
from upwards.sources.cleaning import CleanBatch, clean_batches
from upwards.sources.problems import Problem, Problems
from upwards.store.imports import Incoming, import_files
from upwards.store.originals import KEEP_DAYS
from upwards.store.snapshots import undo_import
from upwards.store.tables import known_schools
from upwards.store.workspace import Workspace

SCHEMA = "upwards.import/1"
BLANK_CELL = "blank cell of a wide file"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file.

    Attributes
    ----------
    file, table
        Its name, and what it was imported as.
    detected
        Encoding and layout found, in words.
    mapping
        The mapping used, as TOML.
    n_in, n_kept
        Rows in the file and rows that can be used: ``n_in == n_kept + sum(rejected.values())``.
    rejected
        Rows left out, by reason.
    n_replaced
        Rows held before that these rows took the place of.
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
    table: str
    detected: str
    mapping: str
    n_in: int
    n_kept: int
    rejected: dict[str, int]
    n_replaced: int
    problems: tuple[Problem, ...]
    problem_counts: tuple[str, ...]
    missing: dict[str, dict[str, int]]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a run of import.

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
        Names of files that were there already, read the same way.
    """

    workspace: Path
    snapshot: str | None
    entered: bool
    files: tuple[FileReport, ...]
    unchanged: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report in plain types, ready for JSON."""
        return {"schema": SCHEMA, **asdict(self), "workspace": str(self.workspace)}


def import_data(
    paths: Sequence[str | Path],
    *,
    as_table: str,
    workspace: str | Path | None = None,
    map_file: str | Path | None = None,
    proposals: Sequence[MappingProposal] | None = None,
    accept_doubts: bool = False,
    keep_good: bool = False,
    replace_held: bool = False,
    keep_original: bool = False,
    progress: Progress | None = None,
    when_waiting: Callable[[], None] | None = None,
) -> ImportReport:
    """Bring files into a workspace as one new snapshot: all of them, or none.

    Parameters
    ----------
    paths
        CSV, TSV, XLSX or Parquet.
    as_table
        Name of the standard table, such as ``"results"``.
    workspace
        Its folder; by default the one we are in.
    map_file
        A mapping as TOML, for all files.
    proposals
        Mappings that a person has seen, one per file; otherwise they are proposed here.
    accept_doubts
        Use a proposed mapping even where it is ambiguous.
    keep_good
        Take the rows that can be used even where others cannot.
    replace_held
        Let new rows take the place of those held with the same key.
    keep_original
        Keep a copy of each file in the workspace, for its owner only, for 35 days.
    progress
        Called with a file's name, bytes done and bytes in all.
    when_waiting
        Called once when another run is writing.

    Returns
    -------
    ImportReport
        `entered` is False when a file has problems and `keep_good` was not asked for.

    Raises
    ------
    UserError
        When a file cannot be read at all, its mapping is ambiguous or cannot be used, or its rows are held
        already.
    """
    opened, table = Workspace.open(workspace), find_table(as_table)
    if proposals is None:
        proposals = [
            propose_mapping(path, as_table=as_table, workspace=opened.folder, map_file=map_file)
            for path in paths
        ]
    _refuse_unclear(proposals, accept_doubts=accept_doubts)
    schools = known_schools(opened)
    readings = [_Reading(proposal, schools, progress) for proposal in proposals]
    outcome = import_files(
        opened,
        table,
        [reading.incoming() for reading in readings],
        keep_good=keep_good,
        replace_held=replace_held,
        keep_original_days=KEEP_DAYS if keep_original else None,
        when_waiting=when_waiting,
    )
    read = [reading for reading in readings if reading.problems is not None]
    reports = (reading.report(record.n_replaced) for reading, record in zip(read, outcome.files, strict=True))
    return ImportReport(opened.folder, outcome.snapshot, outcome.entered, tuple(reports), outcome.unchanged)


def check_data(
    proposal: MappingProposal, *, workspace: str | Path | None = None, progress: Progress | None = None
) -> FileReport:
    """Read a file as an import would, and keep nothing: what is wrong with it, and how many rows are good.

    Parameters
    ----------
    proposal
        The file and its mapping.
    workspace
        Where it is to go, whose schools are known; by default the one we are in.
    progress
        Called with the file's name, bytes done and bytes in all.

    Returns
    -------
    FileReport
        Rows that are held already are found at the import itself.

    Raises
    ------
    UserError
        When the file cannot be read at all, or its mapping cannot be used.
    """
    _refuse_unclear([proposal], accept_doubts=True)
    reading = _Reading(proposal, known_schools(Workspace.open(workspace)), progress)
    for _ in reading.batches():
        pass
    return reading.report(0)


def undo_last_import(workspace: str | Path | None = None, *, expected: str | None = None) -> str | None:
    """Go back to the snapshot before the last import.

    Parameters
    ----------
    workspace
        Its folder; by default the one we are in.
    expected
        The snapshot that is meant to be undone; where another is current by now, nothing changes.

    Returns
    -------
    str or None
        The snapshot that is current now; None when the workspace is empty again.

    Raises
    ------
    UserError
        When nothing was imported, or something else since.
    """
    snapshot = undo_import(Workspace.open(workspace), expected=expected)
    return None if snapshot is None else snapshot.id


def _refuse_unclear(proposals: Sequence[MappingProposal], *, accept_doubts: bool) -> None:
    for proposal in proposals:
        if proposal.problem is not None:
            raise UserError(proposal.problem)
        if proposal.doubts and not accept_doubts:
            raise UserError(
                f"How {proposal.file.name} is to be read is not clear: {'; '.join(proposal.doubts)}. "
                "Look at the mapping, then accept it or give your own."
            )


class _Reading:
    """Reads one file and remembers what was wrong with it."""

    def __init__(
        self, proposal: MappingProposal, schools: Collection[str] | None, progress: Progress | None
    ) -> None:
        self.proposal, self.schools, self.progress = proposal, schools, progress
        self.problems: Problems | None = None

    def incoming(self) -> Incoming:
        """Describe the file to the store, which reads it when its turn comes."""
        mapping = self.proposal.mapping
        within = mapping.pupils_numbered_within
        school = None if within is None else mapping.columns.get(within, str(mapping.constants.get(within)))
        numbers = [heading for name, heading in mapping.columns.items() if name == "pupil"]
        return Incoming(
            path=self.proposal.file,
            mapping={"toml": self.proposal.text, "headings": list(self.proposal.headings)},
            identifiers=mapping.identifiers(),
            batches=self.batches,
            left_out=self.left_out,
            is_clean=lambda: self.problems is not None and self.problems.is_clean,
            name=self.proposal.name,
            numbered_within={} if school is None else dict.fromkeys(numbers, school),
        )

    def batches(self) -> Iterator[CleanBatch]:
        """Yield the rows, telling how far we are."""
        proposal = self.proposal
        tell = None if self.progress is None else self._tell
        for batch in clean_batches(
            proposal.file, proposal.mapping.table, proposal.mapping, known_schools=self.schools, progress=tell
        ):
            self.problems = batch.problems
            yield batch

    def _tell(self, done: int, total: int) -> None:
        assert self.progress is not None
        self.progress(self.proposal.name, done, total)

    def left_out(self) -> dict[str, int]:
        """Return the rows left out by reason."""
        assert self.problems is not None
        blank = {BLANK_CELL: self.problems.n_blank} if self.problems.n_blank else {}
        return {**self.problems.rejected, **blank}

    def report(self, n_replaced: int) -> FileReport:
        """Say what became of the file."""
        assert self.problems is not None
        return FileReport(
            file=self.proposal.name,
            table=self.proposal.mapping.table,
            detected=self.proposal.detected,
            mapping=self.proposal.text,
            n_in=self.problems.n_in,
            n_kept=self.problems.n_kept,
            rejected=self.left_out(),
            n_replaced=n_replaced,
            problems=tuple(self.problems.listed),
            problem_counts=self.problems.summary(),
            missing=self.problems.missing_by_column(),
            notes=tuple(self.problems.notes),
        )
