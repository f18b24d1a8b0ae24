"""Published figures of schools whose true scores are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tests.measures.group_of_schools import take_in
from upwards.core.catalogue import PublishedMeasure
from upwards.core.panel import Floats, SchoolPanel

READING, WRITING = "ks2.reading_progress", "ks2.writing_progress"
MEASURE = PublishedMeasure(
    name=READING,
    title="Progress in reading",
    unit="scaled score points",
    norm_referenced=True,
    years=(2016, 2017, 2018, 2019, 2020),
    pupil_sd=dict.fromkeys(range(2016, 2021), 6.0),
)


@dataclass(frozen=True)
class Truth:
    """True scores, shape (schools, years), the lasting part of them, and what was published of them."""

    score: Floats
    lasting: Floats
    panel: SchoolPanel


def panel_of(value: Any, *, years: tuple[int, ...] = (), **more: Any) -> SchoolPanel:
    """Lay out figures given by hand; what is not said is unknown."""
    figures = np.array(value, dtype=float)
    years = years or tuple(range(2016, 2016 + figures.shape[1]))
    unknown = np.full(figures.shape, np.nan)
    arrays = {name: np.array(more.pop(name), dtype=float) for name in ("lower", "upper", "n") if name in more}
    codes = np.array([f"{100000 + i}" for i in range(len(figures))])
    absent = ~np.isfinite(figures)
    panel = SchoolPanel(
        measure=MEASURE.name,
        pupil_group="",
        school=codes,
        years=years,
        value=figures,
        lower=unknown,
        upper=unknown,
        level=0.95,
        n=unknown,
        missing=np.where(absent, "suppressed", ""),
        code=np.repeat(codes[:, None], figures.shape[1], axis=1),
        source=np.where(absent, "", "file.csv"),
    )
    return replace(panel, **arrays, **more)


def draw_schools(
    seed: int,
    *,
    schools: int = 400,
    years: tuple[int, ...] = (2016, 2017, 2018, 2019),
    lasting: float = 2.0,
    trend: float = 0.5,
    passing: float = 1.0,
    pupil_sd: float = 6.0,
    missing: float = 0.05,
) -> Truth:
    """Draw schools with level, trend and passing part, and publish them to a tenth with n known.

    `pupil_sd` is the national one, so that pupils within a school differ by what the schools leave.
    """
    rng = np.random.default_rng(seed)
    times = np.arange(len(years), dtype=float)
    level = rng.normal(0, lasting, schools)
    slope = rng.normal(0, trend, schools)
    steady = level[:, None] + slope[:, None] * times
    score = steady + rng.normal(0, passing, (schools, len(years)))
    n = np.maximum(rng.lognormal(3.4, 0.5, schools).round(), 5)[:, None] + rng.integers(0, 6, score.shape)
    between = lasting**2 + np.mean(times**2) * trend**2 + passing**2
    within = pupil_sd**2 - between
    published = np.round(score + rng.normal(size=score.shape) * np.sqrt(within / n), 1)
    published[rng.random(score.shape) < missing] = np.nan
    return Truth(score, steady, panel_of(published, years=years, n=n))


def public_workspace(folder: Path) -> Path:
    """Make a workspace that holds reading and writing of 60 schools in four years, and nothing else."""
    from upwards.actions.init_workspace import init_workspace

    workspace = init_workspace(folder / "W", name="England").folder
    rows = pl.concat([_published_rows(READING, 1), _published_rows(WRITING, 2)])
    take_in(rows, workspace, table="school_measures")
    return workspace


def _published_rows(measure: str, seed: int) -> pl.DataFrame:
    panel = draw_schools(seed, schools=60).panel
    i, t = np.nonzero(np.isfinite(panel.value))
    return pl.DataFrame(
        {
            "school": panel.school[i].tolist(),
            "year": [f"{panel.years[k] - 1}/{panel.years[k] % 100:02d}" for k in t],
            "measure": measure,
            "value": panel.value[i, t],
            "unit": "scaled score points",
            "n": panel.n[i, t].astype(int),
            "source": "performance tables",
        }
    )
