"""The application's tables as lines of JSON that any database takes, and back.

The tables are those of the steps (migrations) that were applied, not those of the program that runs: so an
older database can be copied before an upgrade, and an older copy loaded and then brought forward.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.core.management.color import no_style
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q
from django.utils import timezone

Step = tuple[str, str]

# Signing in again is all that is lost; the queue is filled again from the jobs.
LEFT_OUT = frozenset({"sessions.session", "django_tasks_db.dbtaskresult"})
# Two copies of an open pulse would differ by those who answered between them (decision 0082).
LEFT_OUT_WHILE_OPEN = frozenset({"health.participation", "health.tally"})
AT_ONCE = 500


@contextmanager
def held_state(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Read one state of the database while others go on writing; inside a transaction, its own."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # Django would begin as a writer and hold all others up.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                cursor.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def applied_steps(connection: BaseDatabaseWrapper) -> list[Step]:
    """Return the steps that brought the database where it is, those of known apps."""
    loader = MigrationLoader(connection)
    return sorted(step for step in loader.applied_migrations if step in loader.disk_migrations)


def unknown_steps(steps: Iterable[Step]) -> list[Step]:
    """Return the steps that this program does not have: a newer one made them."""
    known = MigrationLoader(None).disk_migrations
    return sorted(step for step in steps if step not in known)


def last_steps(steps: Iterable[Step]) -> list[Step]:
    """Return of each app the steps after which no other of these comes."""
    graph = MigrationLoader(None).graph
    wanted = {step for step in steps if step in graph.nodes}
    return sorted(
        step
        for step in wanted
        if not any(child.key in wanted and child.key[0] == step[0] for child in graph.node_map[step].children)
    )


def tables_at(connection: BaseDatabaseWrapper, steps: Iterable[Step]) -> list[type[models.Model]]:
    """Return the models as they were at some steps, without those that a copy leaves out."""
    state = MigrationLoader(connection).project_state(last_steps(steps))
    found = state.apps.get_models(include_auto_created=True)
    return sorted(
        (one for one in found if one._meta.managed and not one._meta.proxy and label(one) not in LEFT_OUT),
        key=label,
    )


def label(model: type[models.Model]) -> str:
    return model._meta.label_lower


def lines_of(connection: BaseDatabaseWrapper, model: type[models.Model]) -> Iterator[bytes]:
    """Yield a table's rows, ordered by key; without those of a pulse that can still be answered."""
    fields = model._meta.concrete_fields
    rows = model._base_manager.using(connection.alias).order_by("pk")
    if label(model) in LEFT_OUT_WHILE_OPEN:
        rows = rows.filter(Q(pulse__closed=True) | Q(pulse__closes__lt=timezone.localdate()))
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield (
            json.dumps({one.attname: _plain(one, row) for one in fields}, ensure_ascii=False).encode() + b"\n"
        )


def _plain(field: models.Field[Any, Any], row: models.Model) -> Any:
    value = field.value_from_object(row)
    if value is None or isinstance(field, models.JSONField) or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    return field.value_to_string(row)


def load_lines(connection: BaseDatabaseWrapper, model: type[models.Model], lines: Iterable[bytes]) -> int:
    """Write rows as they were, key and moments included; return how many."""
    fields = model._meta.concrete_fields
    for one in fields:
        if isinstance(one, models.DateField | models.TimeField):
            one.auto_now = one.auto_now_add = False  # of this copy of the model only
    rows, done = (_row(model, fields, line) for line in lines), 0
    while batch := list(islice(rows, AT_ONCE)):
        model._base_manager.using(connection.alias).bulk_create(batch)
        done += len(batch)
    return done


def _row(model: type[models.Model], fields: Iterable[models.Field[Any, Any]], line: bytes) -> models.Model:
    found = json.loads(line)
    if set(found) != {one.attname for one in fields}:
        raise ValueError(f"a row of {label(model)} has other columns")
    return model(**{one.attname: _back(one, found[one.attname]) for one in fields})


def _back(field: models.Field[Any, Any], value: Any) -> Any:
    return value if isinstance(field, models.JSONField) else field.to_python(value)


def bring_to(connection: BaseDatabaseWrapper, steps: Iterable[Step]) -> None:
    """Bring an empty database to the steps of a copy, and empty what the steps wrote by themselves."""
    wanted = list(steps)
    MigrationExecutor(connection).migrate(last_steps(wanted))
    with transaction.atomic(using=connection.alias):
        for model in tables_at(connection, wanted):
            model._base_manager.using(connection.alias).all()._raw_delete(connection.alias)


def reset_sequences(connection: BaseDatabaseWrapper, tables: list[type[models.Model]]) -> None:
    """Let the next row of each table have a number that is free."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(sql)
