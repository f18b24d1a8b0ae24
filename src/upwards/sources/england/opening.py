"""Open a published file: encoding and layout found, rows as text, short rows filled where allowed."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import polars as pl

from upwards.sources.batches import BadRow, TextSource
from upwards.sources.england.release import OpenedFile, Period
from upwards.sources.errors import UnreadableFile
from upwards.sources.files import open_text
from upwards.sources.reshape import ROW

_RECORD_TYPE = "RECTYPE"
# What letters, pounds and quotation marks in UTF-8 look like to a reader of Windows-1252: "Ã©", "Â£", "â€™".
_UTF8_IN_CP1252 = re.compile(rb"\xc3[\x80-\xbf]|\xc2[\xa0-\xbf]|\xe2\x80[\x90-\xbf]")


def open_release(path: Path, place: PurePosixPath, period: Period) -> OpenedFile:
    """Open a published file and find its encoding, layout and headings.

    Parameters
    ----------
    path
        Where it is.
    place
        Its path inside the folder given.
    period
        Academic year of the figures or day of the register, where the place says it.

    Returns
    -------
    OpenedFile
        Spaces around headings are taken off; a blank heading is called ``"column 3"``.

    Raises
    ------
    UserError
        If the file is empty, cut short inside a quotation, not text, or uses a heading twice.
    """
    source = open_text(path)
    if getattr(source, "encoding", None) == "cp1252":
        _refuse_mixed_encodings(path)
    return OpenedFile(path, place, period, source.columns, source.detected, source)


def text_rows(
    opened: OpenedFile, allow_short: bool = False, columns: Sequence[str] | None = None
) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
    """Read all rows of a file as text.

    Parameters
    ----------
    opened
        The file.
    allow_short
        Fill rows that end early with blanks, as publishers leave out separators at the end of a row.
    columns
        Headings wanted; all by default.

    Returns
    -------
    rows, bad_rows
        The rows in order, one text column per heading and a first column ``"#row"`` (Int64) with the number a
        spreadsheet shows; blank cells are ``""``, never null; rows without any value are left out. Rows with
        too many fields, and with too few unless allowed, are set apart.

    Raises
    ------
    UnreadableFile
        If the file ends in the middle of a row: it was cut short.
    """
    source = opened.source or open_text(opened.path)
    frames, wrong = _read(source, columns)
    _refuse_cut_row(source, max((frame[ROW][-1] for frame in frames if frame.height), default=0), wrong)
    if allow_short:
        short = [row for row in wrong if row.n_fields < row.n_expected]
        frames.append(_fill(source, short, columns))
        wrong = [row for row in wrong if row.n_fields > row.n_expected]
    rows = pl.concat(frames).sort(ROW)
    names = [name for name in rows.columns if name != ROW]
    return rows.filter(pl.any_horizontal(pl.col(names).str.strip_chars() != "")), tuple(wrong)


def _read(source: TextSource, columns: Sequence[str] | None) -> tuple[list[pl.DataFrame], list[BadRow]]:
    frames, bad = [_as_frame(source, [], [], columns)], list[BadRow]()
    for batch in source.batches(columns):
        numbers = pl.Series(ROW, batch.numbers, dtype=pl.Int64)
        frames.append(batch.rows.fill_null("").select(numbers, pl.all()))
        bad.extend(batch.bad_rows)
    return frames, bad


def _as_frame(
    source: TextSource, numbers: list[int], cells: list[list[str]], columns: Sequence[str] | None
) -> pl.DataFrame:
    schema = dict.fromkeys(source.columns, pl.String)
    frame = pl.DataFrame(cells, schema=schema, orient="row")
    return frame.select(pl.Series(ROW, numbers, dtype=pl.Int64), *(columns or source.columns))


def _fill(source: TextSource, short: Sequence[BadRow], columns: Sequence[str] | None) -> pl.DataFrame:
    cells = [_cells(source, row) for row in short]
    width = len(source.columns)
    filled = [[*row, *[""] * (width - len(row))] for row in cells]
    return _as_frame(source, [row.number for row in short], filled, columns)


def _cells(source: TextSource, row: BadRow) -> list[str]:
    delimiter = getattr(source, "delimiter", ",")
    return next(csv.reader(io.StringIO(row.text, newline=""), delimiter=delimiter), [])


def _refuse_cut_row(source: TextSource, last_good: int, bad: Sequence[BadRow]) -> None:
    """With no line end after it, a last row shorter than most rows is one that was cut."""
    if not bad or bad[-1].number < last_good or _ends_with_line(source.path):
        return
    counts = Counter(row.n_fields for row in bad)
    usual = len(source.columns) if last_good else counts.most_common(1)[0][0]
    if bad[-1].n_fields < usual:
        raise UnreadableFile(
            f"{source.path.name} ends in the middle of row {bad[-1].number}: {bad[-1].n_fields} fields where "
            f"other rows have {usual}, and no end of line. It was cut short; download or copy it again."
        )


def _refuse_mixed_encodings(path: Path) -> None:
    content = path.read_bytes()
    found = _UTF8_IN_CP1252.search(content)
    if found:
        row = content.count(b"\n", 0, found.start()) + 1
        raise UnreadableFile(
            f"{path.name} mixes two encodings: line {row} holds UTF-8, other lines Windows-1252, so names "
            "would be read wrongly. Download it again, or save it as 'CSV UTF-8'."
        )


def _ends_with_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1))
        return file.read() in (b"\n", b"\r")


def record_types(folder: Path, stage: str = "ks2") -> Mapping[str, str] | None:
    """Read what a year's dictionary says of RECTYPE, whose codes differ between files.

    Parameters
    ----------
    folder
        Folder of the year, such as ``performance-tables/2018-2019``.
    stage
        Which dictionary: ``"ks2"`` for ``ks2_meta.csv``.

    Returns
    -------
    Mapping of str to str, or None
        Code to the publisher's words, such as ``{"1": "Mainstream school"}``; None where the year has no
        such dictionary, or it does not say.
    """
    found = [path for path in folder.iterdir() if path.name.lower() == f"{stage}_meta.csv"]
    if not found:
        return None
    rows, _ = text_rows(open_release(found[0], PurePosixPath(found[0].name), None), allow_short=True)
    texts = rows.drop(ROW)
    named = pl.any_horizontal(pl.all().str.strip_chars().str.to_uppercase() == _RECORD_TYPE)
    for row in texts.filter(named).rows():
        for text in row:
            codes = _codes(text)
            if codes:
                return codes
    return None


def _codes(text: str) -> dict[str, str]:
    _, _, listed = text.partition("(")
    pairs = [part.partition("=") for part in listed.removesuffix(")").split(";")]
    return {code.strip(): meaning.strip() for code, mark, meaning in pairs if mark and code.strip().isdigit()}
