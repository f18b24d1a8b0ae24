from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from upwards.store.erasure import erase_person
from upwards.store.snapshots import Snapshot, current_snapshot, find_damage, list_snapshots
from upwards.store.workspace import Workspace

TakeIn = Callable[..., Snapshot]
N_PUPILS = 50


def year_of_results(year: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"pupil": [f"P{i}" for i in range(N_PUPILS)], "year": [year] * N_PUPILS, "score": [1.0] * N_PUPILS}
    )


def take_year(workspace: Workspace, take_in: TakeIn, year: int) -> None:
    # Each thread opens the workspace for itself, as another run would.
    take_in(Workspace.open(workspace.folder), year_of_results(year), keys=["pupil", "year"])


def test_imports_at_once_wait_for_each_other_and_none_is_lost(workspace: Workspace, take_in: TakeIn) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda year: take_year(workspace, take_in, year), range(8)))
    current = current_snapshot(workspace)
    assert current is not None
    assert dict(current.table("results").group_by("year").len().collect().rows()) == dict.fromkeys(
        range(8), N_PUPILS
    )
    snapshots = list_snapshots(workspace)
    assert [snapshot.manifest.tables["results"].rows for snapshot in snapshots] == [
        N_PUPILS * n for n in range(1, 9)
    ]
    assert not any(find_damage(snapshot) for snapshot in snapshots)


def test_a_reader_sees_the_old_or_the_new_and_never_waits(workspace: Workspace, take_in: TakeIn) -> None:
    take_year(workspace, take_in, 0)
    stop = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not stop.is_set():
            snapshot = current_snapshot(Workspace.open(workspace.folder))
            assert snapshot is not None
            rows = snapshot.table("results").select(pl.len()).collect().item()
            assert rows == snapshot.manifest.tables["results"].rows
            seen.append(rows)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        for year in range(1, 6):
            take_year(workspace, take_in, year)
        stop.set()
        reading.result(timeout=10)
    assert seen == sorted(seen)
    assert set(seen) <= {N_PUPILS * n for n in range(1, 7)}
    assert len(seen) > 5


def test_a_reader_during_an_erasure_sees_rows_with_or_without_the_person(
    workspace: Workspace, take_in: TakeIn
) -> None:
    take_year(workspace, take_in, 0)
    stop = threading.Event()
    seen: set[int] = set()

    def read() -> None:
        while not stop.is_set():
            snapshot = current_snapshot(Workspace.open(workspace.folder))
            assert snapshot is not None
            seen.add(snapshot.table("results").select(pl.len()).collect().item())

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        for pupil in range(5):
            erase_person(workspace, "pupil", f"P{pupil}")
        stop.set()
        reading.result(timeout=10)
    assert seen <= set(range(N_PUPILS - 5, N_PUPILS + 1))


def test_a_reader_does_not_wait_for_the_lock(workspace: Workspace, take_in: TakeIn) -> None:
    take_year(workspace, take_in, 0)
    with workspace.writing():
        snapshot = current_snapshot(Workspace.open(workspace.folder))
        assert snapshot is not None
        assert snapshot.table("results").collect().height == N_PUPILS
