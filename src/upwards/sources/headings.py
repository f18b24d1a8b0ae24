"""Headings of a file: unique, and named even where the file left them blank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from upwards.sources.errors import UnreadableFile


def check_headings(file: str, headings: Sequence[str | None]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Strip headings, name blank ones by position, refuse duplicates.

    Returns
    -------
    columns, messages
        The names to use, and what was tolerated in words.
    """
    columns: list[str] = []
    blank: list[str] = []
    for position, heading in enumerate(headings, start=1):
        name = (heading or "").strip().lstrip("\ufeff").strip()
        if not name:
            name = f"column {position}"
            blank.append(name)
        columns.append(name)
    _refuse_duplicates(file, columns)
    messages = (f"headings left blank were named by position: {', '.join(blank)}",) if blank else ()
    return tuple(columns), messages


def _refuse_duplicates(file: str, columns: Sequence[str]) -> None:
    positions: defaultdict[str, list[str]] = defaultdict(list)
    for position, name in enumerate(columns, start=1):
        positions[name].append(str(position))
    twice = {name: where for name, where in positions.items() if len(where) > 1}
    if twice:
        said = "; ".join(f"{name!r} in columns {', '.join(where)}" for name, where in twice.items())
        raise UnreadableFile(
            f"{file} uses the same heading more than once: {said}. Rename them so that each is unique."
        )
