"""Pupils of a school: who they are (school census) and how often they are there (absence)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import UserError
from upwards.sources.england.figures import Figure, read_figures
from upwards.sources.england.places import place_of_each
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve

_MODULE = "sources/england/census.py"
_PERCENT = "percent of pupils"
_NATION = "figures of the whole country, which are no school's"


def _share(measure: str, heading: str, n: str | None = "NOR") -> Figure:
    return Figure(measure, heading, _PERCENT, maximum=100, n_heading=n)


_ON_ROLL = Figure("school.pupils", "NOR", "pupils", n_heading="NOR")
_FSM = Figure(
    "school.pct_fsm", "NUMFSM", _PERCENT, maximum=100, n_heading="NOR", share_of="NOR"
)  # the file counts these pupils but gives no percentage
_SHARES = (
    _share("school.pct_sen_plan", "PSENELSE"),
    _share("school.pct_sen_support", "PSENELK"),
    _share("school.pct_eal", "PNUMEAL"),
)

# First academic year (by its ending) from which the columns hold.
# 2019: no dictionary at hand; headings as in 2023, but the whole of PNUMFSMEVER is not published.
# 2023: as census_meta.csv describes them; NORFSMEVER is the whole of PNUMFSMEVER; percentages carry a sign.
CENSUS_COLUMNS: Mapping[int, tuple[Figure, ...]] = {
    2019: (_ON_ROLL, *_SHARES, _FSM, _share("school.pct_fsm6", "PNUMFSMEVER", None)),
    2023: (_ON_ROLL, *_SHARES, _FSM, _share("school.pct_fsm6", "PNUMFSMEVER", "NORFSMEVER")),
}
_ABSENCE = (
    Figure("school.pct_absence", "PERCTOT", "percent of sessions", maximum=100),
    Figure("school.pct_persistent_absence", "PPERSABS10", _PERCENT, maximum=100),
)
# 2016: the first year in which persistent means 10 % or more of sessions, as the heading says.
# 2023: as abs_meta.csv describes them.
ABSENCE_COLUMNS: Mapping[int, tuple[Figure, ...]] = {2016: _ABSENCE, 2023: _ABSENCE}


def read_census(opened: OpenedFile) -> Release:
    """Read who a school's pupils are into `school_measures`.

    Parameters
    ----------
    opened
        A year's ``england_census.csv``.

    Returns
    -------
    Release
        `school_measures`: pupils on roll, and percentages with free school meals, free school meals in six
        years, another first language, and special needs; ``n`` is the pupils they rest on.

    Raises
    ------
    UserError
        If the columns of that year are not known.

    Notes
    -----
    Free school meals are counted but not given as a percentage: it is 100 × count / pupils on roll, which for
    the nation is the figure published elsewhere. What it rests on for six years is published since 2023 only.
    """
    sieve = Sieve(opened, _MODULE)
    figures = _columns_of(sieve, CENSUS_COLUMNS)
    sieve.leave_out_totals(pl.col("URN").str.strip_chars() == "NAT", _NATION)
    return _finish(sieve, figures, "census")


def read_absence(opened: OpenedFile) -> Release:
    """Read how many sessions a school's pupils missed into `school_measures`.

    Parameters
    ----------
    opened
        A year's ``england_abs.csv``.

    Returns
    -------
    Release
        `school_measures`: sessions missed and pupils who miss a tenth or more; no number of pupils is
        published beside them. `schools`: where they are.

    Raises
    ------
    UserError
        If the columns of that year are not known.
    """
    sieve = Sieve(opened, _MODULE)
    figures = _columns_of(sieve, ABSENCE_COLUMNS)
    sieve.leave_out_totals(pl.col("LA").str.strip_chars() == "NAT", _NATION)
    return _finish(sieve, figures, "absence")


def _columns_of(sieve: Sieve, by_year: Mapping[int, Sequence[Figure]]) -> Sequence[Figure]:
    year = sieve.academic_year()
    known = [first for first in by_year if first <= year.ending]
    if not known:
        raise UserError(
            f"{sieve.source} is of {year}, and what its columns mean is known from {min(by_year)} only. "
            f"Compare the year's dictionary and add the columns under that year in {_MODULE}."
        )
    if year.ending not in by_year:
        like = AcademicYear(max(known))
        sieve.problems.note(f"no dictionary of {year} was at hand: its columns are read as those of {like}")
    figures = by_year[max(known)]
    wanted = {name for one in figures for name in (one.heading, one.n_heading, one.share_of) if name}
    sieve.require(sorted(wanted))
    return figures


def _finish(sieve: Sieve, figures: Sequence[Figure], dataset: str) -> Release:
    sieve.keep_schools()
    sieve.keep_one_of("school")
    rows = read_figures(sieve, figures, dataset=dataset, year=sieve.academic_year().ending)
    return sieve.release({"school_measures": rows, "schools": place_of_each(sieve.rows, "LA")})


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        name="census",
        title="School census: pupils on roll, free school meals, first language, special needs",
        place=re.compile(r"england_census\.csv$", re.IGNORECASE),
        headings=frozenset({"URN", "NOR", "PSENELSE", "PSENELK", "PNUMEAL", "NUMFSM", "PNUMFSMEVER"}),
        read=read_census,
        tables=("school_measures", "schools"),
        module=_MODULE,
    ),
    Dataset(
        name="absence",
        title="Absence: sessions missed, persistent absence",
        place=re.compile(r"england_abs\.csv$", re.IGNORECASE),
        headings=frozenset({"LA", "URN", "PERCTOT", "PPERSABS10"}),
        read=read_absence,
        tables=("school_measures", "schools"),
        module=_MODULE,
    ),
)
