"""Writing down which backups there are, where the database already knows of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from django.db import connection
from django.utils import timezone

from upwards.web.keeping.backup import Made
from upwards.web.keeping.erasures import spread_erasures
from upwards.web.keeping.models import Backup
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


def record_removed(paths: Iterable[Path]) -> None:
    if _is_known():
        for path in paths:
            gone = Backup.objects.filter(folder=str(path.parent), name=path.name, removed=None)
            gone.update(removed=timezone.now())


def remove_expired(before: datetime.datetime) -> int:
    """Remove the files of backups that are over, and what somebody else removed from the list."""
    removed = 0
    for one in Backup.objects.filter(removed=None):
        if one.made < before and one.path.parent.is_dir():
            one.path.unlink(missing_ok=True)
        if one.path.parent.is_dir() and not one.path.exists():
            one.removed = timezone.now()
            one.save()
            removed += 1
    return removed


def _is_known() -> bool:
    return Backup._meta.db_table in connection.introspection.table_names()
