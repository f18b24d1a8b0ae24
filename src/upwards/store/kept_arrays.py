"""Arrays that belong to a kept answer, as Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from upwards.store import answers
from upwards.store.snapshots import Snapshot
from upwards.store.workspace_folder import WorkspaceFolder

NAME = "arrays"
Column = npt.NDArray[Any] | Sequence[str]


def keep_arrays(
    workspace: WorkspaceFolder,
    snapshot: Snapshot,
    key: str,
    content: Mapping[str, Any],
    columns: Mapping[str, Column],
) -> None:
    """Keep columns of equal length, and JSON values beside them.

    Parameters
    ----------
    workspace, snapshot, key
        As in `answers.put`.
    content
        JSON values.
    columns
        Texts or numbers of length T, or float32 arrays of shape (T, width).
    """
    series = [
        pl.Series(name, values, dtype=pl.Array(pl.Float32, values.shape[1]))
        if isinstance(values, np.ndarray) and values.ndim == 2
        else pl.Series(name, values)
        for name, values in columns.items()
    ]
    answers.put(workspace, snapshot, key, content, {NAME: pl.DataFrame(series)})


def kept_arrays(
    workspace: WorkspaceFolder, snapshot: Snapshot, key: str
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]] | None:
    """Return what `keep_arrays` kept, or None."""
    kept = answers.get(workspace, snapshot, key)
    if kept is None or NAME not in kept.tables:
        return None
    frame = kept.table(NAME).collect()
    return dict(kept.content), {column.name: column.to_numpy() for column in frame}
