"""The rows of one published file, sifted: kept, left out by reason, or reported as wrong."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import polars as pl

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import UnknownColumn, UserError, near_misses
from upwards.core.tables import find_table
from upwards.core.tables.column import Column
from upwards.sources.england.opening import text_rows
from upwards.sources.england.release import OpenedFile, Release
from upwards.sources.problems import Problem, Problems
from upwards.sources.reshape import ROW

_TYPES: Mapping[str, type[pl.DataType]] = {
    "text": pl.String,
    "number": pl.Float64,
    "whole number": pl.Int64,
    "year": pl.Int32,
    "date": pl.Date,
    "yes or no": pl.Boolean,
}
_RAGGED = "number of fields differs from the number of headings"
_TWICE = "the same row twice"
_NO_TOTALS = "no totals of the country, with which this kind of file ends: it may have been cut"
UNKNOWN_DAY = datetime.date(1900, 1, 1)  # what the register writes where it does not know
_URN = r"^\d{5,6}$"


class Sieve:
    """Sifts the rows of one file; every row ends up kept or left out, once.

    Parameters
    ----------
    opened
        The file.
    module
        Where its columns are kept, for messages: ``"sources/england/ks2.py"``.
    allow_short
        Whether rows that end early are filled with blanks.
    columns
        Headings wanted; all by default.

    Attributes
    ----------
    rows
        The rows still kept, all text, with their number in ``"#row"``.
    problems
        Collector; complete after `release`.
    """

    def __init__(
        self,
        opened: OpenedFile,
        module: str,
        *,
        allow_short: bool = False,
        columns: Sequence[str] | None = None,
    ) -> None:
        self.opened, self.module, self.file = opened, module, opened.path.name
        self.source, self.problems = opened.place.as_posix(), Problems()
        self.require(columns or ())
        self.rows, bad = text_rows(opened, allow_short, columns)
        self.problems.n_in = self.rows.height + len(bad)
        self.problems.note(f"read as {opened.detected}")
        for message in opened.source.messages if opened.source else ():
            self.problems.note(message)
        if bad:
            remedy = "Put quotation marks around values that hold the separator, or download the file again"
            listed = [
                Problem(self.file, one.number, None, f"{one.n_fields} fields", _RAGGED, remedy)
                for one in bad[: self.problems.wanted(None, _RAGGED)]
            ]
            self.problems.add(None, _RAGGED, listed, len(bad))
            self.problems.rejected[_RAGGED] += len(bad)

    def require(self, columns: Sequence[str], found: Sequence[str] | None = None) -> None:
        """Stop if one of these headings is not there."""
        there = self.opened.columns if found is None else found
        for name in columns:
            if name not in there:
                hint = near_misses(name, there)
                raise UnknownColumn(
                    f"{self.file} has no column {name!r}{hint or '.'} If the publisher renamed it, add the "
                    f"new name in {self.module}."
                )

    def leave_out(self, where: pl.Expr, reason: str) -> int:
        """Leave out rows that are nothing to mend, such as totals; return how many."""
        hit = self.rows.select(where.fill_null(False)).to_series()
        n = int(hit.sum())
        if n:
            self.problems.rejected[reason] += n
            self.rows = self.rows.filter(~hit)
        return n

    def leave_out_totals(self, where: pl.Expr, reason: str) -> None:
        """Leave out the totals of the country with which a kind of file ends; without them it may be cut."""
        if not self.leave_out(where, reason):
            remedy = (
                "Get the file again; if its publisher left them out, --keep-good takes the rows there are"
            )
            self.problems.add(None, _NO_TOTALS, [Problem(self.file, None, None, None, _NO_TOTALS, remedy)], 1)

    def refuse(self, where: pl.Expr, column: str | None, what: str, remedy: str) -> int:
        """Leave out rows that are wrong, and report them with the value in `column`."""
        n = self.report(where, column, what, remedy)
        self.leave_out(where, what)
        return n

    def report(self, where: pl.Expr, column: str | None, what: str, remedy: str) -> int:
        """Report rows in which something is wrong, but keep them; return how many."""
        bad = self.rows.filter(where.fill_null(False))
        if bad.is_empty():
            return 0
        shown = bad.head(self.problems.wanted(column, what))
        values = shown[column].to_list() if column in shown.columns else [None] * shown.height
        listed = [
            Problem(self.file, row, column, None if value is None else repr(value), what, remedy)
            for row, value in zip(shown[ROW].to_list(), values, strict=True)
        ]
        self.problems.add(column, what, listed, bad.height)
        return bad.height

    def keep_schools(self, column: str = "URN") -> None:
        """Refuse rows whose URN is not one, and name the code `school`, stripped."""
        self.rows = self.rows.with_columns(school=pl.col(column).str.strip_chars().str.replace(r"\.0$", ""))
        self.refuse(
            ~pl.col("school").str.contains(_URN),
            column,
            "not a school's number (URN)",
            f"A URN has five or six digits: compare the row with the publisher's file; if rows of another "
            f"kind are there on purpose, say so in {self.module}",
        )

    def keep_one_of(self, *key: str, column: str | None = None) -> None:
        """Leave out rows that repeat another entirely; refuse those that share its key but differ."""
        if not self.rows.select(key).is_duplicated().any():
            return
        texts = [name for name in self.rows.columns if name != ROW]
        self.leave_out(pl.struct(texts).is_duplicated() & ~pl.struct(texts).is_first_distinct(), _TWICE)
        self.refuse(
            pl.struct(key).is_duplicated(),
            column or ("URN" if key[0] == "school" else key[0]),
            f"same {' and '.join(key)} as another row, with other figures",
            "Which of them holds cannot be told: keep one of the rows, or ask the publisher",
        )

    def day(self, column: str, *formats: str) -> pl.Series:
        """Read a column of dates; blank and the publisher's 1900-01-01 are missing, others reported."""
        text = pl.col(column).str.strip_chars()
        read = self.rows.select(
            text.alias("text"),
            pl.coalesce(text.str.to_date(one, strict=False) for one in formats).alias("day"),
        )
        wrong = read.select(pl.col("day").is_null() & (pl.col("text") != "")).to_series()
        remedy = f"Write it as in the other rows; the ways of writing a date are in {self.module}"
        self.report(pl.lit(wrong), column, "not a date", remedy)
        return read.select(pl.when(pl.col("day") > UNKNOWN_DAY).then("day").alias(column)).to_series()

    @property
    def last_day(self) -> datetime.date | None:
        """The last day of the register's month, since some places name only the month; None where unknown."""
        if not isinstance(self.opened.period, datetime.date):
            return None
        following = (self.opened.period.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        return following - datetime.timedelta(days=1)

    def academic_year(self) -> AcademicYear:
        """Return the year of the figures, which the file's place says."""
        if isinstance(self.opened.period, AcademicYear):
            return self.opened.period
        raise UserError(
            f"{self.source} does not say which academic year it is about, and the file holds no year. Put it "
            "in a folder named by the year, such as 2018-2019."
        )

    def release(self, tables: Mapping[str, pl.DataFrame]) -> Release:
        """Finish: the tables in their columns and types, and what became of each row."""
        self.problems.n_kept = self.rows.height
        self.problems.listed.sort(key=lambda problem: (problem.row is None, problem.row or 0))
        return Release({name: in_table(name, frame) for name, frame in tables.items()}, self.problems)


def filled(column: str) -> pl.Expr:
    """Text without spaces around it, or null where it is blank."""
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text).alias(column)


def in_table(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Bring a frame to the columns and types of a standard table; absent columns are missing.

    Parameters
    ----------
    name
        Name of the standard table.
    frame
        Some of its columns, and possibly others.

    Returns
    -------
    polars.DataFrame
    """
    return frame.select(_typed(column, frame) for column in find_table(name).columns)


def _typed(column: Column, frame: pl.DataFrame) -> pl.Expr:
    dtype = _TYPES[column.type]
    if column.name not in frame.columns:
        return pl.lit(None, dtype=dtype).alias(column.name)
    one = pl.col(column.name)
    if frame.schema[column.name] == pl.String and column.type == "text":
        return filled(column.name)
    return one.cast(dtype)
