"""What a backup says of itself."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any

from upwards.core.errors import UserError
from upwards.web.keeping.database_copy import Step

FORMAT = 1
MANIFEST = "manifest.json"
SECRETS = "secrets.bin"
MOST_BYTES = 64 * 1024 * 1024
EARLIEST, LATEST = 2000, 2999
LONGEST_NAME = 255
"""Bytes that every file system takes for one name."""


class WrongManifest(UserError):
    """A manifest is damaged, or of a newer version."""


@dataclass(frozen=True, slots=True)
class Member:
    """A part of the archive: its size and hash, and for a table its rows."""

    size: int
    sha256: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of a backup.

    Attributes
    ----------
    made
        The moment whose state it holds, ISO 8601 in UTC.
    version
        Of `upwards`.
    workspace, installation
        Name of the group, and the random name of the installation.
    steps
        Steps (migrations) that the database had taken.
    members
        Parts of the archive by name, but for the manifest.
    files
        Path within the workspace to the name of the part that holds it.
    secrets
        Whether `SECRETS` is among the members.
    """

    made: str
    version: str
    workspace: str
    installation: str
    steps: tuple[Step, ...]
    members: Mapping[str, Member]
    files: Mapping[str, str]
    secrets: bool = False
    format: int = field(default=FORMAT)

    @property
    def moment(self) -> datetime.datetime:
        return datetime.datetime.fromisoformat(self.made)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes, *, where: str) -> Manifest:
        """Read one, which may have been written to do harm."""
        try:
            found = json.loads(content)
            written = int(found["format"])
            if written <= FORMAT:
                return _read(found)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise WrongManifest(
                f"{where} is damaged: its manifest cannot be read. Take another backup."
            ) from error
        raise WrongManifest(
            f"{where} was written by upwards {str(found.get('version', '?'))[:20]!r} in form {written}; this "
            f"version reads up to {FORMAT}. Update upwards, then restore."
        )


def _read(found: dict[str, Any]) -> Manifest:
    manifest = Manifest(
        **{
            **found,
            "steps": tuple((str(app), str(name)) for app, name in found["steps"]),
            "members": {name: _member(**one) for name, one in found["members"].items()},
        }
    )
    texts = (manifest.made, manifest.version, manifest.workspace, manifest.installation)
    if not all(isinstance(one, str) for one in texts) or not isinstance(manifest.secrets, bool):
        raise TypeError
    if manifest.moment.tzinfo is None or not re.fullmatch("[0-9a-f]{16}", manifest.installation):
        raise ValueError
    if not EARLIEST <= manifest.moment.year <= LATEST:
        raise ValueError
    for path, member in manifest.files.items():
        folders = (str(one) for one in PurePosixPath(path).parents)
        if (
            member not in manifest.members
            or not is_inside(path)
            or any(one in manifest.files for one in folders)
        ):
            raise ValueError
    return manifest


def _member(size: object, sha256: object, rows: object = None) -> Member:
    if type(size) is not int or size < 0 or not isinstance(sha256, str):
        raise TypeError
    if rows is not None and type(rows) is not int:
        raise TypeError
    return Member(size, sha256, rows)


TOP = ("upwards.toml", ".gitignore", "erased.json")
FOLDERS = ("imports", "rejects", "snapshots", "attachments")


def is_inside(path: str) -> bool:
    """Say whether a path is one that a backup holds: below a known folder, and leading nowhere else."""
    parts = PurePosixPath(path).parts
    plain = path.isprintable() and "\\" not in path and len(path) < 500 and "/".join(parts) == path
    fits = all(len(part.encode()) <= LONGEST_NAME for part in parts)
    known = path in TOP or (len(parts) > 1 and parts[0] in FOLDERS)
    return plain and fits and known and ".." not in parts
