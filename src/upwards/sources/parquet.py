"""Parquet files: typed columns, read as they are or as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from upwards.core.errors import EmptyData
from upwards.sources.batches import TextBatch
from upwards.sources.errors import damaged_parquet
from upwards.sources.headings import check_headings
from upwards.sources.numbers import label_text

BATCH_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file that could be opened.

    Attributes
    ----------
    path
        The file.
    columns
        Its column names.
    n_rows
        Its rows.
    messages
        Always empty: nothing needs tolerating.
    """

    path: Path
    columns: tuple[str, ...]
    n_rows: int
    messages: tuple[str, ...] = ()

    @property
    def detected(self) -> str:
        """Say what was found."""
        return "Parquet"

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[TextBatch]:
        """Yield the rows as text; row 1 would be the headings, so the first row is 2."""
        total = self.path.stat().st_size
        chosen, start = list(columns if columns is not None else self.columns), 0
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(BATCH_ROWS, columns=chosen):
                    rows = pl.DataFrame(pl.from_arrow(batch)).select(chosen)
                    rows = rows.select(label_text(name, dtype) for name, dtype in rows.schema.items())
                    numbers = np.arange(start, start + rows.height, dtype=np.int64) + 2
                    start += rows.height
                    yield TextBatch(rows, numbers, (), total * start // self.n_rows, total)
        except (pa.ArrowException, OSError):
            raise damaged_parquet(self.path) from None


def open_parquet(path: Path) -> ParquetFile:
    """Open a Parquet file, or say why not."""
    if path.stat().st_size == 0:
        raise EmptyData(f"{path.name} is empty (0 bytes). Export it again and see that the export finished.")
    try:
        with pq.ParquetFile(path) as file:
            names, n_rows = file.schema_arrow.names, file.metadata.num_rows
    except (pa.ArrowException, OSError):
        raise damaged_parquet(path) from None
    check_headings(path.name, names)
    if n_rows == 0:
        raise EmptyData(f"{path.name} has columns but no rows. Export it again with its rows.")
    return ParquetFile(path, tuple(names), n_rows)
