"""Whether a file that somebody sends is the kind of file that its ending says, and does no harm when opened.

Nothing is unpacked to disk. A workbook is a zip archive of XML: before a reader sees it, its parts are
unpacked in passing and counted, so that a small file cannot fill the memory.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from upwards.core.errors import EmptyData
from upwards.core.settings import Settings
from upwards.sources.damaged_archives import reading_archive
from upwards.sources.errors import UnreadableFile, UnsupportedFile

_SEEN = 8192
_CHUNK = 1 << 20
_OVERLAP = 256
_MOST_PARTS = 2000
_SMALL = 10_000_000  # below this no ratio of packing does harm
_ZIP, _PARQUET = b"PK\x03\x04", b"PAR1"
_WORKBOOK = "xl/workbook.xml"
_DECLARED = [
    word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")
]
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,4})(\d{1,8})["']""")
_MOST_CELLS = 200_000_000  # a dense grid of more does not fit into memory
_OTHERS = {
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"#!": "a program",
    b"%PDF": "a PDF",
    b"PK": "a zip archive",
    _PARQUET: "a Parquet file",
    b"\x1f\x8b": "a packed file",
    b"\x89PNG": "a picture",
    b"GIF8": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\xd0\xcf\x11\xe0": "an old or protected Office file",
}


def check_uploaded(path: Path, settings: Settings) -> None:
    """Make sure that a file is what its ending says and can be opened without harm.

    Parameters
    ----------
    path
        Its ending is one that can be read.
    settings
        For ``uploads.max_unpacked_bytes`` and ``fetch.max_ratio``.

    Raises
    ------
    EmptyData
        When it has no bytes.
    UnsupportedFile
        When it is another kind of file.
    UnreadableFile
        When it is a workbook that is damaged or would grow out of bounds.
    """
    with path.open("rb") as file:
        start = file.read(_SEEN)
    if not start:
        raise EmptyData("The file is empty (0 bytes). Export it again and see that the export finished.")
    ending = path.suffix.lower()
    if ending == ".xlsx":
        _refuse_unless(start.startswith(_ZIP), "an Excel workbook", start)
        _check_workbook(path, settings)
    elif ending == ".parquet":
        _refuse_unless(start.startswith(_PARQUET), "a Parquet file", start)
    else:
        found = _other_than_text(start)
        _refuse_unless(found is None, "a table of text", start)


def _refuse_unless(right: bool, expected: str, start: bytes) -> None:
    if right:
        return
    found = _other_than_text(start) or "text"
    raise UnsupportedFile(
        f"The ending says that the file is {expected}, but it is {found}. Nothing of it was read; save "
        "the table as CSV or as an Excel workbook and send that."
    )


def _other_than_text(start: bytes) -> str | None:
    """Name what is no table of text; None where it may be one."""
    found = next((name for mark, name in _OTHERS.items() if start.startswith(mark)), None)
    if found is not None:
        return found
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return "a web page"
    is_utf_16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))  # told by the reader, in its own words
    return "another kind of file" if b"\0" in start and not is_utf_16 else None


def _check_workbook(path: Path, settings: Settings) -> None:
    most = settings.count("uploads.max_unpacked_bytes")
    ratio = settings.number("fetch.max_ratio")
    with reading_archive(_damaged), zipfile.ZipFile(path) as book:
        parts = book.infolist()
        if len(parts) > _MOST_PARTS or _WORKBOOK not in {part.filename for part in parts}:
            raise _damaged()
        most = min(most, max(_SMALL, int(path.stat().st_size * ratio)))
        for part in parts:
            most -= _check_part(book, part, most)


def _check_part(book: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    """Return the bytes of one part; its content is counted, whatever the archive says of it."""
    is_xml = not part.filename.lower().endswith((".png", ".jpeg", ".jpg", ".gif", ".emf", ".wmf", ".bin"))
    is_sheet = part.filename.lower().startswith("xl/worksheets/")
    done, rows, columns = 0, 0, 0
    for seen, n_new in _windows(book, part):
        done += n_new
        if done > most:
            raise UnreadableFile(
                "The workbook grows far beyond its own size when it is opened, as only a damaged or a "
                "harmful one does. It was not read; save the sheet with the table as CSV and send that."
            )
        if is_xml and any(word in seen for word in _DECLARED):
            raise UnreadableFile(
                "The workbook holds definitions that no spreadsheet program writes and that can do harm. It "
                "was not read; open it in Excel, save it again as .xlsx or CSV and send that."
            )
        if is_sheet:
            rows, columns = _extent(seen, rows, columns)
            _refuse_wide(rows, columns)
    return done


def _windows(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """Yield the content with the end of the piece before, and how many bytes of it are new."""
    kept = b""
    with book.open(part) as packed:
        while piece := packed.read(_CHUNK):
            yield kept + piece, len(piece)
            kept = (kept + piece)[-_OVERLAP:]


def _extent(seen: bytes, rows: int, columns: int) -> tuple[int, int]:
    found = _CELL.findall(seen)
    if not found:
        return rows, columns
    letters = {name.upper() for name, _ in found}
    widest = max(letters, key=lambda name: (len(name), name))
    lowest = max(int(number) for _, number in found)
    number = 0
    for letter in widest:
        number = 26 * number + letter - 64
    return max(rows, lowest), max(columns, number)


def _refuse_wide(rows: int, columns: int) -> None:
    if rows * columns > _MOST_CELLS:
        raise UnreadableFile(
            f"A sheet of the workbook has {rows:,} rows and {columns:,} columns, nearly all of them empty. "
            "Copy the table into a new workbook, or save it as CSV, and send that."
        )


def _damaged() -> UnreadableFile:
    return UnreadableFile(
        "The file is not a readable Excel workbook: it was cut short, is protected by a password or is "
        "another kind of file. Open it in Excel and save it again as .xlsx, or as CSV UTF-8."
    )
