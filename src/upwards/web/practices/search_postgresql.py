"""Search with PostgreSQL's text search: words as written and their English stems in one vector."""

from __future__ import annotations

from typing import Final

from django.db import connection

# Weights stand for the places: A is the title, B the need, C the text.
VECTOR: Final = " || ".join(
    f"setweight(to_tsvector('{config}', %s), '{weight}')"
    for weight in "ABC"
    for config in ("simple", "english")
)
TIERS: Final = ("A", "AB", "ABC")


def put(pk: int, title: str, need: str, text: str) -> None:
    given = [title, title, need, need, text, text]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO practices_words (id, words) VALUES (%s, {VECTOR}) "
            "ON CONFLICT (id) DO UPDATE SET words = EXCLUDED.words",
            [pk, *given],
        )


def remove(pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM practices_words WHERE id = %s", [pk])


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM practices_words")


def find(words: list[str], most: int) -> list[int]:
    """Ask three times in one: in the title, in title and need, anywhere."""
    asked = [_asked(words, places) for places in TIERS]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH q AS (SELECT (to_tsquery('simple', %s) || to_tsquery('english', %s)) AS title, "
            "(to_tsquery('simple', %s) || to_tsquery('english', %s)) AS near, "
            "(to_tsquery('simple', %s) || to_tsquery('english', %s)) AS anywhere) "
            "SELECT id FROM practices_words, q WHERE words @@ anywhere "
            "ORDER BY CASE WHEN words @@ title THEN 0 WHEN words @@ near THEN 1 ELSE 2 END, "
            "ts_rank(words, anywhere) DESC, id LIMIT %s",
            [*(one for one in asked for _ in range(2)), most],
        )
        return [row[0] for row in cursor.fetchall()]


def _asked(words: list[str], places: str) -> str:
    """Write words as a query; they hold letters and digits only."""
    return " & ".join([*(f"'{one}':{places}" for one in words[:-1]), f"'{words[-1]}':*{places}"])
