"""Take one expected file out of an archive, and nothing else."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path, PurePosixPath

from upwards.sources.damaged_archives import reading_archive
from upwards.sources.download_limits import Limits, TooLarge, WrongContent

_CHUNK = 1 << 16
_MOST_MEMBERS = 2000
_SMALL = 10_000_000  # below this no ratio of packing does harm


def is_archive(path: Path) -> bool:
    """Say whether a file begins as a zip archive does.

    Parameters
    ----------
    path
        A file.

    Returns
    -------
    bool
    """
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def extract_member(archive: Path, member: str, target: Path, *, limits: Limits) -> None:
    """Unpack the one file wanted; its name in the archive never decides where it is written.

    Parameters
    ----------
    archive
        A zip file.
    member
        Name of the file wanted, without folders: ``"england_ks2final.csv"``.
    target
        Where to write it; a file there is replaced.
    limits
        Size and ratio allowed.

    Raises
    ------
    WrongContent
        When the archive is damaged or encrypted, does not hold the file once, or holds names that lead
        out of a folder.
    TooLarge
        When it grows beyond the limits.
    """
    try:
        with reading_archive(_damaged), zipfile.ZipFile(archive) as opened:
            found = _expected(opened, member)
            _unpack(opened, found, target, limits)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _damaged() -> WrongContent:
    return WrongContent(
        "The archive is damaged or packed in a way that cannot be read. If it stays so, "
        "the publisher's file is at fault."
    )


def _expected(opened: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    entries = opened.infolist()
    if len(entries) > _MOST_MEMBERS:
        raise WrongContent(
            f"The archive holds {len(entries):,} files, more than any publisher's ({_MOST_MEMBERS:,}). It is "
            "not unpacked."
        )
    if any(_leads_out(entry) for entry in entries):
        raise WrongContent(
            "The archive holds a name that leads out of its folder, or a link. No publisher's archive does; "
            "it is not unpacked."
        )
    found = [
        entry for entry in entries if PurePosixPath(entry.filename).name == member and not entry.is_dir()
    ]
    if len(found) != 1:
        raise WrongContent(
            f"The archive holds {len(found) or 'no'} file{'s' if found else ''} named {member!r} where one "
            "is expected. The publisher may have renamed it; give the name under 'member' in addresses.toml."
        )
    if found[0].flag_bits & 1:
        raise WrongContent(f"{member!r} is encrypted in the archive, which open data is not.")
    return found[0]


def _leads_out(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    strange = not name.isprintable() or "\\" in name or ":" in name
    return strange or name.startswith("/") or ".." in parts or stat.S_ISLNK(entry.external_attr >> 16)


def _unpack(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, limits: Limits) -> None:
    most = min(limits.max_bytes, max(_SMALL, int(entry.compress_size * limits.max_ratio)))
    target.unlink(missing_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "wb") as file, opened.open(entry) as packed:
        done = 0
        while piece := packed.read(_CHUNK):
            done += len(piece)
            if done > most:
                raise TooLarge(
                    f"A file in the archive grows beyond {most:,} bytes when unpacked. The limits are "
                    "fetch.max_bytes and fetch.max_ratio; raise them only if this is right."
                )
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
