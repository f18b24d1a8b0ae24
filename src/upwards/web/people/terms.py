"""School terms as days, so that what people did can be counted term by term."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from upwards.web.people.models import Term

_FIRST: dict[Term, tuple[int, int]] = {Term.AUTUMN: (9, 1), Term.SPRING: (1, 1), Term.SUMMER: (4, 1)}
_LAST: dict[Term, tuple[int, int]] = {Term.AUTUMN: (12, 31), Term.SPRING: (3, 31), Term.SUMMER: (8, 31)}
_ORDER = (Term.AUTUMN, Term.SPRING, Term.SUMMER)


@dataclass(frozen=True, slots=True, order=True)
class SchoolTerm:
    """One term of one academic year.

    Attributes
    ----------
    year
        Academic year, by the year in which it ends.
    term
        Of `people.Term`; its values are in order.
    """

    year: int
    term: Term

    @property
    def first(self) -> datetime.date:
        return datetime.date(self._calendar_year, *_FIRST[self.term])

    @property
    def last(self) -> datetime.date:
        return datetime.date(self._calendar_year, *_LAST[self.term])

    @property
    def weeks(self) -> float:
        return ((self.last - self.first).days + 1) / 7

    @property
    def before(self) -> SchoolTerm:
        place = _ORDER.index(self.term)
        return SchoolTerm(self.year - (place == 0), _ORDER[place - 1])

    @property
    def key(self) -> str:
        return f"{self.year}-{self.term.value}"

    @property
    def _calendar_year(self) -> int:
        return self.year - (self.term == Term.AUTUMN)

    def __str__(self) -> str:
        return f"{self.term.label} {self.year - 1}/{self.year % 100:02d}"


def term_of(day: datetime.date) -> SchoolTerm:
    term = Term.AUTUMN if day.month >= 9 else Term.SPRING if day.month < 4 else Term.SUMMER
    return SchoolTerm(day.year + (term == Term.AUTUMN), term)


def last_terms(today: datetime.date, n: int) -> list[SchoolTerm]:
    """Return the term of today and those before it, the earliest first."""
    found = [term_of(today)]
    while len(found) < n:
        found.append(found[-1].before)
    return found[::-1]


def find_term(key: str, among: list[SchoolTerm]) -> SchoolTerm | None:
    return next((one for one in among if one.key == key), None)
