"""A region beside the rest of the country, year by year, by the inspection outcomes then in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import EmptyData, near_misses
from upwards.core.panel import SchoolJudgements, SchoolRegister, Texts

Z = 1.959963984540054  # 95 % of a normal distribution
LEVEL = 0.95
ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionScale:
    """How the outcomes of inspections are ordered, in one country.

    Attributes
    ----------
    grade
        Outcome in the publisher's words to grade, 1 the best; outcomes under other names may share a grade.
    outstanding
        The best grade.
    good
        The last grade that counts as good.
    breaks
        Academic year (by its ending) from which other rules hold, and which, in words.
    """

    grade: Mapping[str, int]
    outstanding: int
    good: int
    breaks: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class InspectedShare:
    """Shares of the schools of one part of the country in one year.

    Attributes
    ----------
    year
        Academic year by its ending; outcomes in force on its last day, 31 August.
    part
        Name of the region, or ``"elsewhere"``.
    n_schools
        Schools open that day that had an outcome in force.
    n_inherited
        Of these, schools whose outcome was given to the school that they continue.
    less_than_good, outstanding
        Share, lower and upper end of its 95 % interval.
    """

    year: int
    part: str
    n_schools: int
    n_inherited: int
    less_than_good: tuple[float, float, float]
    outstanding: tuple[float, float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the shares in plain types."""
        names = ("value", "lower", "upper")
        return {
            "year": self.year,
            "part": self.part,
            "n_schools": self.n_schools,
            "n_inherited": self.n_inherited,
            "less_than_good": dict(zip(names, self.less_than_good, strict=True)),
            "outstanding": dict(zip(names, self.outstanding, strict=True)),
        }


@dataclass(frozen=True, slots=True)
class InspectionHistory:
    """The shares of all years, and what could not be placed.

    Attributes
    ----------
    shares
        Two per year: the region, then elsewhere.
    n_without_region
        Schools that no file places in a region; they are in neither part.
    unknown
        Outcomes that the scale does not know, with how many judgements have them.
    """

    shares: tuple[InspectedShare, ...]
    n_without_region: int
    unknown: Mapping[str, int]

    def notes(self) -> tuple[str, ...]:
        """Say what a reader must know of the schools counted and of those that are not."""
        lines = [
            "A school counts from the first outcome held until it closes; one that continues another carries "
            "on with its predecessor's outcome until it is inspected itself. In the first years only schools "
            "inspected since the files begin are in."
        ]
        if self.n_without_region:
            lines.append(
                f"{self.n_without_region:,} inspected schools are placed in a region by no file held; they "
                "are in neither part."
            )
        lines += [
            f"{n:,} judgements say {outcome!r}, which the scale does not know; they are left out."
            for outcome, n in self.unknown.items()
        ]
        return tuple(lines)


def follow_inspections(
    judgements: SchoolJudgements,
    register: SchoolRegister,
    scale: InspectionScale,
    *,
    region: str,
    years: Sequence[int],
) -> InspectionHistory:
    """Follow the outcomes in force at the end of each year in a region and elsewhere.

    Parameters
    ----------
    judgements
        All inspections, of closed and converted schools too.
    register
        Where each school is, and when it closed.
    scale
        What the outcomes mean.
    region
        As the register writes it.
    years
        Academic years by their ending.

    Returns
    -------
    InspectionHistory

    Raises
    ------
    EmptyData
        When no school of the region was inspected.

    Notes
    -----
    A school counts from its first outcome to the day it closed. A school that continues another carries on
    with the outcome of its predecessor until it is inspected itself. Intervals (Wilson's) say how far the
    share would move with other schools of the same kind; they are no statement about inspectors' agreement.
    """
    places = register.places(judgements.line)
    _refuse_unknown_region(region, register, places)
    grade, unknown = _grades(judgements, scale)
    usable = (grade > 0) & (places >= 0)
    lines, first = np.unique(judgements.line[usable], return_index=True)
    place = places[usable][first]
    where = register.region[place]
    closed = register.closed[place]
    history = _History.of(judgements, grade, usable, lines)
    shares = []
    for year in years:
        day = np.datetime64(f"{year}-08-31")
        held, inherited = history.in_force(day)
        held = np.where(np.isnat(closed) | (closed > day), held, 0)
        for part, inside in ((region, where == region), (ELSEWHERE, (where != region) & (where != ""))):
            chosen = inside & (held > 0)
            if chosen.any():
                shares.append(_share(year, part, held[chosen], int((inherited & chosen).sum()), scale))
    return InspectionHistory(tuple(shares), int((where == "").sum()), unknown)


