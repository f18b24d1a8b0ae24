"""Which academic years were asked for: ``2017-2019``, ``2019``, ``2016,2018``."""

from __future__ import annotations

import datetime
import re

from upwards.core.academic_year import AcademicYear, UnclearYear

_RANGE = re.compile(r"(\d{4}) *[-\u2013] *(\d{4})")
_UNCLEAR = re.compile(r"(\d{4})[-\u2013](\d{2})")
_MOST = 40


def parse_years(text: str, today: datetime.date) -> tuple[int, ...]:
    """Read years as a person types them.

    Parameters
    ----------
    text
        Years by their ending, ranges with a hyphen, several with commas; ``2018/19`` is 2019.
    today
        The day: years that have not begun are refused.

    Returns
    -------
    tuple of int
        In order, each once.

    Raises
    ------
    UnclearYear
        When it cannot be read, runs backwards, or lies in the future.

    Examples
    --------
    >>> parse_years("2016, 2018-2019", datetime.date(2026, 11, 22))
    (2016, 2018, 2019)
    """
    found: set[int] = set()
    for part in (part.strip() for part in text.split(",")):
        if part:
            found.update(_years(part))
    if not found:
        raise UnclearYear("No year was named. Write --years 2019, --years 2017-2019 or --years 2016,2018.")
    running = today.year + (today.month >= 9)
    if max(found) > running:
        raise UnclearYear(
            f"{max(found)} means the academic year {AcademicYear(max(found))}, which has not begun. The one "
            f"that is running is {running}."
        )
    return tuple(sorted(found))


def _years(part: str) -> range:
    both = _RANGE.fullmatch(part)
    if both is None:
        if unclear := _UNCLEAR.fullmatch(part):
            raise UnclearYear(
                f"{part!r} could be one academic year or a range. Write {unclear[1]}/{unclear[2]} for the "
                f"year, or {unclear[1]}-{unclear[1][:2]}{unclear[2]} for the range."
            )
        only = AcademicYear.parse(part).ending
        return range(only, only + 1)
    first, last = (AcademicYear(int(year)).ending for year in both.groups())
    if last < first:
        raise UnclearYear(f"{part!r} runs backwards. Write {last}-{first}.")
    if last - first >= _MOST:
        raise UnclearYear(f"{part!r} is {last - first + 1} years; ask for at most {_MOST} at once.")
    return range(first, last + 1)
