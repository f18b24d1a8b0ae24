"""Academic years: 2019 means 2018/19, everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from upwards.core.errors import UserError

EARLIEST: Final = 1950
LATEST: Final = 2100

_TWO_YEARS = re.compile(r"(?P<start>\d{4})(?P<mark>[/\-\u2013_ ]?)(?P<end>\d{4}|\d{2})")
_ONE_YEAR = re.compile(r"\d{4}")
_MONTHS: Final = 12


class UnclearYear(UserError):
    """A year could not be read, or could be read in two ways."""


@dataclass(frozen=True, order=True, slots=True)
class AcademicYear:
    """A school year, named by the calendar year in which it ends.

    Parameters
    ----------
    ending
        Calendar year in which it ends, 1950 to 2100: 2019 for 2018/19.

    Raises
    ------
    UnclearYear
        If `ending` is outside 1950 to 2100: 1819 is more likely a misread 18/19.

    Examples
    --------
    >>> str(AcademicYear(2019))
    '2018/19'
    >>> AcademicYear(2019) < AcademicYear(2020)
    True
    """

    ending: int

    def __post_init__(self) -> None:
        if not EARLIEST <= self.ending <= LATEST:
            raise UnclearYear(
                f"{self.ending} is not an academic year between {EARLIEST} and {LATEST}. "
                "Write the year it ends (2019) or both (2018/19)."
            )

    def __str__(self) -> str:
        return f"{self.starting}/{self.ending % 100:02d}"

    @property
    def starting(self) -> int:
        """Return the calendar year in which it starts."""
        return self.ending - 1

    def shift(self, years: int) -> AcademicYear:
        """Return the academic year that many years later (earlier, if negative).

        Parameters
        ----------
        years
            Number of years.

        Returns
        -------
        AcademicYear

        Raises
        ------
        UnclearYear
            If that is outside 1950 to 2100.

        Examples
        --------
        >>> str(AcademicYear(2019).shift(-1))
        '2017/18'
        """
        return AcademicYear(self.ending + years)

    @classmethod
    def parse(cls, label: str | int | AcademicYear) -> AcademicYear:
        """Read an academic year in one of the ways that schools and publishers write it.

        Parameters
        ----------
        label
            ``"2018/19"``, ``"2018-19"``, ``"2018/2019"``, ``"201819"``, ``"2019"`` or ``2019``; all of
            them are the year that ends in 2019.

        Returns
        -------
        AcademicYear

        Raises
        ------
        UnclearYear
            If the label is none of these, if its two years do not follow each other, or if it could
            be a month as well: ``"201011"`` and ``"2010-11"`` are also November 2010, so those
            years must be written with a stroke, ``"2010/11"``.

        Examples
        --------
        >>> [str(AcademicYear.parse(label)) for label in ("2018/19", "2018-19", "201819", "2019", 2019)]
        ['2018/19', '2018/19', '2018/19', '2018/19', '2018/19']
        """
        if isinstance(label, AcademicYear):
            return label
        text = str(label).strip()
        if _ONE_YEAR.fullmatch(text):
            return cls(int(text))
        both = _TWO_YEARS.fullmatch(text)
        if both is None:
            raise UnclearYear(
                f"{label!r} is not an academic year. Write the year it ends (2019) or both (2018/19)."
            )
        return cls(_ending(text, **both.groupdict()))


def _ending(text: str, start: str, mark: str, end: str) -> int:
    ending = int(start) + 1
    if int(end) != ending % 10 ** len(end):
        raise UnclearYear(
            f"{text!r} is not one academic year: {end} does not follow {start}. "
            "Write the year it ends (2019) or both (2018/19)."
        )
    if len(end) == 2 and mark != "/" and 1 <= int(end) <= _MONTHS:
        raise UnclearYear(
            f"{text!r} could be the academic year {start}/{end} or month {int(end)} of {start}. "
            f"Write {start}/{end} if it is the academic year."
        )
    return ending
