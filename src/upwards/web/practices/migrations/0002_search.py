"""The index of the full-text search: tables of the database's own kind, not rows of a model."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = (
    "CREATE VIRTUAL TABLE practices_words USING fts5(title, need, text, tokenize='unicode61')",
    "CREATE VIRTUAL TABLE practices_stems USING fts5(title, need, text, tokenize='porter unicode61')",
    "INSERT INTO practices_words (practices_words, rank) VALUES ('rank', 'bm25(8.0, 4.0, 1.0)')",
    "INSERT INTO practices_stems (practices_stems, rank) VALUES ('rank', 'bm25(8.0, 4.0, 1.0)')",
)
POSTGRESQL = (
    "CREATE TABLE practices_words (id bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX practices_words_gin ON practices_words USING gin (words)",
)
TABLES = {"sqlite": ("practices_words", "practices_stems"), "postgresql": ("practices_words",)}


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for command in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[editor.connection.vendor]:
        editor.execute(command)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for table in TABLES[editor.connection.vendor]:
        editor.execute(f"DROP TABLE {table}")


class Migration(migrations.Migration):
    dependencies = [("practices", "0001_initial")]

    operations = [migrations.RunPython(make, drop)]
