"""Arrays kept with an answer come back as they went, or not at all."""

from __future__ import annotations

import numpy as np
import polars as pl

from tests.store.conftest import TakeIn
from upwards.store import answers
from upwards.store.kept_arrays import keep_arrays, kept_arrays
from upwards.store.workspace import Workspace


def test_texts_numbers_and_draws_come_back(
    workspace: Workspace, take_in: TakeIn, some_results: pl.DataFrame
) -> None:
    snapshot = take_in(workspace, some_results)
    columns = {
        "school": np.array(["Nørre", "b"]),
        "n": np.array([3, 4]),
        "se": np.array([0.1, np.nan]),
        "draws": np.arange(10, dtype=np.float32).reshape(2, 5),
    }
    keep_arrays(workspace, snapshot, "key", {"notes": ["x"]}, columns)
    found = kept_arrays(workspace, snapshot, "key")
    assert found is not None
    content, arrays = found
    assert content == {"notes": ["x"]}
    assert list(arrays) == list(columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(arrays[name], values)
    assert arrays["draws"].dtype == np.float32


def test_what_was_not_kept_is_none(workspace: Workspace, take_in: TakeIn, some_results: pl.DataFrame) -> None:
    snapshot = take_in(workspace, some_results)
    assert kept_arrays(workspace, snapshot, "key") is None
    answers.put(workspace, snapshot, "key", {"no": "arrays"})
    assert kept_arrays(workspace, snapshot, "key") is None


def test_another_state_of_the_data_has_none_of_it(
    workspace: Workspace, take_in: TakeIn, some_results: pl.DataFrame
) -> None:
    first = take_in(workspace, some_results)
    keep_arrays(workspace, first, "key", {}, {"n": np.array([1])})
    second = take_in(workspace, some_results.with_columns(pl.format("new {}", "pupil").alias("pupil")))
    assert kept_arrays(workspace, second, "key") is None
