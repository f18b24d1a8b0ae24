"""Key Stage 2 performance tables of schools: which column of which year becomes which measure."""

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

MODULE = "sources/england/ks2.py"
NAME = "ks2_schools"

# The subject in the measure, and how the publisher writes it: progress, average, expected standard.
_SUBJECTS = (
    ("reading", "READ", "READ_AVERAGE", "PTREAD_EXP"),
    ("writing", "WRIT", None, "PTWRITTA_EXP"),
    ("maths", "MAT", "MAT_AVERAGE", "PTMAT_EXP"),
)

# How a column of a group of pupils ends, the group, and the column with their number.
_GROUPS = (
    ("B", "boys", "BELIG"),
    ("G", "girls", "GELIG"),
    ("L", "low prior", "TKS1GROUP_L"),
    ("M", "middle prior", "TKS1GROUP_M"),
    ("H", "high prior", "TKS1GROUP_H"),
    ("FSM6CLA1A", "disadvantaged", "TFSM6CLA1A"),
    ("NotFSM6CLA1A", "not disadvantaged", "TNotFSM6CLA1A"),
    ("EAL", "EAL", "TEALGRP2"),
)
_WITHOUT_SEX = tuple(row for row in _GROUPS if row[0] in {"L", "M", "H", "FSM6CLA1A", "NotFSM6CLA1A"})


def _attainment() -> list[Figure]:
    """Columns that the trimmed national files have too. Percentages are of all eligible pupils."""
    figures = [
        Figure(column="TELIG", measure="ks2.pupils"),
        Figure(column="PTRWM_EXP", measure="ks2.rwm_expected", n="TELIG"),
        Figure(column="PTRWM_HIGH", measure="ks2.rwm_higher", n="TELIG"),
    ]
    for subject, _, average, expected in _SUBJECTS:
        figures.append(Figure(column=expected, measure=f"ks2.{subject}_expected", n="TELIG"))
        if average is not None:
            # Pupils without a scaled score are not in it, and their number is not published.
            figures.append(Figure(column=average, measure=f"ks2.{subject}_score"))
    return figures


def _full_progress() -> list[Figure]:
    figures = []
    for subject, code, _, _ in _SUBJECTS:
        measure = f"ks2.{subject}_progress"
        progress = f"{code}PROG"
        figures.append(
            Figure(
                column=progress,
                measure=measure,
                lower=f"{progress}_LOWER",
                upper=f"{progress}_UPPER",
                n="TELIG",
                coverage=f"{code}COV",
            )
        )
        for end, group, _ in _GROUPS:
            column = f"{progress}_{end}"
            figures.append(
                Figure(
                    column=column,
                    measure=measure,
                    group=group,
                    lower=f"{column}_LOWER",
                    upper=f"{column}_UPPER",
                )
            )
    return figures


def _full_attainment() -> list[Figure]:
    figures = [
        Figure(column="PTFSM6CLA1A", measure="ks2.pct_disadvantaged", n="TELIG"),
        Figure(column="TKS1AVERAGE", measure="ks2.prior_attainment"),
    ]
    for end, group, n in _GROUPS:
        figures.append(Figure(column=f"PTRWM_EXP_{end}", measure="ks2.rwm_expected", group=group, n=n))
        figures.append(Figure(column=f"PTRWM_HIGH_{end}", measure="ks2.rwm_higher", group=group, n=n))
    for subject, _, average, expected in _SUBJECTS:
        for end, group, n in _WITHOUT_SEX:
            figures.append(
                Figure(column=f"{expected}_{end}", measure=f"ks2.{subject}_expected", group=group, n=n)
            )
        if average is not None:
            figures += [
                Figure(column=f"{average}_{end}", measure=f"ks2.{subject}_score", group=group)
                for end, group, _ in _GROUPS
            ]
    return figures


def _bands(end: str = "", year: int | None = None) -> list[Figure]:
    return [
        Figure(column=f"{code}PROG_DESCR{end}", measure=f"ks2.{subject}_progress_band", year=year)
        for subject, code, _, _ in _SUBJECTS
    ]


