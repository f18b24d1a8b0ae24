from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from upwards.core.errors import EmptyData, UserError
from upwards.core.tables import TABLES
from upwards.store import originals
from upwards.store.erasure import erase_person
from upwards.store.imports import ImportOutcome, Incoming, import_files
from upwards.store.snapshots import current_snapshot, list_snapshots, undo_import
from upwards.store.tables import read_table
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import NoRoom, RowsAlreadyThere

RESULTS = TABLES["results"]


@dataclass
class Batch:
    rows: pl.DataFrame
    rejects: pl.DataFrame


def results(pupils: Iterable[str], score: float = 1.0, **more: Any) -> pl.DataFrame:
    return pl.DataFrame({"pupil": list(pupils)}).with_columns(
        subject=pl.lit("reading"), year=pl.lit(2019), school=pl.lit("North"), score=pl.lit(score), **more
    )


def incoming(
    folder: Path,
    name: str,
    rows: pl.DataFrame,
    *,
    rejects: pl.DataFrame | None = None,
    mapping: Mapping[str, Any] | None = None,
    clean: bool | None = None,
    touch: bool = False,
) -> Incoming:
    """Stand in for a reader: the file holds the rows, batches of two rows come out."""
    path = folder / name
    path.write_bytes(rows.write_csv().encode())
    bad = rows.clear() if rejects is None else rejects

    def batches() -> Iterator[Batch]:
        yield Batch(rows.clear(), bad)
        for start in range(0, rows.height, 2):
            yield Batch(rows.slice(start, 2), bad.clear())
        if touch:
            path.write_text("longer than before" * 100)

    return Incoming(
        path=path,
        mapping=mapping or {"pupil": "UPN"},
        identifiers={"pupil": "pupil"},
        batches=batches,
        left_out=lambda: {"impossible score": bad.height} if bad.height else {},
        is_clean=lambda: (bad.height == 0) if clean is None else clean,
    )


def run(workspace: Workspace, *files: Incoming, **options: Any) -> ImportOutcome:
    return import_files(workspace, RESULTS, files, **options)


def test_a_clean_file_becomes_the_first_snapshot(workspace: Workspace, tmp_path: Path) -> None:
    done = run(workspace, incoming(tmp_path, "a.csv", results("ABC")))
    assert done.entered
    rows = read_table(workspace, "results").collect()
    assert rows["pupil"].to_list() == [workspace.pseudonyms.of("pupil", p) for p in "ABC"]
    (record,) = done.files
    assert (record.n_in, record.n_kept, record.rejected) == (3, 3, {})
    assert record.bytes == (tmp_path / "a.csv").stat().st_size
    snapshot = current_snapshot(workspace)
    assert snapshot is not None
    assert snapshot.id == done.snapshot
    assert snapshot.manifest.imports == (record,)


def test_the_pseudonymised_rows_are_kept_once_with_where_they_came_from(
    workspace: Workspace, tmp_path: Path
) -> None:
    done = run(workspace, incoming(tmp_path, "a.csv", results("ABC")))
    kept = workspace.imports / f"results-{done.files[0].id}.parquet"
    snapshot = current_snapshot(workspace)
    assert snapshot is not None
    assert kept.samefile(snapshot.path("results"))
    said = json.loads(kept.with_suffix(".json").read_text())
    assert said["file"] == "a.csv"
    assert said["mapping"] == {"pupil": "UPN"}
    assert list(workspace.staging.iterdir()) == []
    assert list(workspace.originals.iterdir()) == []


def test_the_same_file_read_the_same_way_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    file = incoming(tmp_path, "a.csv", results("ABC"))
    first = run(workspace, file)
    again = run(workspace, file)
    assert again.unchanged == ("a.csv",)
    assert again.files == ()
    assert again.snapshot == first.snapshot
    assert len(list_snapshots(workspace)) == 1


