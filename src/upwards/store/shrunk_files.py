"""A published file that came again without many of those it named before was probably cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from upwards.core.errors import UserError
from upwards.core.tables import find_table
from upwards.store.manifests import ImportRecord
from upwards.store.release_tables import StagedTable, kept_table
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl

_MOST_NAMED = 3


class ShrunkFile(UserError):
    """A file came again and lacks many of those that it named before."""


def refuse_shrunk(
    workspace: WorkspaceFolder,
    reissued: Sequence[tuple[ImportRecord, ImportRecord]],
    parts: Sequence[StagedTable],
    most: float,
) -> None:
    """Stop where a file came again without more than a share of the schools, groups or areas it named.

    Parameters
    ----------
    workspace
        Whose.
    reissued
        Records of new files, each with that of the file whose place it takes.
    parts
        The rows of the new files.
    most
        Share, 0 to 1, of those named before that may be missing.

    Raises
    ------
    ShrunkFile
        With how many are missing from each file.
    """
    paths = {(part.record.id, part.table): part.path for part in parts}
    said = []
    for new, old in reissued:
        for table in old.yields:
            before, now = kept_table(workspace, table, old.id), paths.get((new.id, table))
            if not before.is_file():
                continue
            named = _named(before, table)
            lost = named.filter(~named.is_in(_named(now, table).implode())) if now else named
            if lost.len() > most * named.len():
                who = f"{find_table(table).key[0]}s"
                said.append(f"{new.mapping['place']} lacks {lost.len():,} of the {named.len():,} {who}")
                break
    if said:
        files = "; ".join(said[:_MOST_NAMED]) + (
            f"; and {len(said) - _MOST_NAMED} more files" if said[3:] else ""
        )
        raise ShrunkFile(
            f"{files} that it had when it was imported before: it may have been cut. Nothing was imported. "
            "Get it again; if its publisher did take them out, add --replace."
        )


def _named(path: object, table: str) -> pl.Series:
    import polars as pl

    column = find_table(table).key[0]
    return pl.scan_parquet(str(path), glob=False).select(column).collect()[column].drop_nulls().unique()
