"""Files that are sent to do harm do none: they are refused in words, or shown as plain text."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from django.test import RequestFactory
from django.urls import reverse

from tests.web.uploads_of_trust import (
    GOOD,
    checked,
    files_in,
    imported,
    parquet,
    send,
    sent,
    with_part,
    workbook,
)
from upwards.core.settings import Settings
from upwards.sources.errors import UnreadableFile
from upwards.sources.uploaded_files import check_uploaded
from upwards.web.data import arrivals
from upwards.web.data.models import Step, Upload
from upwards.web.data.names import shown_name
from upwards.web.plain_text import plain_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspace")]


def refused(owner, content: bytes, name: str) -> str:
    """Send a file, expect that nothing of it can be read, and return the page."""
    upload = sent(owner, content, name)
    assert upload.step == Step.FAILED
    assert upload.mapping == ""
    return owner.get(reverse("data_uploaded", args=[upload.pk])).content.decode()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("results.csv", "results.csv"),
        ("../../../etc/cron.d/x.csv", "x.csv"),
        ("..\\..\\windows\\x.csv", "x.csv"),
        ("/etc/passwd", "passwd"),
        ("re\x00sults.csv\x00.exe", "results.csv.exe"),
        ("gra\u202efsc.exe.csv", "grafsc.exe.csv"),
        ("\x1b[31mred.csv", "[31mred.csv"),
        ("..", "file"),
        ("", "file"),
        ("a\nb\r.csv", "ab.csv"),
        ("<script>alert(1)</script>.csv", "script.csv"),
        ("Ergebnisse Größe 學校.csv", "Ergebnisse Größe 學校.csv"),
        (".htaccess", "htaccess"),
    ],
)
def test_a_name_is_shown_without_its_tricks(given, shown):
    assert shown_name(given) == shown


def test_a_very_long_name_is_cut_and_keeps_its_ending(owner):
    name = shown_name("x" * 5000 + ".csv")
    assert len(name) == 120
    assert name.endswith(".csv")
    assert sent(owner, GOOD, "é" * 3000 + ".csv").step == Step.MAPPING


@pytest.mark.parametrize("name", ["../../x.csv", "..\\x.csv", "x\u202e.csv", "~.csv", "$(id).csv"])
def test_a_name_never_decides_where_a_file_lies(owner, workspace, name):
    before = {path for path in workspace.parent.rglob("*") if "uploads" not in path.parts}
    upload = sent(owner, GOOD, name)
    after = {path for path in workspace.parent.rglob("*") if "uploads" not in path.parts}
    assert after == before
    assert [path.name for path in files_in(workspace)] == [upload.stored]


@pytest.mark.parametrize("name", ["a.exe", "a.html", "a.csv.exe", "a", "a.xls", "a.zip", "a.svg", "a.xlsm"])
def test_other_endings_are_refused_at_the_door(owner, workspace, name):
    answer = send(owner, GOOD, name)
    assert answer.status_code == 422
    assert "cannot be read" in answer.content.decode()
    assert files_in(workspace) == []
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"<!doctype html><script>alert(1)</script>", "a.csv", "a web page"),
        (b"MZ\x90\x00" + b"\0" * 100, "a.csv", "a program"),
        (b"\x7fELF\x02", "a.txt", "a program"),
        (b"%PDF-1.7", "a.csv", "a PDF"),
        (b"GIF89a/*" + b"a,b\n1,2\n", "a.csv", "a picture"),
        (b"a,b\n1,\0\0\0\n", "a.csv", "another kind of file"),
        (workbook(), "a.csv", "a zip archive"),
        (workbook(), "a.parquet", "a zip archive"),
        (GOOD.encode(), "a.xlsx", "but it is text"),
        (GOOD.encode(), "a.parquet", "but it is text"),
        (parquet(), "a.xlsx", "a Parquet file"),
        (b"<html>" + workbook(), "a.xlsx", "a web page"),
        (b"PAR1 and then nothing", "a.parquet", "not a readable Parquet file"),
        (b"PK\x03\x04 and then nothing", "a.xlsx", "not a readable Excel workbook"),
        (workbook()[:-200], "a.xlsx", "not a readable Excel workbook"),
        ("a,b\n1,2\n".encode("utf-16"), "a.csv", "UTF-16"),
        (b"", "a.csv", "empty"),
        (b"", "a.xlsx", "empty"),
        (b"   \n\n", "a.csv", ""),
        (b"one heading only\n", "a.csv", ""),
    ],
)
def test_another_kind_of_file_is_refused_in_words(owner, content, name, said):
    assert said in refused(owner, content, name)


def test_a_zip_that_is_no_workbook_is_refused(owner):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as zipped:
        zipped.writestr("../../evil.sh", "x")
    assert "not a readable Excel workbook" in refused(owner, target.getvalue(), "a.xlsx")


def test_a_zip_bomb_is_not_unpacked(owner, workspace):
    bomb = with_part("xl/worksheets/sheet1.xml", b"<row>" + b"0" * 60_000_000)
    assert len(bomb) < 200_000
    assert "grows far beyond its own size" in refused(owner, bomb, "a.xlsx")


def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path):
    bomb = bytearray(with_part("xl/worksheets/sheet1.xml", b"<row>" + b"0" * 60_000_000))
    size = struct.pack("<L", 60_000_005)
    while (place := bomb.find(size)) >= 0:
        bomb[place : place + 4] = struct.pack("<L", 100)
    path = tmp_path / "a.xlsx"
    path.write_bytes(bomb)
    with pytest.raises(UnreadableFile):
        check_uploaded(path, Settings.load())


@pytest.mark.parametrize("code", ["utf-8", "utf-16"])
def test_an_entity_bomb_is_not_read(owner, code):
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><x>&a9;</x>'
    assert "definitions" in refused(owner, with_part("xl/sharedStrings.xml", bomb.encode(code)), "a.xlsx")


def test_a_file_of_the_server_cannot_be_read_through_a_workbook(owner):
    outside = (
        b'<?xml version="1.0"?>'
        + b" " * 2_000_000
        + b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    )
    assert "definitions" in refused(owner, with_part("xl/workbook.xml", outside + b"<x>&f;</x>"), "a.xlsx")


def test_a_sheet_with_two_cells_at_its_ends_does_not_fill_the_memory(owner):
    sheet = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert "nearly all of them empty" in refused(
        owner, with_part("xl/worksheets/sheet1.xml", sheet), "a.xlsx"
    )


def test_a_workbook_of_very_many_parts_is_refused(owner):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as book:
        book.writestr("xl/workbook.xml", "<x/>")
        for number in range(2100):
            book.writestr(f"xl/{number}.xml", "")
    assert "not a readable Excel workbook" in refused(owner, target.getvalue(), "a.xlsx")


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(owner, workspace, settings):
    settings.UPLOAD_LARGEST = 3 * 1024 * 1024
    answer = send(owner, b"a,b\n" + b"1,2\n" * 1_000_000)
    assert answer.status_code == 413
    assert "larger than 3 MB" in answer.content.decode()
    assert files_in(workspace) == []
    assert not Upload.objects.exists()
    assert send(owner, GOOD).status_code == 302


def test_a_second_file_in_one_form_is_not_written(owner, workspace):
    from django.core.files.uploadedfile import SimpleUploadedFile

    files = [SimpleUploadedFile(f"{n}.csv", GOOD.encode()) for n in range(2)]
    other = SimpleUploadedFile("other.csv", GOOD.encode())
    answer = owner.post(reverse("data_upload"), {"table": "results", "file": files, "other": other})
    assert answer.status_code == 302
    assert len(files_in(workspace)) == 1


def test_a_connection_that_breaks_leaves_nothing(workspace):
    arrival = arrivals.Arrival(RequestFactory().post("/"))
    arrival.new_file("file", "a.csv", "text/csv", None)
    arrival.receive_data_chunk(b"a,b\n", 0)
    assert len(files_in(workspace)) == 1
    arrival.upload_interrupted()
    assert files_in(workspace) == []


def test_a_full_disk_is_told_and_leaves_nothing(owner, workspace, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(arrivals.os, "fsync", full)
    assert "disk of this server is full" in send(owner, GOOD).content.decode()
    monkeypatch.setattr(arrivals.os, "open", full)
    assert "disk of this server is full" in send(owner, GOOD).content.decode()
    assert files_in(workspace) == []


def test_a_link_in_place_of_the_file_is_not_followed(workspace, monkeypatch, tmp_path):
    (tmp_path / "precious").write_text("kept")
    monkeypatch.setattr(arrivals.secrets, "token_hex", lambda _: "guessed")
    (arrivals.uploads_folder() / "guessed.csv").symlink_to(tmp_path / "precious")
    arrival = arrivals.Arrival(RequestFactory().post("/"))
    with pytest.raises(arrivals.StopUpload):
        arrival.new_file("file", "a.csv", "text/csv", None)
    assert (tmp_path / "precious").read_text() == "kept"


def test_two_uploads_at_once_do_not_touch_one_another(owner, group_lead, workspace):
    answers = [send(client, GOOD, "same.csv") for client in (owner, group_lead)]
    assert {answer.status_code for answer in answers} == {302}
    assert len({path.name for path in files_in(workspace)}) == 2


def test_a_person_cannot_fill_the_disk_with_uploads(owner, workspace, monkeypatch):
    from upwards.web.data import upload_views

    monkeypatch.setattr(upload_views, "MOST_WAITING", 1)
    sent(owner, GOOD)
    answer = send(owner, GOOD)
    assert answer.status_code == 422
    assert "wait for you" in answer.content.decode()
    assert len(files_in(workspace)) == 1


def test_values_with_escape_sequences_and_markup_are_shown_as_plain_text(owner):
    nasty = GOOD + 'P9,"\x1b]0;owned\x07<script>alert(1)</script>\u202e",mathematics,year 6,soon\x1b[2J,1,2\n'
    upload = checked(owner, sent(owner, nasty, "<b>x</b>.csv"))
    for route in ("data_uploaded", "data_mapping"):
        text = owner.get(reverse(route, args=[upload.pk])).content.decode()
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "<script>alert" not in text
        assert "<b>" not in text
    assert upload.report["problems"]


def test_headings_with_markup_are_shown_as_text(owner):
    upload = sent(owner, GOOD.replace("prior", '"<img src=x onerror=alert(1)>\x1b[0m"'))
    text = owner.get(reverse("data_mapping", args=[upload.pk])).content.decode()
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text
    assert "\x1b" not in text


def test_a_very_wide_file_is_still_a_form_that_can_be_sent(owner):
    headings = ",".join(f"extra {n}" for n in range(2500))
    content = f"school,subject,year,score,{headings}\nAlder,art,2024,5{',1' * 2500}\n"
    upload = checked(owner, sent(owner, content))
    assert upload.step == Step.CHECKED
    assert upload.report["n_kept"] == 1


def test_formula_cells_are_text_here_and_harmless_when_taken_away(owner):
    cells = "school,subject,year,score,note\n=cmd|'/c calc'!A1,art,2024,5,@SUM(1)\n-2+3,art,2024,-6,+1\n"
    imported(owner, cells, "formula.csv")
    answer = owner.get(reverse("data_table_csv", args=["results"]))
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    named = lines[1:]
    assert any("'=cmd" in line for line in named)
    assert any("'-2+3" in line for line in named)
    assert any("-6.0" in line and "'-6" not in line for line in named)  # a number stays a number
    assert not any(cell.startswith(("=", "@", "+")) for line in named for cell in line.split(","))


def test_a_reader_that_gives_up_ends_with_a_reason(owner, monkeypatch):
    from upwards.web.data import work

    class PanicException(BaseException):
        pass

    def give_up(*_: object, **__: object) -> None:
        raise PanicException

    monkeypatch.setattr(work, "check_upload", give_up)
    assert "could not be read" in refused(owner, GOOD.encode(), "a.csv")


def test_plain_text_is_cut():
    assert plain_text("x" * 5000, 10) == "x" * 9 + "…"
