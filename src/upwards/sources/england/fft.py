"""Secondary schools 2017 to 2019 as collated by FFT Education Datalab: three years in one row."""

from __future__ import annotations

import re

import polars as pl

from upwards.sources.england.performance_figures import Figure, read_performance
from upwards.sources.england.performance_layouts import Layout, choose_layout
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve, filled

MODULE = "sources/england/fft.py"
NAME = "fft_ks4"
YEARS = (2017, 2018, 2019)
LAST = max(YEARS)

# Shares of 1 in this file, percentages everywhere else. "Basics" is grade 4 or above in English and
# mathematics: in 2018 it is the official PTL2BASICS_94. "PP" are disadvantaged pupils (pupil premium).
_PERCENT = 100.0


def _yearly(year: int) -> tuple[Figure, ...]:
    pupils = f"KS4 pupils, {year}"
    return (
        Figure(column=pupils, measure="ks4.pupils", year=year),
        Figure(column=f"Progress 8, {year}", measure="ks4.progress8", n=f"P8 pupils, {year}", year=year),
        Figure(column=f"Attainment 8, {year}", measure="ks4.attainment8", n=pupils, year=year),
        Figure(column=f"Basics, {year}", measure="ks4.basics_standard", n=pupils, year=year, factor=_PERCENT),
    )


_SLOTS = (
    ("English slot", "english"),
    ("maths slot", "maths"),
    ("EBacc slots", "ebacc"),
    ("open slots", "open"),
)
_P8_PUPILS, _PUPILS = "P8 pupils, 2019", "KS4 pupils, 2019"
_PP8_PUPILS, _PP_PUPILS = "P8 PP pupils, 2019", "KS4 PP pupils, 2019"

# Published for 2019 only.
_LAST_YEAR = (
    *(
        Figure(column=f"Progress 8, {slot}, 2019", measure=f"ks4.progress8_{name}", n=_P8_PUPILS)
        for slot, name in _SLOTS
    ),
    Figure(column="Prior (KS2) attainment, 2019", measure="ks4.prior_attainment"),
    Figure(column="EBacc entry rate, 2019", measure="ks4.ebacc_entry", n=_PUPILS, factor=_PERCENT),
    Figure(column="EBacc APS, 2019", measure="ks4.ebacc_aps", n=_PUPILS),
    Figure(column="KS4 PP pupils, 2019, %", measure="ks4.pct_disadvantaged", n=_PUPILS, factor=_PERCENT),
    Figure(column="PP Progress 8, 2019", measure="ks4.progress8", group="disadvantaged", n=_PP8_PUPILS),
    Figure(column="PP Attainment 8, 2019", measure="ks4.attainment8", group="disadvantaged", n=_PP_PUPILS),
    Figure(
        column="PP Basics, 2019",
        measure="ks4.basics_standard",
        group="disadvantaged",
        n=_PP_PUPILS,
        factor=_PERCENT,
    ),
    Figure(
        column="PP EBacc entry rate, 2019",
        measure="ks4.ebacc_entry",
        group="disadvantaged",
        n=_PP_PUPILS,
        factor=_PERCENT,
    ),
    Figure(column="PP EBacc APS, 2019", measure="ks4.ebacc_aps", group="disadvantaged", n=_PP_PUPILS),
)

# Of all pupils on roll, without a year in the heading: the census of the last year. Already percentages.
# "Other/\u200bunknown" holds an invisible space.
_ON_ROLL = tuple(
    Figure(column=f"{heading}, %", measure=f"school.pct_{name}", n="Total pupils")
    for heading, name in (
        ("FSM", "fsm"),
        ("FSM6", "fsm6"),
        ("EAL", "eal"),
        ("White", "white"),
        ("Black", "black"),
        ("Asian", "asian"),
        ("Chinese", "chinese"),
        ("Mixed ethnicity", "mixed"),
        ("Other/\u200bunknown ethnicity", "other_ethnicity"),
    )
)

LAYOUT = Layout(
    "three years in one row",
    (
        "URN",
        "School name",
        "Local authority (name)",
        "Region (name)",
        "School type (name)",
        "Area type (name)",
        "Open date",
    ),
    (*(figure for year in YEARS for figure in _yearly(year)), *_LAST_YEAR, *_ON_ROLL),
)


def read_fft(opened: OpenedFile) -> Release:
    """Read FFT's collation of Key Stage 4 results, three years in one row.

    Parameters
    ----------
    opened
        ``fft/ks4_2019.csv``; the years are in its headings.

    Returns
    -------
    Release
        `school_measures` for 2017, 2018 and 2019, and `schools`. Blank cells stay missing; why, the file does
        not say.

    Raises
    ------
    UnknownColumn
        If a column is missing.

    Notes
    -----
    The number of pupils in Progress 8 is here for all three years. Shares become percentages.
    """
    layout = choose_layout((LAYOUT,), opened, LAST, MODULE)
    sieve = Sieve(opened, MODULE, columns=layout.headings(opened.columns))
    sieve.keep_schools()
    sieve.keep_one_of("school")
    figures = read_performance(sieve, layout.figures, dataset=NAME, year=LAST)
    return sieve.release({"school_measures": figures, "schools": _schools(sieve)})


def _schools(sieve: Sieve) -> pl.DataFrame:
    day = sieve.day("Open date", "%Y-%m-%d")
    pupils = pl.col("Total pupils").cast(pl.Float64, strict=False).round(0).cast(pl.Int64)
    return sieve.rows.select(
        "school",
        pl.col("School name").alias("name"),
        pl.col("School type (name)").alias("kind"),
        pl.lit("Secondary").alias("phase"),
        filled("Local authority (name)").alias("area"),
        filled("Region (name)").alias("region"),
        _urban().alias("urban"),
        pupils.alias("pupils"),
        day.alias("opened"),
    )


def _urban() -> pl.Expr:
    area = pl.col("Area type (name)").str.to_lowercase()
    town, country = area.str.starts_with("urban"), area.str.starts_with("rural")
    return pl.when(town).then(True).when(country).then(False)


DATASETS = (
    Dataset(
        name=NAME,
        title="Secondary schools 2017 to 2019 (collated by FFT Education Datalab)",
        place=re.compile(r"(^|/)fft/[^/]*ks4\w*\.csv$|(^|/)ks4_2019\.csv$", re.IGNORECASE),
        headings=frozenset({"URN", "Progress 8, 2019", "P8 pupils, 2019", "Progress 8, 2017"}),
        read=read_fft,
        tables=("school_measures", "schools"),
        module=MODULE,
        notes=("Collated by a third party from the official files.",),
    ),
)
