from __future__ import annotations

from pathlib import Path, PurePosixPath

import polars as pl
import pytest

from upwards.sources.batches import BadRow
from upwards.sources.england.opening import open_release, text_rows
from upwards.sources.england.release import OpenedFile
from upwards.sources.errors import UnreadableFile


def opened(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> OpenedFile:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_release(path, PurePosixPath(name), None)


def read(
    tmp_path: Path, content: str | bytes, *, short: bool = False
) -> tuple[list[tuple[object, ...]], tuple[BadRow, ...]]:
    rows, bad = text_rows(opened(tmp_path, content), short)
    return rows.rows(), bad


def test_rows_are_text_with_the_number_a_spreadsheet_shows(tmp_path: Path) -> None:
    rows, bad = read(tmp_path, "URN,P8\n007,SUPP\n\n,\n008,\n")
    assert rows == [(2, "007", "SUPP"), (5, "008", "")]
    assert bad == ()


def test_short_rows_are_filled_only_where_allowed(tmp_path: Path) -> None:
    content = 'A,B,C\n1,2,3\n4,"x, y"\n5,6,7\n8\n9,9,9,9\n'
    rows, bad = read(tmp_path, content, short=True)
    assert rows == [(2, "1", "2", "3"), (3, "4", "x, y", ""), (4, "5", "6", "7"), (5, "8", "", "")]
    assert [(row.number, row.n_fields) for row in bad] == [(6, 4)]
    rows, bad = read(tmp_path, content)
    assert [row[0] for row in rows] == [2, 4]
    assert [row.number for row in bad] == [3, 5, 6]


def test_a_heading_without_a_field_in_any_row_is_blank_everywhere(tmp_path: Path) -> None:
    # As in the register of group links of 2019: 17 headings, 16 fields in each row, no last line end.
    rows, bad = read(tmp_path, 'A,B,HasSharedHT\n"1","2"\n"3","4"', short=True)
    assert rows == [(2, "1", "2", ""), (3, "3", "4", "")]
    assert bad == ()


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("content", ["A,B,C\n1,2,3\n4,5", "A,B,C\n1,2\n3,4\n5,6\n7", "A,B\n1,2\n\n3"])
def test_a_file_cut_within_a_row_is_refused(tmp_path: Path, content: str, short: bool) -> None:
    with pytest.raises(UnreadableFile, match="ends in the middle of row"):
        read(tmp_path, content, short=short)


def test_a_last_row_without_line_end_is_whole_when_it_has_all_fields(tmp_path: Path) -> None:
    assert read(tmp_path, "A,B\n1\n3,4", short=True)[0] == [(2, "1", ""), (3, "3", "4")]


def test_chosen_columns_come_alone(tmp_path: Path) -> None:
    rows, _ = text_rows(opened(tmp_path, "A,B,C\n1,2,3\n4,5\n"), allow_short=True, columns=["C", "A"])
    assert rows.columns == ["#row", "C", "A"]
    assert rows.rows() == [(2, "3", "1"), (3, "", "4")]


def test_encodings_are_found_and_mixed_ones_refused(tmp_path: Path) -> None:
    assert read(tmp_path, "A,B\né,’\n".encode("cp1252"))[0] == [(2, "é", "’")]
    assert read(tmp_path, "\ufeffA,B\né,’\n")[0] == [(2, "é", "’")]
    mixed = "A,B\né,1\n".encode("cp1252") + "é,2\n".encode()
    with pytest.raises(UnreadableFile, match="line 3 holds UTF-8"):
        read(tmp_path, mixed)


def test_parquet_reads_as_text_too(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"A": [1, None], "B": ["x", "y"]}).write_parquet(path)
    rows, bad = text_rows(open_release(path, PurePosixPath("a.parquet"), None))
    assert (rows.rows(), bad) == ([(2, "1", "x"), (3, "", "y")], ())
