"""Design columns: from the terms a person writes to the columns that a model uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import product

from upwards.core.errors import UnknownColumn, UserError, near_misses

INTERCEPT = "(Intercept)"
_CATEGORY = re.compile(r"C\((?P<column>.+)\)", re.DOTALL)
_POWER = re.compile(r"(?P<column>.+)\^(?P<power>[^^:]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number raised to a whole power.

    Attributes
    ----------
    column
        The column that holds the number.
    power
        1 or more.
    """

    column: str
    power: int = 1

    @property
    def name(self) -> str:
        """Return the name as it appears in a coefficient table."""
        return self.column if self.power == 1 else f"{self.column}^{self.power}"


@dataclass(frozen=True, slots=True)
class Indicator:
    """1 where a category column holds one level, 0 elsewhere.

    Attributes
    ----------
    column
        The category column.
    level
        The level, as text.
    number_as_category
        Whether the column holds numbers and was written ``C(column)``.
    """

    column: str
    level: str
    number_as_category: bool = False

    @property
    def name(self) -> str:
        """Return column and level together, such as ``sexM``."""
        return f"{self.column}{self.level}"


Factor = Numeric | Indicator


@dataclass(frozen=True, slots=True)
class DesignColumn:
    """One column of the design: a product of factors; the intercept has none.

    Attributes
    ----------
    name
        Such as ``standLRT``, ``sexM``, ``standLRT^2`` or ``sexM:standLRT``.
    factors
        What is multiplied; empty for the intercept.
    term
        The term, as written, that the column belongs to.
    """

    name: str
    factors: tuple[Factor, ...]
    term: str


@dataclass(frozen=True, slots=True)
class Category:
    """A column whose levels become indicators, once the levels are known."""

    column: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the intake: as written, and the parts that are multiplied."""

    text: str
    parts: tuple[Numeric | Category, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the data columns that the term needs."""
        return tuple(part.column for part in self.parts)


def parse_terms(terms: Sequence[str], *, columns: Sequence[str], text_columns: Set[str]) -> tuple[Term, ...]:
    """Read the terms of an intake.

    Parameters
    ----------
    terms
        Each is ``column``, ``C(column)`` (a number as category), ``column^2`` (a power of 2 or more),
        or a product of these, ``a:b`` or ``a:b:c``.
    columns
        All columns of the data.
    text_columns
        Those that hold text: they are categories.

    Returns
    -------
    tuple of Term
        In the order given.

    Raises
    ------
    UnknownColumn
        When a term names a column that the data does not have.
    UserError
        When a power is not a whole number of at least 2, or is asked of a text column.

    Notes
    -----
    A column's exact name wins over the operators, so that a column called ``a:b`` can be used.

    Examples
    --------
    >>> parse_terms(["prior^2"], columns=["prior"], text_columns=set())[0].parts
    (Numeric(column='prior', power=2),)
    """
    return tuple(Term(text, tuple(_parts(text, columns, text_columns))) for text in terms)


def _parts(text: str, columns: Sequence[str], text_columns: Set[str]) -> Iterator[Numeric | Category]:
    """Split at colons, taking the longest stretch that can be read, as names may hold colons."""
    pieces = text.split(":")
    start = 0
    while start < len(pieces):
        for end in range(len(pieces), start, -1):
            part = _operand(":".join(pieces[start:end]), columns, text_columns)
            if part is not None:
                break
        else:
            raise _not_understood(pieces[start].strip(), text, columns)
        yield part
        start = end


def _operand(text: str, columns: Sequence[str], text_columns: Set[str]) -> Numeric | Category | None:
    """Read one part of a product; None when it cannot be read."""
    if name := _known(text, columns):
        return Category(name) if name in text_columns else Numeric(name)
    category = _CATEGORY.fullmatch(text.strip())
    if category and (name := _known(category["column"], columns)):
        return Category(name, is_number=name not in text_columns)
    power = _POWER.fullmatch(text.strip())
    if power and (name := _known(power["column"], columns)):
        return Numeric(name, _power(power["power"].strip(), name, text_columns))
    return None


def _known(name: str, columns: Sequence[str]) -> str | None:
    return next((candidate for candidate in (name, name.strip()) if candidate in columns), None)


def _power(power: str, column: str, text_columns: Set[str]) -> int:
    if column in text_columns:
        raise UserError(f"'{column}^{power}' asks for a power of a text column; use '{column}' alone.")
    if not power.isascii() or not power.isdigit() or int(power) < 2:
        raise UserError(
            f"'{column}^{power}' is not understood: a power is a whole number from 2 up, as in '{column}^2'."
        )
    return int(power)


