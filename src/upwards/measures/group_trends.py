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

FEWEST_YEARS = 3


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
    shape = (len(members.school), len(years))
    total, variance, spread = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    n_subjects = 0
    for panel, errors in zip(figures.panels, figures.errors, strict=True):
        if errors is None:
            continue
        row = rows_in_panel(members, register, panel)
        value, v = np.full(shape, np.nan), np.full(shape, np.nan)
        for k, year in enumerate(years):
            if year in panel.years:
                t = panel.years.index(year)
                sd = errors.pupil_sd[t]
                value[:, k] = np.where(row >= 0, panel.value[row, t] / sd, np.nan)
                v[:, k] = np.where(row >= 0, errors.variance()[row, t] / sd**2, np.nan)
        total, variance, spread = total + value, variance + v, spread + np.sqrt(v)
        n_subjects += 1
    if not n_subjects:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    shared = variance * (1 - rho) + rho * spread**2
    return total / n_subjects, shared / n_subjects**2


def passing_variance(value: Floats, variance: Floats) -> float:
    """Return the variance of what comes and goes from year to year beyond chance and a straight trend.

    Parameters
    ----------
    value, variance
        Shape (K, T): figures and sampling variances, NaN where there are none.

    Returns
    -------
    float
        Not below 0; 0 where no school has three years.

    Notes
    -----
    By moments: the scatter about each school's own line has expectation (T - 2) times it plus the sum of
    (1 - leverage) times sampling variances.
    """
    has = np.isfinite(value) & np.isfinite(variance)
    enough = has.sum(axis=1) >= FEWEST_YEARS
    has = has[enough]
    y, v = np.where(has, value[enough], 0), np.where(has, variance[enough], 0)
    if not len(y):
        return 0.0
    n = has.sum(axis=1, keepdims=True)
    time = np.arange(value.shape[1], dtype=np.float64)
    centred = np.where(has, time - (has * time).sum(axis=1, keepdims=True) / n, 0)
    square = (centred**2).sum(axis=1, keepdims=True)
    slope = (centred * y).sum(axis=1, keepdims=True) / square
    rest = np.where(has, y - y.sum(axis=1, keepdims=True) / n - slope * centred, 0)
    leverage = 1 / n + centred**2 / square
    chance = np.where(has, (1 - leverage) * v, 0).sum()
    return float(max(((rest**2).sum() - chance) / (n - 2).sum(), 0.0)) if (n > 2).any() else 0.0


def trends(value: Floats, variance: Floats, passing: float) -> tuple[Floats, Floats]:
    """Return each school's change per year and its variance.

    Parameters
    ----------
    value, variance
        Shape (K, T), NaN where there is no figure.
    passing
        Variance of what comes and goes, from `passing_variance`.

    Returns
    -------
    tuple of ndarray
        Shape (K,) each; NaN with fewer than three years.
    """
    has = np.isfinite(value) & np.isfinite(variance)
    enough = has.sum(axis=1) >= FEWEST_YEARS
    weight = np.where(has, 1 / (np.where(has, variance, 1) + passing), 0)
    total = np.where(enough, weight.sum(axis=1), 1)[:, None]
    time = np.arange(value.shape[1], dtype=np.float64)
    centred = time - (weight * time).sum(axis=1, keepdims=True) / total
    square = np.where(enough, (weight * centred**2).sum(axis=1), 1)
    slope = (weight * centred * np.where(has, value, 0)).sum(axis=1) / square
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

    Returns
    -------
    Area
        In pupil standard deviations a year.

    Notes
    -----
    Years before a school's first full year in the group are left out: schools often join after a poor
    year, and most rise after one anyway. What comes and goes from year to year is given its own variance,
    and the group's mean trend is shrunk, so that regression to the mean is not called improvement.
    """
    name, unit = "improvement", "pupil SD a year"
    slopes, variances, groups = [], [], []
    n_groups = members.n_groups
    for figures in stages:
        value, variance = series_of(figures, members, register, years, rho)
        passing = passing_variance(value, variance)
        began = members.year - members.full_years + 1
        inside = (np.array(years) >= began[:, None]) & (members.full_years > 0)[:, None]
        slope, v = trends(np.where(inside, value, np.nan), variance, passing)
        used = counted & np.isfinite(slope)
        slopes.append(slope[used])
        variances.append(v[used])
        groups.append(members.group[used])
    group = np.concatenate(groups) if groups else np.zeros(0, dtype=np.int64)
    has = np.bincount(group, minlength=n_groups) > 0
    if not has.any():
        return empty_area(name, unit, n_groups, np.full(n_groups, NOT_PUBLISHED))
    status = np.where(members.count(counted) > 0, np.where(has, MEASURED, TOO_FEW), TOO_FEW)
    span = max(years[-1] - years[0], 1)
    try:
        model = fit_group_model(np.concatenate(slopes), np.concatenate(variances), group, n_groups)
    except TooFewGroups:
        model = None
    return area_from_model(name, unit, model, group, status, size=size / span)


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
            f"{mean:+.2f} pupil SD in all schools."
        )
        values.append(value[used] - mean)
        variances.append(variance[used])
        groups.append(members.group[used])
        if figures.stage == "ks4":
            official = _official_disadvantaged(figures, members, register, used, mean, rule, published)
    if not groups:
        return empty_area(name, unit, n_groups, np.full(n_groups, NOT_PUBLISHED))
    group = np.concatenate(groups)
    has = np.bincount(group, minlength=n_groups) > 0
    # a group all of whose schools are at a stage without this split has nothing published about it
    status = np.where(has, MEASURED, NOT_PUBLISHED)
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
