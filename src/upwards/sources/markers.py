"""Words that stand where a value would: suppressed, not applicable, absent. None of them is ever a zero."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import polars as pl

from upwards.sources.numbers import stripped


@cache
def load_markers() -> Mapping[str, str]:
    """Read the markers: word in lower case to reason.

    Examples
    --------
    >>> load_markers()["supp"]
    'suppressed'
    """
    text = resources.files("upwards.sources").joinpath("markers.toml").read_text(encoding="utf-8")
    reasons: dict[str, list[str]] = tomllib.loads(text)["reasons"]
    return MappingProxyType({word: reason for reason, words in reasons.items() for word in words})


def reason_missing(column: str) -> pl.Expr:
    """Return why a value is missing where the text is a marker, else null."""
    markers = load_markers()
    text = stripped(column).str.to_lowercase()
    return text.replace_strict(list(markers), list(markers.values()), default=None, return_dtype=pl.String)
