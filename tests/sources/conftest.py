"""Small files for tests: an XLSX without any library, so that tests control every cell and every flaw."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape

import polars as pl
import pytest

from upwards.sources.cleaning import clean_batches
from upwards.sources.mapping import Mapping
from upwards.sources.problems import Problems

Cell = str | int | float | date | None
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


class WriteWorkbook(Protocol):
    def __call__(
        self, path: Path, sheets: Dict[str, Sequence[Sequence[Cell]]], *, hidden: Sequence[str] = ()
    ) -> Path: ...


@pytest.fixture(name="write_workbook")
def write_workbook_fixture() -> WriteWorkbook:
    return write_workbook


def write_workbook(
    path: Path, sheets: Dict[str, Sequence[Sequence[Cell]]], *, hidden: Sequence[str] = ()
) -> Path:
    """Write `sheets` (name to rows) as a workbook."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
            'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_REL}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(_sheet_tag(name, i, name in hidden) for i, name in enumerate(sheets, start=1))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="s{i}" Type="{_REL}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}">{links}'
            f'<Relationship Id="st" Type="{_REL}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
            "</styleSheet>",
        )
        for i, rows in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{i}.xml", _sheet(rows))
    return path


def _sheet_tag(name: str, number: int, is_hidden: bool) -> str:
    state = ' state="hidden"' if is_hidden else ""
    return f'<sheet name="{escape(name)}" sheetId="{number}" r:id="s{number}"{state}/>'


def _sheet(rows: Sequence[Sequence[Cell]]) -> str:
    body = "".join(
        f'<row r="{r}">{"".join(_cell(cell, r, c) for c, cell in enumerate(row))}</row>'
        for r, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _cell(cell: Cell, row: int, column: int) -> str:
    where = f"{chr(ord('A') + column)}{row}"
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f'<c r="{where}" s="1"><v>{(cell - date(1899, 12, 30)).days}</v></c>'
    if isinstance(cell, str):
        return f'<c r="{where}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{where}"><v>{cell}</v></c>'


class Read(Protocol):
    def __call__(self, content: str | bytes, mapping: Mapping, **options: Any) -> Reading: ...


@dataclass
class Reading:
    """What became of a file."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    problems: Problems

    @property
    def said(self) -> list[str]:
        return [str(problem) for problem in self.problems.listed]


@pytest.fixture(name="read")
def read_fixture(tmp_path: Path) -> Read:
    def read(content: str | bytes, mapping: Mapping, **options: Any) -> Reading:
        path = tmp_path / options.pop("name", "results.csv")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_path(path, mapping, **options)

    return read


def read_path(path: Path, mapping: Mapping, **options: Any) -> Reading:
    batches = list(clean_batches(path, mapping.table, mapping, **options))
    problems = batches[-1].problems
    rows = pl.concat([batch.rows for batch in batches])
    rejects = pl.concat([batch.rejects for batch in batches], how="diagonal")
    assert problems.n_in == problems.n_kept + problems.n_rejected + problems.n_blank
    assert (rows.height, rejects.height) == (problems.n_kept, problems.n_rejected)
    assert sum(problems.counts.values()) >= problems.n_rejected
    return Reading(rows, rejects, problems)
