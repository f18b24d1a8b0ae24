"""Convergence with pandas and statsmodels: a random intercept and slope of each school.

The variance of the residual is estimated: MixedLM cannot be given the known sampling variance of each figure.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

try:
    import numpy as np
    import pandas as pd
    import statsmodels.formula.api as smf
except ImportError:
    sys.exit(3)

FEWEST_ROWS = 12
KEY = ["school", "year"]


def main() -> None:
    start = time.perf_counter()
    folder, measure, first, last, by = Path(sys.argv[1]), *sys.argv[2:6]
    figures = read_figures(folder, measure, int(first), int(last))
    read = time.perf_counter()
    if by == "system":
        found = {"n_schools": figures["school"].nunique(), "n_figures": len(figures)}
        found |= fit(figures, "school")
    else:
        found = fit_authorities(folder, figures)
    seconds = {"read_seconds": read - start, "fit_seconds": time.perf_counter() - read}
    print(json.dumps(seconds | found))


def read_figures(folder: Path, measure: str, first: int, last: int) -> pd.DataFrame:
    """One figure of each school and year as a long table: with an interval first, then with pupils."""
    held = [("measure", "==", measure), ("year", ">=", first), ("year", "<=", last)]
    columns = [*KEY, "pupil_group", "value", "lower", "n"]
    rows = pd.read_parquet(folder / "school_measures.parquet", columns=columns, filters=held)
    rows = rows[rows["pupil_group"].isna() & rows["value"].notna()].copy()
    rows["school"] = follow(folder, rows["school"])
    rows["best"] = rows["lower"].notna() * 2 + rows["n"].notna()
    rows = rows.sort_values([*KEY, "best"]).drop_duplicates(KEY, keep="last")
    rows["time"] = rows["year"] - first
    rows["value"] = rows["value"] - rows.groupby("year")["value"].transform("mean")
    rows["n"] = rows.groupby("school")["n"].ffill().fillna(rows["n"].median())
    return rows.drop(columns=["pupil_group", "lower", "best"])


def follow(folder: Path, school: pd.Series) -> pd.Series:
    """Take each school to the one that continues it."""
    links = pd.read_parquet(folder / "successions.parquet")
    links = links[links["kind"] == "continues"].drop_duplicates("school")
    continued = links.set_index("school")["successor"]
    for _ in range(5):
        school = school.map(continued).fillna(school)
    return school


def fit(rows: pd.DataFrame, unit: str) -> dict[str, float | bool]:
    """Fit level and trend of each unit; the slope of trend on level is what convergence asks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm("value ~ C(year)", rows, groups=rows[unit], re_formula="~time")
        result = model.fit(reml=True, method="lbfgs")
    spread = np.asarray(result.cov_re)
    slope = float(spread[0, 1] / spread[0, 0]) if spread[0, 0] > 0 else float("nan")
    return {"slope": slope, "residual_sd": float(result.scale**0.5), "converged": bool(result.converged)}


def fit_authorities(folder: Path, figures: pd.DataFrame) -> dict[str, float | bool]:
    """Pupil-weighted means of authorities first, then schools inside each."""
    area = pd.read_parquet(folder / "schools.parquet", columns=["school", "area"])
    rows = figures.merge(area.drop_duplicates("school"), on="school").dropna(subset=["area"])
    rows["weighted"] = rows["value"] * rows["n"]
    sums = rows.groupby(["area", "year", "time"], as_index=False)[["weighted", "n"]].sum()
    sums["value"] = sums["weighted"] / sums["n"]
    between = fit(sums, "area")
    failed, n_fits = 0, 0
    for _, inside in rows.groupby("area"):
        if len(inside) >= FEWEST_ROWS and inside["school"].duplicated().any():
            n_fits += 1
            try:
                failed += not fit(inside, "school")["converged"]
            except (np.linalg.LinAlgError, ValueError):
                failed += 1
    return between | {"n_authorities": sums["area"].nunique(), "n_fits": n_fits, "n_failed": failed}


main()
