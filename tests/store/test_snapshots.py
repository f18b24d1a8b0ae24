from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from upwards.store.manifests import FORMAT
from upwards.store.snapshots import (
    Snapshot,
    current_snapshot,
    find_damage,
    list_snapshots,
    open_snapshot,
    undo_import,
)
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import NoRoom, NoSuchTable, NothingToUndo, UnreadableWorkspace, explained

TakeIn = Callable[..., Snapshot]


def test_before_the_first_import_there_is_no_snapshot(workspace: Workspace) -> None:
    assert current_snapshot(workspace) is None
    assert list_snapshots(workspace) == ()
    with pytest.raises(NothingToUndo, match="Nothing was imported"):
        undo_import(workspace)


def test_a_snapshot_holds_the_rows_under_pseudonyms(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    snapshot = take_in(workspace, some_results)
    rows = snapshot.table("results").collect()
    assert rows.drop("pupil", "teacher").equals(some_results.drop("pupil", "teacher"))
    assert rows["pupil"].to_list() == [workspace.pseudonyms.of("pupil", a) for a in some_results["pupil"]]
    assert rows["teacher"].to_list() == [
        workspace.pseudonyms.of("teacher", a) for a in some_results["teacher"]
    ]


def test_the_manifest_says_what_is_in_a_snapshot(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    snapshot = take_in(workspace, some_results)
    again = open_snapshot(workspace, snapshot.id)
    assert again.manifest == snapshot.manifest
    table = again.manifest.tables["results"]
    assert table.rows == 4
    assert table.columns["score"] == "Float64"
    assert table.bytes == again.path("results").stat().st_size
    assert again.manifest.imports[0].file == "a.csv"
    assert set(again.manifest.versions) == {"upwards", "polars"}


def test_a_second_import_leaves_the_first_snapshot_as_it_was(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    first = take_in(workspace, some_results)
    before = first.path("results").read_bytes()
    second = take_in(workspace, some_results.with_columns(pupil=pl.col("pupil") + "x"))
    assert first.path("results").read_bytes() == before
    assert second.table("results").collect().height == 8
    assert second.manifest.previous == first.id
    assert len(second.manifest.imports) == 2
    assert [snapshot.id for snapshot in list_snapshots(workspace)] == [first.id, second.id]
    current = current_snapshot(workspace)
    assert current is not None
    assert current.id == second.id


def test_other_tables_are_carried_along_without_a_copy(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    first = take_in(workspace, some_results)
    second = take_in(workspace, pl.DataFrame({"school": ["North"]}), table="schools", keys=["school"])
    assert second.tables == ("results", "schools")
    assert first.path("results").samefile(second.path("results"))


def test_where_the_disk_has_no_links_other_tables_are_copied(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(95, "Operation not supported")

    first = take_in(workspace, some_results)
    monkeypatch.setattr(os, "link", refuse)
    second = take_in(workspace, pl.DataFrame({"school": ["North"]}), table="schools", keys=["school"])
    assert second.path("results").read_bytes() == first.path("results").read_bytes()
    assert second.path("results").stat().st_mode & 0o777 == 0o600


def test_everything_written_is_its_owners_alone(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    before = os.umask(0)
    try:
        take_in(workspace, some_results)
    finally:
        os.umask(before)
    for path in workspace.folder.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_undo_goes_back_step_by_step_and_keeps_what_it_left(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    first = take_in(workspace, some_results)
    take_in(workspace, some_results.with_columns(pupil=pl.col("pupil") + "x"))
    back = undo_import(workspace)
    assert back is not None
    assert back.id == first.id
    assert undo_import(workspace) is None
    assert current_snapshot(workspace) is None
    assert len(list_snapshots(workspace)) == 2
    with pytest.raises(NothingToUndo):
        undo_import(workspace)
    third = take_in(workspace, some_results)
    assert third.id.startswith("000003-")
    assert third.manifest.previous is None


def test_a_table_that_is_not_there_is_named_with_those_that_are(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    snapshot = take_in(workspace, some_results)
    with pytest.raises(NoSuchTable, match=r"no table 'rosters' yet; it holds results"):
        snapshot.table("rosters")


@pytest.mark.parametrize("named", ["../../../etc", "000001-zzzzzzzz", "", "\0", "000009-00000000"])
def test_current_pointing_elsewhere_is_refused(workspace: Workspace, named: str) -> None:
    (workspace.snapshots / "current").write_text(named)
    with pytest.raises(UnreadableWorkspace, match="backup"):
        current_snapshot(workspace)


def test_links_inside_a_snapshot_are_refused(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn, tmp_path: Path
) -> None:
    snapshot = take_in(workspace, some_results)
    outside = tmp_path / "outside.parquet"
    snapshot.path("results").rename(outside)
    (snapshot.folder / "results.parquet").symlink_to(outside)
    with pytest.raises(UnreadableWorkspace, match="link"):
        snapshot.table("results")
    (snapshot.folder / "results.parquet").unlink()
    with pytest.raises(UnreadableWorkspace, match="lost its file"):
        snapshot.table("results")
    snapshot.folder.rename(tmp_path / "moved")
    snapshot.folder.symlink_to(tmp_path / "moved")
    with pytest.raises(UnreadableWorkspace, match="link"):
        current_snapshot(workspace)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda manifest: manifest.update(format=FORMAT + 1), "Update upwards"),
        (lambda manifest: manifest.pop("tables"), "damaged"),
        (lambda manifest: manifest["imports"][0].update(n_in=9), "damaged"),
    ],
)
def test_a_damaged_manifest_is_refused(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn, damage: object, said: str
) -> None:
    snapshot = take_in(workspace, some_results)
    path = snapshot.folder / "manifest.json"
    manifest = json.loads(path.read_text())
    damage(manifest)  # type: ignore[operator]
    path.write_text(json.dumps(manifest))
    with pytest.raises(UnreadableWorkspace, match=said):
        current_snapshot(workspace)


@pytest.mark.parametrize("fails_at", range(12))
def test_a_full_disk_leaves_the_last_snapshot_whole(
    workspace: Workspace,
    some_results: pl.DataFrame,
    take_in: TakeIn,
    monkeypatch: pytest.MonkeyPatch,
    fails_at: int,
) -> None:
    first = take_in(workspace, some_results)
    more = some_results.with_columns(pupil=pl.col("pupil") + "x")
    calls = iter(range(100))
    fsync = os.fsync

    def full(descriptor: int) -> None:
        if next(calls) == fails_at:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        try:
            with explained("importing"):
                take_in(workspace, more)
            failed = False
        except NoRoom as error:
            assert "unharmed" in str(error)  # noqa: PT017
            failed = True
    current = current_snapshot(workspace)
    assert current is not None
    assert current.table("results").collect().height in ({4, 8} if failed else {8})
    if current.id == first.id:
        assert take_in(workspace, more).table("results").collect().height == 8


def test_damage_to_a_table_is_found(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    snapshot = take_in(workspace, some_results)
    assert find_damage(snapshot) == ()
    with snapshot.path("results").open("r+b") as file:
        file.seek(10)
        file.write(b"\0\0\0")
    assert find_damage(snapshot) == ("results",)
