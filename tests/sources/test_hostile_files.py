"""Files as strangers send them: each gives a message that a school's data manager can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from upwards.core.errors import UserError
from upwards.sources.cleaning import clean_batches
from upwards.sources.files import open_text
from upwards.sources.mapping import Mapping
from upwards.sources.proposal import propose_mapping

SECRET = "Zebedee"  # stands for anything personal; no message may quote it
HEAD = "UPN,School,Subject,Year,Score\n"
GOOD = f"{SECRET}1,7,maths,2019,5\n"
MAPPING = Mapping(
    "results",
    {"pupil": "UPN", "school": "School", "subject": "Subject", "year": "Year", "score": "Score"},
)


@dataclass(frozen=True)
class Hostile:
    """A file, and what its message must say."""

    name: str
    write: Callable[[Path], object]
    said: str
    to_do: str
    mapping: Mapping | None = MAPPING


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode(encoding))


def raw(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def half_a_parquet(path: Path) -> None:
    pl.DataFrame({"UPN": [SECRET] * 1000}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:400])


FILES = [
    Hostile("empty.csv", text(""), "is empty (0 bytes)", "Export it again"),
    Hostile("blank.csv", text("\r\n\r\n \r\n"), "only blank lines", "Export it again"),
    Hostile("header-only.csv", text(HEAD), "headings but no rows", "Export it again"),
    Hostile(
        "cut-short.csv", text(HEAD + GOOD + f'"{SECRET}2,7,ma'), "ends inside a quotation", "copy it again"
    ),
    Hostile(
        "open-quote.csv",
        text(HEAD + GOOD + f'"{SECRET}2,7,maths,2019,5\n' + GOOD * 3),
        "row 3: a quotation mark opens and never closes",
        "Remove the stray mark",
    ),
    Hostile(
        "open-quote-large.csv",
        text(HEAD + f'"{SECRET}2,7,maths,2019,5\n' + GOOD * 300_000),
        "a quotation mark opens and never closes",
        "stray mark",
    ),
    Hostile(
        "ragged.csv",
        text(HEAD + GOOD + f"{SECRET}2,7,maths, and more,2019,5\n"),
        "row 3: number of fields differs",
        "quotation marks around values",
    ),
    Hostile("nul.csv", raw(b"UPN,Score\n\x00\x00\x00,1\n"), "NUL bytes", "Export it again"),
    Hostile(
        "rubbish.csv", raw(bytes(range(128, 256)) + bytes(range(32))), "holds NUL bytes", "Export it again"
    ),
    Hostile("latin.csv", raw(b"UPN,Score\n\x81\x8d,1\n"), "neither UTF-8 nor Windows-1252", "CSV UTF-8"),
    Hostile("utf16.csv", text(HEAD + GOOD, "utf-16"), "UTF-16", "Save as"),
    Hostile("really-xlsx.csv", raw(b"PK\x03\x04" + b"\x00" * 60), "looks like an Excel workbook", ".xlsx"),
    Hostile("really-html.csv", text(f"<html><table><tr><td>{SECRET}"), "looks like a web page", "save it as"),
    Hostile("twice.csv", text("UPN,Score,Score\n1,2,3\n"), "'Score' in columns 2, 3", "Rename"),
    Hostile("title.csv", text("Autumn\n" + HEAD + GOOD * 3), "not the row of headings", "Delete titles"),
    Hostile("broken.xlsx", raw(b"PK\x03\x04 not a zip"), "not a readable Excel workbook", "save it again"),
    Hostile("half.parquet", half_a_parquet, "not a readable Parquet file", "export it again"),
    Hostile("old.xls", raw(b"\xd0\xcf\x11\xe0"), "kind that cannot be read (.xls)", ".xlsx"),
    Hostile("folder.csv", lambda path: path.mkdir(), "is a folder", "Name one file"),
    Hostile("absent.csv", lambda path: None, "There is no file", "Check the name"),
    Hostile(
        "dates.csv",
        text(HEAD + f"{SECRET},7,maths,2019,05-Jun\n"),
        "row 2, column 'Score': date typed as a score",
        "format the column as text",
    ),
    Hostile(
        "grades.csv",
        text(HEAD + f"{SECRET},7,maths,2019,A*\n"),
        "row 2, column 'Score': grade, but the mapping names no scale",
        "write score = 'a_level' or 'gcse_a_g'",
    ),
    Hostile(
        "mixed.csv",
        text(HEAD + GOOD + f"{SECRET}2,7,maths,2019,{SECRET}\n"),
        "row 3, column 'Score': grade, but the mapping names no scale",
        "Under [scales] in the mapping",
    ),
    Hostile(
        "duplicates.csv",
        text(HEAD + GOOD + GOOD.lower()),
        "row 3: same pupil, assessment, subject, year as an earlier row",
        "Keep one of the two",
    ),
    Hostile(
        "years.csv",
        text(HEAD + f"{SECRET},7,maths,last summer,5\n"),
        "row 2, column 'Year': not an academic year ('last summer')",
        "Write the year in which it ends (2019)",
    ),
    Hostile(
        "no-school.csv",
        text(HEAD + f"{SECRET},,maths,2019,5\n"),
        "row 2, column 'School': nothing where school is needed",
        "Fill it in",
    ),
    Hostile(
        "strange-school.csv",
        text(HEAD + f"{SECRET},9,maths,2019,5\n"),
        "row 2, column 'School': school that is not known ('9')",
        "import it first with --as schools",
    ),
    Hostile(
        "other-headings.csv",
        text(f"Naam,Uitslag\n{SECRET},5\n"),
        "other-headings.csv gives no subject and no year and no score and no school",
        "name the heading under [columns]",
        mapping=None,
    ),
]


def message_about(path: Path, mapping: Mapping | None) -> str:
    try:
        if mapping is None:
            source = open_text(path)
            sample = next(iter(source.batches())).rows
            mapping = propose_mapping(source.columns, "results", sample, file=path.name)
        batches = list(clean_batches(path, "results", mapping, known_schools=["7"]))
    except UserError as error:
        return str(error)
    return "\n".join(map(str, batches[-1].problems.listed))


@pytest.mark.parametrize("hostile", FILES, ids=lambda hostile: hostile.name)
def test_a_hostile_file_gives_a_message_to_act_on(hostile: Hostile, tmp_path: Path) -> None:
    path = tmp_path / hostile.name
    hostile.write(path)
    message = message_about(path, hostile.mapping)
    assert hostile.said in message
    assert hostile.to_do in message
    assert hostile.name in message
    assert SECRET.lower() not in message.lower()


def test_there_are_twenty_of_them_at_least() -> None:
    assert len({hostile.name for hostile in FILES}) >= 20


def test_a_workbook_with_several_sheets_asks_which(tmp_path: Path, write_workbook) -> None:
    rows = [["UPN", "School", "Subject", "Year", "Score"], [SECRET, "7", "maths", 2019, 5]]
    path = write_workbook(tmp_path / "results.xlsx", {"Year 10": rows, "Year 11": rows, "Notes": []})
    message = message_about(path, MAPPING)
    assert "several sheets with content: 'Year 10', 'Year 11'" in message
    assert "'results.xlsx#Year 10'" in message
    assert message_about(Path(f"{path}#Year 11"), MAPPING) == ""
    assert "has no sheet 'Year 12'; did you mean" in message_about(Path(f"{path}#Year 12"), MAPPING)


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    path = tmp_path / "results.csv"
    path.write_text(HEAD + GOOD)
    monkeypatch.setattr("upwards.sources.files._open", refuse)
    assert "may not be read by this user" in message_about(path, MAPPING)
