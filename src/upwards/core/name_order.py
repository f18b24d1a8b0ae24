"""The order in which a person looks for a name."""

from __future__ import annotations

import re


def in_order(name: str) -> tuple[tuple[str, int], ...]:
    """Return a key that sorts names as a person would: School 9 before School 10."""
    return tuple((text, int(number or -1)) for text, number in re.findall(r"(\D*)(\d{0,15})", name))
