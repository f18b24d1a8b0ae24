"""Published school scores as honest estimates: shrunk, with their uncertainty, never ranked on noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import NormalDist

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.moments import Ints
from upwards.core.panel import Flags, Floats, SchoolPanel, Texts
from upwards.estimators.area_draws import true_spread
from upwards.estimators.area_effects import estimate_areas
from upwards.estimators.area_fading import FadingFit, fit_fading_model
from upwards.estimators.area_model import AreaFit, fit_area_model
from upwards.estimators.area_paths import draw_paths
from upwards.estimators.ranks import Ranks, rank_draws
from upwards.measures.chance_factor import learn_chance_slope
from upwards.measures.compared_schools import Comparison, compare_all, take_schools
from upwards.measures.sampling_errors import SamplingErrors, sampling_errors
from upwards.measures.score_years import (
    NoUsableYears,
    UsedYears,
    choose_years,
    with_enough_schools,
    write_years,
)

FEWEST_SCHOOLS = 10
# the variance between schools moves the share within by 1/n of itself: three rounds leave nothing
ROUNDS = 5
SETTLED = 1e-5
# a share of the pupil variance between schools that no measure reaches
MOST_BETWEEN = 0.9
# difference in log-likelihood below which two models count as equally good
CLEARLY = 2.0
# fits with other variances, as likely as the data allow
N_MODELS = 25
# draws ranked at once
CHUNK = 100


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
        Shape (I, T): figures, and the variance of what passes with their cohorts: sampling, times `multiple`;
        NaN where there is none that can be used.
    times
        Shape (T,): years since the first.
    fit
        The model of areas.
    n, borrowed
        Shape (I, T): pupils, and whether they are those of another year.
    icc
        Share of the pupil variance that lies between schools; 0 where it is not taken off.
    multiple
        What passes with a cohort, as a multiple of its sampling variance: 1 is sampling alone.
    fading
        The same figures with a level that fades instead of a trend; None where no trend was fitted.
    notes
        What a reader must know.
    aside, aside_status
        Figures of the schools that are not compared in the last year, and why each is not.
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
    multiple: float
    fading: FadingFit | None
    notes: tuple[str, ...]
    aside: SchoolPanel
    aside_status: Texts

    @property
    def current(self) -> Flags:
        """Which schools have a figure in the last year, shape (I,)."""
        return np.isfinite(self.value[:, -1])


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
        From joint draws of `effect`, with the uncertainty of the variances in them; of the schools with a
        figure in the last year, NaN for the others.
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


def fit_scores(
    panel: SchoolPanel,
    measure: PublishedMeasure,
    years: Sequence[int] | None = None,
    *,
    within_schools: bool = True,
    comparison: Comparison | None = None,
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
    comparison
        Which schools are learnt from, from `compare_mainstream`; None: all.

    Returns
    -------
    ScoreFit
        Of the schools that are compared.

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
    Of percentages s² is p(1 - p) with p the mean of the fit. Where differences of two years rise faster with
    1/n than sampling explains, the rest that passes with a cohort is counted with it (`chance_factor`).
    True score of a school in a year = mean of the year + level + trend × years + what passes. What passes
    is told from what lasts with two years or more, a trend with three or more.

    References
    ----------
    Fay and Herriot (1979), Estimates of income for small places, JASA 74(366); Rao and Molina (2015),
    Small Area Estimation, chapters 6 and 8.
    """
    everyone, comparison = panel, comparison or compare_all(panel)
    panel = take_schools(panel, comparison.compared)
    errors = sampling_errors(panel, measure)
    usable = np.isfinite(panel.value) & np.isfinite(errors.published)
    counts = dict(zip(panel.years, usable.sum(axis=0).tolist(), strict=True))
    chosen = with_enough_schools(choose_years(measure, years, [y for y in counts if counts[y]]), counts)
    places = [panel.years.index(year) for year in chosen.used]
    keep = usable[:, places].any(axis=1)
    _check_enough(int(keep.sum()), measure, chosen)
    cut = (np.flatnonzero(keep)[:, None], np.array(places))
    value = np.where(usable[cut], panel.value[cut], np.nan)
    times = np.array(chosen.used, dtype=np.float64) - chosen.used[0]
    found = _fit_in_rounds(value, errors, cut, times, within_schools)
    variance = found.errors.variance(found.icc, found.multiple)[cut]
    trended = "trend" in found.fit.fitted
    fading = fit_fading_model(value, variance, times=times) if trended else None
    aside, status = _aside(everyone, comparison, chosen.used[-1])
    return ScoreFit(
        measure=measure,
        years=chosen,
        school=panel.school[keep],
        missing=panel.missing[cut],
        value=value,
        variance=variance,
        times=times,
        fit=found.fit,
        n=errors.n[cut],
        borrowed=errors.borrowed[cut],
        icc=found.icc,
        multiple=found.multiple,
        fading=fading,
        notes=(
            *chosen.notes,
            *comparison.notes(np.asarray(np.isfinite(everyone.value[:, places]).any(axis=1))),
            *errors.notes(chosen.used),
            *_notes_of_fit(found.fit, chosen.used, found.multiple),
            *_notes_of_trend(found.fit, fading, chosen.used),
        ),
        aside=aside,
        aside_status=status,
    )


def _check_enough(n_schools: int, measure: PublishedMeasure, chosen: UsedYears) -> None:
    if n_schools < FEWEST_SCHOOLS:
        raise NoUsableYears(
            f"{measure.title} can be used for {n_schools} schools in {write_years(chosen.used)}; telling "
            f"the spread between schools takes {FEWEST_SCHOOLS}. Import more schools' figures, or name "
            "other years."
        )


