"""The school days of every school, read at once for a page, an answer or a message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from upwards.web.term_dates.models import Closure
from upwards.web.term_dates.school_days import SchoolDays, Span

ALL_SCHOOLS = ""


@dataclass(frozen=True, slots=True)
class Calendars:
    """When school is out, by school.

    Attributes
    ----------
    closed
        Spans by school; under a blank name those of all schools.
    found
        The school days of schools that were asked for: a page asks for the same ones many times.
    """

    closed: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    found: dict[frozenset[str], SchoolDays] = field(default_factory=dict, compare=False, repr=False)

    def of(self, schools: Iterable[str]) -> SchoolDays:
        """Return the school days of some schools together: a day counts only where all of them are open."""
        key = frozenset(one for one in (ALL_SCHOOLS, *schools) if one in self.closed)
        known = self.found.get(key)
        if known is None:
            known = self.found[key] = SchoolDays.together(self._own(school) for school in key)
        return known

    def _own(self, school: str) -> SchoolDays:
        key = frozenset({school})
        if key not in self.found:
            self.found[key] = SchoolDays.without(self.closed[school])
        return self.found[key]


def read_calendars() -> Calendars:
    """Ask the database once for all schools."""
    closed: defaultdict[str, list[Span]] = defaultdict(list)
    for school, first, last in Closure.objects.order_by().values_list("school", "first", "last"):
        closed[school].append((first, last))
    return Calendars({school: tuple(spans) for school, spans in closed.items()})
