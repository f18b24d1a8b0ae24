"""Key Stage 4 performance tables of schools: which column of which year becomes which measure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from upwards.sources.england.performance_figures import Figure, read_performance
from upwards.sources.england.performance_layouts import (
    Layout,
    choose_layout,
    file_year,
    layouts_of,
    note_year,
)
from upwards.sources.england.record_types import RECORD_TYPE, keep_school_records
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.school_kinds import describe_schools
from upwards.sources.england.sieve import Sieve

MODULE = "sources/england/ks4.py"
NAME = "ks4_schools"

# How a column of a group of pupils ends, the group, and how the column with its number of pupils ends.
_GROUPS = (
    ("FSM6CLA1A", "disadvantaged"),
    ("NFSM6CLA1A", "not disadvantaged"),
    ("BOYS", "boys"),
    ("GIRLS", "girls"),
    ("LO", "low prior"),
    ("AV", "middle prior"),
    ("HI", "high prior"),
    ("EAL", "EAL"),
)
_ELEMENTS = (("ENG", "english"), ("MAT", "maths"), ("EBAC", "ebacc"), ("OPEN", "open"))


def _attainment(n: str | None, basics: str) -> tuple[Figure, ...]:
    """Columns of every year. The figures are of all pupils at the end of Key Stage 4."""
    return (
        Figure(column="ATT8SCR", measure="ks4.attainment8", n=n),
        Figure(column="PTL2BASICS_95", measure=basics, n=n),
        Figure(column="PTEBACC_E_PTQ_EE", measure="ks4.ebacc_entry", n=n),
    )


def _groups() -> tuple[Figure, ...]:
    """Name the groups of pupils, which only the publisher's full-width file has."""
    figures = []
    for end, group in _GROUPS:
        progress = f"P8MEA_{end}"
        lower, upper, n = f"P8CILOW_{end}", f"P8CIUPP_{end}", f"P8PUP_{end}"
        figures += [
            Figure(
                column=progress,
                measure="ks4.progress8",
                group=group,
                lower=lower,
                upper=upper,
                n=n,
                optional=True,
            ),
            Figure(column=f"ATT8SCR_{end}", measure="ks4.attainment8", group=group, optional=True),
            Figure(column=f"EBACCAPS_{end}", measure="ks4.ebacc_aps", group=group, optional=True),
        ]
    return tuple(figures)


_APS = Figure(column="EBACCAPS", measure="ks4.ebacc_aps", n="TPUP")
_BAND = Figure(column="P8_BANDING", measure="ks4.progress8_band")
_PUPILS = Figure(column="TPUP", measure="ks4.pupils")

_WIDE_FIGURES = (
    Figure(column="P8MEA", measure="ks4.progress8", lower="P8CILOW", upper="P8CIUPP", n="P8PUP"),
    *(Figure(column=f"P8MEA{end}", measure=f"ks4.progress8_{name}", n="P8PUP") for end, name in _ELEMENTS),
    *_attainment("TPUP", "ks4.basics_strong"),
    Figure(column="PTL2BASICS_94", measure="ks4.basics_standard", n="TPUP"),
    # The pupils with Key Stage 2 results, whose number is not published.
    Figure(column="KS2APS", measure="ks4.prior_attainment"),
    Figure(column="PTFSM6CLA1A", measure="ks4.pct_disadvantaged", n="TPUP"),
    _PUPILS,
    *_groups(),
)
_WIDE = (RECORD_TYPE, "LEA", "URN", "SCHNAME", "NFTYPE")

# Trimmed, all kinds of school, independent ones included, without RECTYPE or markers. EBACCAPS is an empty
# column: the measure began in 2018. How many pupils are in Progress 8 is not published here.
_P8 = Figure(column="P8MEA", measure="ks4.progress8")
# 2016: named as the later grade 5 measure, but its national mean (63.6 %, and 43.2 % a year later) is that of
# grade C or above in English and mathematics.
TRIMMED_2016 = Layout("trimmed", ("URN",), (_P8, *_attainment("TPUP", "ks4.basics_standard"), _PUPILS))
TRIMMED_2017 = Layout("trimmed", ("URN",), (_P8, *_attainment("TPUP", "ks4.basics_strong"), _PUPILS))
# Full width; the mainstream extract of 2018 is a part of it. 2017 had neither bands nor the EBacc points.
WIDE_2017 = Layout("full width", _WIDE, _WIDE_FIGURES)
WIDE = Layout("full width", _WIDE, (*_WIDE_FIGURES, _APS, _BAND))
# 2019: with RECTYPE and bands, no number of pupils at all.
BANDED = Layout(
    "with bands",
    (RECORD_TYPE, "URN", "SCHNAME"),
    (
        _P8,
        _BAND,
        *_attainment(None, "ks4.basics_strong"),
        Figure(column="EBACCAPS", measure="ks4.ebacc_aps"),
    ),
)

LAYOUTS: Mapping[int, tuple[Layout, ...]] = MappingProxyType(
    {
        2016: (TRIMMED_2016,),
        2017: (TRIMMED_2017, WIDE_2017),
        2018: (WIDE,),
        2019: (BANDED, WIDE),
    }
)

# ks4_meta.csv 2017/18; 2018/19 has no dictionary here and uses the same codes (1 and 2 occur).
RECORD_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "1": "mainstream school",
        "2": "special school",
        "4": "local authority",
        "5": "National (all schools)",
        "7": "National (maintained schools)",
    }
)


def read_ks4(opened: OpenedFile) -> Release:
    """Read a Key Stage 4 performance table into figures of schools.

    Parameters
    ----------
    opened
        An ``…_ks4final.csv``; its period is the academic year.

    Returns
    -------
    Release
        `school_measures`, and `schools` with what the file says of them. Special and independent schools are
        kept; most of their figures are missing, with the reason.

    Raises
    ------
    UnknownColumn
        If a column that the year is known by is missing.
    """
    year = file_year(opened)
    layout = choose_layout(layouts_of(LAYOUTS, year), opened, year, MODULE)
    sieve = Sieve(opened, MODULE, allow_short=True, columns=layout.headings(opened.columns))
    note_year(sieve, LAYOUTS, year)
    keep_school_records(sieve, "ks4", RECORD_TYPES, year)
    sieve.keep_schools()
    sieve.keep_one_of("school")
    figures = read_performance(sieve, layout.figures, dataset=NAME, year=year)
    return sieve.release({"school_measures": figures, "schools": describe_schools(sieve)})


DATASETS = (
    Dataset(
        name=NAME,
        title="Key Stage 4 results of schools (performance tables)",
        place=re.compile(r"ks4final\.csv$", re.IGNORECASE),
        headings=frozenset({"URN", "P8MEA", "ATT8SCR"}),
        read=read_ks4,
        tables=("school_measures", "schools"),
        module=MODULE,
    ),
)
