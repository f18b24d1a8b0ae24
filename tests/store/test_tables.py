from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from upwards.core.tables import UnknownTable
from upwards.store.snapshots import Snapshot
from upwards.store.tables import known_schools, read_table
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import NoSuchTable


def test_a_table_is_read_from_the_current_snapshot(
    workspace: Workspace, some_results: pl.DataFrame, take_in: Callable[..., Snapshot]
) -> None:
    take_in(workspace, some_results)
    assert read_table(workspace, "results").collect()["score"].to_list() == [1.5, 2.5, None, 4.0]


def test_an_empty_workspace_says_how_to_fill_it(workspace: Workspace) -> None:
    with pytest.raises(NoSuchTable, match="upwards import FILE --as rosters"):
        read_table(workspace, "rosters")


def test_a_table_that_does_not_exist_is_told_from_one_that_is_empty(
    workspace: Workspace, some_results: pl.DataFrame, take_in: Callable[..., Snapshot]
) -> None:
    take_in(workspace, some_results)
    with pytest.raises(UnknownTable, match="results"):
        read_table(workspace, "result")
    with pytest.raises(NoSuchTable, match="holds results"):
        read_table(workspace, "rosters")


def test_schools_are_known_once_they_were_imported(
    workspace: Workspace, some_results: pl.DataFrame, take_in: Callable[..., Snapshot]
) -> None:
    assert known_schools(workspace) is None
    take_in(workspace, some_results)
    assert known_schools(workspace) is None
    take_in(workspace, pl.DataFrame({"school": ["North", "South"]}), table="schools", keys=["school"])
    assert known_schools(workspace) == {"North", "South"}
