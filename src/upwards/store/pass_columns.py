"""Which columns a pass reads, and whether they hold what their role needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from upwards.core.design import Category, Numeric, Term, categories, parse_terms
from upwards.core.errors import UnknownColumn, UserError, near_misses


@dataclass(frozen=True, slots=True, eq=False)
class PassColumns:
    """The roles of the columns in one fit.

    Attributes
    ----------
    schema
        Column to type.
    outcome, weight, year
        Column names.
    terms
        The intake.
    nested
        Levels, outer to inner.
    crossed
        Factors crossed with them.
    """

    schema: Mapping[str, pl.DataType]
    outcome: str
    terms: tuple[Term, ...]
    nested: tuple[str, ...]
    crossed: tuple[str, ...]
    year: str | None
    weight: str | None

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the columns that make a cell: levels outer to inner, year, crossed factors."""
        return (*self.nested, *((self.year,) if self.year else ()), *self.crossed)

    @property
    def intake(self) -> tuple[str, ...]:
        """Return the columns of the intake, each once."""
        return tuple(dict.fromkeys(column for term in self.terms for column in term.columns))

    @property
    def categories(self) -> tuple[Category, ...]:
        """Return the category columns of the intake."""
        return categories(self.terms)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Return the columns that are used as numbers: outcome, intake, weight."""
        parts = (part for term in self.terms for part in term.parts)
        intake = (part.column for part in parts if isinstance(part, Numeric))
        weight = (self.weight,) if self.weight else ()
        return tuple(dict.fromkeys((self.outcome, *intake, *weight)))

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the columns that are used as labels: keys and categories."""
        return tuple(dict.fromkeys((*self.keys, *(category.column for category in self.categories))))

    @property
    def factors(self) -> tuple[str, ...]:
        """Return the names of the factors: levels, '<innermost level>:<year>', crossed factors."""
        years = (f"{self.nested[-1]}:{self.year}",) if self.year else ()
        return (*self.nested, *years, *self.crossed)


def choose_columns(
    frame: pl.LazyFrame,
    *,
    outcome: str,
    intake: Sequence[str],
    nested: Sequence[str],
    crossed: Sequence[str],
    year: str | None,
    weight: str | None,
) -> PassColumns:
    """Give every column its role, or say what is wrong with the request.

    Parameters
    ----------
    frame
        The pupil rows; only the names and types of its columns are looked at.
    outcome, intake, nested, crossed, year, weight
        As in `upwards.store.moments_pass.compute_moments`.

    Returns
    -------
    PassColumns

    Raises
    ------
    UnknownColumn
        When a column does not exist.
    UserError
        When a column has two roles that clash, or does not hold what its role needs.
    """
    schema = dict(frame.collect_schema())
    for column in (outcome, *nested, *crossed, *((year,) if year else ()), *((weight,) if weight else ())):
        if column not in schema:
            raise UnknownColumn(f"there is no column {column!r}{near_misses(column, schema) or '.'}")
    text = {column for column, dtype in schema.items() if is_text(dtype)}
    terms = parse_terms(intake, columns=list(schema), text_columns=text)
    columns = PassColumns(schema, outcome, terms, tuple(nested), tuple(crossed), year, weight)
    _check_roles(columns)
    for column in columns.numbers:
        _check_number(column, columns)
    return columns


def is_text(dtype: pl.DataType) -> bool:
    """Say whether a column of this type holds text.

    Parameters
    ----------
    dtype
        A polars type.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_text(pl.String()), is_text(pl.Int64())
    (True, False)
    """
    return dtype == pl.String or dtype == pl.Categorical or dtype == pl.Enum


def _check_roles(columns: PassColumns) -> None:
    if not columns.nested and not columns.crossed:
        raise UserError("no level is given; name the column that holds each row's school (or other unit).")
    if columns.year and not columns.nested:
        raise UserError("years are parts of a nested level; name at least one level, such as the school.")
    for column in columns.keys:
        if columns.keys.count(column) > 1:
            raise UserError(f"column {column!r} is given twice as a level; name each level once.")
    roles = {**dict.fromkeys(columns.intake, "in the intake"), **dict.fromkeys(columns.keys, "as a level")}
    if columns.weight:
        roles[columns.weight] = "as the weight"
    if columns.outcome in roles:
        role = roles[columns.outcome]
        raise UserError(f"column {columns.outcome!r} is the outcome and cannot be used {role} as well.")


def _check_number(column: str, columns: PassColumns) -> None:
    dtype = columns.schema[column]
    if dtype.is_numeric() or dtype in (pl.Boolean, pl.Null):
        return
    role = {columns.weight: "weight", columns.outcome: "outcome"}.get(column, "intake")
    other = "dates or times" if dtype.is_temporal() else f"values of type {dtype}"
    holds = "text" if is_text(dtype) else other
    raise UserError(
        f"the {role} column {column!r} holds {holds}, not numbers; "
        "choose a column of numbers, or turn its values into numbers first."
    )
