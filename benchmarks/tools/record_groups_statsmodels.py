"""Trusts with pandas and statsmodels: weighted means, characteristics, and WLS for the associations."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

try:
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm
    from statsmodels.stats.multitest import multipletests
except ImportError:
    sys.exit(3)

KS2 = {"reading": "ks2.reading_progress", "writing": "ks2.writing_progress", "maths": "ks2.maths_progress"}
KS4 = {"ks4": "ks4.progress8"}
PUPIL_SD = {**dict.fromkeys(KS2, 6.0), "ks4": 1.26, "disadvantaged": 1.26}
FULL_YEARS, FEWEST, HEAVIEST, TREND_YEARS = 3, 3, 5, 3
NOT_MAINSTREAM = "special|alternative provision|referral|16 to 19|16-19|16 plus"


def main() -> None:
    start = time.perf_counter()
    folder, year = Path(sys.argv[1]), int(sys.argv[2])
    figures = read_figures(folder, year)
    members = read_members(folder, year)
    areas, counted = measure(folder, figures, members, year)
    found = relate(areas, describe(figures, members, year))
    n_eligible = counted["reading"]["group"].nunique()
    answer = {"n_eligible": n_eligible, "n_schools": len(counted["reading"]), "n_associations": len(found)}
    print(json.dumps({"seconds": time.perf_counter() - start, **answer}))


def read_figures(folder: Path, year: int) -> pd.DataFrame:
    """One figure of each school, year, measure and group of pupils; pupils from the last year known."""
    wanted = [*KS2.values(), *KS4.values(), "school.pct_fsm6"]
    columns = ["school", "year", "measure", "pupil_group", "value", "value_missing", "lower", "n"]
    held = [("measure", "in", wanted), ("year", "<=", year)]
    rows = pd.read_parquet(folder / "school_measures.parquet", columns=columns, filters=held)
    rows["pupil_group"] = rows["pupil_group"].fillna("")
    key = ["measure", "pupil_group", "school", "year"]
    rows["best"] = rows["lower"].notna() * 2 + rows["n"].notna()
    rows = rows.sort_values([*key, "best"]).drop_duplicates(key, keep="last")
    rows["n"] = rows.groupby(key[:3])["n"].ffill()
    return rows


def read_members(folder: Path, year: int) -> pd.DataFrame:
    """Schools of multi-academy trusts by the register nearest to the end of the year."""
    groups, schools, members = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("groups", "schools", "memberships")
    )
    day = pd.Timestamp(year, 8, 31)
    members["seen"] = pd.to_datetime(members["seen"])
    seen = members["seen"].drop_duplicates().sort_values()
    members = members[members["seen"] == seen.iloc[(seen - day).abs().argmin()]]
    trusts = groups.loc[groups["kind"] == "Multi-academy trust", ["group", "name"]]
    found = members.merge(trusts, on="group").merge(schools, on="school", suffixes=("", "_school"))
    joined = pd.to_datetime(found["starts"])
    months = (year - joined.dt.year) * 12 + (9 - joined.dt.month) - (joined.dt.day > 1)
    found["full_years"] = (months // 12).fillna(0).astype(int)
    found["mainstream"] = ~found["kind"].fillna("").str.lower().str.contains(NOT_MAINSTREAM)
    return found


def measure(
    folder: Path, figures: pd.DataFrame, members: pd.DataFrame, year: int
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Estimate and variance of each trust in each area, and the schools counted."""
    areas, counted = {}, {}
    for area, (name, who) in {
        **{area: (name, "") for area, name in (KS2 | KS4).items()},
        "disadvantaged": ("ks4.progress8", "disadvantaged"),
    }.items():
        rows = figures[(figures["measure"] == name) & (figures["pupil_group"] == who)]
        shown = rows["value"].notna() | rows["value_missing"].isin(["suppressed", "low coverage"])
        rows = rows[(rows["year"] == year) & shown]
        own = eligible(rows.merge(members, on="school"))
        counted[area] = own
        areas[area] = weighted_means(own.dropna(subset=["value"]), PUPIL_SD[area])
    schools = pd.concat(counted.values())[["school", "group"]].drop_duplicates("school")
    areas["improvement"] = improvement(figures, schools, year)
    areas["inadequate"] = inadequate(folder, schools, year)
    return areas, counted


def eligible(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["mainstream"] & (rows["full_years"] >= FULL_YEARS)]
    return rows[rows.groupby("group")["school"].transform("size") >= FEWEST]


