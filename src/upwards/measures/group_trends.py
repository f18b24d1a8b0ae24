"""Groups of schools over time, and what their disadvantaged pupils reach: two of the areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from upwards.core.panel import Flags, Floats, GroupPanel, SchoolRegister
from upwards.estimators.group_model import TooFewGroups, fit_group_model
from upwards.measures.group_areas import (
    MEASURED,
    NOT_PUBLISHED,
    TOO_FEW,
    Area,
    Official,
    StageFigures,
    area_from_model,
    empty_area,
    recompute_official,
    take_published,
    with_official,
)
from upwards.measures.group_eligibility import GroupMembers, GroupRule, rows_in_panel
from upwards.measures.group_fade import FEWEST_YEARS, Fade, learn_fade, on_one_definition, series_at


def series_of(
    figures: StageFigures, members: GroupMembers, register: SchoolRegister, years: Sequence[int], rho: float
) -> tuple[Floats, Floats]:
    """Return each member's progress over years in pupil standard deviations, mean of the subjects.

    Parameters
    ----------
    figures
        Progress at one stage.
    members, register
        Schools of groups.
    years
        T academic years.
    rho
        Correlation of a school's sampling errors across subjects: the same pupils sit them all.

    Returns
    -------
    tuple of ndarray
        Values and sampling variances, shape (M, T) each; NaN unless every subject is there.
    """
    rows = [rows_in_panel(members, register, panel) for panel in figures.panels]
    if not rows:
        nothing = np.full((len(members.school), len(years)), np.nan)
        return nothing, nothing
    return series_at(figures, rows, years, rho)


def passing_variance(value: Floats, variance: Floats, fade: float = 1.0) -> float:
    """Return the variance of what comes and goes from year to year beyond chance and a school's own path.

    Parameters
    ----------
    value, variance
        Shape (K, T): figures and sampling variances, NaN where there are none.
    fade
        What is left of a level a year later, 0 to 1.

    Returns
    -------
    float
        Not below 0; 0 where no school has three years.

    Notes
    -----
    By moments: the scatter about each school's own path, a level that fades and a trend, has expectation
    (T - 2) times it plus the sum of (1 - leverage) times sampling variances.
    """
    has = np.isfinite(value) & np.isfinite(variance)
    has = has[has.sum(axis=1) >= FEWEST_YEARS]
    y, v = (part[(np.isfinite(value) & np.isfinite(variance)).sum(axis=1) >= FEWEST_YEARS]
            for part in (value, variance))  # fmt: skip
    if not len(y):
        return 0.0
    y, v = np.where(has, y, 0), np.where(has, v, 0)
    level, time = _path(has, has.astype(np.float64), fade)
    squares = [(part**2).sum(axis=1, keepdims=True) for part in (level, time)]
    rest = y - sum(
        (part * y).sum(axis=1, keepdims=True) / square * part
        for part, square in zip((level, time), squares, strict=True)
    )
    leverage = level**2 / squares[0] + time**2 / squares[1]
    chance = np.where(has, (1 - leverage) * v, 0).sum()
    return float(max(((rest**2).sum() - chance) / (has.sum(axis=1) - 2).sum(), 0.0))


def _path(has: Flags, weight: Floats, fade: float) -> tuple[Floats, Floats]:
    """Return a level that fades from a school's first year, and time since then with that taken out of it."""
    time = np.arange(has.shape[1]) - has.argmax(axis=1)[:, None]
    level = np.where(has, fade ** np.maximum(time, 0), 0.0)
    since = np.where(has, time, 0).astype(np.float64)
    square = (weight * level**2).sum(axis=1, keepdims=True)
    return level, since - level * (weight * level * since).sum(axis=1, keepdims=True) / np.where(
        square > 0, square, 1
    )


