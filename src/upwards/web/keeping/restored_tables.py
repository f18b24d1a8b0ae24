"""Loading the tables of a backup: brought to the steps they come from, then forward to this version's."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import Error, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from upwards.actions.read_backup import read_backup
from upwards.core.errors import UserError
from upwards.web.keeping.database_copy import (
    bring_to,
    label,
    load_lines,
    reset_sequences,
    tables_at,
    unknown_steps,
)
from upwards.web.keeping.manifest import Manifest
from upwards.web.practices.search import rebuild

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did: the schema put aside, blank for none, and what was closed since others hold it."""

    aside: str
    n_tokens: int
    n_invitations: int


@contextmanager
def restored_tables(file: Path, manifest: Manifest, *, replace: bool, say: Say) -> Iterator[Loaded]:
    """Fill the database and yield what was done; when the block fails, nothing of it stays."""
    refuse_newer(manifest)
    with _all_or_nothing(connection):
        aside = _make_empty(connection, replace)
        say("Loading the tables")
        load_tables(file, manifest, connection)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        n_tokens, n_invitations = close_what_was_open()
        rebuild()
        yield Loaded(aside, n_tokens, n_invitations)


def refuse_newer(manifest: Manifest) -> None:
    newer = unknown_steps(manifest.steps)
    if newer:
        raise UserError(
            f"This backup was made by upwards {manifest.version[:20]!r}, which is newer than this one: its "
            f"database has the step {'.'.join(newer[-1])!r}, unknown here. Update upwards, then restore."
        )


def load_tables(file: Path, manifest: Manifest, connection: BaseDatabaseWrapper) -> None:
    """Load every table of a backup into an empty database."""
    bring_to(connection, manifest.steps)
    tables = tables_at(connection, manifest.steps)
    with read_backup(file) as archive, transaction.atomic(using=connection.alias):
        _defer_constraints(connection)
        for model in tables:
            name = f"tables/{label(model)}.jsonl"
            try:
                done = load_lines(connection, model, archive.lines(name))
            except (ValueError, TypeError, KeyError, AttributeError, Error) as error:
                if isinstance(error, UserError):
                    raise
                raise UserError(
                    f"The table {label(model)} of {file.name} cannot be loaded ({type(error).__name__}). "
                    "Nothing was changed; take another backup."
                ) from error
            if done != manifest.members[name].rows:
                raise UserError(f"The table {label(model)} of {file.name} is not whole. Take another backup.")
        connection.check_constraints()
        reset_sequences(connection, tables)


def _defer_constraints(connection: BaseDatabaseWrapper) -> None:
    """Let rows come in any order; a step that added a key may have said otherwise for this transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def close_what_was_open() -> tuple[int, int]:
    """Close what others hold a key to or what is not whole; return how many tokens and invitations.

    Nobody knows which tokens were revoked and which invitations were used since the backup. Uploads are not
    in a backup: those that were not finished are sent again. Which backups there are, their files say.
    """
    from upwards.web.accounts.models import Invitation
    from upwards.web.data.models import ENDED, Step, Upload
    from upwards.web.keeping.models import Backup
    from upwards.web.tokens.models import Token

    Backup.objects.all().delete()
    tokens = list(Token.objects.filter(revoked=None))
    for token in tokens:
        token.revoke()
    invitations = list(Invitation.objects.filter(accepted=None, withdrawn=None))
    for invitation in invitations:
        invitation.withdrawn = timezone.now()
        invitation.save()
    for upload in Upload.objects.exclude(stored=""):
        upload.stored = ""
        upload.step = upload.step if upload.step in ENDED else Step.EXPIRED
        upload.save()
    return len(tokens), len(invitations)


def let_go() -> None:
    """Leave the file of the database, whole and without its log, so that it can be moved."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


@contextmanager
def _all_or_nothing(connection: BaseDatabaseWrapper) -> Iterator[None]:
    # SQLite's file lies in a folder of its own, which is removed when anything fails.
    in_place = connection.vendor != "sqlite"
    with transaction.atomic() if in_place else nullcontext():
        yield


def _make_empty(connection: BaseDatabaseWrapper, replace: bool) -> str:
    """Refuse a database that holds tables, or put its schema aside under another name."""
    if connection.vendor == "sqlite" or not connection.introspection.table_names():
        return ""
    if not replace:
        raise UserError(
            "The database that DATABASE_URL names is not empty, so nothing was restored. Name an empty one, "
            "or say --replace to put its tables aside."
        )
    aside = f"before_{timezone.now().astimezone(datetime.UTC):%Y%m%d_%H%M%S}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"ALTER SCHEMA {schema} RENAME TO {aside}")
        cursor.execute(f"CREATE SCHEMA {schema}")
    return aside
