"""Restoring a backup into an empty place, on whichever database, or beside what is there."""

from __future__ import annotations

import datetime
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from upwards.actions.keep_workspace import check_workspace, is_secret_key, lay_out_workspace
from upwards.actions.read_backup import BackupArchive, DamagedBackup, read_backup
from upwards.core.errors import UserError
from upwards.web.keeping.manifest import MANIFEST, MOST_BYTES, SECRETS, Manifest
from upwards.web.keeping.opening import point_at
from upwards.web.keeping.secret_box import unlock
from upwards.web.keeping.worker_place import worker_is_alive

Say = Callable[[str], None]
SECRET_KEY = "secret.key"
SPARE = 1.2
"""Room that is asked for, as a multiple of what is unpacked."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Attributes
    ----------
    manifest
        Of the backup.
    aside
        Where the earlier workspace lies now; None where there was none.
    aside_schema
        Name of the schema that holds the earlier tables in PostgreSQL; blank where there were none.
    n_erased
        How many people were erased again.
    closed
        How many of what others hold a key to were closed, by name.
    again
        How many of what had ended since were ended again, by name; None where no list said so.
    has_key
        Whether the workspace has its secret key.
    has_signing_key
        Whether it has the key with which it signs, and locks the second steps by app.
    """

    manifest: Manifest
    aside: Path | None
    aside_schema: str
    n_erased: int
    closed: Mapping[str, int]
    again: Mapping[str, int] | None
    has_key: bool
    has_signing_key: bool


def restore_backup(
    file: Path,
    workspace: Path,
    *,
    replace: bool,
    passphrase: str | None,
    say: Say,
    secret_key: Path | None = None,
) -> Restored:
    """Restore a backup: everything is checked before anything is changed.

    Parameters
    ----------
    file
        The backup.
    workspace
        A folder that is not there yet, or empty.
    replace
        Put what is there aside instead of refusing.
    passphrase
        Opens the secrets; None leaves them out.
    say
        Told what is going on.
    secret_key
        A copy of the workspace's secret.key, for a backup restored without its secrets.
    """
    os.umask(0o077)  # whatever is written is readable by nobody else
    target = workspace.expanduser().absolute()
    _refuse(target, replace)
    staged = target.with_name(f".restoring-{secrets.token_hex(6)}-{target.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        say("Checking the backup")
        manifest = _unpack(file, staged, passphrase, say)
        if secret_key is not None:
            _take_key(staged, secret_key)
        point_at(staged)
        return _bring_back(file.absolute(), manifest, staged, target, replace=replace, say=say)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _bring_back(
    file: Path, manifest: Manifest, staged: Path, target: Path, *, replace: bool, say: Say
) -> Restored:
    """Load the tables, end again what had ended since, and put everything in its place."""
    # Only now: these need Django.
    from upwards.web.keeping.recorded import know_backups
    from upwards.web.keeping.restored_tables import let_go, restored_tables

    aside: Path | None = None
    try:
        with restored_tables(file, manifest, replace=replace, say=say) as loaded:
            n_erased = _erase_again(manifest, staged, file.parent, target)
            again = _end_again(manifest, file.parent, target / "backups")
            know_backups(file.parent, manifest.installation)
            _check(staged)
            let_go()
            aside = _put_in_place(staged, target)
    except BaseException:
        if aside is not None and not target.exists():
            aside.replace(target)
        raise
    return Restored(
        manifest=manifest,
        aside=aside,
        aside_schema=loaded.aside,
        n_erased=n_erased,
        closed={"tokens of programs": loaded.n_tokens, "open invitations": loaded.n_invitations},
        again=again,
        has_key=(target / SECRET_KEY).is_file(),
        has_signing_key=(target / "secrets" / "signing.key").is_file(),
    )


def _refuse(target: Path, replace: bool) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UserError(f"{target} is a link or a file. Name a folder that is not there yet.")
    if not target.exists() or not any(target.iterdir()):
        return
    if not replace:
        raise UserError(
            f"{target} is not empty, so nothing was restored. Name a new folder, or say --replace to put "
            "what is there aside."
        )
    if worker_is_alive(target):
        raise UserError(f"{target} is being served. Stop 'upwards serve' first, so that no work is lost.")


def _unpack(file: Path, staged: Path, passphrase: str | None, say: Say) -> Manifest:
    """Check every part, then write the workspace's files under names that the archive does not choose."""
    with read_backup(file) as archive:
        manifest = Manifest.from_json(archive.read(MANIFEST, most=MOST_BYTES), where=file.name)
        if archive.names != {MANIFEST, *manifest.members}:
            raise UserError(f"{file.name} is damaged: it holds other parts than its manifest says.")
        _refuse_without_room(manifest, staged.parent)
        for name, member in manifest.members.items():
            archive.check(name, size=member.size, sha256=member.sha256)
        opened = _secrets(archive.read(SECRETS, most=MOST_BYTES), passphrase) if manifest.secrets else {}
        say(f"Unpacking {len(manifest.files):,} files")
        try:
            _write_files(archive, manifest, staged)
        except OSError as error:
            raise DamagedBackup(
                f"{file.name} cannot be unpacked to {staged.parent} ({error.strerror}). Nothing was "
                "changed. Take another backup, or restore to another disk."
            ) from error
    _write_secrets(staged, opened)
    lay_out_workspace(staged)
    return manifest


def _write_files(archive: BackupArchive, manifest: Manifest, staged: Path) -> None:
    staged.mkdir(mode=0o700)
    first: dict[str, Path] = {}
    for path, name in manifest.files.items():
        place = staged / path
        for folder in reversed(PurePosixPath(path).parents):
            (staged / folder).mkdir(mode=0o700, exist_ok=True)
        if name in first:
            _share(first[name], place)
        else:
            archive.extract(name, place, size=manifest.members[name].size)
            first[name] = place


def _refuse_without_room(manifest: Manifest, folder: Path) -> None:
    needed = int(SPARE * sum(member.size for member in manifest.members.values()))
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"Unpacking needs {needed:,} bytes and {folder} has {free:,}. Make room, or "
            "restore to another disk."
        )


