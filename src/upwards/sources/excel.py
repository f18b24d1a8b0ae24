"""XLSX workbooks: find the sheet and the row of headings, then give the rows as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from upwards.core.errors import EmptyData, near_misses
from upwards.sources.batches import TextBatch
from upwards.sources.errors import UnreadableFile
from upwards.sources.headings import check_headings

BATCH_ROWS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    path, name
        The workbook and the sheet.
    columns
        Headings, unique and stripped.
    first_row
        Row number of the first row below the headings.
    cells
        All rows below the headings as text. A sheet holds at most a million rows, so it fits in memory.
    messages
        What was tolerated, in words.
    """

    path: Path
    name: str
    columns: tuple[str, ...]
    first_row: int
    cells: pl.DataFrame
    messages: tuple[str, ...]

    @property
    def detected(self) -> str:
        """Say what was found."""
        return f"Excel workbook, sheet {self.name!r}"

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[TextBatch]:
        """Yield the rows as text, blank rows left out."""
        total = self.path.stat().st_size
        for start in range(0, self.cells.height, BATCH_ROWS):
            rows = self.cells.slice(start, BATCH_ROWS)
            numbers = np.arange(start, start + rows.height, dtype=np.int64) + self.first_row
            kept = rows.select(pl.any_horizontal(pl.all().fill_null("") != "")).to_series()
            rows, numbers = rows.filter(kept), numbers[kept.to_numpy()]
            done = total * (start + BATCH_ROWS) // max(self.cells.height, 1)
            chosen = rows.select(columns) if columns is not None else rows
            yield TextBatch(chosen, numbers, (), min(done, total), total)


def open_sheet(path: Path, sheet: str | None = None) -> Sheet:
    """Open the sheet named, or the only visible one that holds anything."""
    import fastexcel

    if path.stat().st_size == 0:
        raise EmptyData(f"{path.name} is empty (0 bytes). Save the workbook again.")
    try:
        reader = fastexcel.read_excel(path)
        grids = {name: _read_grid(reader, name) for name in _sheet_names(path, reader, sheet)}
    except fastexcel.FastExcelError:
        raise UnreadableFile(
            f"{path.name} is not a readable Excel workbook: it was cut short, is protected by a password or "
            "is another kind of file. Open it in Excel and save it again as .xlsx, or as CSV UTF-8."
        ) from None
    filled = {name: grid for name, grid in grids.items() if grid.height}
    if not filled:
        raise EmptyData(f"{path.name} holds no cells with content. Save the sheet with its results again.")
    if len(filled) > 1:
        names = ", ".join(map(repr, filled))
        raise UnreadableFile(
            f"{path.name} has several sheets with content: {names}. Say which to read by adding its name, as "
            f"in '{path.name}#{next(iter(filled))}'."
        )
    return _find_headings(path, *next(iter(filled.items())))


def _sheet_names(path: Path, reader: object, sheet: str | None) -> list[str]:
    names: list[str] = reader.sheet_names  # type: ignore[attr-defined]
    if sheet is not None and sheet not in names:
        raise UnreadableFile(
            f"{path.name} has no sheet {sheet!r}{near_misses(sheet, names)} It has: "
            f"{', '.join(map(repr, names))}."
        )
    if sheet is not None:
        return [sheet]
    visible = [n for n in names if reader.load_sheet(n, n_rows=0).visible == "visible"]  # type: ignore[attr-defined]
    return visible or names


def _read_grid(reader: object, name: str) -> pl.DataFrame:
    loaded = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")  # type: ignore[attr-defined]
    if loaded.width == 0 or loaded.height == 0:
        return pl.DataFrame()
    grid: pl.DataFrame = loaded.to_polars().with_columns(pl.all().str.replace(r" 00:00:00$", ""))
    filled = grid.select((pl.all().str.strip_chars().fill_null("") != "").any()).row(0)
    return grid.select([c for c, keep in zip(grid.columns, filled, strict=True) if keep])


def _find_headings(path: Path, name: str, grid: pl.DataFrame) -> Sheet:
    """Take as headings the first row that fills more than one cell: titles above a table fill one."""
    counts = grid.select(pl.sum_horizontal(pl.all().str.strip_chars().fill_null("") != "")).to_series()
    wanted = min(2, grid.width)
    row = next((i for i, n in enumerate(counts) if n >= wanted), 0)
    columns, messages = check_headings(f"{path.name}, sheet {name!r}", grid.row(row))
    if row:
        messages = (f"{row} rows above the headings (row {row + 1}) were skipped", *messages)
    cells = grid.slice(row + 1)
    if not (counts.slice(row + 1) > 0).any():
        raise EmptyData(f"{path.name}, sheet {name!r} has headings but no rows below them.")
    cells.columns = list(columns)
    return Sheet(path, name, columns, row + 2, cells, messages)
