"""A tidy file or frame as a lazy frame whose columns are numbers or text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from upwards.core.errors import EmptyData, UnknownColumn, UserError, near_misses
from upwards.sources.errors import UnsupportedFile, damaged_parquet, forbidden
from upwards.sources.files import ENDINGS, find_file, open_text
from upwards.sources.headings import check_headings
from upwards.sources.numbers import label_text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    FrameSource: TypeAlias = (
        str | Path | pl.DataFrame | pl.LazyFrame | pa.Table | pa.RecordBatch | pd.DataFrame
    )


def open_frame(source: FrameSource, *, text_columns: Iterable[str] = ()) -> pl.LazyFrame:
    """Open a tidy file or frame; see `upwards.sources.open_frame`."""
    as_text = frozenset(text_columns)
    if isinstance(source, (str, Path)):
        return _file(source, as_text)
    frame = _as_lazy(source)
    columns = frame.collect_schema().names()
    check_headings("The frame", columns)
    _require(as_text, columns, "The frame")
    if isinstance(source, pl.LazyFrame):
        return _typed(frame)
    if frame.select(pl.len()).collect().item() == 0:
        raise EmptyData("The frame has no rows. Pass one with at least one row.")
    return _typed(frame)


def _file(source: str | Path, as_text: frozenset[str]) -> pl.LazyFrame:
    path, _ = find_file(source)
    if path.suffix.lower() == ".parquet":
        return _parquet(path, as_text)
    from upwards.sources.text_frames import read_text

    opened = open_text(source)
    _require(as_text, opened.columns, opened.path.name)
    return read_text(opened, as_text)


def _parquet(path: Path, as_text: frozenset[str]) -> pl.LazyFrame:
    """Open a Parquet file without PyArrow, whose import takes longer than many a fit."""
    if path.stat().st_size == 0:
        raise EmptyData(f"{path.name} is empty (0 bytes). Export it again and see that the export finished.")
    try:
        frame = pl.scan_parquet(path, glob=False)
        names = frame.collect_schema().names()
        n_rows = frame.select(pl.len()).collect().item()
    except PermissionError:
        raise forbidden(path) from None
    except (pl.exceptions.PolarsError, OSError):
        raise damaged_parquet(path) from None
    check_headings(path.name, names)
    _require(as_text, names, path.name)
    if n_rows == 0:
        raise EmptyData(f"{path.name} has columns but no rows. Export it again with its rows.")
    return _typed(frame, nan_stays=True)


def _require(wanted: frozenset[str], columns: Iterable[str], where: str) -> None:
    known = list(columns)
    for name in sorted(wanted - set(known)):
        hint = near_misses(name, known) or f"; it has {', '.join(map(repr, known[:30]))}."
        raise UnknownColumn(f"{where} has no column {name!r}{hint}")


def _as_lazy(source: object) -> pl.LazyFrame:
    if isinstance(source, pl.LazyFrame):
        return source
    if isinstance(source, pl.DataFrame):
        return source.lazy()
    import pyarrow as pa

    try:
        if isinstance(source, (pa.Table, pa.RecordBatch)):
            return pl.DataFrame(pl.from_arrow(source)).lazy()
        if type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "columns"):
            return pl.from_pandas(source, nan_to_null=True).lazy()  # type: ignore[call-overload, no-any-return]
    except (pa.ArrowException, pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise UserError(
            f"The frame cannot be read: {_first_line(error)}. Give every column one type and a name of its "
            "own."
        ) from None
    raise UnsupportedFile(
        f"{type(source).__name__} cannot be read. Pass a path ({', '.join(ENDINGS)}) or a pandas, polars or "
        "pyarrow frame."
    )


def _first_line(error: Exception) -> str:
    # Arrow's messages can quote a cell ("Could not convert 'Ann Lee'"), which may be personal.
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "a column mixes types" if "onver" in text else text


def _typed(frame: pl.LazyFrame, *, nan_stays: bool = False) -> pl.LazyFrame:
    """Keep the types of a typed source, apart from those that are neither number nor text.

    The pass takes NaN as missing anyway, so a file's columns need not be rewritten for it.
    """
    changed = [
        column
        for name, dtype in frame.collect_schema().items()
        if (column := _changed_column(name, dtype, nan_stays)) is not None
    ]
    return frame.with_columns(changed) if changed else frame


def _changed_column(name: str, dtype: pl.DataType, nan_stays: bool) -> pl.Expr | None:
    column = pl.col(name)
    if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
        return label_text(name, dtype)
    if dtype == pl.Boolean:
        return column.cast(pl.Int8)
    if dtype == pl.Null or dtype.is_decimal():
        return column.cast(pl.Float64)
    return column.fill_nan(None) if dtype.is_float() and not nan_stays else None
