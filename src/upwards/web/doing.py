"""What a school is doing: every app tells of its own in the same form, as far as the reader may see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing that a school runs, shares or takes up.

    Attributes
    ----------
    title
        What it is; never a person's name.
    state
        In a few words.
    address
        Its own page.
    """

    title: str
    state: str
    address: str
