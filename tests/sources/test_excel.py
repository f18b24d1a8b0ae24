from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from upwards.core.errors import EmptyData
from upwards.sources import open_frame
from upwards.sources.errors import UnreadableFile
from upwards.sources.files import open_text

CELLS = [
    [None, None, None],
    ["Results of summer 2019", None, None],
    [None, None, None],
    ["UPN", "score", "when"],
    ["007", 1, date(2019, 3, 1)],
    [None, None, None],
    [12345678, 2.5, None],
]


def test_titles_and_blank_rows_above_the_headings_are_skipped_and_said(
    tmp_path: Path, write_workbook
) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"Summer": CELLS})
    source = open_text(path)
    assert source.columns == ("UPN", "score", "when")
    assert source.detected == "Excel workbook, sheet 'Summer'"
    assert source.messages == ("3 rows above the headings (row 4) were skipped",)
    (batch,) = source.batches()
    assert batch.numbers.tolist() == [5, 7]
    assert batch.done_bytes == batch.total_bytes == path.stat().st_size


def test_cells_keep_leading_zeros_whole_numbers_and_dates(tmp_path: Path, write_workbook) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"Summer": CELLS})
    frame = open_frame(path, text_columns=["UPN"]).collect()
    assert frame.rows() == [("007", 1.0, "2019-03-01"), ("12345678", 2.5, None)]
    assert open_frame(path).select("UPN").collect()["UPN"].to_list() == [7, 12345678]


def test_hidden_and_empty_sheets_are_passed_over(tmp_path: Path, write_workbook) -> None:
    sheets = {"Results": [["a", "b"], [1, 2]], "Lists": [["x"], ["y"]], "Empty": []}
    path = write_workbook(tmp_path / "a.xlsx", sheets, hidden=["Lists"])
    assert open_frame(path).collect().rows() == [(1, 2)]
    assert open_frame(f"{path}#Lists").collect().rows() == [("y",)]
    assert open_text(path, sheet="Lists").columns == ("x",)


def test_columns_without_any_content_are_left_out(tmp_path: Path, write_workbook) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"R": [["a", None, "b", None], [1, None, 2, 9]]})
    source = open_text(path)
    assert source.columns == ("a", "b", "column 3")
    assert "headings left blank were named by position: column 3" in source.messages


@pytest.mark.parametrize(
    ("sheets", "error", "said"),
    [
        ({"R": []}, EmptyData, "no cells with content"),
        ({"R": [["a", "b"]]}, EmptyData, "headings but no rows"),
        ({"R": [["a", "a"], [1, 2]]}, UnreadableFile, "'a' in columns 1, 2"),
    ],
)
def test_a_sheet_without_results_is_refused(tmp_path: Path, write_workbook, sheets, error, said) -> None:
    with pytest.raises(error, match=said):
        open_text(write_workbook(tmp_path / "a.xlsx", sheets))


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"")
    with pytest.raises(EmptyData):
        open_text(tmp_path / "a.xlsx")
