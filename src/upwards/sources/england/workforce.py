"""Staff of a school: how many, for how many pupils, at what mean salary (school workforce census)."""

from __future__ import annotations

import re

import polars as pl

from upwards.sources.england.figures import Figure, read_figures
from upwards.sources.england.places import place_of_each
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve
from upwards.sources.reshape import ROW

_MODULE = "sources/england/workforce.py"
_NATION = "figures of the whole country, which are no school's"
_FTE = "full-time equivalents"
_SUPPORT = "Total Number of Non Classroom-based School Support Staff, Excluding Auxiliary Staff"

# The publisher writes "equivalent" in two ways and pads the ratio's heading: compared by letters alone.
_FIGURES = (
    Figure("teachers", "Total Number of Teachers (Headcount)", "people"),
    Figure("assistants", "Total Number of Teaching Assistants (Headcount)", "people"),
    Figure("support_staff", f"{_SUPPORT} (Headcount)", "people"),
    Figure("teachers_fte", "Total Number of Teachers (Full-Time Equivalent)", _FTE),
    Figure("assistants_fte", "Total Number of Teaching Assistants (Full-time Equivalent)", _FTE),
    Figure("support_staff_fte", f"{_SUPPORT} (Full-Time Equivalent)", _FTE),
    Figure("pupil_teacher_ratio", "Pupil: Teacher Ratio", "pupils per teacher"),
    Figure("mean_salary", "Mean Gross FTE Salary of All Teachers (£s)", "GBP a year"),
)


def read_workforce(opened: OpenedFile) -> Release:
    """Read the staff of schools into `workforce`.

    Parameters
    ----------
    opened
        A year's ``england_swf.csv``.

    Returns
    -------
    Release
        `workforce`: eight figures for each school. `schools`: where they are.

    Notes
    -----
    Every school has staff, so NA says that no return came: not available, not "not applicable".
    """
    sieve = Sieve(opened, _MODULE)
    year = sieve.academic_year().ending
    plain = {one.heading: re.sub(r"\W+", " ", one.heading).strip().lower() for one in _FIGURES}
    found = {re.sub(r"\W+", " ", name).strip().lower(): name for name in sieve.rows.columns if name != ROW}
    sieve.rows = sieve.rows.rename({found[text]: name for name, text in plain.items() if text in found})
    sieve.require([one.heading for one in _FIGURES], sieve.rows.columns)
    sieve.leave_out_totals(pl.col("LA Number").str.strip_chars() == "NAT", _NATION)
    sieve.keep_schools()
    sieve.keep_one_of("school")
    rows = read_figures(sieve, _FIGURES, dataset="workforce", year=year)
    return sieve.release({"workforce": rows, "schools": place_of_each(sieve.rows, "LA Number")})


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        name="workforce",
        title="School workforce: staff, pupils per teacher, mean salary",
        place=re.compile(r"england_swf\.csv$", re.IGNORECASE),
        headings=frozenset({"LA Number", "URN", _FIGURES[0].heading, _FIGURES[3].heading}),
        read=read_workforce,
        tables=("workforce", "schools"),
        module=_MODULE,
    ),
)
