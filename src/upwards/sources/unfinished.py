"""What has arrived of a file so far, and what is needed to go on with it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def discard(part: Path) -> None:
    """Remove a part and what was kept to go on with it.

    Parameters
    ----------
    part
        Its path; nothing happens where it is not there.
    """
    part.unlink(missing_ok=True)
    _notes(part).unlink(missing_ok=True)


@contextmanager
def writing(part: Path, *, anew: bool) -> Iterator[BinaryIO]:
    """Open a part to write: from its start, or from its end; never through a link.

    Parameters
    ----------
    part
        Its path.
    anew
        Whether what is there is given up.

    Yields
    ------
    BinaryIO
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_TRUNC if anew else os.O_APPEND)
    with os.fdopen(os.open(part, flags, 0o644), "wb") as file:
        yield file


def _notes(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def note(part: Path, address: str, validator: str | None) -> None:
    """Begin a part anew, and keep what will prove later that the server's file is still the same.

    Parameters
    ----------
    part
        Its path; what was there is removed.
    address
        Where it comes from.
    validator
        ``ETag`` or ``Last-Modified``; without one, a later run cannot go on and starts anew.
    """
    part.unlink(missing_ok=True)
    _notes(part).unlink(missing_ok=True)
    if validator is not None:
        _notes(part).write_text(json.dumps({"address": address, "validator": validator}), encoding="utf-8")


def left_of(part: Path, address: str) -> tuple[int, str]:
    """Return how much of this very file is here, and what proves that the server's is still the same.

    Parameters
    ----------
    part
        Its path.
    address
        Where it comes from.

    Returns
    -------
    n_bytes, validator
        0 and ``""`` where nothing is here that can be gone on with.
    """
    try:
        notes = json.loads(_notes(part).read_text(encoding="utf-8"))
        offset = 0 if part.is_symlink() else part.stat().st_size
        if notes["address"] == address and offset and str(notes["validator"]).isascii():
            return offset, str(notes["validator"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return 0, ""
