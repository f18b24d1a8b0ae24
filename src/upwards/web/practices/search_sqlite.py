"""Search with SQLite's FTS5: one index of words as written, one of their stems."""

from __future__ import annotations

from typing import Final

from django.db import connection

TABLES: Final = ("practices_words", "practices_stems")
TIERS: Final = ("{title}", "{title need}", "{title need text}")


def put(pk: int, title: str, need: str, text: str) -> None:
    remove(pk)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"INSERT INTO {table} (rowid, title, need, text) VALUES (%s, %s, %s, %s)",
                [pk, title, need, text],
            )


def remove(pk: int) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE rowid = %s", [pk])


def clear() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")


def find(words: list[str], most: int) -> list[int]:
    asked = " AND ".join([*(f'"{one}"' for one in words[:-1]), f'"{words[-1]}" *'])
    parts, given = [], []
    for tier, columns in enumerate(TIERS):
        for table in TABLES:
            parts.append(
                f"SELECT rowid AS id, {tier} AS tier, rank AS score FROM {table} WHERE {table} MATCH %s"
            )
            given.append(f"{columns} : ({asked})")
    union = " UNION ALL ".join(parts)
    best = f"SELECT id FROM ({union}) GROUP BY id ORDER BY MIN(tier), MIN(score), id LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(best, [*given, most])
        return [row[0] for row in cursor.fetchall()]
