"""Outside files to standard tables.

A file takes four steps, each a module that can be read alone:

1. `files` opens it (`delimited` for CSV, `excel` for XLSX, `parquet`) and yields batches of plain text with
   the row numbers a spreadsheet would show, in bounded memory.
2. `mapping` says which column is which; `proposal` suggests one from names and synonyms; the person's edited
   `map.toml` is reused. `reshape` turns a column per subject or per year into rows.
3. `scales` turns grades into scores, by a scale the mapping names and never by a guess.
4. `cleaning` checks every row, keeps the good ones as batches of a standard table, and lists in `problems`
   what is wrong with file, row, column and remedy.

`open_frame` is the short way for a file or frame that is already tidy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from upwards.sources.frames import FrameSource

__all__ = ["open_frame"]


def open_frame(source: FrameSource, *, text_columns: Iterable[str] = ()) -> pl.LazyFrame:
    """Open a tidy file or frame, ready to be read in one pass.

    Parameters
    ----------
    source
        Path to a CSV, TSV, XLSX or Parquet file, or a pandas, polars (eager or lazy) or pyarrow frame.
    text_columns
        Columns of a text file or workbook to be read exactly as they stand: ``"007"`` stays ``"007"``;
        frames and Parquet keep their types.

    Returns
    -------
    polars.LazyFrame
        Columns in the order of the source. In files, a column is numeric (Int64 or Float64) when every value
        that is not blank is a number, else text; in frames and Parquet the types are kept, true and false
        become 1 and 0, dates become text.

    Raises
    ------
    UserError
        If the source cannot be read, is empty, or lacks one of `text_columns`.

    Notes
    -----
    Blank text and NaN are missing; a NaN of a Parquet file stays, and the pass takes it as missing. In a
    numeric column of a text file the words ``NA`` and ``NaN``, which R and pandas write, are missing too.
    Every row of a text file is checked before the frame is returned, so that reading it later does not fail.

    Examples
    --------
    >>> import polars as pl
    >>> open_frame(pl.DataFrame({"school": ["01", " "], "score": [1.5, float("nan")]})).collect().rows()
    [('01', 1.5), (None, None)]
    """
    from upwards.sources import frames

    return frames.open_frame(source, text_columns=text_columns)
