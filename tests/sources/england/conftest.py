"""Tiny published files, as England's publishers write them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Protocol

import pytest

from upwards.core.tables import find_table
from upwards.sources.england.opening import open_release
from upwards.sources.england.release import Dataset, OpenedFile, Period, Release


class Publish(Protocol):
    """Write a file and open it at its place."""

    def __call__(self, place: str, text: str | bytes, period: Period = None) -> OpenedFile: ...


class OpenPublished(Protocol):
    """Open one of England's published files."""

    def __call__(self, place: str, period: Period = None) -> OpenedFile: ...


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    def write(place: str, text: str | bytes, period: Period = None) -> OpenedFile:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return open_release(path, PurePosixPath(place), period)

    return write


class ReadAs(Protocol):
    """Read a file as its dataset does, after the checks that hold for every file."""

    def __call__(self, dataset: Dataset, opened: OpenedFile) -> Release: ...


@pytest.fixture
def read_as() -> ReadAs:
    def read(dataset: Dataset, opened: OpenedFile) -> Release:
        assert dataset.place.search(opened.place.as_posix())
        assert dataset.headings <= set(opened.columns)
        release = dataset.read(opened)
        problems = release.problems
        assert problems.n_in == problems.n_kept + problems.n_rejected
        assert set(release.tables) == set(dataset.tables)
        for name, rows in release.tables.items():
            table = find_table(name)
            assert tuple(rows.columns) == table.names
            assert not rows.select(table.key).is_duplicated().any()
            required = [column.name for column in table.columns if column.required and column.name != "value"]
            assert not sum(rows[one].null_count() for one in required if one != "amount")
        return release

    return read


@pytest.fixture(scope="session")
def open_published(england: Path) -> OpenPublished:
    """Open one of England's published files."""

    def open_it(place: str, period: Period = None) -> OpenedFile:
        return open_release(england / place, PurePosixPath(place), period)

    return open_it