def _not_understood(piece: str, term: str, columns: Sequence[str]) -> UserError:
    if not piece:
        return UserError(f"the intake term {term!r} has an empty part; a product is written 'a:b'.")
    inner = _CATEGORY.fullmatch(piece) or _POWER.fullmatch(piece)
    name = inner["column"].strip() if inner else piece
    within = "" if name == term else f", needed by {term!r}"
    return UnknownColumn(f"there is no column {name!r}{within}{near_misses(name, columns) or '.'}")


def categories(terms: Sequence[Term]) -> tuple[Category, ...]:
    """Return the category columns of some terms, each once, in order.

    Parameters
    ----------
    terms
        From `parse_terms`.

    Returns
    -------
    tuple of Category

    Examples
    --------
    >>> terms = parse_terms(["sex", "sex:prior"], columns=["sex", "prior"], text_columns={"sex"})
    >>> [category.column for category in categories(terms)]
    ['sex']
    """
    return tuple(dict.fromkeys(part for term in terms for part in term.parts if isinstance(part, Category)))


def design_columns(
    terms: Sequence[Term],
    levels: Mapping[str, Sequence[str]],
    reference_levels: Mapping[str, str] | None = None,
) -> tuple[DesignColumn, ...]:
    """Spell out the design columns of some terms, the intercept first.

    Parameters
    ----------
    terms
        From `parse_terms`.
    levels
        For each category column its levels, in order; the first is the reference.
    reference_levels
        Category column to another reference level.

    Returns
    -------
    tuple of DesignColumn
        The intercept, then each term's columns. Categories are treatment-coded: an indicator for every
        level except the reference, within products too.

    Raises
    ------
    UserError
        When a reference level does not exist, or two columns would have one name.

    Examples
    --------
    >>> terms = parse_terms(["sex", "sex:prior"], columns=["sex", "prior"], text_columns={"sex"})
    >>> [column.name for column in design_columns(terms, {"sex": ["F", "M"]})]
    ['(Intercept)', 'sexM', 'sexM:prior']
    """
    references = reference_levels or {}
    _check_references(references, levels)
    design = [DesignColumn(INTERCEPT, (), INTERCEPT)]
    for term in terms:
        choices = [_factors(part, levels, references) for part in term.parts]
        for factors in product(*choices):
            design.append(DesignColumn(":".join(factor.name for factor in factors), factors, term.text))
    _check_names(design)
    return tuple(design)


def _factors(
    part: Numeric | Category, levels: Mapping[str, Sequence[str]], references: Mapping[str, str]
) -> list[Factor]:
    if isinstance(part, Numeric):
        return [part]
    known = levels[part.column]
    reference = references.get(part.column, known[0] if known else "")
    return [Indicator(part.column, level, part.is_number) for level in known if level != reference]


def _check_references(references: Mapping[str, str], levels: Mapping[str, Sequence[str]]) -> None:
    for column, level in references.items():
        if column not in levels:
            raise UserError(
                f"a reference level is given for {column!r}, which is not a category of the intake"
                f"{near_misses(column, levels) or '.'}"
            )
        if level not in levels[column]:
            close = near_misses(level, levels[column]) or "."
            raise UserError(f"column {column!r} has no level {level!r} to refer to{close}")


def _check_names(design: Sequence[DesignColumn]) -> None:
    first: dict[str, DesignColumn] = {}
    for column in design:
        other = first.setdefault(column.name, column)
        if other is not column:
            raise UserError(
                f"the intake terms {other.term!r} and {column.term!r} both make a column {column.name!r}; "
                "leave one out, or rename a column of the data."
            )


def slope_positions(
    slopes: Mapping[str, Sequence[str]], design: Sequence[DesignColumn]
) -> dict[str, tuple[int, ...]]:
    """Find the design columns that have a random slope at each level.

    Parameters
    ----------
    slopes
        Level to terms of the intake, or to names of single design columns.
    design
        From `design_columns`.

    Returns
    -------
    dict
        Level to positions in `design`, the intercept (0) first.

    Raises
    ------
    UnknownColumn
        When a slope is not a term of the intake.

    Examples
    --------
    >>> terms = parse_terms(["prior"], columns=["prior"], text_columns=set())
    >>> slope_positions({"school": ["prior"]}, design_columns(terms, {}))
    {'school': (0, 1)}
    """
    return {
        level: tuple(sorted({0}.union(*(_positions(level, term, design) for term in terms))))
        for level, terms in slopes.items()
    }


def _positions(level: str, term: str, design: Sequence[DesignColumn]) -> list[int]:
    names = [(column.term.strip(), column.name) for column in design]
    found = [position for position, known in enumerate(names) if term.strip() in known]
    if not found:
        known = [column.term for column in design[1:]]
        raise UnknownColumn(
            f"the slope {term!r} of level {level!r} is not in the intake{near_misses(term, known)}: "
            "a slope varies about an average, so add it to the intake too."
        )
    return found
