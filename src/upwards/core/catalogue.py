"""What a published measure is: its unit, its years, and what can be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from upwards.core.errors import UserError, near_misses


class UnknownMeasure(UserError, LookupError):
    """A measure was named that is not in the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedMeasure:
    """One measure that a country publishes for its schools.

    Attributes
    ----------
    name
        As in ``school_measures.measure``, such as ``"ks2.reading_progress"``.
    title
        As a reader would say it.
    unit
        What it counts, such as ``"scaled score points"`` or ``"percent of pupils"``.
    stage, subject
        Whom and what it is about; None for all.
    norm_referenced
        Whether its national mean is fixed every year, so that no rise of a whole system can show.
    years
        Academic years (by their ending) in which it was published on this definition.
    breaks
        Year (by its ending) from which another definition holds, and what changed, in words.
    pupil_sd
        National pupil standard deviation by year, in the unit; published or implied by the files.
    gaps
        Year to the reason why there is no figure, in words.
    """

    name: str
    title: str
    unit: str
    stage: str | None = None
    subject: str | None = None
    norm_referenced: bool
    years: tuple[int, ...]
    breaks: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    pupil_sd: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    gaps: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))


def find_measure(name: str, catalogue: Mapping[str, PublishedMeasure]) -> PublishedMeasure:
    """Return the measure of that name.

    Raises
    ------
    UnknownMeasure
        If there is none; near misses are named.

    Examples
    --------
    >>> one = PublishedMeasure(name="a", title="A", unit="points", norm_referenced=True, years=(2019,))
    >>> find_measure("a", {"a": one}).title
    'A'
    """
    if name not in catalogue:
        hint = near_misses(name, catalogue) or "."
        raise UnknownMeasure(f"There is no measure {name!r}{hint} There are: {', '.join(sorted(catalogue))}.")
    return catalogue[name]
