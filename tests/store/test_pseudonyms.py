from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwards.core.identifiers import normalise_identifier
from upwards.store.pseudonyms import Pseudonyms
from upwards.store.workspace_errors import UnreadableWorkspace


@pytest.fixture
def pseudonyms(tmp_path: Path) -> Pseudonyms:
    Pseudonyms.create_secret(tmp_path / "secret.key")
    return Pseudonyms.read(tmp_path / "secret.key")


def test_a_pseudonym_is_32_digits_and_does_not_show_the_identifier(pseudonyms: Pseudonyms) -> None:
    pseudonym = pseudonyms.of("pupil", "A123456")
    assert pseudonym is not None
    assert len(pseudonym) == 32
    assert "a123456" not in pseudonym
    assert pseudonym == pseudonyms.of("pupil", " a123456 ")


def test_kinds_and_workspaces_have_their_own_pseudonyms(tmp_path: Path, pseudonyms: Pseudonyms) -> None:
    Pseudonyms.create_secret(tmp_path / "other.key")
    other = Pseudonyms.read(tmp_path / "other.key")
    found = {pseudonyms.of("pupil", "1"), pseudonyms.of("teacher", "1"), other.of("pupil", "1")}
    assert len(found) == 3


def test_a_column_is_hashed_value_by_value_and_missing_stays_missing(pseudonyms: Pseudonyms) -> None:
    column = pl.Series("pupil", ["A1", None, " a1", "", "A2"])
    expected = [
        pseudonyms.of("pupil", "A1"),
        None,
        pseudonyms.of("pupil", "A1"),
        None,
        pseudonyms.of("pupil", "A2"),
    ]
    hashed = pseudonyms.of_column("pupil", column)
    assert hashed.to_list() == expected
    assert hashed.name == "pupil"


def test_numbers_and_their_text_are_one_identifier(pseudonyms: Pseudonyms) -> None:
    text = pseudonyms.of_column("pupil", pl.Series(["12"]))
    assert pseudonyms.of_column("pupil", pl.Series([12])).to_list() == text.to_list()
    assert pseudonyms.of_column("pupil", pl.Series([12.0])).to_list() == text.to_list()


def test_an_empty_column_stays_empty(pseudonyms: Pseudonyms) -> None:
    assert pseudonyms.of_column("pupil", pl.Series("pupil", [], dtype=pl.String)).dtype == pl.String
    assert pseudonyms.of_column("pupil", pl.Series("pupil", [None])).to_list() == [None]


def test_the_secret_is_neither_shown_nor_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    Pseudonyms.create_secret(path)
    secret = path.read_text().strip()
    Pseudonyms.create_secret(path)
    assert path.read_text().strip() == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert repr(Pseudonyms.read(path)) == "Pseudonyms()"


@pytest.mark.parametrize("content", [b"", b"12", b"zz" * 32, b"\xff" * 32])
def test_a_damaged_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(UnreadableWorkspace, match="restore it from a backup"):
        Pseudonyms.read(tmp_path / "secret.key")


def test_a_missing_secret_or_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableWorkspace, match="missing"):
        Pseudonyms.read(tmp_path / "secret.key")
    Pseudonyms.create_secret(tmp_path / "elsewhere")
    (tmp_path / "secret.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnreadableWorkspace, match="link"):
        Pseudonyms.read(tmp_path / "secret.key")
    with pytest.raises(UnreadableWorkspace, match="link"):
        Pseudonyms.create_secret(tmp_path / "secret.key")


@given(st.text(max_size=12))
def test_what_counts_as_one_identifier_is_said_in_one_place(text: str) -> None:
    pseudonyms = Pseudonyms({"pupil": b"k" * 32, "teacher": b"t" * 32})
    assert pseudonyms.of("pupil", text) == pseudonyms.of("pupil", normalise_identifier(text, "pupil"))


def test_a_pseudonym_is_the_keyed_blake2b_of_the_identifier() -> None:
    pseudonyms = Pseudonyms({"pupil": b"k" * 32, "teacher": b"t" * 32})
    expected = hashlib.blake2b(b"A123", key=b"k" * 32, digest_size=16).hexdigest()
    assert pseudonyms.of("pupil", "a123") == expected
    assert pseudonyms.of("pupil", " a 123 ") == expected
