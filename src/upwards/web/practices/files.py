"""Files that belong to a card: what may come in, known by its content and never by its name."""

from __future__ import annotations

import hashlib
import zipfile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from upwards.core.errors import UserError
from upwards.web.data.names import ending_of, shown_name
from upwards.web.rules import rules

SEEN = 16
MOST_PARTS = 10_000
_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES: dict[str, str] = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".docx": f"{_OFFICE}wordprocessingml.document",
    ".pptx": f"{_OFFICE}presentationml.presentation",
    ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
}
STARTS = {".pdf": b"%PDF-", ".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
MAIN_PART = {".docx": "word/document.xml", ".pptx": "ppt/presentation.xml", ".xlsx": "xl/workbook.xml"}
# Parts of an Office file that run something when it is opened.
RUNS = ("vbaproject.bin", "activex", "oleobject", "macrosheets", "xlmacro")


class UnfitFile(UserError, ValueError):
    """A file that is not taken."""


def largest() -> int:
    return rules().count("practice.file_max_bytes")


def most_files() -> int:
    return rules().count("practice.files_most")


class SizeLimit(FileUploadHandler):
    """Stops a file that is too large while it arrives, before it fills the disk."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most, self.size, self.too_large = most, 0, False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.size += len(raw_data)
        if self.size > self.most:
            self.too_large = True
            # The rest is read and thrown away, so that the browser hears the answer.
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        return None


def known_type(file: UploadedFile[Any]) -> str:
    """Return the type of a file whose content is what its ending says.

    Raises
    ------
    UnfitFile
        When it is empty, of another kind, or could run something.
    """
    ending = ending_of(shown_name(file.name or ""))
    if ending not in TYPES:
        raise UnfitFile(f"Files that end in {ending or 'nothing'} are not taken. Send {_kinds()}.")
    file.seek(0)
    start = file.read(SEEN)
    file.seek(0)
    if not start:
        raise UnfitFile("The file is empty (0 bytes). Save it again and send it again.")
    if ending in MAIN_PART:
        _check_office(file, ending)
    elif not start.startswith(STARTS[ending]):
        raise UnfitFile(f"The file ends in {ending}, but what it holds is something else. Send {_kinds()}.")
    return TYPES[ending]


def _check_office(file: UploadedFile[Any], ending: str) -> None:
    """Look at the list of parts only; nothing is unpacked here, and nothing is shown by this server."""
    other = UnfitFile(
        f"The file ends in {ending}, but it is no whole Office file. Save it again as {ending}."
    )
    try:
        with zipfile.ZipFile(file) as parts:
            found = parts.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        raise other from None
    finally:
        file.seek(0)
    names = {one.filename.lower() for one in found[:MOST_PARTS]}
    if len(found) > MOST_PARTS or not {"[content_types].xml", MAIN_PART[ending]} <= names:
        raise other
    if sum(one.file_size for one in found) > rules().count("uploads.max_unpacked_bytes"):
        raise UnfitFile(
            "The file would grow out of bounds when it is opened. Save it again without pictures."
        )
    if any(part in name for name in names for part in RUNS):
        raise UnfitFile("The file holds macros or other parts that run by themselves. Save it without them.")


def digest_of(file: UploadedFile[Any]) -> str:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    return found.hexdigest()


def _kinds() -> str:
    return ", ".join(TYPES)
