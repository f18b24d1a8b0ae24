"""Rows of a file as plain text, in batches, each with the number a spreadsheet would show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

RowNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row with too many or too few fields.

    Attributes
    ----------
    number
        Row number in the file, the headings being row 1.
    text
        The row as it stands; may be personal, never to be shown.
    n_fields, n_expected
        Fields found and headings there are.
    """

    number: int
    text: str
    n_fields: int
    n_expected: int


@dataclass(frozen=True, slots=True, eq=False)
class TextBatch:
    """Some rows of a file.

    Attributes
    ----------
    rows
        All columns as text; a missing cell is blank or null.
    numbers
        Row number of each row, shape (n,).
    bad_rows
        Rows that do not fit the headings; not in `rows`.
    done_bytes, total_bytes
        How far the file was read.
    n_blank
        Blank rows that were left out.
    """

    rows: pl.DataFrame
    numbers: RowNumbers
    bad_rows: tuple[BadRow, ...]
    done_bytes: int
    total_bytes: int
    n_blank: int = 0


class TextSource(Protocol):
    """A file whose layout is known and whose rows can be streamed as text."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings, unique."""

    @property
    def detected(self) -> str:
        """What was found, in words."""

    @property
    def messages(self) -> tuple[str, ...]:
        """What was tolerated, in words."""

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[TextBatch]:
        """Yield all rows in order."""


def describe_bad_row(source: TextSource, row: BadRow) -> str:
    """Say which row does not fit the headings, without quoting it."""
    return (
        f"{source.path.name}, row {row.number}: {row.n_fields} fields where there are {row.n_expected} "
        f"headings ({source.detected}). A value with the separator in it needs quotation marks; mend the row "
        "or export the file again."
    )
