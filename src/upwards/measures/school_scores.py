"""Published school scores as honest estimates: shrunk, with their uncertainty, never ranked on noise."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import NormalDist

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.errors import UserError
from upwards.core.moments import Ints
from upwards.core.panel import Flags, Floats, SchoolPanel, Texts
from upwards.estimators.area_draws import true_spread
from upwards.estimators.area_effects import estimate_areas
from upwards.estimators.area_model import AreaFit, fit_area_model
from upwards.estimators.area_paths import draw_paths
from upwards.estimators.ranks import Ranks, rank_draws
from upwards.measures.breaks import comparable_periods
from upwards.measures.sampling_errors import SamplingErrors, sampling_errors

FEWEST_SCHOOLS = 10
# the variance between schools moves the share within by 1/n of itself: three rounds leave nothing
ROUNDS = 5
SETTLED = 1e-5
# a year needs this share of the schools that the fullest year has
ENOUGH = 0.5
# a share of the pupil variance between schools that no measure reaches
MOST_BETWEEN = 0.9
# fits with other variances, as likely as the data allow
N_MODELS = 25
# draws ranked at once
CHUNK = 100


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


@dataclass(frozen=True, slots=True, eq=False)
class ScoreFit:
    """The model of one measure over its years.

    Attributes
    ----------
    measure
        What was measured.
    years
        Which are used, T of them, and why others are not.
    school, missing
        Shape (I,) and (I, T): schools with at least one figure that can be used, and why one is missing.
    value, variance
        Shape (I, T): figures and their sampling variances; NaN where there is none that can be used.
    times
        Shape (T,): years since the first.
    fit
        The model of areas.
    n, borrowed
        Shape (I, T): pupils, and whether they are those of another year.
    icc
        Share of the pupil variance that lies between schools; 0 where it is not taken off.
    notes
        What a reader must know.
    """

    measure: PublishedMeasure
    years: UsedYears
    school: Texts
    missing: Texts
    value: Floats
    variance: Floats
    times: Floats
    fit: AreaFit
    n: Floats
    borrowed: Flags
    icc: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SchoolScores:
    """Estimates for I schools, as differences from the mean school of the same year, in the unit.

    Attributes
    ----------
    effect, se
        Shape (I,): what lasts, at the last year: level and trend. With one year: that year's score.
    reliability
        Shape (I,): share of the spread between schools that the data resolve, 0 to 1.
    year_effect, year_se
        Shape (I,): the true score of the last year itself, what passes included.
    ranks
        From joint draws of `effect`, with the uncertainty of the variances in them.
    """

    effect: Floats
    se: Floats
    reliability: Floats
    year_effect: Floats
    year_se: Floats
    ranks: Ranks

    @property
    def p_above_average(self) -> Floats:
        """Return the probability that each school is above the mean school."""
        normal = NormalDist()
        known = self.se > 0
        z = np.divide(self.effect, self.se, out=np.zeros_like(self.se), where=known)
        return np.array([normal.cdf(one) for one in z.tolist()])


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
        there = f"There are figures for {_written(known)}." if known else "No year of it was imported."
        raise NoUsableYears(
            " ".join([f"{measure.title} has no figures for {_written(wanted)}.", *notes, there])
        )
    *earlier, used = comparable_periods(found, measure.breaks)
    for period in earlier:
        first = next(year for year in sorted(measure.breaks) if year > period[-1])
        notes.append(
            f"{_written(period)} left out: from {first} another definition holds ({measure.breaks[first]}), "
            "and figures on two definitions are not put together."
        )
    return UsedYears(wanted, used, tuple(notes))


def _without_figures(measure: PublishedMeasure, years: Sequence[int]) -> list[str]:
    notes = []
    for year in years:
        otherwise = "not imported" if year in measure.years else "not published on this definition"
        notes.append(f"There is no figure for {year}: {measure.gaps.get(year, otherwise)}.")
    return notes


def _written(years: Sequence[int]) -> str:
    return ", ".join(map(str, years))


def fit_scores(
    panel: SchoolPanel,
    measure: PublishedMeasure,
    years: Sequence[int] | None = None,
    *,
    within_schools: bool = True,
) -> ScoreFit:
    """Fit the model that takes published figures as true scores with known chance added.

    Parameters
    ----------
    panel
        The figures; years beyond those asked for lend their numbers of pupils only.
    measure
        What they are.
    years
        Academic years asked for; None for all that can be taken together.
    within_schools
        Whether the spread between schools is taken off the publisher's sampling variance.

    Returns
    -------
    ScoreFit

    Raises
    ------
    NoUsableYears
        When there is no figure for these years, or fewer than ten schools have one that can be used.
    UnknownSamplingError
        When nothing tells the sampling errors.

    Notes
    -----
    The published pupil variance s² contains the spread between schools: s² = within + between. The share
    between (ICC) is estimated from the same figures, in a few rounds: fit, take the share off, fit again.
    Of percentages s² is p(1 - p) with p the mean of the fit.
    True score of a school in a year = mean of the year + level + trend × years + what passes. What passes
    is told from what lasts with two years or more, a trend with three or more.

    References
    ----------
    Fay and Herriot (1979), Estimates of income for small places, JASA 74(366); Rao and Molina (2015),
    Small Area Estimation, chapters 6 and 8.
    """
    errors = sampling_errors(panel, measure)
    usable = np.isfinite(panel.value) & np.isfinite(errors.published)
    counts = dict(zip(panel.years, usable.sum(axis=0).tolist(), strict=True))
    chosen = _with_enough_schools(choose_years(measure, years, [y for y in counts if counts[y]]), counts)
    places = [panel.years.index(year) for year in chosen.used]
    keep = usable[:, places].any(axis=1)
    if keep.sum() < FEWEST_SCHOOLS:
        raise NoUsableYears(
            f"{measure.title} can be used for {int(keep.sum())} schools in {_written(chosen.used)}; telling "
            f"the spread between schools takes {FEWEST_SCHOOLS}. Import more schools' figures, or name "
            "other years."
        )
    cut = (np.flatnonzero(keep)[:, None], np.array(places))
    value = np.where(usable[cut], panel.value[cut], np.nan)
    times = np.array(chosen.used, dtype=np.float64) - chosen.used[0]
    fit, icc, errors = _fit_in_rounds(value, errors, cut, times, within_schools)
    return ScoreFit(
        measure=measure,
        years=chosen,
        school=panel.school[keep],
        missing=panel.missing[cut],
        value=value,
        variance=errors.variance(icc)[cut],
        times=times,
        fit=fit,
        n=errors.n[cut],
        borrowed=errors.borrowed[cut],
        icc=icc,
        notes=(*chosen.notes, *errors.notes(chosen.used), *_notes_of_fit(fit, chosen.used)),
    )


def _with_enough_schools(chosen: UsedYears, counts: Mapping[int, int]) -> UsedYears:
    """Leave out years of which a part of the schools only has figures: their mean is not that of all."""
    most = max(counts[year] for year in chosen.used)
    used = tuple(year for year in chosen.used if counts[year] >= ENOUGH * most)
    left_out = tuple(
        f"{year} is left out: {counts[year]:,} schools have a figure, where another year has {most:,}."
        for year in chosen.used
        if year not in used
    )
    return UsedYears(chosen.asked, used, (*chosen.notes, *left_out))


def _fit_in_rounds(
    value: Floats, errors: SamplingErrors, cut: tuple[Ints, Ints], times: Floats, within_schools: bool
) -> tuple[AreaFit, float, SamplingErrors]:
    """Fit, take the spread between schools off the sampling variance, and fit again."""
    places = cut[1]
    icc = 0.0
    fit = fit_area_model(value, errors.variance()[cut], times=times)
    if not (within_schools and errors.contains_between and np.isfinite(errors.pupil_sd[places]).all()):
        return fit, icc, errors
    for _ in range(ROUNDS):
        mean = np.full(len(errors.years), np.nan)
        mean[places] = fit.mean
        errors = errors.at_means(mean)
        between = float(np.mean(true_spread(fit.parameters, times) ** 2))
        total = float(np.mean(errors.pupil_sd[places] ** 2))
        before, icc = icc, min(between / total, MOST_BETWEEN)
        if abs(icc - before) < SETTLED:
            break
        fit = fit_area_model(value, errors.variance(icc)[cut], times=times)
    return fit, icc, errors


def _notes_of_fit(fit: AreaFit, years: Sequence[int]) -> list[str]:
    notes = []
    if len(years) == 1:
        notes.append(f"With {years[0]} alone, what lasts cannot be told from what passes within a year.")
    elif "trend" in fit.not_identified:
        notes.append("With two years no trend of a school can be told from what passes within a year.")
    if not fit.converged:
        notes.append("The search for the variances did not end at an optimum: do not use these figures.")
    return notes


def score_schools(
    scores: ScoreFit, *, draws: int = 1000, seed: int = 1, top_share: float = 0.2, level: float = 0.95
) -> SchoolScores:
    """Estimate what each school adds, how sure that is, and where the school stands.

    Parameters
    ----------
    scores
        From `fit_scores`.
    draws, seed
        Joint draws for ranks, and their seed.
    top_share
        Share of schools that counts as the top, 0 to 1.
    level
        Of the rank intervals.

    Returns
    -------
    SchoolScores

    Notes
    -----
    Ranks and P(top) come from joint draws of all schools' lasting levels at variances that are drawn too,
    not from the order of estimates.
    """
    last = scores.times[-1:]
    found = estimate_areas(scores.fit, scores.value, scores.variance, at=last)
    effect, se = found.persistent[:, 0], found.persistent_se[:, 0]
    spread = float(lasting_variance(scores.fit, last[0]))
    share = np.divide(se**2, spread, out=np.ones_like(se), where=spread > 0)
    ranks = rank_draws(_draws(scores, draws, seed), top_share=top_share, level=level, varies=bool(spread > 0))
    return SchoolScores(effect, se, np.clip(1.0 - share, 0.0, 1.0), found.effect[:, 0], found.se[:, 0], ranks)


def lasting_variance(fit: AreaFit, time: float) -> float:
    """Return the variance between schools of what lasts, at a time, in the unit squared."""
    return max(fit.level + 2.0 * time * fit.level_trend + time**2 * fit.trend, 0.0)


def _draws(scores: ScoreFit, draws: int, seed: int) -> Iterator[Floats]:
    """Yield joint draws of lasting levels, at variances as likely as the data allow, a chunk at a time."""
    paths = draw_paths(
        scores.fit,
        scores.value,
        scores.variance,
        draws=draws,
        seed=seed,
        at=scores.times[-1:],
        transitory=False,
        n_models=N_MODELS,
    )
    while chunk := list(islice(paths, CHUNK)):
        yield np.concatenate(chunk, axis=1).T
