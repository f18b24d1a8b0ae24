"""What a column and a table are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "number", "whole number", "year", "date", "yes or no"]
Identifier = Literal["pupil", "teacher"]

MISSING_SUFFIX = "_missing"
REASONS = (
    "blank",
    "suppressed",
    "not applicable",
    "not available",
    "not published",
    "not entered",
    "absent",
    "new school",
    "low coverage",
    "rounds to zero",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a standard table.

    Attributes
    ----------
    name
        As used everywhere in `upwards`.
    type
        What its values are; ``"year"`` is an academic year by the calendar year in which it ends.
    meaning
        One sentence a teacher could read.
    unit
        What a number counts, or None.
    allowed
        The only values there may be; empty for any.
    minimum, maximum
        Bounds of a number, both inclusive; None for none.
    required
        Whether a row without it cannot be used.
    personal
        Whether it describes a person, so that its values never appear in a message.
    identifier
        Whose identity it holds; stored only as a keyed hash.
    is_score
        Whether it is a result, so that its values never appear in a message and grades need a scale.
    synonyms
        Other headings it is known by, in lower case; a country's own are in `sources`.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    personal: bool = False
    identifier: Identifier | None = None
    is_score: bool = False
    synonyms: tuple[str, ...] = ()

    @property
    def is_private(self) -> bool:
        """Whether its values stay out of messages and logs.

        Examples
        --------
        >>> Column("score", "number", "What was reached.", is_score=True).is_private
        True
        """
        return self.personal or self.is_score or self.identifier is not None


@dataclass(frozen=True, slots=True)
class Table:
    """A standard table: long, narrow, one noun.

    Attributes
    ----------
    name
        The noun, in the plural.
    meaning
        What one row is.
    columns
        In the order in which they are written.
    key
        Columns that tell one row from another; a missing value counts as a value.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def identifiers(self) -> dict[str, Identifier]:
        """Columns that identify a person, and whether a pupil or a teacher.

        Examples
        --------
        >>> from upwards.core.tables import TABLES
        >>> TABLES["results"].identifiers
        {'pupil': 'pupil', 'teacher': 'teacher'}
        """
        return {column.name: column.identifier for column in self.columns if column.identifier}

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises
        ------
        KeyError
            If there is none: a bug, since names from outside are checked first.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def missing_column(self, name: str) -> str | None:
        """Return the column that says why `name` is missing, if the table has one.

        Examples
        --------
        >>> from upwards.core.tables import TABLES
        >>> TABLES["results"].missing_column("score")
        'score_missing'
        """
        reason = name + MISSING_SUFFIX
        return reason if reason in self.names else None


def why_missing(name: str, *, personal: bool = False) -> Column:
    """Build the column that keeps apart missing, suppressed, not applicable and zero."""
    return Column(
        name + MISSING_SUFFIX,
        "text",
        f"Why there is no {name}; never filled where there is one.",
        allowed=REASONS,
        personal=personal,
    )
