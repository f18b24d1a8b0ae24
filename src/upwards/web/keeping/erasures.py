"""Erasure reaches the backups: the list of erasures lies beside them, and restoring erases again.

Rows of the application that were erased are in the audit trail, by number; rows of results in the list that
the workspace keeps, by a keyed hash of the pseudonym. Both are forgotten when no backup can be older than
they are.
"""

from __future__ import annotations

import datetime
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from upwards.actions.repeat_erasures import (
    Erased,
    ErasedList,
    list_erased,
    read_erased_file,
    remember_erased,
)
from upwards.web.accounts.models import User
from upwards.web.keeping.models import Backup
from upwards.web.oversight.erasure import erase_rows
from upwards.web.people.models import Person
from upwards.web.trail.models import AuditEntry

KIND = "erasure"
MARGIN = datetime.timedelta(minutes=10)
"""An erasure under way while a backup was made is done again: erasing twice does no harm."""


@receiver(post_save, sender=AuditEntry, dispatch_uid="erasures reach the backups")
def spread_soon(instance: AuditEntry, **about: Any) -> None:
    if instance.kind == KIND and not instance.detail:
        transaction.on_commit(spread_erasures)


def spread_erasures() -> int:
    """Put the list beside every backup that may still exist; return the number of folders."""
    return put_beside_backups(remember_erased(settings.UPWARDS_WORKSPACE, all_erased().erased))


def put_beside_backups(listed: ErasedList) -> int:
    done = 0
    for folder in {Path(one.folder) for one in Backup.objects.filter(removed=None)}:
        try:
            write_beside(folder, listed)
            done += 1
        except OSError:
            continue  # a disk that is not there now: `doctor` says so, and restoring asks for the newest list
    return done


def all_erased() -> ErasedList:
    """Return the list of the workspace, with what the trail says was erased among the rows."""
    entries = AuditEntry.objects.filter(kind=KIND, detail="").values_list("at", "object_id")
    rows = (Erased(_text(at), *str(named).split(" ", 1)) for at, named in entries if " " in named)
    return list_erased(settings.UPWARDS_WORKSPACE).joined(rows)


def _text(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")


def beside(folder: Path, installation: str) -> Path:
    return folder / f"erasures-{installation}.json"


def write_beside(folder: Path, listed: ErasedList) -> None:
    write_whole(beside(folder, listed.installation), listed.to_json())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step, for its owner only."""
    half = path.with_name(f".half-{secrets.token_hex(8)}")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def erased_since(moment: datetime.datetime, installation: str, *folders: Path) -> set[Erased]:
    """Return what was erased since a backup was made: from lists beside it and in a workspace replaced.

    A list of another installation says nothing: its numbers are of other rows.
    """
    found: set[Erased] = set()
    for path in (
        *(beside(folder, installation) for folder in folders),
        *(one / "erased.json" for one in folders),
    ):
        if path.is_file():
            listed = read_erased_file(path)
            if listed.installation == installation:
                found.update(listed.erased)
    return {one for one in found if datetime.datetime.fromisoformat(one.at) >= moment - MARGIN}


def erase_again(rows: tuple[Erased, ...]) -> None:
    """Erase rows of the application, as their numbers say."""
    for one in rows:
        number = int(one.key) if one.key.isdecimal() else 0
        person = Person.objects.filter(pk=number).first() if one.kind == "person" else None
        user = User.objects.filter(pk=number).first() if one.kind == "user" else None
        erase_rows(person, user)


def still_holding() -> list[tuple[Backup, int]]:
    """Return the backups that may still exist and are older than erasures, and how many of these."""
    moments = [datetime.datetime.fromisoformat(one.at) for one in all_erased().erased]
    counted = ((one, sum(at >= one.made for at in moments)) for one in Backup.objects.filter(removed=None))
    return [(one, n) for one, n in counted if n]
