"""Writing down which backups there are, where the database already knows of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from upwards.actions.repeat_erasures import list_erased
from upwards.web.keeping.backup import Made, own_name
from upwards.web.keeping.erasures import beside, spread_erasures
from upwards.web.keeping.models import Backup
from upwards.web.keeping.withdrawals import spread_withdrawals
from upwards.web.trail.models import What, write_entry


def record_backup(made: Made) -> None:
    """Remember a backup; in a database from before this was known, its file alone speaks for it."""
    if not _is_known():
        return
    Backup.objects.create(
        made=made.manifest.moment,
        folder=str(made.path.parent),
        name=made.path.name,
        size=made.size,
        sha256=made.sha256,
        with_secrets=made.manifest.secrets,
    )
    write_entry(What.DID, "backup", detail="with secrets" if made.manifest.secrets else "")
    spread_erasures()
    spread_withdrawals()


def record_removed(paths: Iterable[Path]) -> None:
    if _is_known():
        for path in paths:
            gone = Backup.objects.filter(folder=str(path.parent), name=path.name, removed=None)
            gone.update(removed=timezone.now())


def remove_expired(before: datetime.datetime) -> int:
    """Remove the files of backups that are over, and what somebody else removed from the list."""
    removed = 0
    installation = list_erased(settings.UPWARDS_WORKSPACE).installation
    for one in Backup.objects.filter(removed=None):
        if one.made < before and _is_own(one.path, installation):
            one.path.unlink(missing_ok=True)
        if one.path.parent.is_dir() and not one.path.exists():
            one.removed = timezone.now()
            one.save()
            removed += 1
    return removed


def _is_own(path: Path, installation: str) -> bool:
    """Say whether a file is a backup of this installation, in a folder where it wrote its own list."""
    is_named = own_name(installation).fullmatch(path.name) is not None
    return is_named and path.is_absolute() and beside(path.parent, installation).is_file()


def know_backups(folder: Path, installation: str) -> None:
    """Remember the backups of an installation that lie in a folder, after restoring one of them."""
    for path in folder.iterdir():
        found = own_name(installation).fullmatch(path.name)
        if found is not None and path.is_file():
            made = datetime.datetime.strptime(f"{found[1]}+0000", "%Y%m%dT%H%M%S%f%z")
            Backup.objects.create(
                made=made, folder=str(folder), name=path.name, size=path.stat().st_size, sha256=""
            )


def _is_known() -> bool:
    return Backup._meta.db_table in connection.introspection.table_names()
