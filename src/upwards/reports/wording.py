"""How figures are written on a page."""

from __future__ import annotations

import re
from datetime import datetime

from upwards.core.academic_year import AcademicYear

NO_BREAK = "\N{NO-BREAK SPACE}"


def as_figure(value: object) -> str:
    """Write a figure with as many digits as help, a true minus sign, and a dash where there is none.

    Examples
    --------
    >>> as_figure(-0.0417), as_figure(26796), as_figure(12.345), as_figure(None)
    ('−0.04', '26,796', '12.3', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(as_figure(one) for one in value)
    if not isinstance(value, int | float):
        return str(value)
    size = abs(value)
    if float(value).is_integer():
        text = f"{value:,.0f}"
    elif size >= 10:
        text = f"{value:,.1f}"
    elif size >= 0.01:
        text = f"{value:.2f}"
    else:
        text = f"{value:.3f}" if size >= 0.0005 else "0"
    return text.replace("-", "−")


def as_count(value: int | None, hidden_at: int) -> str:
    """Write a count, small ones as what they may be at most.

    Examples
    --------
    >>> as_count(4717, 5), as_count(3, 5), as_count(0, 5), as_count(None, 5)
    ('4,717', '5 or fewer', '0', '–')
    """
    if value is None:
        return "–"
    return f"{hidden_at} or fewer" if 0 < value <= hidden_at else f"{value:,}"


def as_day(value: str) -> str:
    """Write a time in ISO 8601 as a day.

    Examples
    --------
    >>> as_day("2026-11-22T05:50:25+00:00")
    '22 November 2026'
    """
    moment = datetime.fromisoformat(value)
    return f"{moment.day} {moment:%B %Y}"


def as_prose(text: str) -> str:
    """Write the minus signs of a sentence as such; hyphens and ranges stay.

    Examples
    --------
    >>> as_prose("From -0.3 (-0.5 to -0.1), in 2016-2019, well-known")
    'From −0.3 (−0.5 to −0.1), in 2016-2019, well-known'
    """
    return re.sub(r"(?<![\w-])-(?=\d)", "−", text)


def as_school_year(year: int) -> str:
    """Write an academic year, named by its ending, as both its years.

    Examples
    --------
    >>> as_school_year(2019)
    '2018/19'
    """
    return str(AcademicYear(year))


def as_interval(estimate: float | None, lower: float | None, upper: float | None) -> str:
    """Write an estimate with its interval, kept on one line.

    Examples
    --------
    >>> as_interval(0.5, -0.25, 1.25).split(NO_BREAK), as_interval(None, None, None)
    (['0.50', '(−0.25', 'to', '1.25)'], '–')
    """
    if lower is None or upper is None:
        return as_figure(estimate)
    return f"{as_figure(estimate)} ({as_figure(lower)} to {as_figure(upper)})".replace(" ", NO_BREAK)


def as_expected(value: float | None) -> str:
    """Write how many of something are expected, as roughly as it is known.

    Examples
    --------
    >>> as_expected(0.376), as_expected(0.004), as_expected(0), as_expected(None)
    ('0.4', 'under 0.1', '0', '–')
    """
    if value is None:
        return "–"
    return "under 0.1" if 0 < value < 0.05 else f"{value:.1f}" if value else "0"