def _aside(panel: SchoolPanel, comparison: Comparison, year: int) -> tuple[SchoolPanel, Texts]:
    """Return the schools that are not compared and have a figure in the last year, and why they are not."""
    shown = ~comparison.compared & np.isfinite(panel.value[:, panel.years.index(year)])
    return take_schools(panel, shown), comparison.status[shown]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A fit, and the variances that it was made with."""

    fit: AreaFit
    icc: float
    multiple: float
    errors: SamplingErrors


def _fit_in_rounds(
    value: Floats, errors: SamplingErrors, cut: tuple[Ints, Ints], times: Floats, within_schools: bool
) -> _Found:
    """Fit, take the spread between schools off the sampling variance, and fit again."""
    places = cut[1]
    if not (within_schools and errors.contains_between and np.isfinite(errors.pupil_sd[places]).all()):
        return _Found(fit_area_model(value, errors.variance()[cut], times=times), 0.0, 1.0, errors)
    found = _fit_with(value, errors, cut, times, 0.0)
    for _ in range(ROUNDS):
        mean = np.full(len(errors.years), np.nan)
        mean[places] = found.fit.mean
        errors = errors.at_means(mean)
        between = float(np.mean(true_spread(found.fit.parameters, times) ** 2))
        total = float(np.mean(errors.pupil_sd[places] ** 2))
        icc = min(between / total, MOST_BETWEEN)
        if abs(icc - found.icc) < SETTLED:
            break
        found = _fit_with(value, errors, cut, times, icc)
    return found


def _fit_with(
    value: Floats, errors: SamplingErrors, cut: tuple[Ints, Ints], times: Floats, icc: float
) -> _Found:
    """Fit with this share between schools, and what differences of two years say of chance."""
    multiple = 1.0
    if value.shape[1] > 1:
        places = cut[1]
        slope = learn_chance_slope(
            value, errors.published[cut], errors.rounding[places], errors.borrowed[cut]
        )
        multiple = slope.multiple(icc)
    fit = fit_area_model(value, errors.variance(icc, multiple)[cut], times=times)
    return _Found(fit, icc, multiple, errors)


def _notes_of_fit(fit: AreaFit, years: Sequence[int], multiple: float) -> list[str]:
    notes = []
    if len(years) == 1:
        notes.append(
            f"With {years[0]} alone, what lasts cannot be told from what passes within a year, nor whether "
            "more than sampling passes with a small cohort."
        )
    if multiple > 1.0:
        notes.append(
            f"Figures of two years differ, the more the fewer pupils a school has, by more than sampling "
            f"explains: what passes with a cohort is taken as {multiple:.2f} times its sampling variance."
        )
    elif "trend" in fit.not_identified:
        notes.append("With two years no trend of a school can be told from what passes within a year.")
    if not fit.converged:
        notes.append("The search for the variances did not end at an optimum: do not use these figures.")
    return notes


def _notes_of_trend(fit: AreaFit, fading: FadingFit | None, years: Sequence[int]) -> list[str]:
    """Say whether schools that drift apart do so along trends, or are replaced little by little."""
    if fading is None:
        return []
    better = fading.restricted_log_likelihood - fit.restricted_log_likelihood
    if abs(better) < CLEARLY:
        which = "the two fit about as well"
    else:
        which = (
            f"{'fading fits' if better > 0 else 'trends fit'} better, by {abs(better):.0f} in log-likelihood"
        )
    return [
        f"Whether schools have trends of their own, or levels that fade ({fading.kept:.0%} kept from a year "
        f"to the next), {len(years)} years tell only roughly: {which}. Levels that fade alone give a "
        "spread of trends above 0, so that it is no sign that schools go on rising or falling."
    ]


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
    drawn = _draws(scores, draws, seed)
    ranks = rank_draws(drawn, top_share=top_share, level=level, varies=bool(spread > 0))
    ranks = _among(ranks, scores.current)
    return SchoolScores(effect, se, np.clip(1.0 - share, 0.0, 1.0), found.effect[:, 0], found.se[:, 0], ranks)


def _among(ranks: Ranks, ranked: Flags) -> Ranks:
    """Return the ranks of some schools among all; NaN for the others."""

    def spread_out(some: Floats) -> Floats:
        found = np.full(len(ranked), np.nan)
        found[ranked] = some
        return found

    p_top = None if ranks.p_top is None else spread_out(ranks.p_top)
    return Ranks(spread_out(ranks.expected), spread_out(ranks.lower), spread_out(ranks.upper), p_top)


def lasting_variance(fit: AreaFit, time: float) -> float:
    """Return the variance between schools of what lasts, at a time, in the unit squared."""
    return max(fit.level + 2.0 * time * fit.level_trend + time**2 * fit.trend, 0.0)


def _draws(scores: ScoreFit, draws: int, seed: int) -> Iterator[Floats]:
    """Yield joint draws of lasting levels, at variances as likely as the data allow, a chunk at a time."""
    paths = draw_paths(
        scores.fit,
        scores.value[scores.current],
        scores.variance[scores.current],
        draws=draws,
        seed=seed,
        at=scores.times[-1:],
        transitory=False,
        n_models=N_MODELS,
    )
    while chunk := list(islice(paths, CHUNK)):
        yield np.concatenate(chunk, axis=1).T
