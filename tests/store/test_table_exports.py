"""No cell and no heading of a table is a formula to a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path
from unittest.mock import Mock

import polars as pl
import pytest

from upwards.store import table_exports


@pytest.mark.parametrize("formula", ["=1+1", " =1+1", "\t=1", "\u00a0@SUM(A1)", "\n+1", "\ttext", "|cmd"])
def test_what_a_spreadsheet_takes_for_a_formula_is_marked(monkeypatch, tmp_path: Path, formula: str) -> None:
    rows = pl.LazyFrame({"school": ["Alder = Birch", formula], formula: ["a - b", None], "n": [-1, 2]})
    monkeypatch.setattr(table_exports, "read_table", lambda workspace, table: rows)
    written = table_exports.write_csv(Mock(), "results", tmp_path / "rows.csv", for_research=False)
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        headings, first, second = csv.reader(file)
    assert written == 2
    assert headings == ["school", f"'{formula}", "n"]
    assert (first, second) == (["Alder = Birch", "a - b", "-1"], [f"'{formula}", "", "2"])
