"""Reading a backup's archive, which may come from anywhere: nothing in it decides where it is written."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from upwards.core.errors import UserError
from upwards.sources.archives import is_archive
from upwards.sources.damaged_archives import reading_archive

MEMBER = re.compile(r"manifest\.json|secrets\.bin|files/[0-9a-f]{64}|tables/[a-z0-9_]+\.[a-z0-9_]+\.jsonl")
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MOST_MEMBERS = 200_000
LONGEST_LINE = 64 * 1024 * 1024
_CHUNK = 1 << 20


class DamagedBackup(UserError):
    """A file is no backup, is damaged, or was made to do harm."""


class BackupArchive:
    """An open backup, whose names were checked; its sizes and hashes are checked while it is read.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DamagedBackup
        When it is no archive, or holds links, strange names, a name twice, or anything encrypted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not is_archive(path):
            raise DamagedBackup(
                f"{path.name} is not a backup: it is no archive. Name a file that upwards backup wrote."
            )
        with reading_archive(self._damaged):
            self._opened = zipfile.ZipFile(path)
            self._entries = _checked(self._opened.infolist(), path.name)

    def __enter__(self) -> BackupArchive:
        """Return the archive."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._opened.close()

    @property
    def names(self) -> frozenset[str]:
        """Names of all members."""
        return frozenset(self._entries)

    def read(self, name: str, *, most: int) -> bytes:
        """Read a small member whole.

        Raises
        ------
        DamagedBackup
            When it is missing, damaged, or larger than `most` bytes.
        """
        content = bytearray()
        for piece in self.pieces(name):
            content += piece
            if len(content) > most:
                raise DamagedBackup(
                    f"{name} in {self.path.name} is larger than {most:,} bytes; it is not read."
                )
        return bytes(content)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Read a member piece by piece."""
        entry = self._entries.get(name)
        if entry is None:
            raise self._damaged()
        with reading_archive(self._damaged), self._opened.open(entry) as file:
            while piece := file.read(_CHUNK):
                yield piece

    def lines(self, name: str) -> Iterator[bytes]:
        """Read a member line by line.

        Raises
        ------
        DamagedBackup
            When a line is longer than any row can be.
        """
        rest = b""
        for piece in self.pieces(name):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
            if len(rest) > LONGEST_LINE:
                raise self._damaged()
        if rest:
            yield rest

    def check(self, name: str, *, size: int, sha256: str) -> None:
        """Compare a member with what the manifest says of it.

        Raises
        ------
        DamagedBackup
            When its size or its hash differs; it is read no further than `size`.
        """
        found, done = hashlib.sha256(), 0
        for piece in self.pieces(name):
            found.update(piece)
            done += len(piece)
            if done > size:
                break
        if done != size or found.hexdigest() != sha256:
            raise self._damaged()

    def extract(self, name: str, target: Path, *, size: int) -> None:
        """Write a member to a new file that only its owner can read.

        Raises
        ------
        DamagedBackup
            When it is larger than `size`.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        done = 0
        with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
            for piece in self.pieces(name):
                done += len(piece)
                if done > size:
                    raise self._damaged()
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def _damaged(self) -> DamagedBackup:
        return DamagedBackup(
            f"{self.path.name} is damaged: what it holds is not what its manifest says. Nothing was changed; "
            "take another backup, or fetch this one again from where it is kept."
        )


def _checked(entries: list[zipfile.ZipInfo], file: str) -> dict[str, zipfile.ZipInfo]:
    if len(entries) > MOST_MEMBERS:
        raise DamagedBackup(f"{file} holds {len(entries):,} files, more than any backup. It is not read.")
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        is_strange = (
            not MEMBER.fullmatch(entry.orig_filename)
            or entry.filename in found
            or stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG)
            or entry.flag_bits & 1
            or entry.compress_type not in PACKINGS
        )
        if is_strange:
            raise DamagedBackup(
                f"{file} holds something that no backup holds: a link, a strange or repeated name, or "
                "another way of packing. It is not read, since it may have been made to do harm."
            )
        found[entry.filename] = entry
    return found
