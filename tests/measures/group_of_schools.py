"""A group of schools whose truth is known: every part of a result is drawn with a given SD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from upwards.core.tables import TABLES

SCORE_SD = 10.0
TRUE_SD = {
    "school": 0.15,
    "year team": 0.15,
    "department": 0.10,
    "team": 0.10,
    "school in a year": 0.05,
    "year team in a year": 0.10,
    "team in a year": 0.10,
    "class": 0.15,
    "class in a subject": 0.10,
    "pupil": 0.45,
    "residual": 0.45,
}
UNITS: dict[str, tuple[str, ...]] = {
    "school": ("school",),
    "year team": ("school", "stage"),
    "department": ("school", "subject"),
    "team": ("school", "subject", "stage"),
    "school in a year": ("school", "year"),
    "year team in a year": ("school", "stage", "year"),
    "team in a year": ("school", "subject", "stage", "year"),
    "class": ("school", "stage", "year", "class"),
    "class in a subject": ("school", "subject", "stage", "year", "class"),
    "pupil": ("pupil", "year"),
}
LASTING = ("school", "year team", "department", "team")


@dataclass(frozen=True)
class Shape:
    """How large the group is, and how much its parts differ."""

    schools: int = 12
    subjects: Sequence[str] = ("mathematics", "reading")
    stages: Sequence[str] = ("1", "2")
    years: Sequence[int] = (2018, 2019)
    classes: int = 2
    pupils: int = 15
    sd: dict[str, float] = field(default_factory=lambda: dict(TRUE_SD))
    disadvantage: float = -0.3
    disadvantage_sd: float = 0.0


@dataclass(frozen=True)
class Group:
    """Rows of the standard table, the truth beside them, and each team's lasting effect."""

    rows: pl.DataFrame
    truth: pl.DataFrame
    teams: dict[tuple[str, str, str], float]
    gaps: dict[str, float]

    @property
    def codes(self) -> dict[str, Any]:
        names = ("school", "subject", "stage", "year", "class", "pupil")
        return {n: self.rows[n].cast(pl.String).rank("dense").to_numpy().astype(np.int64) - 1 for n in names}

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        return {n: tuple(self.rows[n].cast(pl.String).unique().sort()) for n in self.codes}


def draw_group(seed: int, shape: Shape | None = None) -> Group:
    """Draw pupils, all with a result in every subject of their stage and year."""
    shape = shape or Shape()
    rng = np.random.default_rng(seed)
    places = list(product(range(shape.schools), shape.stages, shape.years, range(shape.classes)))
    pupils = pl.DataFrame(
        [
            {"school": f"S{s:02d}", "stage": stage, "year": year, "class": "AB"[c] if c < 2 else f"C{c}"}
            | {"pupil": f"{s}.{stage}.{year}.{c}.{i}", "teacher": f"T{s}.{stage}.{year}.{c}"}
            for s, stage, year, c in places
            for i in range(shape.pupils)
        ]
    )
    n = pupils.height
    pupils = pupils.with_columns(
        pl.Series("prior", rng.normal(100, 15, n)),
        pl.Series("disadvantaged", rng.random(n) < 0.3),
        pl.Series("sex", rng.choice(["F", "M"], n)),
    )
    rows = pupils.join(pl.DataFrame({"subject": list(shape.subjects)}), how="cross")
    parts = {name: _part(rows, columns, shape.sd[name], rng) for name, columns in UNITS.items()}
    truth = pl.DataFrame({**parts, "residual": rng.normal(0, shape.sd["residual"], rows.height)})
    schools = sorted(set(rows["school"]))
    own = dict(zip(schools, rng.normal(0, shape.disadvantage_sd, len(schools)), strict=True))
    gap = shape.disadvantage + rows["school"].replace_strict(own).to_numpy()
    intake = 0.04 * (rows["prior"].to_numpy() - 100) + gap * rows["disadvantaged"].to_numpy()
    intake = intake + 0.1 * (rows["sex"].to_numpy() == "M")
    total = intake + np.sum([truth[name].to_numpy() for name in truth.columns], axis=0)
    rows = rows.with_columns(pl.Series("score", 50 + SCORE_SD * total), prior_source=pl.lit("baseline"))
    lasting = truth.select(pl.sum_horizontal(LASTING).alias("lasting"))["lasting"]
    keys = zip(rows["school"], rows["subject"], rows["stage"], strict=True)
    teams = dict(zip(keys, lasting, strict=True))
    return Group(rows, truth, teams, {school: shape.disadvantage + own[school] for school in schools})


def _part(rows: pl.DataFrame, columns: Sequence[str], sd: float, rng: np.random.Generator) -> Any:
    unit = rows.select(pl.struct(columns).rank("dense"))[columns[0]].to_numpy().astype(np.int64) - 1
    return rng.normal(0, sd, unit.max() + 1)[unit]


def import_rows(rows: pl.DataFrame, folder: Path, *, intake: Sequence[str] = ()) -> Path:
    """Make a workspace and import these rows as results; return its folder."""
    from upwards.actions.init_workspace import init_workspace

    workspace = init_workspace(folder / "group", name="Five Rivers").folder
    take_in(rows, workspace, intake=intake)
    return workspace


def take_in(
    rows: pl.DataFrame, workspace: Path, *, intake: Sequence[str] = (), table: str = "results"
) -> None:
    """Import rows whose headings are those of the standard table."""
    from upwards.actions.import_data import import_data

    path = workspace.parent / f"{table}-{rows.height}.parquet"
    rows.write_parquet(path)
    lines = [f'table = "{table}"', f"intake = {list(intake)}"]
    standard = [name for name in rows.columns if name in TABLES[table].names]
    lines += ["[columns]", *(f'"{name}" = "{name}"' for name in standard)]
    lines += ["[extra]", f"text = {[name for name in rows.columns if name not in standard]}"]
    map_file = workspace.parent / f"{table}.toml"
    map_file.write_text("\n".join(lines), encoding="utf-8")
    report = import_data([path], as_table=table, workspace=workspace, map_file=map_file)
    assert report.entered, [p for f in report.files for p in f.problems]