def test_one_file_named_twice_enters_once(workspace: Workspace, tmp_path: Path) -> None:
    file = incoming(tmp_path, "a.csv", results("ABC"))
    done = run(workspace, file, file)
    assert done.unchanged == ("a.csv",)
    assert read_table(workspace, "results").collect().height == 3


def test_after_undo_the_same_file_enters_again(workspace: Workspace, tmp_path: Path) -> None:
    file = incoming(tmp_path, "a.csv", results("ABC"))
    run(workspace, file)
    undo_import(workspace)
    assert run(workspace, file).entered
    assert read_table(workspace, "results").collect().height == 3


def test_several_files_become_one_snapshot(workspace: Workspace, tmp_path: Path) -> None:
    done = run(
        workspace,
        incoming(tmp_path, "a.csv", results("AB")),
        incoming(tmp_path, "b.csv", results("CD")),
    )
    assert [record.file for record in done.files] == ["a.csv", "b.csv"]
    assert len(list_snapshots(workspace)) == 1
    assert read_table(workspace, "results").collect().height == 4


def test_a_second_file_stands_beside_the_first(workspace: Workspace, tmp_path: Path) -> None:
    run(workspace, incoming(tmp_path, "a.csv", results("AB")))
    run(workspace, incoming(tmp_path, "b.csv", results("CD")))
    snapshot = current_snapshot(workspace)
    assert snapshot is not None
    assert [record.file for record in snapshot.manifest.imports] == ["a.csv", "b.csv"]
    assert snapshot.manifest.tables["results"].rows == 4


def test_rows_held_already_are_refused_unless_they_replace(workspace: Workspace, tmp_path: Path) -> None:
    run(workspace, incoming(tmp_path, "a.csv", results("ABC")))
    correction = incoming(tmp_path, "b.csv", results("CD", score=9.0))
    with pytest.raises(RowsAlreadyThere, match="1 of the rows in b.csv"):
        run(workspace, correction)
    assert read_table(workspace, "results").collect().height == 3
    done = run(workspace, correction, replace_held=True)
    assert done.files[0].n_replaced == 1
    assert read_table(workspace, "results").collect()["score"].to_list() == [1, 1, 9, 9]


def test_a_file_with_problems_does_not_enter(workspace: Workspace, tmp_path: Path) -> None:
    file = incoming(tmp_path, "a.csv", results("AB"), rejects=results("C"))
    done = run(workspace, file)
    assert not done.entered
    assert done.snapshot is None
    assert done.files[0].rejected == {"impossible score": 1}
    assert done.files[0].n_in == 3
    assert list(workspace.folder.rglob("*.parquet")) == []


def test_one_file_with_problems_keeps_all_files_out(workspace: Workspace, tmp_path: Path) -> None:
    good = incoming(tmp_path, "a.csv", results("AB"))
    bad = incoming(tmp_path, "b.csv", results("C"), clean=False)
    assert not run(workspace, good, bad).entered
    assert current_snapshot(workspace) is None