def say_inspections(history: InspectionHistory, scale: InspectionScale, region: str) -> tuple[str, ...]:
    """Say in plain words what the shares show.

    Parameters
    ----------
    history, scale, region
        As followed.

    Returns
    -------
    tuple of str
        The first year beside the last, then what lies between that cannot be compared.
    """
    by_part = {part: [s for s in history.shares if s.part == part] for part in (region, ELSEWHERE)}
    lines = [_first_and_last(part, shares) for part, shares in by_part.items() if shares]
    covered = [share.year for share in history.shares]
    for year, what in sorted(scale.breaks.items()):
        if covered and min(covered) < year <= max(covered):
            lines.append(
                f"From {AcademicYear(year)}: {what} Figures before and after it do not measure the same."
            )
    return tuple(lines)


def _first_and_last(part: str, shares: Sequence[InspectedShare]) -> str:
    first, last = shares[0], shares[-1]
    name = part[0].upper() + part[1:]
    return (
        f"{name}: {first.less_than_good[0]:.0%} of {first.n_schools:,} inspected schools "
        f"were less than good in {AcademicYear(first.year)} and {first.outstanding[0]:.0%} outstanding; "
        f"in {AcademicYear(last.year)}, of {last.n_schools:,}, {last.less_than_good[0]:.0%} and "
        f"{last.outstanding[0]:.0%}."
    )


def _refuse_unknown_region(region: str, register: SchoolRegister, places: npt.NDArray[np.int64]) -> None:
    here = np.unique(register.region[places[places >= 0]])
    if region not in here:
        known = [str(name) for name in here if name]
        raise EmptyData(
            f"No inspected school lies in a region called {region!r}{near_misses(region, known) or '.'} "
            f"There are: {', '.join(known) or 'none; import a register of schools first'}."
        )


def _grades(
    judgements: SchoolJudgements, scale: InspectionScale
) -> tuple[npt.NDArray[np.int64], Mapping[str, int]]:
    names, number, count = np.unique(judgements.outcome, return_inverse=True, return_counts=True)
    grades = np.array([scale.grade.get(str(name), 0) for name in names], dtype=np.int64)
    unknown = {str(name): int(n) for name, n, grade in zip(names, count, grades, strict=True) if not grade}
    return grades[number], unknown


@dataclass(frozen=True, slots=True, eq=False)
class _History:
    """Judgements by line and date, so that the one in force on a day is found without a loop over schools."""

    key: npt.NDArray[np.int64]
    grade: npt.NDArray[np.int64]
    inherited: npt.NDArray[np.bool_]
    n_lines: int

    @classmethod
    def of(
        cls,
        judgements: SchoolJudgements,
        grade: npt.NDArray[np.int64],
        usable: npt.NDArray[np.bool_],
        lines: Texts,
    ) -> _History:
        line = np.searchsorted(lines, judgements.line[usable])
        day = judgements.date[usable].astype("datetime64[D]").astype(np.int64)
        # On one day the worst outcome counts, as where two reports of one day disagree.
        order = np.lexsort((grade[usable], day, line))
        key = line[order] * _DAYS + day[order]
        inherited = (judgements.school != judgements.line)[usable][order]
        return cls(key, grade[usable][order], inherited, len(lines))

    def in_force(self, day: np.datetime64) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return each line's grade on a day (0 before its first) and whether it was a predecessor's."""
        number = np.arange(self.n_lines)
        last = np.searchsorted(
            self.key, number * _DAYS + day.astype("datetime64[D]").astype(np.int64), "right"
        )
        begin = np.searchsorted(self.key, number * _DAYS, "left")
        has = last > begin
        at = np.maximum(last - 1, 0)
        return np.where(has, self.grade[at], 0), has & self.inherited[at]


_DAYS = 1_000_000  # days since 1970 stay far below, so that one number holds line and day


def _share(
    year: int, part: str, held: npt.NDArray[np.int64], n_inherited: int, scale: InspectionScale
) -> InspectedShare:
    n = len(held)
    return InspectedShare(
        year=year,
        part=part,
        n_schools=n,
        n_inherited=n_inherited,
        less_than_good=_wilson(int((held > scale.good).sum()), n),
        outstanding=_wilson(int((held <= scale.outstanding).sum()), n),
    )


def _wilson(k: int, n: int) -> tuple[float, float, float]:
    p = k / n
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * (p * (1 - p) / n + Z**2 / (4 * n**2)) ** 0.5
    return p, max(0.0, centre - half), min(1.0, centre + half)
