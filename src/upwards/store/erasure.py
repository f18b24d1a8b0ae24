"""Erasure: a person's rows leave every snapshot, import, reject and answer, and only a count stays."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from upwards.core.errors import UserError
from upwards.core.identifiers import IdentifierKind
from upwards.core.tables import TABLES, Table
from upwards.store import answers
from upwards.store.durable_files import (
    half_written,
    publish,
    read_file,
    regular_files,
    remove_tree,
    seal_file,
    share_file,
    sync_folder,
    write_file,
)
from upwards.store.erased_list import Erased, now_text, read_erased, write_erased
from upwards.store.manifests import Tombstone
from upwards.store.pseudonyms import KINDS
from upwards.store.snapshots import MANIFEST, describe_table, list_snapshots
from upwards.store.workspace_errors import UnreadableWorkspace, WorkspaceBusy, explained
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl

# Every place where rows of people lie, as patterns below the workspace.
_PLACES = ("snapshots/*/*.parquet", "imports/*.parquet", "rejects/*.parquet")


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did.

    Attributes
    ----------
    id
        Name of the tombstone left in the manifests.
    kind
        Pupil or teacher.
    date
        Day, ISO 8601.
    snapshots
        Rows that held the person, by snapshot.
    n_rows_elsewhere
        Rows that held the person in kept imports and rejects.
    n_answers
        Kept answers that were dropped because they could hold the person.
    n_originals
        Kept originals that were deleted because they could hold the person.
    """

    id: str
    kind: IdentifierKind
    date: str
    snapshots: Mapping[str, int]
    n_rows_elsewhere: int
    n_answers: int = 0
    n_originals: int = 0


def erase_person(workspace: WorkspaceFolder, kind: IdentifierKind, identifier: str) -> Erasure:
    """Remove a person from everything in a workspace.

    Parameters
    ----------
    workspace
        Where from.
    kind
        Whether the identifier is a pupil's or a teacher's.
    identifier
        As in the files that were imported; spelling differences that import overlooks are overlooked here.

    Returns
    -------
    Erasure
        Counts, by place. All zero when nothing held the identifier.

    Raises
    ------
    UserError
        When the identifier is blank, or the kind is not one of those known.

    Notes
    -----
    A row that the person is part of the key of is removed: a pupil's results, a teacher's place in a
    roster. Where a teacher is only named, as in a pupil's result, the row stays and the name becomes missing.
    Before anything changes, what is to be done is written to a journal, without the identifier; a killed
    erasure is finished when the workspace is next opened.
    """
    if kind not in KINDS:
        raise UserError(f"{kind!r} is not a kind of person; it is one of {', '.join(KINDS)}.")
    pseudonym = workspace.pseudonyms.of(kind, identifier)
    if pseudonym is None:
        raise UserError("The identifier is blank. Give the one that stands in the files you imported.")
    return erase_pseudonym(workspace, kind, pseudonym)


def erase_pseudonym(workspace: WorkspaceFolder, kind: IdentifierKind, pseudonym: str) -> Erasure:
    """Remove a person of whom only the pseudonym is known, as a list of erasures holds it."""
    with explained("erasing"), workspace.writing():
        _finish(workspace)
        erasure = _count(workspace, kind, pseudonym)
        write_file(workspace.journal, json.dumps({**asdict(erasure), "pseudonym": pseudonym}).encode())
        return cast("Erasure", _finish(workspace))


def finish_erasure(workspace: WorkspaceFolder) -> Erasure | None:
    """Finish an erasure that was interrupted; leave one that is under way to the run that does it."""
    try:
        with explained("finishing an erasure"), workspace.writing(wait_seconds=0.0):
            return _finish(workspace)
    except WorkspaceBusy:
        return None


def _count(workspace: WorkspaceFolder, kind: IdentifierKind, pseudonym: str) -> Erasure:
    snapshots: dict[str, int] = {}
    elsewhere = 0
    known: dict[tuple[int, int], int] = {}
    for path in files_of_people(workspace):
        status = path.lstat()
        # One file may have several names; it is read once.
        inode = (status.st_dev, status.st_ino)
        if inode not in known:
            known[inode] = _count_rows(path, pseudonym)
        if path.parent.parent == workspace.snapshots:
            snapshots[path.parent.name] = snapshots.get(path.parent.name, 0) + known[inode]
        else:
            elsewhere += known[inode]
    return Erasure(
        id=secrets.token_hex(8),
        kind=kind,
        date=datetime.now(UTC).date().isoformat(),
        snapshots={name: rows for name, rows in snapshots.items() if rows},
        n_rows_elsewhere=elsewhere,
    )


def _finish(workspace: WorkspaceFolder) -> Erasure | None:
    """Carry out what the journal says; every step may be done twice without harm."""
    journal = _read_journal(workspace)
    if journal is None:
        return None
    pseudonym = journal.pop("pseudonym")
    erasure = Erasure(**journal)
    _rewrite_files(workspace, pseudonym)
    _leave_tombstones(workspace, erasure)
    n_answers = sum(answers.drop(workspace, snapshot) for snapshot in erasure.snapshots)
    n_originals = _remove_originals(workspace)
    remembered = Erased(now_text(), erasure.kind, pseudonym)
    write_erased(workspace.folder, read_erased(workspace.folder).joined([remembered]))
    workspace.journal.unlink()
    sync_folder(workspace.folder)
    return Erasure(**{**journal, "n_answers": n_answers, "n_originals": n_originals})


