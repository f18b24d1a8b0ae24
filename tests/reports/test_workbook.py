"""Tables as files: figures stay figures, text never runs, missing stays empty."""

from __future__ import annotations

import csv
import io
import sys

import fastexcel
import pytest

from upwards.reports.tables import Table, write_cell, write_csv
from upwards.reports.workbook import NoWorkbooks, sheet_name, write_workbook

HOSTILE = ("=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", ' =HYPERLINK("http://a")', "\uff1d1")
COLUMNS = {"school": "school", "effect": "effect", "n": "results"}


def a_table(*rows, name="schools"):
    return Table(name, "What each school added", COLUMNS, rows)


def read_csv(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def read_sheet(content, name):
    book = fastexcel.read_excel(content)
    return book.load_sheet(name, header_row=None, dtypes="string").to_arrow().to_pylist()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_in_a_name_does_not_run_from_a_csv(text):
    lines = read_csv(write_csv(a_table({"school": text, "effect": 1.0, "n": 2})))
    assert lines[1][0] == f"'{text}"


def test_a_negative_figure_stays_a_figure_and_missing_stays_empty():
    lines = read_csv(write_csv(a_table({"school": "Alder", "effect": -0.125, "n": None})))
    assert lines == [["school", "effect", "results"], ["Alder", "-0.125", ""]]


def test_lists_and_answers_of_yes_and_no_are_words():
    lines = read_csv(write_csv(a_table({"school": ["Alder", "Birch"], "effect": True, "n": 1})))
    assert lines[1] == ["Alder; Birch", "yes", "1"]


def test_a_workbook_has_a_sheet_that_says_what_it_is_and_one_per_table():
    rows = ({"school": "=1+1", "effect": -0.5, "n": None}, {"school": "Birch", "effect": False, "n": 3})
    content = write_workbook([a_table(*rows), a_table(name="schools")], {"Source": "=results.csv"})
    assert fastexcel.read_excel(content).sheet_names == ["About", "schools", "schools 2"]
    assert list(read_sheet(content, "About")[0].values()) == ["Source", "=results.csv"]
    found = [list(row.values()) for row in read_sheet(content, "schools")]
    assert found[1:] == [["=1+1", "-0.5", None], ["Birch", "no", "3"]]


def test_a_workbook_holds_no_formula_and_no_link():
    import zipfile

    content = write_workbook([a_table({"school": HOSTILE[6], "effect": 1, "n": 1})], {})
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets" in name]
    assert sheets
    assert not [one for one in sheets if "<f>" in one or "hyperlink" in one.lower()]


def test_names_of_sheets_are_allowed_and_differ():
    taken = {"about"}
    names = [sheet_name(one, taken) for one in ("About", "a" * 40, "a" * 40, "", "x/y:[z]")]
    assert len({one.lower() for one in names}) == 5
    assert all(0 < len(one) <= 31 for one in names)


def test_cells_are_written_as_on_all_pages():
    assert [write_cell(0.999, "share"), write_cell("all", "share"), write_cell(None, "whole")] == [
        "over 99%", "all", "–",
    ]  # fmt: skip


def test_without_the_library_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(NoWorkbooks, match=r"pip install 'upwards\[web\]'"):
        write_workbook([], {})
