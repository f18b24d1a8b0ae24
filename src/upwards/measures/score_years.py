"""Which years of a measure can be taken together, and why others are left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from upwards.core.catalogue import PublishedMeasure
from upwards.core.errors import UserError
from upwards.measures.breaks import comparable_periods

# a year needs this share of the schools that the fullest year has
ENOUGH = 0.5


class NoUsableYears(UserError, LookupError):
    """Nothing that was asked for can be estimated."""


@dataclass(frozen=True, slots=True)
class UsedYears:
    """Which of the years asked for are used, and why others are not.

    Attributes
    ----------
    asked, used
        Academic years by their ending, ascending.
    notes
        A sentence for each reason.
    """

    asked: tuple[int, ...]
    used: tuple[int, ...]
    notes: tuple[str, ...]


def choose_years(measure: PublishedMeasure, asked: Sequence[int] | None, held: Collection[int]) -> UsedYears:
    """Return the years that can be taken together: held, and on one side of any change of definition.

    Parameters
    ----------
    measure
        With its years, gaps and breaks.
    asked
        Academic years by their ending; None for all.
    held
        Years of which there are figures.

    Returns
    -------
    UsedYears
        Those on the side of the last year of which there are figures.

    Raises
    ------
    NoUsableYears
        When there is no figure of any year asked for.

    Examples
    --------
    >>> one = PublishedMeasure(name="w", title="Writing", unit="points", norm_referenced=True,
    ...                        years=(2016, 2017, 2018, 2019), breaks={2018: "the framework changed"})
    >>> choose_years(one, None, one.years).used
    (2018, 2019)
    """
    known = sorted(set(held) & set(measure.years))
    wanted = tuple(sorted(set(known if asked is None else asked)))
    found = [year for year in wanted if year in known]
    notes = _without_figures(measure, [year for year in wanted if year not in found])
    if not found:
        there = f"There are figures for {write_years(known)}." if known else "No year of it was imported."
        raise NoUsableYears(
            " ".join([f"{measure.title} has no figures for {write_years(wanted)}.", *notes, there])
        )
    *earlier, used = comparable_periods(found, measure.breaks)
    for period in earlier:
        first = next(year for year in sorted(measure.breaks) if year > period[-1])
        notes.append(
            f"{write_years(period)} left out: from {first} another definition holds "
            f"({measure.breaks[first]}), and figures on two definitions are not put together."
        )
    return UsedYears(wanted, used, tuple(notes))


def _without_figures(measure: PublishedMeasure, years: Sequence[int]) -> list[str]:
    notes = []
    for year in years:
        otherwise = "not imported" if year in measure.years else "not published on this definition"
        notes.append(f"There is no figure for {year}: {measure.gaps.get(year, otherwise)}.")
    return notes


def write_years(years: Sequence[int]) -> str:
    """Return the years in words."""
    return ", ".join(map(str, years))


def with_enough_schools(chosen: UsedYears, counts: Mapping[int, int]) -> UsedYears:
    """Leave out years of which a part of the schools only has figures: their mean is not that of all."""
    most = max(counts[year] for year in chosen.used)
    used = tuple(year for year in chosen.used if counts[year] >= ENOUGH * most)
    left_out = tuple(
        f"{year} is left out: {counts[year]:,} schools have a figure, where another year has {most:,}."
        for year in chosen.used
        if year not in used
    )
    return UsedYears(chosen.asked, used, (*chosen.notes, *left_out))
