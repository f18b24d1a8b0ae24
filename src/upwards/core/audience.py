"""For whom an answer is: whose schools, which personal units, and how small a count may be shown."""

from __future__ import annotations

from dataclasses import dataclass

TeamKey = tuple[str, str, str]
"""School, subject, stage."""

ANOTHER_SCHOOL = "another school"
"""Stands in place of a school that an audience may not see by name."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads an answer; the default may see the least.

    Attributes
    ----------
    schools
        Schools whose units are shown; None for all.
    agreed
        Personal teams whose people agreed to be named.
    hidden_at
        Counts of pupils up to this are hidden.
    personal_below
        A unit taught by fewer teachers than this is personal.

    Examples
    --------
    >>> Audience(schools=frozenset({"Hill"})).may_see("Park")
    False
    """

    schools: frozenset[str] | None = None
    agreed: frozenset[TeamKey] = frozenset()
    hidden_at: int = 5
    personal_below: int = 3

    def may_see(self, school: str) -> bool:
        """Say whether units of a school are shown."""
        return self.schools is None or school in self.schools
