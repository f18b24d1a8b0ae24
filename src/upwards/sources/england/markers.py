"""England's published cells: numbers with signs and separators, and words that say why there is none."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

import polars as pl

from upwards.core.tables.column import REASONS
from upwards.sources.numbers import stripped
from upwards.sources.problems import Problem, Problems

_WRITTEN = r"^[+-]?£?[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?(?:[eE][+-]?\d+)?\s?%?$"
_SIGNS = r"[£,%\s]"
_WHAT = "neither a number nor a marker that is known"


class NumberReading(NamedTuple):
    """What a published cell says.

    Attributes
    ----------
    value
        The number (Float64), else null; ``"45%"`` is 45 and ``"£45,884"`` is 45884.
    reason
        Why there is no number (one of ``core.tables.column.REASONS``), else null.
    fault
        The text where it is neither, else null: to be reported, never dropped in silence.
    """

    value: pl.Expr
    reason: pl.Expr
    fault: pl.Expr


@cache
def load_england_markers(dataset: str = "", year: int | None = None) -> Mapping[str, str]:
    """Read what each word means in a file of England: word in lower case to reason.

    Parameters
    ----------
    dataset
        Name of the dataset, such as ``"workforce"``; blank for what holds everywhere.
    year
        Academic year by its ending, or None.

    Returns
    -------
    Mapping
        Word in lower case to one of ``core.tables.column.REASONS``.

    Examples
    --------
    >>> load_england_markers()["supp"], load_england_markers("workforce", 2018)["na"]
    ('suppressed', 'not available')
    """
    text = resources.files("upwards.sources.england").joinpath("markers.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    meanings = _by_word(content["reasons"])
    for exception in content["exceptions"]:
        if exception["dataset"] == dataset and (not exception["years"] or year in exception["years"]):
            meanings |= _by_word(exception["reasons"])
    return MappingProxyType(meanings)


def _by_word(reasons: Mapping[str, list[str]]) -> dict[str, str]:
    unknown = set(reasons) - set(REASONS)
    if unknown:
        raise ValueError(f"markers.toml names reasons that do not exist: {sorted(unknown)}")
    return {word: reason for reason, words in reasons.items() for word in words}


def read_number(column: str, *, dataset: str = "", year: int | None = None) -> NumberReading:
    """Read a column of published cells: the number, why there is none, or what is wrong.

    Parameters
    ----------
    column
        Heading of a column of text.
    dataset, year
        The file's dataset and academic year (by its ending), where a marker means something of its own.

    Returns
    -------
    NumberReading
        Three expressions named as the column; in every row exactly one of them is not null.

    Notes
    -----
    A blank cell is missing with the reason "blank"; no marker ever becomes zero.

    Examples
    --------
    >>> frame = pl.DataFrame({"P": ["45%", "SUPP", "", "abc"]})
    >>> value, reason, fault = read_number("P")
    >>> frame.select(value.alias("value"), reason.alias("reason"), fault.alias("fault")).rows()
    [(45.0, None, None), (None, 'suppressed', None), (None, 'blank', None), (None, None, 'abc')]
    """
    markers = load_england_markers(dataset, year)
    text = stripped(column).str.replace("\u2212", "-", literal=True)
    bare = pl.when(text.str.contains(_WRITTEN)).then(text.str.replace_all(_SIGNS, ""))
    number = bare.cast(pl.Float64, strict=False)
    value = pl.when(number.is_finite()).then(number)
    said = text.str.to_lowercase().replace_strict(
        list(markers), list(markers.values()), default=None, return_dtype=pl.String
    )
    reason = pl.when(text.is_null()).then(pl.lit("blank")).otherwise(said)
    fault = pl.when(value.is_null() & reason.is_null()).then(text)
    return NumberReading(value.alias(column), reason.alias(column), fault.alias(column))


def report_cells(
    problems: Problems, file: str, module: str, column: str, rows: pl.Series, faults: pl.Series
) -> None:
    """Report cells that are neither a number nor a known marker, each with its row and value.

    Parameters
    ----------
    problems
        Collector of the file.
    file
        Name of the file.
    module
        Where the file's columns are kept, for the remedy.
    column
        Heading.
    rows
        Row numbers as a spreadsheet shows them.
    faults
        As `read_number` gives them, one per row; null where nothing is wrong.

    Notes
    -----
    These are public figures of schools, so the value is shown.
    """
    bad = faults.is_not_null()
    n = int(bad.sum())
    if not n:
        return
    wanted = problems.wanted(column, _WHAT)
    pairs = zip(
        rows.filter(bad).head(wanted).to_list(), faults.filter(bad).head(wanted).to_list(), strict=True
    )
    remedy = (
        "Compare the cell with the publisher's file; if it is a new marker, add it with its meaning in "
        f"sources/england/markers.toml (the columns are in {module})"
    )
    listed = [Problem(file, row, column, repr(value), _WHAT, remedy) for row, value in pairs]
    problems.add(column, _WHAT, listed, n)
