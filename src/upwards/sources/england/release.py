"""A published file of England: how it is recognised, and what it becomes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import polars as pl

from upwards.core.academic_year import AcademicYear
from upwards.sources.batches import TextSource
from upwards.sources.problems import Problems

Period = AcademicYear | datetime.date | None


@dataclass(frozen=True, slots=True, eq=False)
class OpenedFile:
    """A published file, open: its rows as text, and where it stood.

    Attributes
    ----------
    path
        Where it is.
    place
        Its path inside the folder given, such as ``performance-tables/2018-2019/england_ks2final.csv``.
    period
        Academic year of the figures, or day of a register; None where the file itself says it.
    columns
        Its headings.
    detected
        Encoding and layout, in words.
    source
        The file itself, its layout found; ``opening.text_rows`` reads it.
    """

    path: Path
    place: PurePosixPath
    period: Period
    columns: tuple[str, ...]
    detected: str
    source: TextSource | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """What one file became.

    Attributes
    ----------
    tables
        Standard table to clean rows in its columns and types (year: Int32, date: Date, number: Float64,
        whole number: Int64, yes or no: Boolean, text: String).
    problems
        Rows in, kept and left out by reason, and all that is wrong: ``n_in == n_kept + n_rejected`` counts
        rows of the file, not rows written. Rows that are no school's (totals of an authority, the nation) are
        left out by reason without being a problem.
    """

    tables: Mapping[str, pl.DataFrame]
    problems: Problems


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """One kind of published file.

    Attributes
    ----------
    name
        Such as ``"ks2_schools"``.
    title
        What it is, as a reader would say it.
    place
        Regular expression that finds it in the path inside the folder (searched, capitals or not alike).
    headings
        Headings that it always has, whatever the year.
    read
        Turns it into standard tables.
    tables
        The standard tables it fills.
    version
        Raised when the reader changes, so that files are read anew.
    module
        Where its columns are kept, for messages: ``"sources/england/ks2.py"``.
    """

    name: str
    title: str
    place: re.Pattern[str]
    headings: frozenset[str]
    read: Callable[[OpenedFile], Release]
    tables: tuple[str, ...]
    module: str
    version: int = 1
    notes: tuple[str, ...] = field(default=())
