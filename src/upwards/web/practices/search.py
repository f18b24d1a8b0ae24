"""Full-text search over what is published: one interface, two engines, chosen by the database."""

from __future__ import annotations

import re
import unicodedata
from importlib import import_module
from typing import Any, Final, Protocol, cast

from django.apps import apps
from django.db import connection, transaction

MOST_WORDS = 12
LONGEST_WORD = 40
MOST_FOUND = 2000
_WORD = re.compile(r"[^\W_]+")
# Words that are in every text; left out of a question unless it has no others.
_COMMON = """
a about all an and are as at be but by can do for from has have how i in into is it its more not of on or our
should so than that the their them there they this to up us was we what when where which who why will with you
your
"""
COMMON: Final = frozenset(_COMMON.split())


class Engine(Protocol):
    """What a database must be able to do."""

    def put(self, pk: int, title: str, need: str, text: str) -> None:
        """Keep the words of a practice in place of those kept before."""

    def remove(self, pk: int) -> None: ...

    def clear(self) -> None: ...

    def find(self, words: list[str], most: int) -> list[int]:
        """Return the practices with all words, the last of them perhaps begun only, best first.

        What has them in its title comes first, then what has them in title and need, then the others.
        """


def engine() -> Engine:
    return cast(Engine, import_module(f"upwards.web.practices.search_{connection.vendor}"))


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, without accents and anything that is not a word."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return [one[:LONGEST_WORD] for one in _WORD.findall(bare.casefold())]


def asked_words(question: str) -> list[str]:
    """Return the words to look for; no sign of a question is ever a command."""
    every = words_of(question[:1000])
    return [one for one in every if one not in COMMON][:MOST_WORDS] or every[:MOST_WORDS]


def keep(pk: int, title: str, need: str, text: str) -> None:
    """Keep what can be searched of a practice, in the transaction of whoever writes it."""
    title, need, text = (" ".join(words_of(one)) for one in (title, need, text))
    engine().put(pk, title, need, text)


def forget(pk: int) -> None:
    engine().remove(pk)


def find(question: str) -> list[int] | None:
    """Return practices that answer a question in words, best first; None where it has no word."""
    words = asked_words(question)
    return engine().find(words, MOST_FOUND) if words else None


def rebuild() -> int:
    """Make the index anew from the rows, and return how many there are: after rows came from a backup."""
    practices: Any = apps.get_model("practices", "Practice")
    with transaction.atomic():
        engine().clear()
        rows = practices.objects.filter(live__isnull=False, archived__isnull=True).select_related("live")
        for one in rows:
            keep(one.pk, one.live.title, one.live.need, one.live.words)
    return len(rows)
