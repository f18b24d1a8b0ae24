"""The outside reference is a small file that a person writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwards.measures.outside_reference import UnreadableReference, read_reference


def written(folder: Path, text: str) -> Path:
    path = folder / "reference.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_none_is_none() -> None:
    assert read_reference(None) is None


def test_a_reference_has_a_number_a_source_and_perhaps_subjects(tmp_path: Path) -> None:
    text = 'upper_quartile = 0.12\nsource = "national, 2019"\n[by_subject]\nreading = 0.1\nhistory = 1'
    found = read_reference(written(tmp_path, text))
    assert found is not None
    assert (found.upper_quartile, found.source) == (0.12, "national, 2019")
    assert (found.of("reading"), found.of("history"), found.of("art"), found.of(None)) == (
        0.1,
        1.0,
        0.12,
        0.12,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("upper_quartile = ", "cannot be read as TOML"),
        ('source = "national"', "lacks a number or its source"),
        ("upper_quartile = 0.1", "lacks a number or its source"),
        ('upper_quartile = 0.1\nsource = " "', "lacks a number or its source"),
        ('upper_quartile = true\nsource = "x"', "lacks a number or its source"),
        ('upper_quartile = 75\nsource = "x"', "lacks a number or its source"),
        ('upper_quartile = nan\nsource = "x"', "lacks a number or its source"),
        ('upper_quartile = 0.1\nsource = "x"\nby_subject = 3', "by_subject"),
        ('upper_quartile = 0.1\nsource = "x"\n[by_subject]\nreading = "high"', "by_subject"),
    ],
)
def test_what_it_lacks_is_said_with_its_form(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UnreadableReference, match="reference.toml") as told:
        read_reference(written(tmp_path, text))
    assert words in str(told.value)


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableReference, match=r"gone\.toml"):
        read_reference(tmp_path / "gone.toml")
    (tmp_path / "picture.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableReference, match=r"picture\.toml"):
        read_reference(tmp_path / "picture.toml")
