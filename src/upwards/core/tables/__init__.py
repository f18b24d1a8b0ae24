"""Standard tables: the nouns that every file is turned into, whatever country or system it comes from.

`TABLES` is the registry. The reference page is generated from it, the readers check files against it, and
`store` keeps snapshots in its columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from upwards.core.errors import UserError, near_misses
from upwards.core.tables.column import Column, ColumnType, Identifier, Table
from upwards.core.tables.people import PEOPLE_TABLES
from upwards.core.tables.results import RESULTS, ROSTERS
from upwards.core.tables.schools import SCHOOL_TABLES

__all__ = ["TABLES", "Column", "ColumnType", "Identifier", "Table", "UnknownTable", "find_table"]

TABLES: Mapping[str, Table] = MappingProxyType(
    {table.name: table for table in (RESULTS, ROSTERS, *SCHOOL_TABLES, *PEOPLE_TABLES)}
)


class UnknownTable(UserError, LookupError):
    """A standard table was named that does not exist."""


def find_table(name: str) -> Table:
    """Return the standard table of that name.

    Parameters
    ----------
    name
        Such as ``"results"``.

    Returns
    -------
    Table

    Raises
    ------
    UnknownTable
        If there is no such table; the message lists those there are.

    Examples
    --------
    >>> find_table("results").key
    ('pupil', 'assessment', 'subject', 'year', 'attempt')
    """
    if name not in TABLES:
        hint = near_misses(name, TABLES) or "."
        raise UnknownTable(f"There is no standard table {name!r}{hint} There are: {', '.join(TABLES)}.")
    return TABLES[name]
