"""Small workspaces of made-up schools, and the fits of what was imported into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from tests.measures.group_of_schools import Shape, draw_group, import_rows
from upwards.actions.measure_workspace import fit_all, open_workspace


def fits_of(folder: Path) -> Any:
    return fit_all(open_workspace(folder), draws=0, intervals="none")


def small_workspace(folder: Path, rows: pl.DataFrame, **more: Any) -> Path:
    return import_rows(rows, folder, **more)


def one_stage(seed: int = 32, **more: Any) -> pl.DataFrame:
    fixed: dict[str, Any] = {
        "schools": 6,
        "subjects": ["reading"],
        "stages": ["1"],
        "years": [2019],
        "classes": 3,
    }
    return draw_group(seed, Shape(**fixed | {"pupils": 8} | more)).rows
