"""Take an answer away as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def export_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the rows of an answer as Parquet.

    Parameters
    ----------
    rows
        Equal keys in every row; values are numbers, text, None or lists of text.
    path
        Where to write.

    Raises
    ------
    UserError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export_rows([{"unit": "a", "effect": 0.5}], Path(folder, "units.parquet"))
    ...     Path(folder, "units.parquet").stat().st_size > 0
    True
    """
    from upwards.store.exports import write_rows

    write_rows(rows, path)
