from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from upwards.store.manifests import ImportRecord
from upwards.store.snapshots import Snapshot, now, write_snapshot
from upwards.store.staging import Staging, join_rows, write_rows
from upwards.store.workspace import Workspace

PERSONS = {"pupil": "pupil", "teacher": "teacher", "person": "teacher"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "group", "Five Rivers")


@pytest.fixture
def some_results() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "pupil": ["A1", "A2", "A3", "A2"],
            "subject": ["mathematics", "mathematics", "mathematics", "reading"],
            "teacher": ["T1", "T1", "T2", "T2"],
            "school": ["North", "North", "South", "South"],
            "score": [1.5, 2.5, None, 4.0],
        }
    )


TakeIn = Callable[..., Snapshot]


@pytest.fixture
def take_in() -> TakeIn:
    """Take rows into a workspace as an import does, without a file."""

    def taken(
        workspace: Workspace,
        rows: pl.DataFrame,
        *,
        table: str = "results",
        keys: Sequence[str] = ("pupil", "subject"),
        replace: bool = False,
    ) -> Snapshot:
        from upwards.store.snapshots import current_snapshot

        with workspace.writing():
            staging = Staging(workspace)
            staged = staging.open_file(0, PERSONS)  # type: ignore[arg-type]
            staged.add(rows, rows.clear())
            path = staged.finish_rows()
            assert path is not None
            before = current_snapshot(workspace)
            held = before.table(table) if before and table in before.tables else None
            joined, n_replaced = join_rows(
                held, pl.scan_parquet(path), keys=keys, replace=replace, file="a.csv"
            )
            whole = staging.folder / f"{table}.parquet"
            write_rows(joined, whole)
            record = ImportRecord(
                id="0" * 16,
                table=table,
                file="a.csv",
                sha256="0" * 64,
                bytes=1,
                mapping={},
                settings={},
                n_in=rows.height,
                n_kept=rows.height,
                rejected={},
                n_replaced=n_replaced,
                imported=now(),
            )
            return write_snapshot(workspace, {table: whole}, [record])

    return taken
