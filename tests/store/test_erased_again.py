"""The list of erasures names nobody; with the workspace's secret it erases again in a restored backup."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from upwards.core.errors import UserError
from upwards.store.erased_again import NoSecretToErase, erase_listed
from upwards.store.erased_list import FILE, Erased, ErasedList, read_erased, write_erased
from upwards.store.erased_traces import Traces, is_trace
from upwards.store.erasure import erase_person
from upwards.store.snapshots import Snapshot, current_snapshot
from upwards.store.workspace import Workspace

TakeIn = Callable[..., Snapshot]
DAY = "2026-01-01T00:00:00.000000+00:00"


@pytest.fixture
def older(workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn, tmp_path: Path) -> Workspace:
    """The workspace as it was before a pupil was erased, as a backup brings it back: without its secret."""
    take_in(workspace, some_results)
    folder = tmp_path / "older"
    shutil.copytree(workspace.folder, folder)
    erase_person(workspace, "pupil", "A2")
    (folder / "secret.key").unlink()
    return Workspace.open(folder)


def n_results(workspace: Workspace) -> int:
    snapshot = current_snapshot(workspace)
    assert snapshot is not None
    return snapshot.table("results").collect().height


def test_the_list_holds_a_trace_and_no_pseudonym(workspace: Workspace, older: Workspace) -> None:
    (one,) = read_erased(workspace.folder).erased
    pseudonym = str(workspace.pseudonyms.of("pupil", "A2"))
    assert is_trace(one.key)
    assert pseudonym not in (workspace.folder / FILE).read_text()
    assert one.key == Traces.read(workspace.folder / "secret.key").of(pseudonym)


def test_with_the_secret_of_that_time_the_pupil_is_erased_again(
    workspace: Workspace, older: Workspace
) -> None:
    listed = read_erased(workspace.folder).erased
    assert n_results(older) == 4
    erase_listed(older, listed, secret=workspace.folder / "secret.key")
    assert n_results(older) == n_results(workspace) == 2
    erase_listed(older, listed, secret=workspace.folder / "secret.key")
    assert n_results(older) == 2


def test_without_it_or_with_another_s_nothing_is_done_in_silence(
    workspace: Workspace, older: Workspace, tmp_path: Path
) -> None:
    listed = read_erased(workspace.folder).erased
    with pytest.raises(NoSecretToErase, match="There is none here"):
        erase_listed(older, listed, secret=older.folder / "secret.key")
    another = Workspace.create(tmp_path / "another").folder / "secret.key"
    with pytest.raises(NoSecretToErase, match="The one here is another"):
        erase_listed(older, listed, secret=another)
    assert n_results(older) == 4
    erase_listed(older, [Erased(DAY, "user", "3")], secret=another)


def test_a_list_of_an_earlier_version_is_read_followed_and_written_with_traces(
    workspace: Workspace, older: Workspace
) -> None:
    pseudonym = str(workspace.pseudonyms.of("pupil", "A2"))
    former = {"at": DAY, "kind": "pupil", "key": pseudonym}
    content = {"installation": "0f1e2d3c", "erased": [former, {**former, "kind": "user", "key": "3"}]}
    (workspace.folder / FILE).write_text(json.dumps(content))
    listed = read_erased(workspace.folder)
    erase_listed(older, listed.erased, secret=older.folder / "secret.key")
    assert n_results(older) == 2
    written = write_erased(workspace.folder, listed)
    assert read_erased(workspace.folder) == written
    assert pseudonym not in (workspace.folder / FILE).read_text()
    assert [(one.at, one.kind, is_trace(one.key)) for one in written.erased] == [
        (DAY, "pupil", True),
        (DAY, "user", False),
    ]
    assert write_erased(workspace.folder, written.joined(listed.erased)) == written


def test_without_the_secret_an_earlier_list_stays_as_it_is(older: Workspace) -> None:
    listed = ErasedList("0f1e2d3c", (Erased(DAY, "pupil", "a" * 32),))
    assert write_erased(older.folder, listed) == listed


def test_a_damaged_secret_is_refused(older: Workspace) -> None:
    (older.folder / "secret.key").write_text("nonsense")
    with pytest.raises(UserError, match="damaged"):
        erase_listed(older, [Erased(DAY, "pupil", "ab-cd")], secret=older.folder / "secret.key")
