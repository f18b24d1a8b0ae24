"""What changed between two editions, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from upwards.web.practices.lifecycle import label_of
from upwards.web.practices.models import CONTENT, Edition

_PIECES = re.compile(r"\s+|[^\s]+")
SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs: its label, and its words as same, gone or new."""

    label: str
    pieces: tuple[tuple[str, str], ...]


def changes_between(before: Edition, after: Edition) -> list[Change]:
    """Return the fields that differ, in the order of the card; a person is never among them."""
    found = []
    for name in CONTENT:
        if name == "ask_person":
            continue
        old, new = shown(before, name), shown(after, name)
        if old != new:
            found.append(Change(label_of(name), tuple(_pieces(old, new))))
    old, new = (", ".join(str(one) for one in edition.attachments.all()) for edition in (before, after))
    if old != new:
        found.append(Change("Files", tuple(_pieces(old, new))))
    return found


def shown(edition: Edition, name: str) -> str:
    """Return a field as a reader sees it."""
    value = getattr(edition, name)
    words = getattr(edition, f"get_{name}_display", None)
    if words is not None:
        return str(words())
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _pieces(old: str, new: str) -> Iterator[tuple[str, str]]:
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    for what, first, last, start, end in SequenceMatcher(None, before, after).get_opcodes():
        if what == "equal":
            yield SAME, "".join(before[first:last])
            continue
        if first != last:
            yield GONE, "".join(before[first:last])
        if start != end:
            yield NEW, "".join(after[start:end])
