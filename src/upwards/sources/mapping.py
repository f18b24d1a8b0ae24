"""A mapping: which heading of a file is which column of a standard table, as a TOML file people can edit."""

from __future__ import annotations

import datetime
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from upwards.core.errors import near_misses
from upwards.core.tables import find_table
from upwards.sources.errors import BadMapping
from upwards.sources.scales import Scale, find_scale

Constant = str | int | float | bool | datetime.date
DateOrder = Literal["day first", "month first"]
Decimal = Literal[".", ","]

VALUE_COLUMNS = ("score", "value", "amount")


@dataclass(frozen=True, slots=True)
class WideColumn:
    """One column of scores in a wide file, which becomes rows.

    Attributes
    ----------
    heading
        The heading of the scores.
    constants
        What the heading stands for, such as subject and year.
    columns
        Standard columns that have a heading of their own for these scores, such as prior attainment.
    """

    heading: str
    constants: Dict[str, Constant] = field(default_factory=dict)
    columns: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the headings of a file become a standard table.

    Attributes
    ----------
    table
        Name of the standard table.
    columns
        Standard column to heading.
    constants
        Standard column to the value that all rows have.
    wide
        Columns of scores that become rows; empty for a long file.
    scales
        ``score`` and ``prior`` to the name of their scale, and their bounds (``score_min`` and so on).
    values
        Standard column to what words in the file stand for.
    extra_number, extra_text
        Other headings that are kept under their own name.
    leave_out
        Headings that are not read.
    intake
        Columns that describe what pupils bring, to be used in a fit.
    dates
        Which comes first in 03/04/2019.
    decimal
        Decimal mark of numbers.
    pupils_numbered_within
        A standard column within which pupil numbers are unique, such as ``"school"``; None if everywhere.
    sheet
        Sheet of a workbook.
    doubts
        What a person should look at, in words; only in a proposal.
    """

    table: str
    columns: Dict[str, str] = field(default_factory=dict)
    constants: Dict[str, Constant] = field(default_factory=dict)
    wide: tuple[WideColumn, ...] = ()
    scales: Dict[str, str | float] = field(default_factory=dict)
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)
    extra_number: tuple[str, ...] = ()
    extra_text: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    intake: tuple[str, ...] = ()
    dates: DateOrder = "day first"
    decimal: Decimal = "."
    pupils_numbered_within: str | None = None
    sheet: str | None = None
    doubts: tuple[str, ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings that are read, each once."""
        wide = [h for entry in self.wide for h in (entry.heading, *entry.columns.values())]
        found = [*self.columns.values(), *wide, *self.extra_number, *self.extra_text]
        return tuple(dict.fromkeys(found))

    @property
    def value_column(self) -> str | None:
        """The standard column that a wide file's headings fill: score, value or amount."""
        names = find_table(self.table).names
        return next((name for name in VALUE_COLUMNS if name in names), None)

    def provides(self, column: str) -> bool:
        """Whether the standard column is filled in every row, from a heading or a constant."""
        if column in self.columns or column in self.constants:
            return True
        if self.wide and column == self.value_column:
            return True
        return bool(self.wide) and all(column in w.constants or column in w.columns for w in self.wide)

    def fills(self, column: str) -> bool:
        """Whether the standard column is filled in some rows at least."""
        return self.provides(column) or any(column in w.columns or column in w.constants for w in self.wide)

    def scale(self, column: str, name: str | None = None) -> Scale | None:
        """Return the scale of ``score`` or ``prior``, with the bounds given, or None if none is named."""
        chosen = name or self.scales.get(column)
        if chosen is None:
            return None
        low, high = self.scales.get(f"{column}_min"), self.scales.get(f"{column}_max")
        return find_scale(str(chosen)).within(_bound(low), _bound(high))

    def identifiers(self) -> dict[str, Literal["pupil", "teacher"]]:
        """Columns that hold identities, in clean rows (standard names) and in rejects (headings).

        Examples
        --------
        >>> Mapping("results", {"pupil": "UPN", "score": "Mark"}).identifiers()
        {'pupil': 'pupil', 'teacher': 'teacher', 'UPN': 'pupil'}
        """
        standard = find_table(self.table).identifiers
        named = [*self.columns.items(), *(item for w in self.wide for item in w.columns.items())]
        return {**standard, **{heading: standard[c] for c, heading in named if c in standard}}

    def check(self, file: str, headings: Sequence[str]) -> None:
        """Make sure that the mapping can be used on a file.

        Raises
        ------
        BadMapping
            If it names headings the file lacks, lacks columns the table needs, or contradicts itself.
        """
        self._check_headings(file, headings)
        self._check_required(file)
        for column in ("score", "prior"):
            self.scale(column)

    def _check_headings(self, file: str, headings: Sequence[str]) -> None:
        for heading in self.headings:
            if heading not in headings:
                hint = near_misses(heading, headings) or f"; it has {', '.join(map(repr, headings[:40]))}."
                raise BadMapping(
                    f"The mapping names the heading {heading!r}, which {file} does not have{hint} Change the "
                    "mapping, or propose a new one."
                )
        standard = set(find_table(self.table).names)
        for heading in (*self.extra_number, *self.extra_text):
            if heading in standard:
                raise BadMapping(
                    f"The mapping keeps {heading!r} of {file} as an extra column, but that is the name of a "
                    f"standard column. Put it under [columns] as {heading} = {heading!r}, or under leave_out."
                )

    def _check_required(self, file: str) -> None:
        table = find_table(self.table)
        lacking = [c for c in table.columns if c.required and not self.provides(c.name)]
        if lacking:
            lines = "; ".join(f"{c.name} ({c.meaning.rstrip('.')})" for c in lacking)
            first = lacking[0].name
            raise BadMapping(
                f"{file} gives no {' and no '.join(c.name for c in lacking)}, which {self.table!r} needs: "
                f"{lines}. In the mapping, name the heading under [columns], as in {first} = '...', or one "
                "value for all rows under [constants]."
            )
        named = "prior_source" in self.columns or "prior_source" in self.constants
        own = [
            w for w in self.wide if "prior" in w.columns and not {"prior_source"} & {*w.columns, *w.constants}
        ]
        if "prior_source" in table.names and not named and (own or "prior" in self.columns):
            raise BadMapping(
                f"The mapping of {file} has prior attainment without its source. Add under [constants] "
                'prior_source = "name of the test" and prior_date = 2015-05-01, or name their headings.'
            )


def _bound(value: str | float | None) -> float | None:
    return None if value is None else float(value)
