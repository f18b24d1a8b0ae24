"""A region beside the rest of the country, year by year, by the inspection outcomes then in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import EmptyData, near_misses
from upwards.core.panel import Days, Flags, SchoolJudgements, SchoolRegister
from upwards.measures.inspected_schools import InspectedSchools, list_inspected

Z = 1.959963984540054  # 95 % of a normal distribution
WELL_COVERED = 0.9
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
    n_open
        Schools known to have been open that day, of kinds that are inspected.
    n_inherited
        Of `n_schools`, those that had only the outcome of the school that they continue.
    less_than_good, outstanding
        Share, lower and upper end of its 95 % interval.
    """

    year: int
    part: str
    n_schools: int
    n_open: int
    n_inherited: int
    less_than_good: tuple[float, float, float]
    outstanding: tuple[float, float, float]

    @property
    def coverage(self) -> float:
        """Schools with an outcome, as a share of those known to be open."""
        return self.n_schools / max(self.n_open, self.n_schools)

    def to_dict(self) -> dict[str, Any]:
        """Return the shares in plain types."""
        names = ("value", "lower", "upper")
        return {
            "year": self.year,
            "part": self.part,
            "n_schools": self.n_schools,
            "n_open": self.n_open,
            "coverage": self.coverage,
            "n_inherited": self.n_inherited,
            "less_than_good": dict(zip(names, self.less_than_good, strict=True)),
            "outstanding": dict(zip(names, self.outstanding, strict=True)),
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """The same schools at both ends of some years under one framework.

    Attributes
    ----------
    first, last
        Shares of the same schools in the first and in the last year, the region first.
    """

    first: tuple[InspectedShare, ...]
    last: tuple[InspectedShare, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return both ends in plain types."""
        return {
            "first": [share.to_dict() for share in self.first],
            "last": [share.to_dict() for share in self.last],
        }


@dataclass(frozen=True, slots=True)
class InspectionHistory:
    """The shares of all years, and what could not be placed.

    Attributes
    ----------
    shares
        Two per year: the region, then elsewhere.
    stretches
        Years without a change of rules, in order, with the same schools at both ends.
    n_without_region
        Schools that no file places in a region; they are in neither part.
    unknown
        Outcomes that the scale does not know, with how many judgements have them.
    """

    shares: tuple[InspectedShare, ...]
    stretches: tuple[Stretch, ...]
    n_without_region: int
    unknown: Mapping[str, int]

    def notes(self) -> tuple[str, ...]:
        """Say what a reader must know of the schools counted and of those that are not."""
        lines = [
            "A school counts from the first outcome held until it closes, or until its last trace in any "
            "file where no closing date is known; one that continues another carries on with its "
            "predecessor's outcome until it is inspected itself."
        ]
        thin = [share for share in self.shares if share.coverage < WELL_COVERED]
        if thin:
            low = min(thin, key=lambda share: share.coverage)
            lines.append(
                f"The files hold no outcome for many schools that were open: in {AcademicYear(low.year)} "
                f"{1 - low.coverage:.0%} of those {_in(low.part)}. Schools enter as they are inspected, and "
                "inspections of many predecessors of today's academies are missing, so that two years do not "
                "show the same schools: changes are told for the same schools only."
            )
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
    last_trace: Days | None = None,
) -> InspectionHistory:
    """Follow the outcomes in force at the end of each year in a region and elsewhere.

    Parameters
    ----------
    judgements
        All inspections, of closed and converted schools too.
    register
        Where each school is, and when it opened and closed.
    scale
        What the outcomes mean.
    region
        As the register writes it.
    years
        Academic years by their ending.
    last_trace
        Shape of the register: the last day on which a file shows a school; NaT for none.

    Returns
    -------
    InspectionHistory

    Raises
    ------
    EmptyData
        When no school of the region was inspected.

    Notes
    -----
    Intervals say how far a share would move with other local authorities of the same kind (schools of one
    authority share its inspectors and its luck), or with other schools where that is more (Wilson's); they
    are no statement about inspectors' agreement. A change is told only within one framework and for the same
    schools.
    """
    grade, unknown = _grades(judgements, scale)
    schools = list_inspected(judgements, register, grade, last_trace)
    _refuse_unknown_region(region, schools)
    part_of = {
        region: schools.region == region,
        ELSEWHERE: (schools.region != region) & (schools.region != ""),
    }
    held = {year: schools.in_force(_end_of(year)) for year in sorted(set(years))}
    shares = tuple(
        _share(year, part, schools, inside, *held[year], scale)
        for year in held
        for part, inside in part_of.items()
        if (inside & (held[year][0] > 0)).any()
    )
    stretches = [
        _stretch(schools, part_of, held, first, last, scale)
        for first, last in _stretches(list(held), scale.breaks)
    ]
    return InspectionHistory(
        shares,
        tuple(stretch for stretch in stretches if stretch.first),
        int((schools.region == "").sum()),
        unknown,
    )


def say_inspections(history: InspectionHistory, scale: InspectionScale) -> tuple[str, ...]:
    """Say in plain words what the shares show.

    Parameters
    ----------
    history, scale
        As followed.

    Returns
    -------
    tuple of str
        The region beside the rest in the last year, what changed for the same schools under each framework,
        and what cannot be compared.
    """
    if not history.shares:
        return ("In none of these years did an inspected school have an outcome in force.",)
    last = {share.part: share for share in history.shares if share.year == history.shares[-1].year}
    lines = [_side_by_side(last)] if len(last) > 1 else []
    lines += [_change(stretch) for stretch in history.stretches]
    covered = [share.year for share in history.shares]
    for year, what in sorted(scale.breaks.items()):
        if min(covered) < year <= max(covered):
            lines.append(
                f"From {AcademicYear(year)}: {what} Figures before and after it do not measure the same."
            )
    return tuple(lines)


def _side_by_side(last: Mapping[str, InspectedShare]) -> str:
    told = [
        f"{_in(part)} {share.less_than_good[0]:.0%} were less than good and {share.outstanding[0]:.0%} "
        "outstanding"
        for part, share in last.items()
    ]
    year = next(iter(last.values())).year
    return f"At the end of {AcademicYear(year)}, of the schools with an outcome, {'; '.join(told)}."


def _change(stretch: Stretch) -> str:
    told = [
        f"{_in(a.part)} ({a.n_schools:,} schools) less than good from {a.less_than_good[0]:.0%} to "
        f"{b.less_than_good[0]:.0%}, outstanding from {a.outstanding[0]:.0%} to {b.outstanding[0]:.0%}"
        for a, b in zip(stretch.first, stretch.last, strict=True)
    ]
    years = f"{AcademicYear(stretch.first[0].year)} to {AcademicYear(stretch.last[0].year)}"
    return f"{years}, one framework, the same schools: {'; '.join(told)}."


def _in(part: str) -> str:
    return part if part == ELSEWHERE else f"in {part}"


def _end_of(year: int) -> np.datetime64:
    return np.datetime64(f"{year}-08-31")


def _refuse_unknown_region(region: str, schools: InspectedSchools) -> None:
    here = np.unique(schools.region)
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


def _stretches(years: Sequence[int], breaks: Mapping[int, str]) -> list[tuple[int, int]]:
    """Cut years where the rules change; a stretch of one year shows no change."""
    cuts = sorted(year for year in breaks if years and years[0] < year <= years[-1])
    begins, ends = [years[0], *cuts], [*cuts, years[-1] + 1]
    inside = [[year for year in years if a <= year < b] for a, b in zip(begins, ends, strict=True)]
    return [(some[0], some[-1]) for some in inside if len(some) > 1]


def _stretch(
    schools: InspectedSchools,
    part_of: Mapping[str, Flags],
    held: Mapping[int, tuple[npt.NDArray[np.int64], Flags]],
    first: int,
    last: int,
    scale: InspectionScale,
) -> Stretch:
    both = (held[first][0] > 0) & (held[last][0] > 0)
    parts = [(part, inside & both) for part, inside in part_of.items() if (inside & both).any()]
    first_shares, last_shares = (
        tuple(_share(year, part, schools, inside, *held[year], scale) for part, inside in parts)
        for year in (first, last)
    )
    return Stretch(first_shares, last_shares)


def _share(
    year: int,
    part: str,
    schools: InspectedSchools,
    inside: Flags,
    grade: npt.NDArray[np.int64],
    inherited: Flags,
    scale: InspectionScale,
) -> InspectedShare:
    chosen = inside & (grade > 0)
    area = schools.authority[chosen]
    return InspectedShare(
        year=year,
        part=part,
        n_schools=int(chosen.sum()),
        n_open=schools.n_open(_end_of(year), np.unique(schools.region[inside])),
        n_inherited=int((inherited & chosen).sum()),
        less_than_good=_interval(grade[chosen] > scale.good, area),
        outstanding=_interval(grade[chosen] <= scale.outstanding, area),
    )


def _interval(has: Flags, area: npt.NDArray[np.int64]) -> tuple[float, float, float]:
    """Return a share with the wider of two intervals: by authorities, and Wilson's by schools."""
    n, p = len(has), float(has.mean())
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * (p * (1 - p) / n + Z**2 / (4 * n**2)) ** 0.5
    together = np.bincount(area, weights=has - p)
    n_areas = max(int((np.bincount(area) > 0).sum()), 2)
    spread = Z * (n_areas / (n_areas - 1) * float((together**2).sum())) ** 0.5 / n
    half = max(half, spread)
    return p, max(0.0, centre - half), min(1.0, centre + half)
