from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import polars as pl
import pytest

from upwards.store import answers
from upwards.store.snapshots import Snapshot
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import NoRoom

KEY = answers.answer_key("plan", settings={"a": 1}, arguments={"hours": 2}, code_version="1")


@pytest.fixture
def snapshot(workspace: Workspace, some_results: pl.DataFrame, take_in: Callable[..., Snapshot]) -> Snapshot:
    return take_in(workspace, some_results)


@pytest.mark.parametrize(
    "change",
    [{"settings": {"a": 2}}, {"arguments": {"hours": 3}}, {"code_version": "2"}, {"action": "stage"}],
)
def test_whatever_decides_an_answer_changes_its_key(change: dict[str, object]) -> None:
    said: dict[str, object] = {
        "action": "plan",
        "settings": {"a": 1},
        "arguments": {"hours": 2},
        "code_version": "1",
        **change,
    }
    assert answers.answer_key(**said) != KEY  # type: ignore[arg-type]


def test_an_answer_is_kept_with_its_tables(workspace: Workspace, snapshot: Snapshot) -> None:
    assert answers.get(workspace, snapshot, KEY) is None
    units = pl.DataFrame({"unit": ["North"], "effect": [0.5]})
    assert answers.put(workspace, snapshot, KEY, {"n": 3}, {"units": units})
    kept = answers.get(workspace, snapshot, KEY)
    assert kept is not None
    assert kept.content == {"n": 3}
    assert kept.table("units").collect().equals(units)
    assert all(path.stat().st_mode & 0o077 == 0 for path in workspace.answers.rglob("*"))


def test_an_answer_is_kept_where_the_folder_of_answers_is_missing(
    workspace: Workspace, snapshot: Snapshot
) -> None:
    shutil.rmtree(workspace.answers)
    assert answers.put(workspace, snapshot, KEY, {"n": 3})
    assert answers.get(workspace, snapshot, KEY) is not None
    assert workspace.answers.stat().st_mode & 0o077 == 0


def test_the_first_of_two_equal_answers_is_kept(workspace: Workspace, snapshot: Snapshot) -> None:
    assert answers.put(workspace, snapshot, KEY, {"n": 3})
    assert not answers.put(workspace, snapshot, KEY, {"n": 4})
    kept = answers.get(workspace, snapshot, KEY)
    assert kept is not None
    assert kept.content == {"n": 3}


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff"])
def test_a_damaged_answer_counts_as_none_and_is_replaced(
    workspace: Workspace, snapshot: Snapshot, damage: bytes
) -> None:
    answers.put(workspace, snapshot, KEY, {"n": 3})
    (path,) = workspace.answers.rglob("answer.json")
    path.write_bytes(damage)
    assert answers.get(workspace, snapshot, KEY) is None
    assert answers.put(workspace, snapshot, KEY, {"n": 4})
    assert answers.get(workspace, snapshot, KEY) is not None


def test_what_is_not_a_number_is_never_kept(workspace: Workspace, snapshot: Snapshot) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        answers.put(workspace, snapshot, KEY, {"n": float("nan")})


def test_a_full_disk_keeps_no_half_answer(
    workspace: Workspace, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(NoRoom, match="keeping an answer"):
            answers.put(workspace, snapshot, KEY, {"n": 3})
    assert answers.get(workspace, snapshot, KEY) is None
    assert not [path for path in workspace.answers.rglob("*") if path.is_file()]


def test_an_answer_whose_folder_was_taken_away_meanwhile_is_not_kept(
    workspace: Workspace, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(path: object, content: bytes) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    with monkeypatch.context() as patch:
        patch.setattr(answers, "write_file", gone)
        assert not answers.put(workspace, snapshot, KEY, {"n": 3})


def test_an_answer_kept_by_another_run_in_the_same_moment_stays(
    workspace: Workspace, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers.put(workspace, snapshot, KEY, {"n": 3})
    with monkeypatch.context() as patch:
        patch.setattr(answers, "get", lambda *_: None)
        patch.setattr(answers, "remove_tree", lambda _: None)
        assert not answers.put(workspace, snapshot, KEY, {"n": 4})
    kept = answers.get(workspace, snapshot, KEY)
    assert kept is not None
    assert kept.content == {"n": 3}
