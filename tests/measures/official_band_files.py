"""The official bands recomputed on England's files: how often they agree, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from upwards.core.academic_year import AcademicYear
from upwards.measures.official_bands import (
    BandCuts,
    OfficialBands,
    joins_late,
    percentile_cuts,
    recompute_bands,
)
from upwards.sources.england.catalogue import load_catalogue
from upwards.sources.england.ks2 import read_ks2
from upwards.sources.england.ks4 import read_ks4
from upwards.sources.england.opening import open_release
from upwards.sources.england.release import OpenedFile, Release

Open = Callable[[str, AcademicYear | None], OpenedFile]
Floats = npt.NDArray[np.float64]

SUBJECTS = ("reading", "writing", "maths")
TABLES = "performance-tables/{}-{}/{}"
NEAR = 1e-6


@dataclass(frozen=True)
class Agreement:
    """How often one file's bands and intervals are met, and what lies behind each difference."""

    n: int
    bands: int
    bands_without_interval: int
    interval_exact: int
    interval_one_unit: int
    causes: dict[str, int]
    causes_without_interval: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "schools": self.n,
            "bands_equal": self.bands,
            "bands_share": round(self.bands / self.n, 4),
            "bands_equal_interval_recomputed": self.bands_without_interval,
            "bands_share_interval_recomputed": round(self.bands_without_interval / self.n, 4),
            "interval_equal": self.interval_exact,
            "interval_within_one_last_digit": self.interval_one_unit,
            "differences": self.causes,
            "differences_interval_recomputed": self.causes_without_interval,
        }


def opener(england: Path) -> Open:
    """Open one of the files of a folder of England's published files."""

    def open_it(place: str, period: AcademicYear | None) -> OpenedFile:
        return open_release(england / place, PurePosixPath(place), period)

    return open_it


def table_of(open_published: Open, read: Callable[[OpenedFile], Release], year: int, file: str) -> Release:
    return read(open_published(TABLES.format(year - 1, year, file), AcademicYear(year)))


def pick(release: Release, measure: str, year: int, name: str = "value") -> pl.DataFrame:
    rows = release.tables["school_measures"]
    chosen = rows.filter(
        (pl.col("measure") == measure) & (pl.col("year") == year) & pl.col("pupil_group").is_null()
    )
    return chosen.select("school", pl.col("value").alias(name), "n", "lower", "upper")


class KeyStage2:
    """The files of Key Stage 2 with all parts of a band: Hampshire 2017 to 2019."""

    def __init__(self, open_published: Open) -> None:
        years = (2017, 2018, 2019)
        self.national = {
            year: table_of(open_published, read_ks2, year, "england_ks2final.csv") for year in years
        }
        self.hampshire = {
            year: table_of(open_published, read_ks2, year, "850_ks2final.csv") for year in years
        }
        schools = self.national[2019].tables["schools"]
        # Only the national file of 2019 says which schools are special: it is used for 2017 and 2018 too.
        self.special = schools.filter(pl.col("kind") == "Special school")["school"].to_list()

    def cuts(self, subject: str, year: int) -> BandCuts:
        scores = pick(self.national[year], f"ks2.{subject}_progress", year)
        scores = scores.filter(~pl.col("school").is_in(self.special), pl.col("value").is_not_null())
        if year == 2019:
            band = pick(self.national[year], f"ks2.{subject}_progress_band", year)
            scores = scores.join(band.filter(pl.col("value").is_not_null()), on="school", how="semi")
        return percentile_cuts(scores["value"].to_numpy())

    def schools(self, subject: str, year: int) -> pl.DataFrame:
        measure = f"ks2.{subject}_progress"
        # The file of 2017 has no bands; that of 2018 repeats them.
        bands = pick(self.hampshire[max(year, 2018)], f"{measure}_band", year, "band").select(
            "school", "band"
        )
        rows = pick(self.hampshire[year], measure, year).join(bands, on="school")
        return rows.filter(pl.col("value").is_not_null() & pl.col("band").is_not_null())

    def agreement(self, subject: str, year: int) -> Agreement:
        rows, cuts = self.schools(subject, year), self.cuts(subject, year)
        sd = load_catalogue()[f"ks2.{subject}_progress"].pupil_sd[year]
        value, n, lower, upper, _ = columns(rows)
        given = recompute_bands(value, n, sd, "ks2_progress", lower=lower, upper=upper, cuts=cuts)
        made = recompute_bands(value, n, sd, "ks2_progress", cuts=cuts)
        at_cut = np.isclose(value, cuts.low) | np.isclose(value, cuts.high)
        return compare(rows, given, made, unit=0.1, at_cut=at_cut, late=np.zeros(len(value), dtype=bool))


