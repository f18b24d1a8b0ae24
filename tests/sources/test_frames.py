from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from upwards.core.errors import EmptyData, UnknownColumn, UserError
from upwards.sources import open_frame
from upwards.sources.errors import MalformedRows, MissingFile, UnreadableFile, UnsupportedFile
from upwards.sources.files import open_text
from upwards.sources.text_frames import stream_rows


@pytest.fixture(name="save")
def save_fixture(tmp_path: Path) -> Callable[[bytes], Path]:
    def save(content: bytes) -> Path:
        path = tmp_path / "exam.csv"
        path.write_bytes(content)
        return path

    return save


Save = Callable[[bytes], Path]


def columns(path: Path, **options: tuple[str, ...]) -> dict[str, list[object]]:
    return open_frame(path, **options).collect().to_dict(as_series=False)


def test_a_column_is_numeric_when_every_value_that_is_not_blank_is_a_number(save: Save) -> None:
    path = save(b"a,b,c,d\n1,1.5, x,007\n ,,y,8\n-3,1e2,,9\n")
    assert columns(path) == {
        "a": [1, None, -3],
        "b": [1.5, None, 100.0],
        "c": [" x", "y", None],
        "d": [7, 8, 9],
    }


def test_text_columns_keep_leading_zeros_and_spaces(save: Save) -> None:
    path = save(b"school,score\n007,1\n 7,2\n 	,3\n")
    assert columns(path, text_columns=("school",))["school"] == ["007", " 7", None]


def test_missing_numbers_of_r_and_pandas_are_missing(save: Save) -> None:
    path = save(b"a,b\nNA,NA\n1.5,x\nNaN,y\n")
    assert columns(path) == {"a": [None, 1.5, None], "b": ["NA", "x", "y"]}


def test_infinity_is_not_a_number(save: Save) -> None:
    assert columns(save(b"a,b\n1,inf\n2,3\n"))["b"] == ["inf", "3"]


@pytest.mark.parametrize(
    "content",
    [
        "name;x\ncafé;1\nÉcole;2\n".encode(),
        "name\tx\ncafé\t1\nÉcole\t2\n".encode("utf-8-sig"),
        "name,x\r\ncafé,1\r\nÉcole,2\r\n".encode("cp1252"),
        "\n,\nname,x\ncafé,1\n,\nÉcole,2\n\n".encode(),
        "name,x\rcafé,1\rÉcole,2".encode(),
        ' "name",x \n"café",1\n"École",2\n'.replace(' "n', '"n').encode(),
    ],
)
def test_encodings_separators_and_line_ends_read_alike(save: Save, content: bytes) -> None:
    assert columns(save(content)) == {"name": ["café", "École"], "x": [1, 2]}


def test_blank_headings_are_named_by_position(save: Save) -> None:
    assert columns(save(b',x\n"1",5\n"2",6\n')) == {"column 1": [1, 2], "x": [5, 6]}


def test_a_quoted_value_may_hold_separator_and_line_break(save: Save) -> None:
    assert columns(save(b'a,b\n1,"x, y\nz"\n2,w\n'))["b"] == ["x, y\nz", "w"]


def test_stray_marks_inside_values_do_no_harm(save: Save) -> None:
    assert columns(save(b'a,b\n1,5" pipe\n2,w\n'))["b"] == ['5" pipe', "w"]


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"", EmptyData, "0 bytes"),
        (b"\n\n  \n", EmptyData, "only blank lines"),
        (b"a,b\n", EmptyData, "headings but no rows"),
        (b"a,b\n" + b",\n" * 40_000, EmptyData, "headings but no rows"),
        (b"a,b\n1,2\n1\n", MalformedRows, "row 3: 1 fields where there are 2 headings"),
        (b"a,b\n1,2\n\n1,2,3\n1,2\n1,3\n", MalformedRows, "row 4: 3 fields"),
        (b"a,b,a\n1,2,3\n", UnreadableFile, "'a' in columns 1, 3"),
        (b"a,b\n1,\x002\n", UnreadableFile, "NUL"),
        (b"PK\x03\x04 and so on", UnreadableFile, "Excel workbook"),
        (b"\xff\xfea\x00,\x00", UnreadableFile, "UTF-16"),
        (b"a,b\n1,\x81\xff\n", UnreadableFile, "neither UTF-8 nor"),
        (b'a,b\n1,"x\n2,3\n4,5\n', UnreadableFile, "row 2: a quotation mark opens"),
        (b'a,b,c\n1,"x\n2,3\n4,5\n', UnreadableFile, "row 2: a quotation mark opens"),
        (b'a,b\n1,2\n3,"x', UnreadableFile, "ends inside a quotation"),
        (b"Results 2019\na,b\n1,2\n3,4\n", UnreadableFile, "not the row of headings"),
        (b'a,b\n1,"' + b"x\n" * (3 << 20), UnreadableFile, "mark"),
    ],
)
def test_a_bad_text_file_is_refused_in_words(
    save: Save, content: bytes, error: type[UserError], said: str
) -> None:
    with pytest.raises(error, match=said):
        open_frame(save(content))


def test_a_bad_byte_far_into_the_file_is_found(save: Save) -> None:
    filler = b"a,b\n" + b"1,2\n" * 1_200_000
    assert columns(save(filler + "é,1\n".encode("cp1252")))["a"][-1] == "é"
    with pytest.raises(UnreadableFile, match="neither"):
        open_frame(save(filler + b"\xe9,\x81\n"))


