"""Key Stage 4 of 2022/23 joined with census and location by a third party."""

from __future__ import annotations

import re

import polars as pl

from upwards.sources.england.performance_figures import Figure, read_performance
from upwards.sources.england.performance_layouts import Layout, choose_layout, file_year
from upwards.sources.england.places import place_schools
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve, filled

MODULE = "sources/england/joined.py"
NAME = "ks4_joined"

_GROUPS = (
    ("", None),
    ("_FSM6CLA1A", "disadvantaged"),
    ("_NFSM6CLA1A", "not disadvantaged"),
)

# As written by R: NA for every kind of missing, and 0.33999999999999997 for the published 0.34. No interval
# and no number of pupils at the end of Key Stage 4 was kept.
LAYOUT = Layout(
    "joined by a third party",
    ("URN", "SCHNAME.x", "LEA", "LANAME", "gor_name"),
    (
        *(
            Figure(column=f"P8MEA{end}", measure="ks4.progress8", group=group, decimals=2)
            for end, group in _GROUPS
        ),
        *(
            Figure(column=f"ATT8SCR{end}", measure="ks4.attainment8", group=group, decimals=1)
            for end, group in (*_GROUPS, ("_BOYS", "boys"), ("_GIRLS", "girls"))
        ),
        Figure(column="PTFSM6CLA1A", measure="ks4.pct_disadvantaged"),
        Figure(column="PNUMEAL", measure="school.pct_eal", n="TOTPUPS"),
        Figure(column="PNUMFSMEVER", measure="school.pct_fsm6"),
        Figure(column="PERCTOT", measure="school.pct_absence"),
        Figure(column="PPERSABS10", measure="school.pct_persistent_absence"),
    ),
)


def read_joined(opened: OpenedFile) -> Release:
    """Read the joined file of 2022/23.

    Parameters
    ----------
    opened
        ``england_ks4_joined.csv``; its period is the academic year.

    Returns
    -------
    Release
        `school_measures` without intervals and numbers of pupils, and `schools`.

    Raises
    ------
    UnknownColumn
        If a column is missing.

    Notes
    -----
    NA is *not available*: which of the publisher's reasons it was is lost.
    """
    year = file_year(opened)
    layout = choose_layout((LAYOUT,), opened, year, MODULE)
    sieve = Sieve(opened, MODULE, columns=layout.headings(opened.columns))
    sieve.keep_schools()
    sieve.keep_one_of("school")
    figures = read_performance(sieve, layout.figures, dataset=NAME, year=year)
    return sieve.release({"school_measures": figures, "schools": _schools(sieve)})


def _schools(sieve: Sieve) -> pl.DataFrame:
    rows = place_schools(sieve.rows, "LEA")
    return rows.select(
        "school",
        _written("SCHNAME.x").alias("name"),
        pl.lit("Secondary").alias("phase"),
        pl.coalesce("authority", _written("LANAME")).alias("area"),
        pl.coalesce(_written("gor_name"), "authority_region").alias("region"),
    )


def _written(column: str) -> pl.Expr:
    text = filled(column)
    return pl.when(text != "NA").then(text)


DATASETS = (
    Dataset(
        name=NAME,
        title="Key Stage 4 results of 2022/23 joined with census and location (third party)",
        place=re.compile(r"ks4_joined\.csv$", re.IGNORECASE),
        headings=frozenset({"URN", "P8MEA", "ATT8SCR", "PNUMEAL", "gor_name"}),
        read=read_joined,
        tables=("school_measures", "schools"),
        module=MODULE,
        notes=("Joined by a third party from official files: no intervals and no numbers of pupils.",),
    ),
)
