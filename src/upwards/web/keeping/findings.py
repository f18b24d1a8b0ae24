"""A finding: what is so, why it matters, what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    name
        A word for programs.
    what, why, mend
        In words.
    is_wrong
        False for what should be looked at but may be meant so.
    """

    name: str
    what: str
    why: str
    mend: str
    is_wrong: bool = True


def note(name: str, what: str, why: str, mend: str) -> Finding:
    return Finding(name, what, why, mend, is_wrong=False)
