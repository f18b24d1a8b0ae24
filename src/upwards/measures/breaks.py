"""Breaks: years of one measure that can be compared, and those that cannot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from upwards.core.catalogue import PublishedMeasure
from upwards.core.errors import EmptyData, UserError


class AcrossBreak(UserError, ValueError):
    """A comparison was asked for across a year from which another definition holds."""


@dataclass(frozen=True, slots=True)
class ComparableYears:
    """Years of one measure on one definition.

    Attributes
    ----------
    years
        Academic years (by their ending) with figures, ascending.
    notes
        Years asked for without figures, each with its reason, in sentences.
    """

    years: tuple[int, ...]
    notes: tuple[str, ...]


def comparable_periods(
    years: Sequence[int], breaks: Collection[int], *, restated: Collection[int] = ()
) -> tuple[tuple[int, ...], ...]:
    """Divide years at the breaks of a measure.

    Parameters
    ----------
    years
        Academic years by their ending, any order.
    breaks
        Years from which another definition holds.
    restated
        Breaks of which both sides have been restated on one definition.

    Returns
    -------
    tuple of tuple of int
        Years that can be compared with each other, ascending.

    Examples
    --------
    >>> comparable_periods([2014, 2015, 2016, 2017], [2016])
    ((2014, 2015), (2016, 2017))
    """
    periods: list[list[int]] = []
    for year in sorted(set(years)):
        before = periods[-1][-1] if periods else None
        divided = before is None or any(before < b <= year for b in breaks if b not in restated)
        if divided:
            periods.append([])
        periods[-1].append(year)
    return tuple(tuple(period) for period in periods)


def choose_comparable_years(
    measure: PublishedMeasure,
    asked: Sequence[int] | None = None,
    *,
    held: Collection[int] | None = None,
    restated: Collection[int] = (),
) -> ComparableYears:
    """Return the years of a measure that a comparison may use, or refuse a comparison across a break.

    Parameters
    ----------
    measure
        The measure, with its years, breaks and gaps.
    asked
        Academic years by their ending; None for the latest period on one definition.
    held
        Years for which figures were imported; None for all that were published.
    restated
        Breaks of which both sides have been restated on one definition.

    Returns
    -------
    ComparableYears
        Years of `asked` with figures; the others are named with their reason.

    Raises
    ------
    AcrossBreak
        When the years lie on both sides of a break; the message offers the periods that can be compared.
    EmptyData
        When there are no figures at all in these years.

    Examples
    --------
    >>> one = PublishedMeasure(name="p8", title="Progress 8", unit="grades", norm_referenced=True,
    ...                        years=(2018, 2019, 2022), gaps={2020: "no examinations"})
    >>> chosen = choose_comparable_years(one, [2018, 2019, 2020])
    >>> chosen.years, chosen.notes
    ((2018, 2019), ('Progress 8 has no figure for 2020: no examinations.',))
    """
    there = set(measure.years) if held is None else set(measure.years) & set(held)
    if asked is None:
        periods = comparable_periods(sorted(there), measure.breaks, restated=restated)
        chosen = periods[-1] if periods else ()
        earlier = periods[:-1]
        notes = [f"Earlier years are on another definition: {written_periods(earlier)}."] if earlier else []
    else:
        chosen = tuple(sorted(there & set(asked)))
        notes = _without_figures(measure, sorted(set(asked) - set(chosen)))
        _refuse_breaks(measure, chosen, restated)
    if not chosen:
        raise EmptyData(_nothing(measure, sorted(there), notes))
    return ComparableYears(chosen, tuple(notes))


def written_periods(periods: Sequence[Sequence[int]]) -> str:
    """Return periods as a reader writes them.

    Parameters
    ----------
    periods
        Years of each period, ascending.

    Returns
    -------
    str

    Examples
    --------
    >>> written_periods([(2014, 2015), (2016,), (2019,)])
    '2014-2015, 2016 or 2019'
    """
    written = [f"{p[0]}-{p[-1]}" if len(p) > 1 else str(p[0]) for p in periods]
    return " or ".join(filter(None, [", ".join(written[:-1]), *written[-1:]]))


def _without_figures(measure: PublishedMeasure, years: Sequence[int]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for year in years:
        imported = (
            "published, but not imported" if year in measure.years else "not published on this definition"
        )
        by_reason.setdefault(measure.gaps.get(year, imported), []).append(str(year))
    return [f"{measure.title} has no figure for {', '.join(y)}: {r}." for r, y in by_reason.items()]


def _refuse_breaks(measure: PublishedMeasure, years: Sequence[int], restated: Collection[int]) -> None:
    periods = comparable_periods(years, measure.breaks, restated=restated)
    if len(periods) < 2:
        return
    first = next(b for b in sorted(measure.breaks) if b not in restated and years[0] < b <= years[-1])
    raise AcrossBreak(
        f"{measure.title} changed in {first}: {measure.breaks[first]}. A comparison across it would compare "
        f"two definitions. Ask for years on one side: {written_periods(periods)}."
    )


def _nothing(measure: PublishedMeasure, there: Sequence[int], notes: Sequence[str]) -> str:
    has = (
        f"There are figures for {', '.join(map(str, there))}." if there else "None of its years is imported."
    )
    return " ".join([f"{measure.title} has no figures in these years.", *notes[:1], has])
