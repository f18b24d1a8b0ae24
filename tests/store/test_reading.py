"""A file that breaks off half way is reported, not thrown at the user."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import upwards
from upwards.store.reading import UnreadableRows


@pytest.fixture
def rotten(tmp_path):
    rng = np.random.default_rng(1)
    path = tmp_path / "rotten.parquet"
    frame = pl.DataFrame({"school": rng.integers(0, 9, 50_000), "score": rng.normal(size=50_000)})
    frame.write_parquet(path)
    content = bytearray(path.read_bytes())
    content[100_000:200_000] = bytes(100_000)
    path.write_bytes(content)
    return path


def test_a_file_with_rotten_pages_is_reported(rotten):
    with pytest.raises(UnreadableRows, match="damaged or cut short"):
        upwards.estimate_value_added(rotten, outcome="score", levels=["school"])


def test_the_engine_s_words_are_not_repeated(rotten):
    with pytest.raises(UnreadableRows) as caught:
        upwards.estimate_value_added(rotten, outcome="score", levels=["school"])
    assert "zstd" not in str(caught.value)
