"""CSV and its relatives: find encoding and delimiter by trying, then stream the rows as text."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from upwards.core.errors import EmptyData
from upwards.sources.batches import BadRow, RowNumbers, TextBatch
from upwards.sources.errors import UnreadableFile
from upwards.sources.headings import check_headings

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with byte-order mark",
    "cp1252": "Windows-1252 (cp1252)",
}
BLOCK = 4 << 20  # bytes; a record longer than this is a quotation mark that never closes
HEAD = 1 << 16  # bytes looked at to find the delimiter
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or zip archive; give it the ending .xlsx or unpack it",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls); open it in Excel and save it as .xlsx or CSV UTF-8",
    b"PAR1": "a Parquet file; give it the ending .parquet",
    b"%PDF": "a PDF; export the table itself as CSV or XLSX",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"\xff\xfe": "text in UTF-16; in Excel choose 'Save as', 'CSV UTF-8'",
    b"\xfe\xff": "text in UTF-16; in Excel choose 'Save as', 'CSV UTF-8'",
    b"<html": "a web page; open it in Excel and save it as .xlsx or CSV UTF-8",
    b"<!doc": "a web page; open it in Excel and save it as .xlsx or CSV UTF-8",
}


@dataclass(frozen=True, slots=True)
class Delimited:
    r"""A text file whose layout was found.

    Attributes
    ----------
    path, n_bytes
        The file and its size.
    encoding
        ``"utf-8"``, ``"utf-8-sig"`` or ``"cp1252"``.
    delimiter
        One of comma, semicolon, tab.
    columns
        Headings, unique and stripped; a blank one is called ``"column 3"``.
    skipped
        Blank rows above the headings.
    quotes_balanced
        Whether the number of quotation marks is even; if not, one may never close.
    newlines
        Whether lines end in ``\n`` (old Macintosh files end them in ``\r``).
    messages
        What was tolerated, in words.
    """

    path: Path
    n_bytes: int
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    skipped: int
    quotes_balanced: bool
    newlines: bool
    messages: tuple[str, ...] = ()

    @property
    def detected(self) -> str:
        """Say what was found, as in ``"UTF-8, separated by comma"``."""
        return f"{ENCODINGS[self.encoding]}, separated by {DELIMITERS[self.delimiter]}"

    @property
    def plain(self) -> bool:
        """Whether any reader of CSV would read it alike."""
        return self.encoding != "cp1252" and self.quotes_balanced and self.newlines and not self.messages

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[TextBatch]:
        """Yield the rows as text, in order, with those that do not fit the headings set apart."""
        yield from read_delimited(self, columns)


def detect_delimited(path: Path) -> Delimited:
    """Find encoding, delimiter and headings of a text file by trying."""
    n_bytes = path.stat().st_size
    if n_bytes == 0:
        raise EmptyData(f"{path.name} is empty (0 bytes). Export it again and see that the export finished.")
    encoding, quotes_balanced = _read_encoding(path)
    if not quotes_balanced:
        _refuse_cut_end(path)
    with path.open("rb") as file:
        head = codecs.getincrementaldecoder(encoding)("strict").decode(file.read(HEAD))
    lines = head.splitlines(keepends=True)
    skipped = next((i for i, line in enumerate(lines) if line.strip(" ,;\t\r\n")), len(lines))
    if skipped == len(lines):
        raise EmptyData(f"{path.name} holds only blank lines. Export it again and check that it has rows.")
    text = "".join(lines[skipped:])
    delimiter, sample = _find_delimiter(text, whole=n_bytes <= HEAD)
    _refuse_title_row(path, sample, skipped)
    headings = _without_trailing_separators(sample)
    columns, messages = check_headings(path.name, headings)
    if not messages and columns != tuple(sample[0]):
        messages = ("spaces around headings or separators after the last one were removed",)
    if skipped:
        messages = (f"{skipped} blank rows above the headings were skipped", *messages)
    if n_bytes <= HEAD and len(sample) == 1:
        raise EmptyData(f"{path.name} has headings but no rows. Export it again with its rows.")
    newlines = "\n" in head
    return Delimited(
        path, n_bytes, encoding, delimiter, columns, skipped, quotes_balanced, newlines, messages
    )


def read_delimited(source: Delimited, columns: Sequence[str] | None = None) -> Iterator[TextBatch]:
    """Stream a text file as batches of text in bounded memory.

    A row number is the one a spreadsheet shows: the headings are row 1 when nothing stands above them.
    """
    bad: list[BadRow] = []
    counter = _RowCounter(first=source.skipped + 2)
    with source.path.open("rb") as file:
        _skip_lines(file, source.skipped, bom=source.encoding == "utf-8-sig")
        for batch in _record_batches(source, file, bad, columns):
            found = tuple(row for row in bad if row.number not in counter.bad)
            numbers = counter.number(batch.num_rows, found)
            frame = pl.DataFrame(pl.from_arrow(batch))
            if not source.quotes_balanced:
                _refuse_open_quote(source, frame, numbers, found)
            n_read = frame.height
            frame, numbers = _drop_blank_rows(frame, numbers)
            done = min(file.tell(), source.n_bytes)
            yield TextBatch(frame, numbers, _not_blank(found), done, source.n_bytes, n_read - frame.height)
    late = tuple(row for row in bad if row.number not in counter.bad)
    if late:
        empty = pl.DataFrame(schema=dict.fromkeys(columns or source.columns, pl.String))
        none = np.empty(0, dtype=np.int64)
        if not source.quotes_balanced:
            _refuse_open_quote(source, empty, none, late)
        yield TextBatch(empty, none, _not_blank(late), source.n_bytes, source.n_bytes, 1)


def _refuse_open_quote(
    source: Delimited, frame: pl.DataFrame, numbers: RowNumbers, bad: tuple[BadRow, ...]
) -> None:
    """With an odd number of quotation marks, a value that spans lines has swallowed other rows."""
    spans = frame.select(pl.any_horizontal(pl.all().str.contains("[\n\r]"))).to_series().to_numpy()
    rows = [*numbers[spans].tolist(), *(row.number for row in bad if "\n" in row.text)]
    if rows:
        raise UnreadableFile(
            f"{source.path.name}, row {min(rows)}: a quotation mark opens and never closes, so the rows "
            "below it would become one value. Remove the stray mark, or, if the file was cut short, export "
            "it again."
        )


def _record_batches(
    source: Delimited, file: BinaryIO, bad: list[BadRow], columns: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    handler = _bad_row_handler(bad, source.skipped)
    try:
        yield from _open(source, file, handler, columns)
    except pa.ArrowInvalid as error:
        if "straddl" not in str(error):
            raise UnreadableFile(f"{source.path.name} cannot be read as CSV: {error}.") from None
        raise UnreadableFile(
            f"{source.path.name}: a record is longer than {BLOCK >> 20} MB, so a quotation mark opens and "
            "never closes and all that follows would be one value. Export the file again, or remove the "
            "stray mark."
        ) from None


def _open(
    source: Delimited,
    file: BinaryIO,
    handler: Callable[[pa_csv.InvalidRow], str],
    columns: Sequence[str] | None,
) -> pa_csv.CSVStreamingReader:
    return pa_csv.open_csv(
        file,
        read_options=pa_csv.ReadOptions(
            use_threads=False,  # only then are bad rows numbered
            block_size=BLOCK,
            column_names=list(source.columns),
            skip_rows_after_names=1,
            encoding="cp1252" if source.encoding == "cp1252" else "utf8",
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=source.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=handler,
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(source.columns, pa.string()),
            strings_can_be_null=False,
            include_columns=list(columns) if columns is not None else None,
        ),
    )


def _bad_row_handler(bad: list[BadRow], offset: int) -> Callable[[pa_csv.InvalidRow], str]:
    def handle(row: pa_csv.InvalidRow) -> str:
        bad.append(BadRow(row.number + offset, row.text, row.actual_columns, row.expected_columns))
        return "skip"

    return handle


class _RowCounter:
    """Numbers good rows, given that the bad ones between them were left out by the parser."""

    def __init__(self, first: int) -> None:
        self.next = first
        self.bad: set[int] = set()

    def number(self, n_rows: int, found: tuple[BadRow, ...]) -> RowNumbers:
        """Give the next `n_rows` numbers that are not those of bad rows."""
        self.bad.update(row.number for row in found)
        taken = [number for number in self.bad if number >= self.next]
        candidates = np.arange(self.next, self.next + n_rows + len(taken), dtype=np.int64)
        numbers = candidates[~np.isin(candidates, taken)][:n_rows] if taken else candidates
        if n_rows:
            self.next = int(numbers[-1]) + 1
        return numbers


def _drop_blank_rows(frame: pl.DataFrame, numbers: RowNumbers) -> tuple[pl.DataFrame, RowNumbers]:
    # A spreadsheet that was once longer leaves lines such as ",,,," at its end: they are nobody's results.
    kept = frame.select(pl.any_horizontal(pl.all() != "")).to_series()
    if not kept.all():
        frame, numbers = frame.filter(kept), numbers[kept.to_numpy()]
    return frame, numbers


def _not_blank(rows: tuple[BadRow, ...]) -> tuple[BadRow, ...]:
    return tuple(row for row in rows if row.text.strip(" ,;\t"))


def _skip_lines(file: BinaryIO, n_lines: int, *, bom: bool) -> None:
    if bom:
        file.seek(len(codecs.BOM_UTF8))
    for _ in range(n_lines):
        file.readline()


def _read_encoding(path: Path) -> tuple[str, bool]:
    """Read the whole file once: it is UTF-8, else Windows-1252, else not text at all."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    utf8, n_quotes, start = True, 0, b""
    undefined = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
    has_undefined = False
    with path.open("rb") as file:
        while chunk := file.read(BLOCK):
            start = start or chunk[:8]
            _refuse_binary(path, chunk, start)
            n_quotes += chunk.count(b'"')
            if not chunk.isascii():
                has_undefined = has_undefined or len(chunk.translate(None, undefined)) < len(chunk)
            try:
                if utf8:
                    decoder.decode(chunk, final=False)
            except UnicodeDecodeError:
                utf8 = False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        utf8 = False
    if utf8:
        return ("utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"), n_quotes % 2 == 0
    if has_undefined or start.startswith(codecs.BOM_UTF8):
        raise UnreadableFile(
            f"{path.name} is neither UTF-8 nor Windows-1252 text. Export it again as 'CSV UTF-8'."
        )
    return "cp1252", n_quotes % 2 == 0