def _read_journal(workspace: WorkspaceFolder) -> dict[str, Any] | None:
    try:
        journal = json.loads(read_file(workspace.journal))
        assert isinstance(journal["pseudonym"], str)
        Erasure(**{name: value for name, value in journal.items() if name != "pseudonym"})
    except FileNotFoundError:
        return None
    except (json.JSONDecodeError, AssertionError, KeyError, TypeError) as error:
        raise UnreadableWorkspace(
            f"{workspace.journal} says that an erasure is unfinished, but it is damaged. Remove it and run "
            "upwards erase again for the same person."
        ) from error
    return cast("dict[str, Any]", journal)


def _rewrite_files(workspace: WorkspaceFolder, pseudonym: str) -> None:
    names: dict[tuple[int, int], list[Path]] = {}
    for path in files_of_people(workspace):
        status = path.lstat()
        names.setdefault((status.st_dev, status.st_ino), []).append(path)
    for paths in names.values():
        if _count_rows(paths[0], pseudonym):
            _rewrite(workspace, paths, pseudonym)


def _rewrite(workspace: WorkspaceFolder, paths: list[Path], pseudonym: str) -> None:
    """Write one file anew and give it to all names of the old one, which then has none and is gone."""
    import polars as pl

    temporary = half_written(workspace.staging / paths[0].name)
    scan = pl.scan_parquet(paths[0], glob=False)
    without_person(scan, _table(paths[0]), pseudonym).sink_parquet(temporary, engine="streaming")
    seal_file(temporary)
    for path in paths:
        half = half_written(path)
        share_file(temporary, half)
        publish(half, path)
    temporary.unlink()


def without_person(rows: pl.LazyFrame, table: str, pseudonym: str) -> pl.LazyFrame:
    """Leave a person out of rows.

    Parameters
    ----------
    rows
        Pseudonymised.
    table
        The standard table they belong to, which says where a person is only named: there the name becomes
        missing, and the row stays. Everywhere else the row is removed.
    pseudonym
        Of the person.
    """
    import polars as pl

    texts = text_columns(rows)
    named_only = [name for name in texts if table in TABLES and _only_names(TABLES[table], name)]
    kept = rows.filter(~_holds([name for name in texts if name not in named_only], pseudonym))
    if not named_only:
        return kept
    named = pl.col(named_only)
    return kept.with_columns(pl.when(named == pseudonym).then(None).otherwise(named).name.keep())


def _only_names(table: Table, column: str) -> bool:
    """Say whether a row still says something without this column's person."""
    return column in table.identifiers and column not in table.key and not table.column(column).required


def text_columns(rows: pl.LazyFrame) -> list[str]:
    """Name the columns of texts: pseudonyms are among these."""
    return [name for name, dtype in rows.collect_schema().items() if str(dtype) == "String"]


def _holds(texts: list[str], pseudonym: str) -> pl.Expr:
    import polars as pl

    # A pseudonym has 128 random bits, so any text equal to it is the person, whatever the column is called.
    return pl.any_horizontal(pl.lit(False), *(pl.col(name).eq_missing(pl.lit(pseudonym)) for name in texts))


def _table(path: Path) -> str:
    """Return the table of a file: ``results.parquet`` in a snapshot, ``results-1234.parquet`` elsewhere."""
    return path.stem.partition("-")[0]


def _count_rows(path: Path, pseudonym: str) -> int:
    import polars as pl

    scan = pl.scan_parquet(path, glob=False)
    counted = scan.select(_holds(text_columns(scan), pseudonym).sum()).collect(engine="streaming")
    return int(counted.item())


def files_of_people(workspace: WorkspaceFolder) -> list[Path]:
    """List every file in which rows of people lie."""
    return [path for place in _PLACES for path in regular_files(workspace.folder, place)]


def _leave_tombstones(workspace: WorkspaceFolder, erasure: Erasure) -> None:
    for snapshot in list_snapshots(workspace):
        rows = erasure.snapshots.get(snapshot.id, 0)
        done = any(tombstone.id == erasure.id for tombstone in snapshot.manifest.erasures)
        if rows and not done:
            tombstone = Tombstone(id=erasure.id, date=erasure.date, kind=erasure.kind, rows=rows)
            tables = {name: describe_table(snapshot.path(name)) for name in snapshot.tables}
            manifest = snapshot.manifest.with_erasure(tombstone, tables)
            write_file(snapshot.folder / MANIFEST, manifest.to_json())


def _remove_originals(workspace: WorkspaceFolder) -> int:
    # An original cannot be rewritten in place: it is whatever the user's other software wrote.
    kept = [path for path in workspace.originals.iterdir() if path.is_dir() or path.is_symlink()]
    for path in kept:
        remove_tree(path)
    return len(kept)
