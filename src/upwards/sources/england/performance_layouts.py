"""Layouts of performance tables by year: which one a file has, and which of its columns are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import UnknownColumn, UserError, near_misses
from upwards.sources.england.performance_figures import Figure
from upwards.sources.england.release import OpenedFile
from upwards.sources.england.sieve import Sieve


class NoYear(UserError):
    """Where a file stands does not say which academic year it is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of file in one or several years.

    Attributes
    ----------
    name
        In words, such as ``"national, trimmed"``.
    describing
        Headings that describe the school.
    figures
        Headings that are measured.
    """

    name: str
    describing: tuple[str, ...]
    figures: tuple[Figure, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings that a file of this layout must have."""
        needed = (name for figure in self.figures if not figure.optional for name in figure.columns)
        return tuple(dict.fromkeys((*self.describing, *needed)))

    def headings(self, columns: Sequence[str]) -> list[str]:
        """Return the headings of a file that this layout reads, in the file's order."""
        wanted = {*self.describing, *(name for figure in self.figures for name in figure.columns)}
        return [name for name in columns if name in wanted]


def file_year(opened: OpenedFile) -> int:
    """Return the academic year that a file's place says, by its ending.

    Raises
    ------
    NoYear
        If it says none.
    """
    if not isinstance(opened.period, AcademicYear):
        raise NoYear(
            f"{opened.place} does not say which academic year it is about, and the file holds no year. "
            "Put it in a folder named by the year, such as 2018-2019."
        )
    return opened.period.ending


def layouts_of(recorded: Mapping[int, Sequence[Layout]], year: int) -> Sequence[Layout]:
    """Return the layouts recorded for a year, else those of the nearest year that is recorded."""
    return recorded[min(recorded, key=lambda one: (abs(one - year), -one))]


def note_year(sieve: Sieve, recorded: Mapping[int, Sequence[Layout]], year: int) -> None:
    """Note that a year is read by the columns of another, where it has no record of its own."""
    if year not in recorded:
        nearest = AcademicYear(min(recorded, key=lambda one: (abs(one - year), -one)))
        sieve.problems.note(
            f"{sieve.module} has no record of {AcademicYear(year)}: read by the columns of {nearest}"
        )


def choose_layout(layouts: Sequence[Layout], opened: OpenedFile, year: int, module: str) -> Layout:
    """Choose the layout that a file has, by its headings.

    Parameters
    ----------
    layouts
        Layouts known for the year.
    opened
        The file.
    year
        Its academic year by its ending.
    module
        Where its columns are kept, for the message.

    Returns
    -------
    Layout
        The one with most columns present, those that are missing taken off.

    Raises
    ------
    UnknownColumn
        If a column of that layout is missing, with near misses and where a new name belongs.
    """
    there = set(opened.columns)
    # Twice those present less all: what a narrow file lacks of a wide layout counts against the wide one.
    layout = max(layouts, key=lambda one: 2 * len(there.intersection(one.columns)) - len(one.columns))
    others = there.difference(layout.columns)
    for name in layout.columns:
        if name not in there:
            raise UnknownColumn(
                f"{opened.path.name} ({AcademicYear(year)}) has no column {name!r}"
                f"{near_misses(name, sorted(others)) or '.'} If the publisher renamed it, add the new name "
                f"under {year} in {module}; if it was lost, get the file again."
            )
    return layout