def weighted_means(rows: pd.DataFrame, pupil_sd: float) -> pd.DataFrame:
    """DfE's formula: pupils times years in the trust."""
    pupils = rows["n"].fillna(rows["n"].median())
    weight = pupils * rows["full_years"].clip(upper=HEAVIEST)
    parts = pd.DataFrame({"group": rows["group"], "w": weight, "wv": weight * rows["value"]})
    parts["w2v"] = weight**2 * pupil_sd**2 / pupils
    sums = parts.groupby("group").sum()
    variance = sums["w2v"] / sums["w"] ** 2
    return pd.DataFrame({"value": sums["wv"] / sums["w"], "variance": variance})


def improvement(figures: pd.DataFrame, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """Mean slope of schools' figures over years, in pupil standard deviations."""
    sd = {name: PUPIL_SD[area] for area, name in (KS2 | KS4).items()}
    rows = figures[figures["measure"].isin(sd) & (figures["pupil_group"] == "")].dropna(subset=["value"])
    rows = rows[rows["year"] > year - TREND_YEARS].merge(schools, on="school")
    rows["z"], rows["t"] = rows["value"] / rows["measure"].map(sd), rows["year"] - year
    by = rows.groupby(["school", "measure"])
    rows["t"] -= by["t"].transform("mean")
    rows["tz"], rows["tt"] = rows["t"] * rows["z"], rows["t"] ** 2
    sums = rows.groupby(["group", "school", "measure"])[["tz", "tt"]].sum()
    slope = (sums["tz"] / sums["tt"].where(sums["tt"] > 0)).dropna().groupby(["group", "school"]).mean()
    by_group = slope.groupby("group")
    return pd.DataFrame({"value": by_group.mean(), "variance": slope.var() / by_group.size()})


def inadequate(folder: Path, schools: pd.DataFrame, year: int) -> pd.DataFrame:
    """Share of schools whose last judgement, their predecessor's included, is the lowest."""
    rows = pd.read_parquet(folder / "judgements.parquet", columns=["school", "date", "outcome"])
    links = pd.read_parquet(folder / "successions.parquet").drop_duplicates("school")
    rows["school"] = rows["school"].map(links.set_index("school")["successor"]).fillna(rows["school"])
    rows = rows[pd.to_datetime(rows["date"]) <= pd.Timestamp(year, 8, 31)]
    last = rows.sort_values("date").drop_duplicates("school", keep="last")
    found = schools.merge(last, on="school")
    by = (found["outcome"] == "Inadequate").astype(float).groupby(found["group"])
    return pd.DataFrame({"value": by.mean(), "variance": 0.25 / by.size()})


def describe(figures: pd.DataFrame, members: pd.DataFrame, year: int) -> pd.DataFrame:
    intake = figures[(figures["measure"] == "school.pct_fsm6") & (figures["pupil_group"] == "")]
    intake = intake.sort_values("year").drop_duplicates("school", keep="last")
    rows = members.merge(intake[["school", "value"]], on="school", how="left")
    rows["minutes"] = nearest(rows)
    kind, by = rows["kind"].fillna("").str.lower(), rows.groupby("group")
    share = lambda flag: flag.astype(float).groupby(rows["group"]).mean()  # noqa: E731
    return pd.DataFrame(
        {
            "size": np.log2(by.size()),
            "phases": share(rows["phase"] == "Primary"),
            "sponsored": share(kind.str.contains("sponsor")),
            "new": share(kind.str.contains("free|studio|technical")),
            "pct_disadvantaged": by["value"].mean(),
            "growth": share(rows["full_years"] < FULL_YEARS),
            "isolation": np.log2(by["minutes"].median() + 1),
        }
    )


def nearest(rows: pd.DataFrame) -> pd.Series:
    """Minutes to the nearest other school of the trust: the great circle, a detour, one speed."""
    found = pd.Series(np.nan, index=rows.index)
    for _, own in rows.dropna(subset=["latitude", "longitude"]).groupby("group"):
        if len(own) > 1:
            lat, lon = np.radians(own["latitude"].to_numpy()), np.radians(own["longitude"].to_numpy())
            half = np.sin((lat[:, None] - lat) / 2) ** 2
            half = half + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
            km = 2 * 6371 * np.arcsin(np.sqrt(half))
            np.fill_diagonal(km, np.inf)
            found[own.index] = km.min(axis=1) * 1.3 / 40 * 60
    return found


def relate(areas: dict[str, pd.DataFrame], described: pd.DataFrame) -> list[float]:
    """Regress each area on all characteristics, and adjust over all associations."""
    p: list[float] = []
    for area in areas.values():
        rows = area.join(described).dropna()
        terms = rows[described.columns]
        terms = (terms - terms.mean()) / terms.std()
        spread = max(rows["value"].var() - rows["variance"].mean(), 0.0)
        fit = sm.WLS(rows["value"], sm.add_constant(terms), weights=1 / (rows["variance"] + spread)).fit()
        fit.conf_int()
        p.extend(fit.pvalues.iloc[1:])
    return list(multipletests(p, method="fdr_bh")[1])


main()
