"""What becomes of schools' levels when nobody in particular does anything: the change to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from upwards.core.panel import Flags, Floats, SchoolRegister
from upwards.measures.breaks import comparable_periods
from upwards.measures.group_areas import StageFigures
from upwards.measures.group_eligibility import Codes, find_rows, is_mainstream

FEWEST_YEARS = 3
# below this many schools a fade is not told from chance
FEWEST_SCHOOLS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Fade:
    """How much of a school's lasting distance from other schools is left a year later.

    Attributes
    ----------
    share
        0 to 1; 1 where levels stay, or where nothing could be learnt.
    drift
        Shape (T,): what becomes of a level of 0 at the first year; it is taken off the figures, so that what
        is left fades towards 0.
    n_schools
        Schools it was learnt from; 0 where nothing could be learnt.
    """

    share: float
    drift: Floats
    n_schools: int


def on_one_definition(
    figures: StageFigures, years: Sequence[int]
) -> tuple[StageFigures, tuple[int, ...], tuple[str, ...]]:
    """Leave out subjects and years that lie across a break of definition.

    Parameters
    ----------
    figures
        Progress at one stage.
    years
        Academic years that are wanted, ascending.

    Returns
    -------
    tuple
        The subjects with at least three years up to the last on one definition; the years that all of them
        have; and what was left out, in sentences.
    """
    kept, shared, notes = [], set(years), []
    breaks = figures.breaks or ({},) * len(figures.panels)
    for k, panel in enumerate(figures.panels):
        held = sorted(set(years) & set(panel.years))
        if not held or figures.errors[k] is None:
            continue
        period = comparable_periods(held, breaks[k])[-1]
        short = len(period) < FEWEST_YEARS
        if len(period) < len(held):
            at = max(b for b in breaks[k] if b <= period[0])
            told = "is left out" if short else f"counts from {period[0]}"
            notes.append(f"{panel.measure} {told}, as it changed in {at}: {breaks[k][at]}.")
        if not short:
            kept.append(k)
            shared &= set(period)
    one = replace(
        figures,
        panels=tuple(figures.panels[k] for k in kept),
        errors=tuple(figures.errors[k] for k in kept),
        breaks=tuple(breaks[k] for k in kept),
    )
    return one, tuple(sorted(shared)), tuple(notes)


def between_share(figures: StageFigures, at: int, year: int) -> float:
    """Return the share of the pupil variance that lies between schools, 0 to 0.9.

    Parameters
    ----------
    figures
        Progress at one stage.
    at, year
        Which subject, and academic year by its ending.

    Returns
    -------
    float
        0 where nothing tells it.

    Notes
    -----
    By moments, schools weighted by pupils: the variance of the figures is icc s² + (1 - icc) v + rounding,
    where v is the mean of the published variances, which contain the share.
    """
    panel, errors = figures.panels[at], figures.errors[at]
    if errors is None or year not in panel.years or not errors.contains_between:
        return 0.0
    t = panel.years.index(year)
    value, published, n = panel.value[:, t], errors.published[:, t], errors.n[:, t]
    has = np.isfinite(value) & np.isfinite(published) & np.isfinite(n)
    pupils = n[has].sum()
    if has.sum() < FEWEST_SCHOOLS or not pupils:
        return 0.0
    weight = n[has] / pupils
    spread = (weight * (value[has] - (weight * value[has]).sum()) ** 2).sum()
    v, whole = (weight * published[has]).sum(), errors.pupil_sd[t] ** 2
    return float(np.clip((spread - v - errors.rounding[t]) / max(whole - v, 1e-12), 0.0, 0.9))


def series_at(
    figures: StageFigures, rows: Sequence[Codes], years: Sequence[int], rho: float
) -> tuple[Floats, Floats]:
    """Return progress over years in pupil standard deviations, mean of the subjects.

    Parameters
    ----------
    figures
        Progress at one stage.
    rows
        For each subject the rows of K schools in its panel, -1 for none.
    years
        T academic years.
    rho
        Correlation of a school's sampling errors across subjects: the same pupils sit them all.

    Returns
    -------
    tuple of ndarray
        Values and sampling variances, freed of the spread between schools, shape (K, T) each; NaN unless
        every subject is there.
    """
    shape = (len(rows[0]) if rows else 0, len(years))
    total, variance, spread = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    n_subjects = 0
    for at, (panel, errors, row) in enumerate(zip(figures.panels, figures.errors, rows, strict=True)):
        if errors is None:
            continue
        value, v = np.full(shape, np.nan), np.full(shape, np.nan)
        for k, year in enumerate(years):
            if year in panel.years:
                t = panel.years.index(year)
                sd = errors.pupil_sd[t]
                chance = errors.variance(between_share(figures, at, year))[:, t]
                value[:, k] = np.where(row >= 0, panel.value[row, t] / sd, np.nan)
                v[:, k] = np.where(row >= 0, chance[row] / sd**2, np.nan)
        total, variance, spread = total + value, variance + v, spread + np.sqrt(v)
        n_subjects += 1
    if not n_subjects:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    shared = variance * (1 - rho) + rho * spread**2
    return total / n_subjects, shared / n_subjects**2


def learn_fade(figures: StageFigures, register: SchoolRegister, years: Sequence[int], rho: float) -> Fade:
    """Learn from all mainstream schools how much of a level is left a year later.

    Parameters
    ----------
    figures
        Progress at one stage, on one definition.
    register
        Kinds of schools.
    years
        T consecutive academic years.
    rho
        Correlation of sampling errors across subjects.

    Returns
    -------
    Fade
    """
    if not figures.panels:
        return Fade(1.0, np.zeros(len(years)), 0)
    school = figures.panels[0].school
    rows = [find_rows(panel.school, school) for panel in figures.panels]
    place = register.places(school)
    kind = np.where(place >= 0, register.kind[place], "") if len(register.kind) else np.full(len(school), "")
    value, _ = series_at(figures, rows, years, rho)
    return fade_of(value[is_mainstream(kind)], np.diff(years) == 1)


def fade_of(value: Floats, follows: Flags) -> Fade:
    """Return how much of a level is left a year later.

    Parameters
    ----------
    value
        Shape (K, T): figures of schools, NaN where there are none.
    follows
        Shape (T - 1,): whether a column is the year after the column before it.

    Returns
    -------
    Fade

    Notes
    -----
    The regression of a year's level on the level of the year before, with the figure of two years before as
    its instrument: chance, and what comes and goes within a year, are in neither covariance. That schools
    were chosen by their level in an earlier year does not change it.

    References
    ----------
    Anderson and Hsiao 1982, *Formulation and estimation of dynamic models using panel data*.

    Examples
    --------
    >>> level = np.random.default_rng(1).normal(size=(200, 1))
    >>> round(fade_of(level * [1, 0.8, 0.64, 0.512], np.ones(3, dtype=bool)).share, 3)
    0.8
    """
    n_years = value.shape[1]
    later, earlier, n_schools = 0.0, 0.0, 0
    for t in range(1, n_years - 1):
        has = np.isfinite(value[:, t - 1 : t + 2]).all(axis=1)
        if has.sum() < FEWEST_SCHOOLS or not follows[t - 1 : t + 1].all():
            continue
        before = value[has, t - 1] - value[has, t - 1].mean()
        later += float(before @ value[has, t + 1])
        earlier += float(before @ value[has, t])
        n_schools = max(n_schools, int(has.sum()))
    if not n_schools or earlier <= 0:
        return Fade(1.0, np.zeros(n_years), 0)
    share = float(np.clip(later / earlier, 0.0, 1.0))
    drift = np.zeros(n_years)
    for t in range(1, n_years):
        both = np.isfinite(value[:, t - 1]) & np.isfinite(value[:, t])
        step = float((value[both, t] - share * value[both, t - 1]).mean()) if both.any() else 0.0
        drift[t] = step + share * drift[t - 1]
    return Fade(share, drift, n_schools)
