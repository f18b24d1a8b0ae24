"""Rows that turn out to be unreadable half way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from upwards.core.errors import UserError


class UnreadableRows(UserError):
    """A file opened well and then could not be read to its end."""


@contextmanager
def readable_rows() -> Iterator[None]:
    """Turn an engine's error while rows are read into a message.

    Raises
    ------
    UnreadableRows
        When the rows cannot be decoded. The engine's own words are left out: they may quote a cell.

    Examples
    --------
    >>> with readable_rows():
    ...     pl.LazyFrame({"a": [1]}).collect().height
    1
    """
    try:
        yield
    except pl.exceptions.ComputeError as error:
        raise UnreadableRows(
            "the file opens but its rows cannot be read to the end: it was damaged or cut short. Copy or "
            "export it again, and check that its size matches the original."
        ) from error