def _earlier_progress(end: str, year: int) -> list[Figure]:
    """Progress of an earlier year, repeated with its interval, which that year's own file here has not."""
    return [
        Figure(
            column=f"{code}PROG{end}",
            measure=f"ks2.{subject}_progress",
            lower=f"{code}PROG_LOWER{end}",
            upper=f"{code}PROG_UPPER{end}",
            year=year,
        )
        for subject, code, _, _ in _SUBJECTS
    ]


def _progress(n: str | None) -> list[Figure]:
    return [
        Figure(column=f"{code}PROG", measure=f"ks2.{subject}_progress", n=n)
        for subject, code, _, _ in _SUBJECTS
    ]


# National, 2016 to 2018: no intervals, no bands, no coverage, no RECTYPE: eligible pupils stand for pupils.
TRIMMED = Layout("national, trimmed", ("URN",), (*_progress("TELIG"), *_attainment()))

# National, 2019: progress and bands, and no number of pupils at all.
BANDED = Layout("national, with bands", (RECORD_TYPE, "URN", "SCHNAME"), (*_progress(None), *_bands()))

_FULL_WIDTH = "full width"
_FULL = (RECORD_TYPE, "LEA", "URN", "SCHNAME", "NFTYPE")
_FULL_FIGURES = (*_full_progress(), *_attainment(), *_full_attainment())

# Full width, one authority or the country. From 2018 with bands, of earlier years too; 2017 had none.
FULL_2017 = Layout(_FULL_WIDTH, _FULL, (*_FULL_FIGURES, *_earlier_progress("_16", 2016)))
FULL_2018 = Layout(
    _FULL_WIDTH, _FULL, (*_FULL_FIGURES, *_bands(), *_bands("_16", 2016), *_bands("_17", 2017))
)
FULL_2019 = Layout(_FULL_WIDTH, _FULL, (*_FULL_FIGURES, *_bands()))

LAYOUTS: Mapping[int, tuple[Layout, ...]] = MappingProxyType(
    {
        2016: (TRIMMED,),
        2017: (TRIMMED, FULL_2017),
        2018: (TRIMMED, FULL_2018),
        2019: (BANDED, FULL_2019),
    }
)

# ks2_meta.csv 2018/19; 2016/17 and 2017/18 have no dictionary here and use the same codes.
RECORD_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "1": "Mainstream school",
        "2": "Special school",
        "3": "Local Authority",
        "4": "National (all schools)",
        "5": "National (state-funded schools only)",
    }
)


def read_ks2(opened: OpenedFile) -> Release:
    """Read a Key Stage 2 performance table into figures of schools.

    Parameters
    ----------
    opened
        An ``…_ks2final.csv``; its period is the academic year.

    Returns
    -------
    Release
        `school_measures`, and `schools` with what the file says of them.

    Raises
    ------
    UnknownColumn
        If a column that the year is known by is missing.

    Notes
    -----
    The number of pupils in a progress measure is not published. It is eligible pupils × coverage, rounded,
    where the coverage is there (full width), eligible pupils in the trimmed national files (at most a few
    percent too many), and missing in the national file of 2019.
    """
    year = file_year(opened)
    layout = choose_layout(layouts_of(LAYOUTS, year), opened, year, MODULE)
    sieve = Sieve(opened, MODULE, allow_short=True, columns=layout.headings(opened.columns))
    note_year(sieve, LAYOUTS, year)
    keep_school_records(sieve, "ks2", RECORD_TYPES, year, has_totals=layout.name == _FULL_WIDTH)
    sieve.keep_schools()
    sieve.keep_one_of("school")
    figures = read_performance(sieve, layout.figures, dataset=NAME, year=year)
    return sieve.release({"school_measures": figures, "schools": describe_schools(sieve)})


DATASETS = (
    Dataset(
        name=NAME,
        title="Key Stage 2 results of schools (performance tables)",
        place=re.compile(r"ks2final\.csv$", re.IGNORECASE),
        headings=frozenset({"URN", "READPROG", "WRITPROG", "MATPROG"}),
        read=read_ks2,
        tables=("school_measures", "schools"),
        module=MODULE,
        notes=("Progress rests on at most the number of pupils given where coverage is not published.",),
    ),
)
