"""Rows of an answer as a Parquet file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from upwards.core.errors import UserError


def write_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows as Parquet.

    Parameters
    ----------
    rows
        Equal keys in every row.
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
    ...     write_rows([{"unit": "a", "effect": None}], Path(folder, "units.parquet"))
    """
    import polars as pl

    try:
        pl.DataFrame(list(rows), infer_schema_length=None).write_parquet(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}. Name another file.") from error
