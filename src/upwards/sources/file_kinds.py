"""Whether a downloaded file is the kind of file that was asked for: an error page is not a table."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Literal, get_args

from upwards.sources.download_limits import WrongContent

Kind = Literal["csv", "xlsx", "parquet"]
KINDS: tuple[str, ...] = get_args(Kind)
_SEEN = 8192
_ZIP = b"PK\x03\x04"
_MARKS = {"xlsx": _ZIP, "parquet": b"PAR1"}
_WORDS = {"csv": "a CSV file", "xlsx": "an Excel workbook", "parquet": "a Parquet file"}


def check_kind(path: Path, kind: str) -> None:
    """Make sure that a file is what its kind says, by its first bytes.

    Parameters
    ----------
    path
        The file.
    kind
        ``"csv"``, ``"xlsx"`` or ``"parquet"``.

    Raises
    ------
    WrongContent
        When it is empty, a web page, an error message or another kind of file.
    """
    with path.open("rb") as file:
        start = file.read(_SEEN)
    found = _looks_like(start)
    mark = _MARKS.get(kind)
    right = start.startswith(mark) if mark else found is None
    if not right:
        raise WrongContent(
            f"{_WORDS[kind]} was expected and {found or 'another kind of file'} came. The publisher may have "
            "moved the file, or a network's filter answers in its place."
        )


def _looks_like(start: bytes) -> str | None:
    """Name what is no table of text; None where it may be one."""
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if not text:
        return "an empty file"
    if text.startswith(b"<"):
        return "a web page"
    if text.startswith((b"{", b"[")):
        return "a message of the server"
    if text.startswith(b"version https://git-lfs"):
        return "a pointer to a file kept elsewhere"
    if text.startswith((_ZIP, b"PAR1", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")) or b"\0" in start:
        return "another kind of file"
    if not any(mark in text for mark in (b",", b";", b"\t")):
        return "text without columns"
    return None
