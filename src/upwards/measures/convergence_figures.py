"""Figures of schools to follow: percentages with their own chance, others with the pupil SD of the year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.moments import Floats
from upwards.core.panel import SchoolPanel
from upwards.measures.convergence_checks import PupilScale
from upwards.measures.convergence_groups import FollowedFigures
from upwards.measures.sampling_errors import sampling_errors
from upwards.measures.school_scores import ScoreFit

BOUNDED = (
    "Percentages are bounded: a mean that nears 0 % or 100 % squeezes the differences, and one that leaves "
    "them lets them grow, without any school having caught up or fallen behind."
)
# by which share a pupil SD may be wrong: published, read off published intervals, or of another year
PUBLISHED, IMPLIED, NEAREST = 0.01, 0.03, 0.10


def follow_figures(
    panel: SchoolPanel,
    measure: PublishedMeasure,
    fit: ScoreFit,
    sd_sources: Mapping[int, str],
    notes: Sequence[str] = (),
) -> FollowedFigures:
    """Return figures to follow, with sampling variances for moments.

    Parameters
    ----------
    panel, measure
        What was published.
    fit
        The model of schools, for its choice of years and schools and for its sampling variances.
    sd_sources
        Year to where its pupil standard deviation comes from, in words, as the catalogue has it.
    notes
        What a reader must know.

    Returns
    -------
    FollowedFigures
        Percentages have p(1 - p)/(n - 1), which is right on average at every school whatever its level, and
        are weighed by p(1 - p)/n with the p of all schools and years; a figure of one pupil has none.
    """
    errors = sampling_errors(panel, measure)
    years = fit.years.used
    places = [panel.years.index(year) for year in years]
    figures = FollowedFigures(measure, years, fit.school, fit.value, fit.variance, fit.n, tuple(notes))
    if errors.is_percent:
        own, smooth = of_percentages(fit.value, fit.n, errors.rounding[places], multiple=fit.multiple)
        counted = np.isfinite(fit.variance)
        return replace(
            figures,
            variance=np.where(counted, own, np.nan),
            smooth=np.where(counted & np.isfinite(own), smooth, np.nan),
            pupils=fit.n / fit.multiple,
            notes=(*notes, BOUNDED),
        )
    by_interval = (errors.basis[:, places] == "interval").sum(axis=0) > 0.5 * np.isfinite(
        panel.value[:, places]
    ).sum(axis=0)
    unknown = [
        uncertainty_of(sd_sources.get(year, ""), by_interval=one, borrowed=year in errors.sd_of)
        for year, one in zip(years, by_interval.tolist(), strict=True)
    ]
    return replace(figures, scale=PupilScale(errors.pupil_sd[places], np.array(unknown)))


def of_percentages(
    value: Floats, n: Floats, rounding: Floats, *, multiple: float = 1.0
) -> tuple[Floats, Floats]:
    """Return sampling variances of percentages: each school's own, and one that depends on pupils only.

    Parameters
    ----------
    value, n
        Shape (I, T): percent, and pupils.
    rounding
        Shape (T,): variance of rounding.
    multiple
        What passes with a cohort, as a multiple of sampling.

    Returns
    -------
    tuple of ndarray
        Shape (I, T) both.

    Examples
    --------
    >>> own, smooth = of_percentages(np.array([[20.0]]), np.array([[17.0]]), np.zeros(1))
    >>> float(own[0, 0]), round(float(smooth[0, 0]), 3)
    (100.0, 94.118)
    """
    share = value / 100.0
    known = np.isfinite(share) & (n > 1)
    usual = float(np.sum(share * n, where=known) / max(np.sum(n, where=known), 1.0))
    size = np.where(known, n, np.nan)
    own = multiple * 1e4 * share * (1 - share) / (size - 1) + rounding
    return own, multiple * 1e4 * usual * (1 - usual) / size + rounding


def uncertainty_of(source: str, *, by_interval: bool, borrowed: bool) -> float:
    """Return by which share a year's pupil standard deviation may be wrong.

    Parameters
    ----------
    source
        Where it comes from, in the catalogue's words; ``""`` where it is not in the catalogue.
    by_interval
        Whether most figures of the year came with an interval, computed from the publisher's own.
    borrowed
        Whether it is that of another year.

    Returns
    -------
    float

    Examples
    --------
    >>> uncertainty_of("nearest year's: 2018", by_interval=False, borrowed=False)
    0.1
    """
    if by_interval:
        return IMPLIED
    if borrowed or source.startswith("nearest"):
        return NEAREST
    return IMPLIED if source.startswith("implied") or not source else PUBLISHED
