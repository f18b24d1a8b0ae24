"""The period of a published file, read from the names of its folders and of the file itself."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import PurePosixPath

from upwards.core.academic_year import EARLIEST, LATEST, AcademicYear
from upwards.sources.england.release import Period

_EDGE, _END = r"(?<!\d)", r"(?!\d)"


def find_period(place: PurePosixPath) -> Period:
    """Find the period that a path names: the folder nearest to the file first, then the file's own name.

    Parameters
    ----------
    place
        Path inside the folder given.

    Returns
    -------
    AcademicYear, date or None
        ``2018-2019`` is an academic year, ``2022-04-25`` and ``20220425`` a day, ``2022-07`` the first of
        July, ``cfr_2014`` the academic year that ends in 2014; None where nothing or more than one year is
        named, as in ``inspections_2005_2020.csv``.

    Examples
    --------
    >>> str(find_period(PurePosixPath("performance-tables/2018-2019/england_ks2final.csv")))
    '2018/19'
    >>> find_period(PurePosixPath("gias/2022-07/alllinksdata.csv"))
    datetime.date(2022, 7, 1)
    """
    names = [*reversed(place.parent.parts), place.stem]
    return next((period for period in map(_in_name, names) if period is not None), None)


def _in_name(name: str) -> Period:
    for pattern, make in _FORMS:
        found = list(re.finditer(_EDGE + pattern + _END, name))
        if len(found) == 1:
            period = make(found[0])
            if period is not None:
                return period
    return None


def _two_years(found: re.Match[str]) -> Period:
    start, end = int(found[1]), int(found[2])
    ending = start + 1
    follows = end == (ending if len(found[2]) == 4 else ending % 100)
    return AcademicYear(ending) if follows and EARLIEST <= ending <= LATEST else None


def _day(found: re.Match[str]) -> Period:
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _month(found: re.Match[str]) -> Period:
    return datetime.date(int(found[1]), int(found[2]), 1) if 1 <= int(found[2]) <= 12 else None


def _year(found: re.Match[str]) -> Period:
    ending, part_of_more = int(found[1]), re.match(r"[-_]\d", found.string[found.end() :])
    return None if part_of_more or not EARLIEST <= ending <= LATEST else AcademicYear(ending)


_YEAR = r"((?:19|20)\d\d)"
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], Period]], ...] = (
    (rf"{_YEAR}[-_]?{_YEAR}", _two_years),
    (rf"{_YEAR}[-_]?(\d\d)[-_]?(\d\d)", _day),
    (rf"{_YEAR}-(0[1-9]|1[0-2])", _month),
    (rf"{_YEAR}[-_](\d\d)", _two_years),
    (_YEAR, _year),
)


def period_text(period: Period) -> str:
    """Write a period so that later ones sort later: the day of a register, or the last of an academic year.

    Examples
    --------
    >>> period_text(AcademicYear(2019)), period_text(None)
    ('2019-08-31', '')
    """
    if isinstance(period, AcademicYear):
        return f"{period.ending}-08-31"
    return "" if period is None else period.isoformat()
