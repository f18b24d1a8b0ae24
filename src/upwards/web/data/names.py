"""Texts that came from outside, made fit to be shown: names of files, headings, values in messages."""

from __future__ import annotations

import unicodedata
from typing import Any

from upwards.web.plain_text import HIDDEN, plain_text

LONGEST_NAME = 120
_NOT_IN_NAMES = '<>:"|?*`$;&'
# What the messages of the commands call by its place in a file stands on the page under these words.
_IN_THE_FORM = (
    ("name their scale under [scales], score = ...", "choose the scale of score below"),
    ("name their scale under [scales], prior = ...", "choose the scale of prior below"),
    ("Under [scales] in the mapping write score = the name of a scale", "Choose the scale of score"),
    ("Under [scales] in the mapping write prior = the name of a scale", "Choose the scale of prior"),
    ("under [constants] in the mapping", "under “The same in every row”"),
    ("under [constants]", "under “The same in every row”"),
    ("see [values.subject]", "see the mapping as text"),
    ("take the place of the earlier ones with --replace", "take their place by ticking the box"),
    ("go back with: upwards import --undo", "undo that import first"),
)


def shown_name(given: str) -> str:
    """Return the name under which an upload is shown: no folders, no tricks, its ending kept.

    >>> shown_name("../../etc/pass\\x00wd.csv")
    'passwd.csv'
    """
    last = unicodedata.normalize("NFC", given[-1000:]).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in HIDDEN)
    kept = " ".join("".join(sign for sign in seen if sign not in _NOT_IN_NAMES).split()).lstrip(". ")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        return kept[:LONGEST_NAME] or "file"
    return f"{stem[: LONGEST_NAME - len(ending[:12]) - 1]}.{ending[:12]}"


def ending_of(name: str) -> str:
    """Return the ending in lower case, such as ``.csv``; blank where there is none."""
    _, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot else ""


def presentable(value: Any, stored: str, shown: str) -> Any:
    """Return what an action says of an upload: the shown name for the stored one, plain texts and types."""
    if isinstance(value, str):
        for said, meant in _IN_THE_FORM:
            value = value.replace(said, meant)
        return plain_text(value.replace(stored, shown) if stored else value)
    if isinstance(value, dict):
        return {
            presentable(key, stored, shown): presentable(one, stored, shown) for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [presentable(one, stored, shown) for one in value]
    return value
