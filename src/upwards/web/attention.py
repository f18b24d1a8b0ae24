"""What takes a school's attention: every kind of initiative tells of its own in the same form."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Initiative:
    """One thing that a school has begun and not ended.

    Attributes
    ----------
    school
        As the results name it.
    kind
        What it is, such as "partnership", "pilot" or "programme".
    title
        For leaders; never a person's name.
    hours
        Of staff, over the term that is asked about; None where nobody has said.
    for_pupils
        Whether its stated aim is an outcome of pupils; None where no aim is stated.
    """

    school: str
    kind: str
    title: str
    hours: float | None
    for_pupils: bool | None


Running = Callable[[datetime.date, datetime.date], list[Initiative]]
"""What runs on any day from the first to the last: ``attention.py`` of an app offers ``running``."""
