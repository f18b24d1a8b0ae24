"""Archives that publishers send, and archives that no publisher sends; error pages in place of tables."""

from __future__ import annotations

import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sources.publisher import CSV
from tests.sources.test_downloads import LIMITS
from upwards.sources.archives import extract_member, is_archive
from upwards.sources.download_limits import TooLarge, WrongContent
from upwards.sources.file_kinds import check_kind

NAME = "england_ks2final.csv"


def packed(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    archive = path / "a.zip"
    with zipfile.ZipFile(archive, "w", method) as opened:
        for name, content in members:
            opened.writestr(zipfile.ZipInfo(name), content, method)
    return archive


def test_only_the_file_expected_is_taken(tmp_path: Path) -> None:
    archive = packed(tmp_path, ("2018-2019/", b""), (f"2018-2019/{NAME}", CSV), ("2018-2019/evil.csv", b"x"))
    extract_member(archive, NAME, tmp_path / "out.csv", limits=LIMITS)
    assert is_archive(archive)
    assert (tmp_path / "out.csv").read_bytes() == CSV
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out.csv"]


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "/etc/evil", "..\\evil.csv", "C:evil", "a/../../b", "e\x1b[31m", "\u202eabc"]
)
def test_an_archive_with_a_name_that_leads_out_is_not_unpacked(tmp_path: Path, name: str) -> None:
    archive = packed(tmp_path, (NAME, CSV), (name, b"x"))
    with pytest.raises(WrongContent, match="a name that leads out"):
        extract_member(archive, NAME, tmp_path / "out.csv", limits=LIMITS)
    assert not (tmp_path / "out.csv").exists()


def test_an_archive_with_a_link_is_not_unpacked(tmp_path: Path) -> None:
    link = zipfile.ZipInfo(NAME)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr(link, "/etc/passwd")
    with pytest.raises(WrongContent, match="or a link"):
        extract_member(tmp_path / "a.zip", NAME, tmp_path / "out.csv", limits=LIMITS)


@pytest.mark.parametrize(
    ("members", "count"), [((("other.csv", CSV),), "no file"), (((NAME, CSV), (f"b/{NAME}", CSV)), "2 files")]
)
def test_the_file_is_expected_once(
    tmp_path: Path, members: tuple[tuple[str, bytes], ...], count: str
) -> None:
    with pytest.raises(WrongContent, match=f"holds {count} named 'england_ks2final.csv'"):
        extract_member(packed(tmp_path, *members), NAME, tmp_path / "out.csv", limits=LIMITS)


def test_a_file_that_swells_is_stopped(tmp_path: Path) -> None:
    archive = packed(tmp_path, (NAME, b"0" * 30_000_000))
    with pytest.raises(TooLarge, match="beyond 10,000,000 bytes"):
        extract_member(archive, NAME, tmp_path / "out.csv", limits=replace(LIMITS, max_bytes=10**9))
    assert not (tmp_path / "out.csv").exists()


def test_a_file_larger_than_the_limit_is_stopped(tmp_path: Path) -> None:
    archive = packed(tmp_path, (NAME, CSV), method=zipfile.ZIP_STORED)
    with pytest.raises(TooLarge, match="beyond 1,000 bytes"):
        extract_member(archive, NAME, tmp_path / "out.csv", limits=replace(LIMITS, max_bytes=1000))


def test_an_archive_of_very_many_files_is_not_unpacked(tmp_path: Path) -> None:
    archive = packed(tmp_path, *((f"{n}.csv", b"") for n in range(2001)))
    with pytest.raises(WrongContent, match="2,001 files"):
        extract_member(archive, NAME, tmp_path / "out.csv", limits=LIMITS)


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    archive = packed(tmp_path, (NAME, CSV))
    content = bytearray(archive.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # the flag in the directory of the archive
    archive.write_bytes(content)
    with pytest.raises(WrongContent, match="encrypted"):
        extract_member(archive, NAME, tmp_path / "out.csv", limits=LIMITS)


@pytest.mark.parametrize("place", [200, 20_000])
def test_a_damaged_archive_is_told(tmp_path: Path, place: int) -> None:
    archive = packed(tmp_path, (NAME, CSV), method=zipfile.ZIP_STORED)
    content = bytearray(archive.read_bytes())
    content[place] ^= 0xFF
    archive.write_bytes(content if place == 200 else content[:place])
    with pytest.raises(WrongContent, match="damaged"):
        extract_member(archive, NAME, tmp_path / "out.csv", limits=LIMITS)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("csv", b"\xef\xbb\xbfURN,NAME\n1,\xe9\n"),
        ("csv", b"A title of the table\nURN;NAME\n"),
        ("csv", b"URN\tNAME\n"),
        ("xlsx", b"PK\x03\x04..."),
        ("parquet", b"PAR1..."),
    ],
)
def test_a_file_of_its_kind_is_taken(tmp_path: Path, kind: str, start: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(start)
    check_kind(path, kind)


@pytest.mark.parametrize(
    ("kind", "start", "words"),
    [
        ("csv", b"\xef\xbb\xbf \n<!DOCTYPE html><html>a,b</html>", "a web page came"),
        ("csv", b"<?xml version='1.0'?><Error>a,b</Error>", "a web page came"),
        ("csv", b'{"error": "none, at all"}', "a message of the server came"),
        ("csv", b"", "an empty file came"),
        ("csv", b"\xef\xbb\xbf\n\n", "an empty file came"),
        ("csv", b"Service unavailable", "text without columns came"),
        ("csv", b"PK\x03\x04,,,", "another kind of file came"),
        ("csv", b"a,b\x00\x01", "another kind of file came"),
        ("csv", b"version https://git-lfs.github.com/spec/v1,", "a pointer to a file kept elsewhere came"),
        ("xlsx", b"<html>", "a web page came"),
        ("parquet", b"URN,NAME\n", "another kind of file came"),
    ],
)
def test_what_is_not_of_its_kind_is_refused(tmp_path: Path, kind: str, start: bytes, words: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(start)
    with pytest.raises(WrongContent, match=words):
        check_kind(path, kind)