def key_stage_4(open_published: Open, england_register: pl.DataFrame | None) -> Agreement:
    """Compare all mainstream schools of 2017/18; the register adds the youngest age where it can."""
    release = table_of(open_published, read_ks4, 2018, "england_ks4final.csv")
    bands = pick(release, "ks4.progress8_band", 2018, "band").select("school", "band")
    rows = pick(release, "ks4.progress8", 2018).join(bands, on="school")
    rows = rows.join(release.tables["schools"].select("school", "kind"), on="school")
    kind, age = rows["kind"].to_numpy().astype(np.str_), None
    if england_register is not None:
        joined = rows.join(england_register, on="school", how="left", maintain_order="left")
        age = joined["age"].to_numpy().astype(float)
    late = joins_late(kind, age)
    value, n, lower, upper, _ = columns(rows)
    sd = load_catalogue()["ks4.progress8"].pupil_sd[2018]
    given = recompute_bands(value, n, sd, "progress8", lower=lower, upper=upper, starts_late=late)
    made = recompute_bands(value, n, sd, "progress8", starts_late=late)
    return compare(rows, given, made, unit=0.01, at_cut=np.zeros(len(value), dtype=bool), late=late)


def register(open_published: Open) -> pl.DataFrame:
    """Youngest age of each school of the register of April 2022."""
    opened = open_published("gias/2022-04-25/edubasealldata.csv", None)
    rows = pl.read_csv(opened.path, encoding="cp1252", infer_schema=False, columns=["URN", "StatutoryLowAge"])
    return rows.select(pl.col("URN").alias("school"), pl.col("StatutoryLowAge").cast(pl.Float64).alias("age"))


def columns(rows: pl.DataFrame) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    names = ("value", "n", "lower", "upper", "band")
    arrays = [rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in names]
    return arrays[0], arrays[1], arrays[2], arrays[3], arrays[4]


def compare(
    rows: pl.DataFrame,
    given: OfficialBands,
    made: OfficialBands,
    *,
    unit: float,
    at_cut: npt.NDArray[np.bool_],
    late: npt.NDArray[np.bool_],
) -> Agreement:
    _, _, lower, upper, band = columns(rows)
    off = np.maximum(np.abs(made.lower - lower), np.abs(made.upper - upper))
    # An end that is 0, or one last digit from it, in either interval: which side it is on is rounding.
    near_zero = np.minimum(np.abs(made.lower), np.abs(made.upper)) < unit + NEAR
    one_side = (lower > 0) | (upper < 0)
    only_average = (band == 3) & one_side & ~late

    def causes(found: OfficialBands) -> dict[str, int]:
        wrong = found.band != band
        cut = wrong & at_cut
        age = wrong & ~cut & only_average
        zero = wrong & ~cut & ~age & near_zero
        return {
            "score at the cut-off": int(cut.sum()),
            "pupils join late, which the register does not say": int(age.sum()),
            "interval ends at 0 within rounding": int(zero.sum()),
            "not explained": int((wrong & ~cut & ~age & ~zero).sum()),
        }

    return Agreement(
        n=rows.height,
        bands=int((given.band == band).sum()),
        bands_without_interval=int((made.band == band).sum()),
        interval_exact=int((off < NEAR).sum()),
        interval_one_unit=int((off < unit + NEAR).sum()),
        causes=causes(given),
        causes_without_interval=causes(made),
    )
