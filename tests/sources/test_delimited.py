from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upwards.sources import delimited
from upwards.sources.delimited import detect_delimited
from upwards.sources.errors import UnreadableFile
from upwards.sources.files import open_text
from upwards.sources.frames import open_frame

CELLS = st.text(st.characters(codec="cp1252", exclude_categories=["Cc"], include_characters="\n"), max_size=6)


def read_all(path: Path) -> tuple[list[tuple[str, ...]], list[int], list[int]]:
    rows, numbers, bad = [], [], []
    for batch in open_text(path).batches():
        rows += batch.rows.rows()
        numbers += batch.numbers.tolist()
        bad += [row.number for row in batch.bad_rows]
    return rows, numbers, bad


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, st.just("x")), min_size=2, max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_what_a_spreadsheet_writes_is_read_back(tmp_path: Path, rows, encoding, delimiter) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("é", "b", "c"), *rows])
    path = tmp_path / "a.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    assert read_all(path)[0] == rows
    text = open_frame(path, text_columns=["é", "b", "c"]).collect()
    assert text.rows() == [tuple(cell if cell.strip() else None for cell in row) for row in rows]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "UTF-8, separated by comma"),
        ("\ufeffa;b\n1;2\n", "UTF-8 with byte-order mark, separated by semicolon"),
        ("a\tb,c\n1\t2\n", "UTF-8, separated by tab"),
        ("a\n1\n", "UTF-8, separated by comma"),
        ('a;"b,c,d"\n1;"2,3,4"\n', "UTF-8, separated by semicolon"),
    ],
)
def test_layout_is_found_by_trying(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert detect_delimited(path).detected == said


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('\n,\n"a\nA",b\n1,2\n1\n\n3,4\n"5\n6",7\n,\n8,9,10\n1,1')
    rows, numbers, bad = read_all(path)
    assert rows == [("1", "2"), ("3", "4"), ("5\n6", "7"), ("1", "1")]
    assert numbers == [4, 7, 8, 11]
    assert bad == [5, 10]


def test_rows_keep_their_numbers_across_blocks(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 64)
    path = tmp_path / "a.csv"
    lines = [f"{i},{i}" if i % 7 else f"{i}" for i in range(2, 500)]
    path.write_text("a,b\n" + "\n".join(lines) + "\n")
    rows, numbers, bad = read_all(path)
    assert bad == [i for i in range(2, 500) if i % 7 == 0]
    assert [(str(n), str(n)) for n in numbers] == rows
    assert sorted(numbers + bad) == list(range(2, 500))


def test_a_record_longer_than_a_block_is_an_open_quote(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 64)
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n"' + "x,y\n" * 100 + '","\n')
    with pytest.raises(UnreadableFile, match="never closes"):
        read_all(path)


def test_cr_endings_and_odd_quotes_do_not_take_the_fast_way(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content, plain in [
        (b"a,b\n1,2\n", True),
        (b"a,b\r1,2\r", False),
        (b'a,b\n1,2"\n', False),
        (b" a,b\n1,2\n", False),
    ]:
        path.write_bytes(content)
        assert detect_delimited(path).plain is plain
        assert open_frame(path, text_columns=["a"]).collect()["a"].to_list() == ["1"]


def test_a_column_can_be_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3\n")
    (batch,) = open_text(path).batches(["b"])
    assert batch.rows.equals(pl.DataFrame({"b": ["2"]}))


def test_a_separator_after_the_last_heading_is_no_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,,\n1,2\n3,4\n")
    assert detect_delimited(path).columns == ("a", "b")
    assert read_all(path)[:2] == ([("1", "2"), ("3", "4")], [2, 3])
    assert open_frame(path).collect().rows() == [(1, 2), (3, 4)]


def test_englands_files_are_read_and_their_short_rows_numbered(england: Path) -> None:
    short = {}
    for path in sorted(england.glob("*/*/*.csv")):
        _, numbers, bad = read_all(path)
        assert numbers or bad
        if bad:
            short[f"{path.parent.name}/{path.name}"] = len(bad)
    # In these files rows end early, without the separators of the cells that follow; in the first, all rows.
    assert short == {
        "2019-06-01/grouplinks_edubaseallacademiesandfree20190601.csv": 14621,
        "2016-2017/850_ks2final.csv": 18,
        "2017-2018/850_ks2final.csv": 4,
        "2018-2019/850_ks2final.csv": 5,
    }