def test_good_rows_enter_on_request_and_the_others_are_kept_under_protection(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = incoming(tmp_path, "a.csv", results("AB"), rejects=results("C"))
    done = run(workspace, file, keep_good=True)
    assert done.entered
    assert read_table(workspace, "results").collect().height == 2
    rejects = workspace.rejects / f"results-{done.files[0].id}.parquet"
    assert pl.read_parquet(rejects)["pupil"].to_list() == [workspace.pseudonyms.of("pupil", "C")]
    assert rejects.stat().st_mode & 0o777 == 0o600
    assert done.files[0].settings == {"keep_good": True, "replace": False}


@pytest.mark.parametrize("held", [False, True])
def test_no_good_row_at_all_is_told(workspace: Workspace, tmp_path: Path, held: bool) -> None:
    if held:
        run(workspace, incoming(tmp_path, "a.csv", results("AB")))
    file = incoming(tmp_path, "b.csv", results("").clear(), rejects=results("C"))
    with pytest.raises(EmptyData, match="No row of b.csv"):
        run(workspace, file, keep_good=True)


def test_a_file_that_changes_while_it_is_read_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was changed while"):
        run(workspace, incoming(tmp_path, "a.csv", results("AB"), touch=True))
    assert current_snapshot(workspace) is None


def test_an_original_is_kept_only_on_request_and_only_until_its_day(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = incoming(tmp_path, "a.csv", results("AB"))
    done = run(workspace, file, keep_original_days=35)
    kept = workspace.originals / done.files[0].id
    assert (kept / "a.csv").read_bytes() == file.path.read_bytes()
    assert (kept / "a.csv").stat().st_mode & 0o777 == 0o600
    assert kept.stat().st_mode & 0o777 == 0o700
    expires = datetime.date.fromisoformat(json.loads((kept / "expires.json").read_text())["expires"])
    monkeypatch.setattr(originals, "_today", lambda: expires - datetime.timedelta(days=1))
    Workspace.open(workspace.folder)
    assert kept.exists()
    monkeypatch.setattr(originals, "_today", lambda: expires)
    Workspace.open(workspace.folder)
    assert not kept.exists()
    assert file.path.exists()


@pytest.mark.parametrize("expiry", [None, "{", '{"expires": 3}', '{"expires": "soon"}', "[]"])
def test_an_original_without_a_day_is_not_kept(workspace: Workspace, expiry: str | None) -> None:
    folder = workspace.originals / "1234"
    folder.mkdir()
    (folder / "a.csv").write_text("pupil\nA\n")
    if expiry is not None:
        (folder / "expires.json").write_text(expiry)
    Workspace.open(workspace.folder)
    assert not folder.exists()


def test_an_original_kept_again_gets_a_new_day(workspace: Workspace, tmp_path: Path) -> None:
    file = incoming(tmp_path, "a.csv", results("AB"))
    for days in (10, 20):
        done = run(workspace, file, keep_original_days=days)
        undo_import(workspace)
    said = json.loads((workspace.originals / done.files[0].id / "expires.json").read_text())
    today = datetime.datetime.now(datetime.UTC).date()
    assert datetime.date.fromisoformat(said["expires"]) >= today + datetime.timedelta(days=19)


def test_an_erased_pupil_is_also_gone_from_imports_rejects_and_originals(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = incoming(tmp_path, "a.csv", results(["PUPIL-A", "PUPIL-B"]), rejects=results(["PUPIL-A"], 99.0))
    run(workspace, file, keep_good=True, keep_original_days=35)
    done = erase_person(workspace, "pupil", "pupil-a")
    assert done.n_rows_elsewhere == 2
    assert done.n_originals == 1
    files = [path for path in workspace.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if b"PUPIL-A" in path.read_bytes()]
    content = b"".join(path.read_bytes() for path in files)
    assert str(workspace.pseudonyms.of("pupil", "PUPIL-A")).encode() not in content
    assert read_table(workspace, "results").collect().height == 1


@pytest.mark.parametrize("fails_at", [0, 2, 4, 6, 8, 10, 12, 14])
def test_a_disk_that_fills_up_leaves_what_was_there(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    run(workspace, incoming(tmp_path, "a.csv", results("AB")))
    more = incoming(tmp_path, "b.csv", results("CD"))
    calls = iter(range(1000))
    fsync = os.fsync

    def full(descriptor: int) -> None:
        if next(calls) == fails_at:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(NoRoom, match="unharmed"):
            run(workspace, more)
    # The very last step, after the new snapshot became current, may fail too: then it is the new one, whole.
    assert read_table(workspace, "results").collect().height == (4 if fails_at == 14 else 2)
    assert list(workspace.staging.iterdir()) == []
    assert run(workspace, more).entered
    assert read_table(workspace, "results").collect().height == 4


def test_a_disk_that_may_not_be_written_is_told(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(NoRoom, match="Permission denied"):
        run(workspace, incoming(tmp_path, "a.csv", results("AB")))


def test_another_failure_of_the_disk_is_not_explained_away(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        run(workspace, incoming(tmp_path, "a.csv", results("AB")))
