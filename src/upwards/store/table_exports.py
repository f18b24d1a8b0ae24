"""A standard table as CSV, safe to open in a spreadsheet, and with a second pseudonym for researchers."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import TYPE_CHECKING

from upwards.core.errors import UserError
from upwards.core.tables import find_table
from upwards.store.durable_files import read_file, seal_file
from upwards.store.tables import read_table
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl

_PLACES = ("school", "group", "department", "class", "provider_school", "recipient_school", "successor")
_PLACES_DEPARTMENTS = ("provider_department", "recipient_department")
# A name, a text that somebody wrote, or a place on the map leads back to a school or a person.
_TELLING = (
    *("name", "latitude", "longitude", "pupils", "purpose", "description", "evidence", "source"),
    *(
        "practice",
        "initiative",
        "provider",
        "recipient",
        "partnership",
        "opened",
        "closed",
        "birth_month",
        "role",
    ),
)
# Spreadsheets pass over blanks before a formula.
_FORMULA = r"^[\t\r\n]|^\s*[=+\-@|]"


class NotBySchool(UserError):
    """Some schools' rows were asked for of a table that does not say whose its rows are."""


def write_csv(
    workspace: WorkspaceFolder,
    table: str,
    path: Path,
    *,
    for_research: bool,
    schools: frozenset[str] | None = None,
) -> int:
    """Write a standard table of the current snapshot as CSV.

    Parameters
    ----------
    workspace
        Whose.
    table
        Name of the standard table.
    path
        Where to.
    for_research
        Replace persons, schools, groups, departments and classes by codes that are of no use elsewhere,
        and leave out names, free text and columns that only the files know.
    schools
        Schools whose rows are written; None for all.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    NoSuchTable
        When nothing was imported as it.
    NotBySchool
        When only some schools are asked for and its rows do not say theirs.

    Notes
    -----
    A text or a heading that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    import polars as pl

    rows = read_table(workspace, table)
    if schools is not None:
        if "school" not in rows.collect_schema().names():
            raise NotBySchool(
                f"The rows of {table} belong to the whole group, so they cannot be given by school."
            )
        rows = rows.filter(pl.col("school").is_in(sorted(schools)))
    if for_research:
        rows = _for_research(rows, workspace, table)
    text = [name for name, dtype in rows.collect_schema().items() if dtype == pl.String]
    marked = [
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(name).alias(name)
        for name in text
    ]
    headings = {name: f"'{name}" for name in rows.collect_schema() if re.match(_FORMULA, name)}
    rows.with_columns(marked).rename(headings).sink_csv(path, include_bom=True, engine="streaming")
    seal_file(path)
    return int(rows.select(pl.len()).collect(engine="streaming").item())


def _for_research(rows: pl.LazyFrame, workspace: WorkspaceFolder, table: str) -> pl.LazyFrame:
    standard = find_table(table)
    names = rows.collect_schema().names()
    coded = {*standard.identifiers, *_PLACES, *_PLACES_DEPARTMENTS}
    kept = [n for n in standard.names if n in names and (n in coded or n not in _TELLING)]
    secret = read_file(workspace.folder / "secret.key").strip()
    chosen = rows.select(kept)
    for name in (name for name in kept if name in coded):
        chosen = _with_codes(chosen, name, hmac.digest(secret, _kind(name).encode(), "sha256"))
    return chosen


def _kind(name: str) -> str:
    """Name what is hashed alike wherever it stands, so that tables can still be joined."""
    kind = name.removeprefix("provider_").removeprefix("recipient_")
    kind = "school" if kind == "successor" else kind
    return f"upwards research {'teacher' if kind in ('person', 'provider', 'recipient') else kind} 1"


def _with_codes(rows: pl.LazyFrame, name: str, key: bytes) -> pl.LazyFrame:
    import polars as pl

    known = rows.select(pl.col(name).cast(pl.String)).unique().drop_nulls().collect(engine="streaming")[name]
    codes = pl.Series(
        [hashlib.blake2b(value.encode(), key=key, digest_size=10).hexdigest() for value in known],
        dtype=pl.String,
    )
    replaced = pl.col(name).cast(pl.String).replace_strict(known, codes, default=None, return_dtype=pl.String)
    return rows.with_columns(replaced.alias(name))
