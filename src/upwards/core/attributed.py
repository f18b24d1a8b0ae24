"""Classes as they are attributed to one teacher, once that teacher was heard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttributedClass:
    """One class of one teacher.

    Attributes
    ----------
    school, subject, year
        Where and when; the year by its ending.
    name
        The class; blank where the results name none.
    share
        The teacher's part of the teaching, above 0 and at most 1.
    is_added
        Whether it counts though the results name somebody else or nobody.
    """

    school: str
    subject: str
    year: int
    name: str
    share: float = 1.0
    is_added: bool = False
