"""Files of tables, read back for tests."""

from __future__ import annotations

import csv
import io
import zipfile
from xml.etree import ElementTree

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def csv_rows(answer) -> list[list[str]]:
    text = b"".join(answer).decode("utf-8")
    assert text.startswith("\N{BYTE ORDER MARK}")
    return list(csv.reader(io.StringIO(text[1:])))


def sheets_of(answer) -> list[list[list[str]]]:
    """Return each sheet of a workbook as rows of texts; the first sheet says what the others are."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        texts = _shared(book)
        names = sorted(
            (one for one in book.namelist() if one.startswith("xl/worksheets/sheet")),
            key=lambda one: int(one.removeprefix("xl/worksheets/sheet").removesuffix(".xml")),
        )
        return [_rows(ElementTree.fromstring(book.read(name)), texts) for name in names]


def _shared(book: zipfile.ZipFile) -> list[str]:
    root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    return ["".join(part.text or "" for part in one.iter(f"{SPACE}t")) for one in root.iter(f"{SPACE}si")]


def _rows(root: ElementTree.Element, texts: list[str]) -> list[list[str]]:
    rows = []
    for row in root.iter(f"{SPACE}row"):
        cells = []
        for cell in row.iter(f"{SPACE}c"):
            assert cell.find(f"{SPACE}f") is None  # no formula
            value = cell.findtext(f"{SPACE}v") or ""
            cells.append(texts[int(value)] if cell.get("t") == "s" else value)
        rows.append(cells)
    return rows