def _refuse_binary(path: Path, chunk: bytes, start: bytes) -> None:
    for signature, what in SIGNATURES.items():
        if start.lower().startswith(signature.lower()):
            raise UnreadableFile(f"{path.name} is not CSV but looks like {what}.")
    position = chunk.find(b"\0")
    if position >= 0:
        raise UnreadableFile(
            f"{path.name} holds NUL bytes, so it is not plain text or was damaged. Export it again as "
            "'CSV UTF-8'."
        )


def _refuse_cut_end(path: Path) -> None:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - HEAD))
        last = file.read().rpartition(b"\n")[2]
    if last.count(b'"') % 2:
        raise UnreadableFile(
            f"{path.name} ends inside a quotation, so it was cut short. Export or copy it again; nothing was "
            "read."
        )


def _find_delimiter(text: str, *, whole: bool) -> tuple[str, list[list[str]]]:
    """Choose the delimiter under which most rows have the number of fields of the first."""
    best: tuple[float, int, int, str, list[list[str]]] | None = None
    for delimiter in DELIMITERS:
        rows = _parse(text, delimiter, whole=whole)
        n_fields = len(rows[0]) if rows else 0
        agreeing = sum(len(row) == n_fields for row in rows) / max(len(rows), 1)
        # Half a quotation in a field is the mark of a value cut in two by the wrong delimiter.
        halves = sum(field.count('"') % 2 for row in rows for field in row)
        score = (agreeing if n_fields > 1 else 0.0, -halves, n_fields, delimiter, rows)
        if best is None or score[:3] > best[:3]:
            best = score
    assert best is not None
    return best[3], best[4]


def _parse(text: str, delimiter: str, *, whole: bool) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        rows = [line.split(delimiter) for line in text.splitlines()]
    rows = rows if whole or len(rows) == 1 else rows[:-1]  # the last one may be cut off by the look-ahead
    return [row for row in rows if any(field.strip() for field in row)]


def _without_trailing_separators(sample: list[list[str]]) -> list[str]:
    # Published files exist whose row of headings alone ends in a comma.
    headings = list(sample[0])
    longest = max((len(row) for row in sample[1:]), default=len(headings))
    while len(headings) > longest and not headings[-1].strip():
        headings.pop()
    return headings


def _refuse_title_row(path: Path, sample: list[list[str]], skipped: int) -> None:
    later = [len(row) for row in sample[1:200]]
    n_headings = len(sample[0])
    if len(later) >= 2 and sum(n > n_headings for n in later) > len(later) / 2:
        raise UnreadableFile(
            f"{path.name}: row {skipped + 1} has {n_headings} fields but most rows below it have more "
            f"({max(later)} at most), so it is not the row of headings. Delete titles above the headings, "
            "or add the headings that are missing."
        )
