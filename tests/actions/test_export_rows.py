from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from upwards.actions.export_rows import export_rows
from upwards.core.errors import UserError


def test_rows_come_back_from_the_file_as_they_went(tmp_path: Path) -> None:
    rows = [
        {"unit": "a", "path": ["x", "a"], "n": 3, "effect": 0.5, "rank": None},
        {"unit": "b", "path": ["x", "b"], "n": None, "effect": None, "rank": None},
    ]
    export_rows(rows, tmp_path / "units.parquet")
    assert pl.read_parquet(tmp_path / "units.parquet").to_dicts() == rows


def test_no_rows_make_an_empty_file_that_can_be_read(tmp_path: Path) -> None:
    export_rows([], tmp_path / "units.parquet")
    assert pl.read_parquet(tmp_path / "units.parquet").is_empty()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"units\.parquet cannot be written"):
        export_rows([{"unit": "a"}], tmp_path / "no" / "units.parquet")