def trends(value: Floats, variance: Floats, passing: float, fade: float = 1.0) -> tuple[Floats, Floats]:
    """Return each school's change per year beyond what its level at the start led to expect.

    Parameters
    ----------
    value, variance
        Shape (K, T), NaN where there is no figure.
    passing
        Variance of what comes and goes, from `passing_variance`.
    fade
        What is left of a level a year later, 0 to 1; 1 gives the straight trend.

    Returns
    -------
    tuple of ndarray
        Change and its variance, shape (K,) each; NaN with fewer than three years.

    Notes
    -----
    The figures are regressed on time since the first year and on a level that fades from it. The level is
    estimated with the trend and not shrunk: what is taken off has no error that leans towards schools that
    began low.
    """
    has = np.isfinite(value) & np.isfinite(variance)
    enough = has.sum(axis=1) >= FEWEST_YEARS
    weight = np.where(has, 1 / (np.where(has, variance, 1) + passing), 0)
    _, time = _path(has, weight, fade)
    square = np.where(enough, (weight * time**2).sum(axis=1), 1)
    slope = (weight * time * np.where(has, value, 0)).sum(axis=1) / square
    return np.where(enough, slope, np.nan), np.where(enough, 1 / square, np.nan)


def measure_improvement(
    stages: Sequence[StageFigures],
    *,
    members: GroupMembers,
    register: SchoolRegister,
    counted: Flags,
    years: Sequence[int],
    rho: float,
    size: float,
    absent: str = NOT_PUBLISHED,
) -> Area:
    """Measure how schools' progress changed while they were in the group.

    Parameters
    ----------
    stages
        Progress per stage.
    members, register
        Schools of groups.
    counted
        Shape (M,): members that count at any stage.
    years
        The last years, ascending.
    rho
        Correlation of sampling errors across subjects.
    size
        Of a high-performing trust, in pupil standard deviations over the whole span.
    absent
        Status of every group where there is no change to be told, as in `measure_disadvantaged`.

    Returns
    -------
    Area
        In pupil standard deviations a year, beyond the change that was to be expected.

    Notes
    -----
    Years before a school's first full year in the group are left out, and so are years and subjects across
    a break of definition. What comes and goes from year to year is given its own variance. Levels fade:
    schools that begin low rise on average whoever runs them, so that a group that takes on such schools
    would seem to improve them. The change that the level of the first year leads to expect, by the fade of
    all schools, is therefore taken off.
    """
    name, unit = "improvement", "pupil SD a year"
    slopes, variances, groups, notes = [], [], [], []
    n_groups = members.n_groups
    for all_figures in stages:
        figures, span, left_out = on_one_definition(all_figures, years)
        fade = learn_fade(figures, register, span, rho)
        value, variance = series_of(figures, members, register, span, rho)
        value = value - fade.drift
        passing = passing_variance(value, variance, fade.share)
        began = members.year - members.full_years + 1
        inside = (np.array(span) >= began[:, None]) & (members.full_years > 0)[:, None]
        slope, v = trends(np.where(inside, value, np.nan), variance, passing, fade.share)
        used = counted & np.isfinite(slope)
        slopes.append(slope[used])
        variances.append(v[used])
        groups.append(members.group[used])
        notes += [*left_out, *([_said_of_fade(figures, fade)] if used.any() else [])]
    group = np.concatenate(groups) if groups else np.zeros(0, dtype=np.int64)
    has = np.bincount(group, minlength=n_groups) > 0
    if not has.any():
        return empty_area(name, unit, n_groups, np.full(n_groups, absent))
    status = np.where(members.count(counted) > 0, np.where(has, MEASURED, TOO_FEW), TOO_FEW)
    asked = max(years[-1] - years[0], 1)
    try:
        model = fit_group_model(np.concatenate(slopes), np.concatenate(variances), group, n_groups)
    except TooFewGroups:
        model = None
    area = area_from_model(name, unit, model, group, status, size=size / asked)
    return replace(area, notes=tuple(notes))


def _said_of_fade(figures: StageFigures, fade: Fade) -> str:
    if not fade.n_schools:
        return (
            f"{figures.stage.upper()}: how levels fade could not be learnt; schools that began low may "
            "seem to improve."
        )
    return (
        f"{figures.stage.upper()}: of a school's distance from the others {fade.share:.0%} is left a year "
        f"later ({fade.n_schools:,} schools). The change that this leads to expect is taken off."
    )


