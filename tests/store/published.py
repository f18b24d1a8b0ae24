"""Published files as a reader hands them to the store, without a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from upwards.store.imports import ImportOutcome
from upwards.store.releases import IncomingRelease, import_releases
from upwards.store.snapshots import Snapshot, current_snapshot
from upwards.store.workspace import Workspace


@dataclass
class Counts:
    n_in: int
    n_kept: int
    rejected: dict[str, int] = field(default_factory=dict)
    is_clean: bool = True


@dataclass
class Rows:
    tables: Mapping[str, pl.DataFrame]
    problems: Counts


@dataclass
class Published:
    """One file: where it lies, of when it is, and what its reader makes of it."""

    place: str
    period: str
    tables: dict[str, pl.DataFrame]
    dataset: str = "figures"
    content: str = ""
    main: str | None = None
    counts: Counts | None = None
    version: int = 1

    def incoming(self, folder: Path) -> IncomingRelease:
        path = folder / self.place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.content or f"{self.place}{self.period}")
        n = sum(rows.height for rows in self.tables.values())
        return IncomingRelease(
            path=path,
            place=self.place,
            period=self.period,
            dataset=self.dataset,
            version=self.version,
            tables=(self.main or next(iter(self.tables), "schools"),),
            read=lambda: Rows(self.tables, self.counts or Counts(n, n)),
        )


def publish(
    workspace: Workspace, *files: Published, keep_good: bool = False, may_be_missing: float = 1.0
) -> ImportOutcome:
    folder = workspace.folder.parent / "public"
    incoming = [file.incoming(folder) for file in files]
    return import_releases(workspace, incoming, keep_good=keep_good, may_be_missing=may_be_missing)


def snapshot_of(workspace: Workspace) -> Snapshot:
    found = current_snapshot(workspace)
    assert found is not None
    return found


def figures(*rows: Mapping[str, object], measure: str = "progress") -> pl.DataFrame:
    """Rows of school_measures; what is not said is missing."""
    schema = {
        "school": pl.String,
        "year": pl.Int32,
        "measure": pl.String,
        "pupil_group": pl.String,
        "stage": pl.String,
        "value": pl.Float64,
        "value_missing": pl.String,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "level": pl.Float64,
        "n": pl.Int64,
    }
    return pl.DataFrame([{"measure": measure, **row} for row in rows], schema=schema, orient="row")
