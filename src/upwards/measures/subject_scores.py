"""Several subjects of one year together: what one tells of another, and how much hangs on an assumption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from upwards.core.panel import Floats, Texts
from upwards.estimators.area_subjects import SubjectFit, fit_subject_model
from upwards.estimators.ranks import Ranks, rank_draws
from upwards.measures.school_scores import CHUNK, SchoolScores, ScoreFit
from upwards.measures.score_years import NoUsableYears


@dataclass(frozen=True, slots=True, eq=False)
class SubjectScores:
    """S subjects of I schools in one year.

    Attributes
    ----------
    apart
        Each subject by itself, S of them.
    school
        Shape (I,): schools with a figure in any subject.
    fit
        The subjects together, at the correlation of the setting.
    varied
        The same at other correlations.
    """

    apart: tuple[ScoreFit, ...]
    school: Texts
    fit: SubjectFit
    varied: tuple[SubjectFit, ...]


def fit_subjects(
    apart: Sequence[ScoreFit], *, correlation: float, varied: Sequence[float] = ()
) -> SubjectScores:
    """Fit several subjects of one year together.

    Parameters
    ----------
    apart
        Each subject by itself, of the same year.
    correlation
        Of a school's sampling errors between subjects: the same pupils sat them. Published figures do not
        tell it.
    varied
        Other correlations to fit with, so that the answer shows how much hangs on it.

    Returns
    -------
    SubjectScores

    Raises
    ------
    NoUsableYears
        When the subjects are not all of the same one year.
    EmptyData
        When two subjects have too few schools in common.
    """
    years = {one.years.used for one in apart}
    if len(years) > 1 or len(next(iter(years))) > 1:
        raise NoUsableYears(
            "Several measures are estimated together for one year that all of them have; here there are "
            f"{' and '.join(sorted(', '.join(map(str, y)) for y in years))}. Name one year, such as "
            f"--years {max(max(y) for y in years)}."
        )
    school = np.unique(np.concatenate([one.school for one in apart]))
    value, variance = np.full((2, len(school), len(apart)), np.nan)
    for s, one in enumerate(apart):
        rows = np.searchsorted(school, one.school)
        value[rows, s], variance[rows, s] = one.value[:, 0], one.variance[:, 0]
    fits = [fit_subject_model(value, variance, correlation=c) for c in (correlation, *varied)]
    return SubjectScores(tuple(apart), school, fits[0], tuple(fits[1:]))


def score_subject(
    subjects: SubjectScores,
    place: int,
    *,
    draws: int = 1000,
    seed: int = 1,
    top_share: float = 0.2,
    level: float = 0.95,
) -> SchoolScores:
    """Return the estimates of one subject with what the others tell of it.

    Parameters
    ----------
    subjects
        From `fit_subjects`.
    place
        Which of them.
    draws, seed, top_share, level
        As in `school_scores.score_schools`.

    Returns
    -------
    SchoolScores
        For the schools that have this subject, in the order of its own fit.
    """
    rows = np.searchsorted(subjects.school, subjects.apart[place].school)
    effect, se = subjects.fit.effect[rows, place], subjects.fit.se[rows, place]
    ranks = _ranks(effect, se, draws, seed, top_share, level, bool(subjects.fit.covariance[place, place] > 0))
    return SchoolScores(effect, se, subjects.fit.reliability[rows, place], effect, se, ranks)


def _ranks(
    effect: Floats, se: Floats, draws: int, seed: int, top_share: float, level: float, varies: bool
) -> Ranks:
    rng = np.random.default_rng(seed)
    sizes = [min(CHUNK, draws - done) for done in range(0, draws, CHUNK)]
    chunks = (effect + se * rng.standard_normal((size, len(effect))) for size in sizes)
    return rank_draws(chunks, top_share=top_share, level=level, varies=varies)


def subjects_to_rows(subjects: SubjectScores) -> list[dict[str, Any]]:
    """Return, per correlation of sampling errors and subject, what would be estimated, in plain types.

    Parameters
    ----------
    subjects
        From `fit_subjects`.

    Returns
    -------
    list of dict
        ``correlation, used, measure, sd, mean_se, mean_change, largest_change, true_correlations``: the true
        spread, the mean standard error, the mean and largest change of a school's effect against the
        correlation used, and the true correlation with each other measure (None where a spread is 0).
    """
    names = [one.measure.name for one in subjects.apart]
    rows = []
    for fit in sorted((subjects.fit, *subjects.varied), key=lambda one: one.error_correlation):
        for s, name in enumerate(names):
            change = np.abs(fit.effect[:, s] - subjects.fit.effect[:, s])
            others = {
                other: float(fit.correlation[s, o]) if np.isfinite(fit.correlation[s, o]) else None
                for o, other in enumerate(names)
                if o != s
            }
            rows.append(
                {
                    "correlation": fit.error_correlation,
                    "used": fit is subjects.fit,
                    "measure": name,
                    "sd": float(np.sqrt(fit.covariance[s, s])),
                    "mean_se": float(fit.se[:, s].mean()),
                    "mean_change": float(change.mean()),
                    "largest_change": float(change.max()),
                    "true_correlations": others,
                }
            )
    return rows