def measure_disadvantaged(
    stages: Sequence[StageFigures],
    *,
    members: GroupMembers,
    register: SchoolRegister,
    counted: Flags,
    rho: float,
    size: float,
    rule: GroupRule,
    published: GroupPanel | None = None,
    absent: str = NOT_PUBLISHED,
) -> Area:
    """Measure the progress of disadvantaged pupils against that of disadvantaged pupils everywhere.

    Parameters
    ----------
    stages
        Progress of disadvantaged pupils per stage.
    members, register, counted, rho, size, rule
        As for the other areas.
    published
        The publisher's figure for groups, at Key Stage 4.
    absent
        Status of groups without a figure: whether it was published and is not held, or was not published.

    Returns
    -------
    Area
        In pupil standard deviations above or below the mean of disadvantaged pupils in all schools.
    """
    name, unit = "disadvantaged", "pupil SD, from the mean of disadvantaged pupils"
    n_groups, year = members.n_groups, members.year
    values, variances, groups, notes = [], [], [], []
    official = None
    for figures in stages:
        value, variance = (part[:, 0] for part in series_of(figures, members, register, [year], rho))
        mean = national_mean(figures, year)
        used = counted & np.isfinite(value) & np.isfinite(variance)
        if not used.any() or not np.isfinite(mean):
            continue
        notes.append(
            f"Disadvantaged pupils' progress at {figures.stage.upper()} is "
            f"{mean:+.2f} pupil SD in all schools. Their spread inside schools is not published: that of all "
            "pupils is taken for it."
        )
        values.append(value[used] - mean)
        variances.append(variance[used])
        groups.append(members.group[used])
        if figures.stage == "ks4":
            official = _official_disadvantaged(figures, members, register, used, mean, rule, published)
    if not groups:
        return empty_area(name, unit, n_groups, np.full(n_groups, absent))
    group = np.concatenate(groups)
    has = np.bincount(group, minlength=n_groups) > 0
    # a group all of whose schools are at a stage without this split has no figure at hand
    status = np.where(has, MEASURED, absent)
    try:
        model = fit_group_model(np.concatenate(values), np.concatenate(variances), group, n_groups)
    except TooFewGroups:
        model = None
    area = area_from_model(name, unit, model, group, status, size=size)
    return with_official(replace(area, notes=tuple(notes)), official)


def _official_disadvantaged(
    figures: StageFigures,
    members: GroupMembers,
    register: SchoolRegister,
    used: Flags,
    mean: float,
    rule: GroupRule,
    published: GroupPanel | None,
) -> Official | None:
    panel, errors = figures.panels[0], figures.errors[0]
    if errors is None or members.year not in panel.years:
        return None
    t = panel.years.index(members.year)
    row, sd = rows_in_panel(members, register, panel), float(errors.pupil_sd[t])
    ours = recompute_official(members, used, panel.value[row, t], errors.n[row, t], sd, rule)
    both = take_published(published, members, ours)
    assert both is not None
    value, lower, upper = (part / sd - mean for part in (both.value, both.lower, both.upper))
    return Official(value, lower, upper, both.basis, both.notes)


def national_mean(figures: StageFigures, year: int) -> float:
    """Return the mean of all schools' figures in pupil standard deviations, weighted by pupils.

    Parameters
    ----------
    figures
        Progress at one stage.
    year
        Academic year by its ending.
    """
    means = []
    for panel, errors in zip(figures.panels, figures.errors, strict=True):
        if errors is None or year not in panel.years:
            continue
        t = panel.years.index(year)
        has = np.isfinite(panel.value[:, t]) & np.isfinite(errors.n[:, t])
        if has.any():
            weight = errors.n[has, t]
            means.append(float((panel.value[has, t] * weight).sum() / weight.sum() / errors.pupil_sd[t]))
    return float(np.mean(means)) if means else float("nan")