def _share(held: Path, place: Path) -> None:
    """Give a file that is there a second name, as snapshots do; a copy where the disk has no links."""
    try:
        os.link(held, place)
    except OSError:
        shutil.copy2(held, place)


def _secrets(box: bytes, passphrase: str | None) -> dict[str, bytes]:
    return {} if passphrase is None else unlock(box, passphrase)


def _write_secrets(staged: Path, opened: dict[str, bytes]) -> None:
    for path, content in opened.items():
        folder, _, name = path.rpartition("/")
        if folder not in ("", "secrets") or name in ("", ".", "..") or (not folder and name != SECRET_KEY):
            raise UserError("The secrets in this backup have strange names. Restore without them.")
        (staged / folder).mkdir(mode=0o700, exist_ok=True)
        _write_secret(staged / path, content)


def _take_key(staged: Path, copy: Path) -> None:
    """Put the reader's own copy of the secret key where it belongs."""
    if (staged / SECRET_KEY).exists():
        raise UserError("The secrets of this backup hold a secret.key already. Leave --secret-key out.")
    try:
        content = copy.read_bytes()
    except OSError as error:
        raise UserError(f"{copy} cannot be read ({error.strerror}). Name your copy of secret.key.") from error
    _write_secret(staged / SECRET_KEY, content)
    if not is_secret_key(staged / SECRET_KEY):
        raise UserError(f"{copy} is no secret key of a workspace. Name your copy of secret.key.")


def _write_secret(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _erase_again(manifest: Manifest, staged: Path, beside: Path, target: Path) -> int:
    from upwards.actions.repeat_erasures import repeat_erasures
    from upwards.web.keeping.erasures import erase_again, erased_since

    found = erased_since(manifest.moment, manifest.installation, beside, target, target / "backups")
    if found:
        own, replaced = staged / SECRET_KEY, target / SECRET_KEY
        erase_again(repeat_erasures(staged, found, secret=own if own.exists() else replaced))
    return len({(one.at, one.kind) for one in found})  # one list may name by pseudonym whom another does not


def _end_again(manifest: Manifest, *folders: Path) -> dict[str, int] | None:
    from upwards.web.keeping.withdrawals import end_again, withdrawn_since

    listed = withdrawn_since(manifest.moment, manifest.installation, folders)
    return None if listed is None else end_again(listed)


def _check(staged: Path) -> None:
    faults = [one for one in check_workspace(staged) if one.where != SECRET_KEY]
    if faults:
        raise UserError(
            f"The restored workspace is not whole ({faults[0].where}: {faults[0].what}), so it was not put "
            "in place. Take another backup."
        )


def _put_in_place(staged: Path, target: Path) -> Path | None:
    aside: Path | None = None
    if target.exists():
        if any(target.iterdir()):
            stamp = f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}"
            aside = target.with_name(f"{target.name}.before-{stamp}")
            target.replace(aside)
        else:
            target.rmdir()
    try:
        staged.replace(target)
    except OSError:
        if aside is not None:
            aside.replace(target)
        raise
    return aside
