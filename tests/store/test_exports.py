from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from upwards.core.errors import UserError
from upwards.store.exports import write_rows


def test_a_value_that_first_appears_late_keeps_its_type(tmp_path: Path) -> None:
    rows = [{"n": None, "effect": 1.5}] * 200 + [{"n": 7, "effect": None}]
    write_rows(rows, tmp_path / "rows.parquet")
    found = pl.read_parquet(tmp_path / "rows.parquet")
    assert found["n"].to_list() == [None] * 200 + [7]
    assert found["effect"].null_count() == 1


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"rows\.parquet cannot be written"):
        write_rows([{"n": 1}], tmp_path / "none" / "rows.parquet")
