"""Making a backup: one file that holds the workspace and the application's tables, while the server runs."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from upwards.actions.keep_workspace import HeldWorkspace, hold_workspace
from upwards.actions.read_backup import read_backup
from upwards.core.errors import UserError
from upwards.web.keeping.database_copy import applied_steps, held_state, label, lines_of, tables_at
from upwards.web.keeping.erasures import write_beside
from upwards.web.keeping.manifest import MANIFEST, MOST_BYTES, SECRETS, Manifest, Member
from upwards.web.keeping.secret_box import lock

Say = Callable[[str], None]

_CHUNK = 1 << 20
ENDING = ".backup.zip"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and read again."""

    path: Path
    size: int
    sha256: str
    manifest: Manifest


def make_backup(
    workspace: Path, connection: BaseDatabaseWrapper, folder: Path, *, passphrase: str | None, say: Say
) -> Made:
    """Write a backup into a folder, whole or not at all, and read it again.

    Parameters
    ----------
    workspace
        Its folder.
    connection
        The application's database.
    folder
        Where the file goes; made when it is missing.
    passphrase
        Locks the secrets; None leaves them out.
    say
        Told what is going on.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = folder / f".half-{secrets.token_hex(8)}"
    try:
        with hold_workspace(workspace) as held:
            manifest = _write(held, connection, half, passphrase, say)
            write_beside(folder, held.erased)
        say("Reading it again")
        verify(half)
        path = folder / _name(manifest)
        half.replace(path)
    except OSError as error:
        raise UserError(
            f"The backup could not be written to {folder}: {error.strerror}. Nothing else was changed; "
            "name another folder with --to, or make room."
        ) from error
    finally:
        half.unlink(missing_ok=True)
    _sync(folder)
    return Made(path, path.stat().st_size, _hash(path), manifest)


def verify(path: Path) -> Manifest:
    """Check every part of a backup against its manifest, and return it.

    Raises
    ------
    UserError
        When anything differs.
    """
    with read_backup(path) as archive:
        manifest = Manifest.from_json(archive.read(MANIFEST, most=MOST_BYTES), where=path.name)
        if archive.names != {MANIFEST, *manifest.members}:
            raise UserError(f"{path.name} is damaged: it holds other parts than its manifest says.")
        for name, member in manifest.members.items():
            archive.check(name, size=member.size, sha256=member.sha256)
    return manifest


def _write(
    held: HeldWorkspace, connection: BaseDatabaseWrapper, half: Path, passphrase: str | None, say: Say
) -> Manifest:
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        made = datetime.datetime.now(datetime.UTC)  # before the state is held: what comes later is not in it
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, held_state(connection):
            pack = _Pack(archive, held, made)
            steps = applied_steps(connection)
            say("Copying the tables")
            for model in tables_at(connection, steps):
                pack.add_table(f"tables/{label(model)}.jsonl", lines_of(connection, model))
            say(f"Copying {len(held.files):,} files")
            pack.add_files()
            if passphrase is not None:
                pack.add_secrets(passphrase)
            manifest = pack.manifest(steps)
            archive.writestr(_entry(MANIFEST), manifest.to_json())
        file.flush()
        os.fsync(file.fileno())
    return manifest


@dataclass(slots=True)
class _Pack:
    """An archive while it is filled."""

    archive: zipfile.ZipFile
    held: HeldWorkspace
    made: datetime.datetime
    members: dict[str, Member] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def add_table(self, name: str, lines: Iterable[bytes]) -> None:
        found, size, rows = hashlib.sha256(), 0, 0
        with self.archive.open(_entry(name), "w", force_zip64=True) as part:
            for line in lines:
                part.write(line)
                found.update(line)
                size, rows = size + len(line), rows + 1
        self.members[name] = Member(size, found.hexdigest(), rows)

    def add_files(self) -> None:
        """Add each content once: snapshots share most of their files."""
        known: dict[tuple[int, int], str] = {}
        for path in self.held.files:
            try:
                status = (self.held.folder / path).lstat()
                inode = (status.st_dev, status.st_ino)
                if inode not in known:
                    known[inode] = self._add_file(self.held.folder / path)
                self.files[path] = known[inode]
            except FileNotFoundError:
                if not path.startswith("attachments/"):
                    raise  # an attachment may be removed meanwhile, with its row

    def _add_file(self, path: Path) -> str:
        sha256 = _hash(path)
        name = f"files/{sha256}"
        if name not in self.members:
            packing = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
            size = 0
            with self.archive.open(_entry(name, packing), "w", force_zip64=True) as part:
                for piece in _pieces(path):
                    part.write(piece)
                    size += len(piece)
            self.members[name] = Member(size, sha256)
        return name

    def add_secrets(self, passphrase: str) -> None:
        box = lock({one: (self.held.folder / one).read_bytes() for one in self.held.secrets}, passphrase)
        self.archive.writestr(_entry(SECRETS, zipfile.ZIP_STORED), box)
        self.members[SECRETS] = Member(len(box), hashlib.sha256(box).hexdigest())

    def manifest(self, steps: list[tuple[str, str]]) -> Manifest:
        return Manifest(
            made=self.made.isoformat(),
            version=version("upwards"),
            workspace=self.held.name,
            installation=self.held.erased.installation,
            steps=tuple(steps),
            members=self.members,
            files=self.files,
            secrets=SECRETS in self.members,
        )


def _entry(name: str, packing: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = packing
    entry.external_attr = 0o100600 << 16
    return entry


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stem(workspace: str, installation: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", workspace.lower()).strip("-")[:40] or "workspace"
    return f"{plain}-{installation[:8]}"


def _name(manifest: Manifest) -> str:
    return f"{_stem(manifest.workspace, manifest.installation)}-{manifest.moment:%Y%m%dT%H%M%S%fZ}{ENDING}"


def own_name(installation: str) -> re.Pattern[str]:
    """Return the pattern of an installation's backups, with the moment as its group."""
    return re.compile(rf"[a-z0-9-]+-{installation[:8]}-(\d{{8}}T\d{{12}})Z{re.escape(ENDING)}")


def remove_backups(folder: Path, manifest: Manifest, *, keep: int | None, days: int) -> list[Path]:
    """Remove older backups of this installation: beyond a number, and those past their time.

    Erasure must reach the backups, so they expire.
    """
    own = own_name(manifest.installation)
    matched = ((own.fullmatch(path.name), path) for path in folder.iterdir())
    dated = sorted(((found[1], path) for found, path in matched if found), reverse=True)
    oldest = f"{timezone.now().astimezone(datetime.UTC) - datetime.timedelta(days=days):%Y%m%dT%H%M%S%f}"
    gone = [
        path
        for place, (stamp, path) in enumerate(dated)
        if place > 0 and ((keep is not None and place >= keep) or stamp < oldest)
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone
