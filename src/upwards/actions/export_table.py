"""Take a standard table away as CSV."""

from __future__ import annotations

from pathlib import Path

from upwards.store.table_exports import write_csv
from upwards.store.workspace import Workspace


def export_table(
    folder: Path | None = None,
    *,
    table: str,
    to: Path,
    for_research: bool,
    schools: frozenset[str] | None = None,
) -> int:
    """Write a standard table as it stands in a workspace.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    table
        Name of the standard table, such as ``"results"``.
    to
        The CSV file.
    for_research
        Replace persons, schools, groups, departments and classes by codes, and leave out names and text.
    schools
        Schools whose rows are written; None for all.

    Returns
    -------
    int
        Rows written. Persons are pseudonyms in any case, and no name stands beside a score.

    Raises
    ------
    UserError
        When nothing was imported as this table, or its rows are not by school and only some are asked for.
    """
    return write_csv(Workspace.open(folder), table, to, for_research=for_research, schools=schools)