def test_missing_folder_and_foreign_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "exam.csv").write_text("a\n1\n")
    (tmp_path / "exam.ods").write_text("a\n1\n")
    with pytest.raises(MissingFile, match=r"exma\.csv.*did you mean 'exam.csv'"):
        open_frame(tmp_path / "exma.csv")
    with pytest.raises(MissingFile, match="no file"):
        open_frame(tmp_path / "nowhere" / "zzz.csv")
    with pytest.raises(UnsupportedFile, match="folder"):
        open_frame(tmp_path)
    with pytest.raises(UnsupportedFile, match=r"\.csv, \.tsv, \.txt, \.xlsx, \.parquet"):
        open_frame(tmp_path / "exam.ods")


def test_a_text_column_that_does_not_exist_is_named(save: Save) -> None:
    path = save(b"school,x\n1,2\n")
    with pytest.raises(UnknownColumn, match="no column 'schol'; did you mean 'school'"):
        open_frame(path, text_columns=["schol"])
    with pytest.raises(UnknownColumn, match="it has 'school', 'x'"):
        open_frame(path, text_columns=["zzzz"])


def test_every_kind_of_frame_gives_the_same_columns(tmp_path: Path) -> None:
    table = {"school": ["01", " ", "3"], "score": [1.5, float("nan"), 2.0], "boys": [True, False, True]}
    frame = pl.DataFrame(table)
    frame.write_parquet(tmp_path / "frame.parquet")
    sources = [frame, frame.lazy(), pd.DataFrame(table), frame.to_arrow(), tmp_path / "frame.parquet"]
    for source in sources:
        read = open_frame(source).collect()
        assert read.fill_nan(None).to_dict(as_series=False) == {
            "school": ["01", None, "3"],
            "score": [1.5, None, 2.0],
            "boys": [1, 0, 1],
        }


def test_numbers_of_a_frame_stay_numbers_whatever_they_are_used_for() -> None:
    frame = pd.DataFrame(
        {"school": [1.0, None], "when": [date(2019, 3, 1)] * 2, "kind": pd.Categorical(["a", "b"])}
    )
    read = open_frame(frame, text_columns=["school"]).collect()
    assert read.rows() == [(1.0, "2019-03-01", "a"), (None, "2019-03-01", "b")]


def test_unusual_types_of_a_frame_become_numbers_or_text() -> None:
    frame = pl.DataFrame(
        {
            "none": [None],
            "decimal": ["1.25"],
            "list": [[1]],
            "at": [pd.Timestamp("2019-03-01 10:30").to_pydatetime()],
        }
    ).with_columns(pl.col("decimal").cast(pl.Decimal(10, 2)))
    read = open_frame(frame).collect()
    assert read.dtypes[:2] == [pl.Float64, pl.Float64]
    assert read.rows() == [(None, 1.25, None, "2019-03-01 10:30:00.000000")]


def test_a_frame_that_cannot_be_read_is_refused_without_quoting_it() -> None:
    with pytest.raises(UserError, match="mixes types") as caught:
        open_frame(pd.DataFrame({"a": [1, "Ann Lee"]}))
    assert "Ann" not in str(caught.value)
    with pytest.raises(UserError, match="name of its own"):
        open_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(UnsupportedFile, match="int cannot be read"):
        open_frame(3)  # type: ignore[arg-type]
    with pytest.raises(EmptyData):
        open_frame(pl.DataFrame({"a": []}))
    assert open_frame(pa.record_batch({"a": [1]})).collect().rows() == [(1,)]


def test_damaged_and_empty_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "exam.parquet"
    pl.DataFrame({"a": [1, 2]}).write_parquet(path)
    whole = path.read_bytes()
    for content in (whole[:-20], b"hello"):
        path.write_bytes(content)
        with pytest.raises(UnreadableFile, match="not a readable Parquet"):
            open_frame(path)
    path.write_bytes(b"")
    with pytest.raises(EmptyData):
        open_frame(path)
    pl.DataFrame({"a": []}).write_parquet(path)
    with pytest.raises(EmptyData, match="no rows"):
        open_frame(path)


def test_a_frame_of_text_can_be_read_in_part(save: Save) -> None:
    lazy = open_frame(save("name,x\ncafé,1\nÉcole,2\n,3\n".encode("cp1252")))
    assert lazy.head(1).collect().rows() == [("café", 1)]
    assert lazy.filter(pl.col("x") > 1).select("x").collect().rows() == [(2,), (3,)]


def test_rows_are_streamed_as_they_are_asked_for(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upwards.sources.delimited.BLOCK", 64)
    source = open_text(save(b"name,x\n" + b"".join(b"p%d,%d\n" % (i, i) for i in range(100))))
    streamed = list(stream_rows(source, ["x"], None, None))
    assert len(streamed) > 1
    assert pl.concat(streamed)["x"].to_list() == [str(i) for i in range(100)]
    first = pl.concat(stream_rows(source, None, pl.col("x") != "1", 3))
    assert first.rows() == [("p0", "0"), ("p2", "2")]


def test_parquet_damaged_in_its_middle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "exam.parquet"
    pl.DataFrame({"a": [str(i) for i in range(10_000)]}).write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 2_000 + whole[2_004:])
    source = open_text(path)
    with pytest.raises(UnreadableFile, match="not a readable Parquet"):
        list(source.batches())
