"""The areas on which groups of schools are compared, and the progress of their pupils."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.panel import Flags, Floats, GroupPanel, SchoolPanel, SchoolRegister, Texts
from upwards.estimators.group_model import GroupModel, TooFewGroups, fit_group_model
from upwards.measures.group_eligibility import (
    Codes,
    GroupMembers,
    GroupRule,
    rows_in_panel,
    weighted_progress,
)
from upwards.measures.sampling_errors import SamplingErrors

MEASURED = "measured"
NOT_PUBLISHED = "not published"
NOT_HELD = "not held"
TOO_FEW = "too few schools"
NO_SCHOOLS = "no schools of this stage"
TOO_FEW_GROUPS = "too few groups"
FEWEST_FIGURES = 2
# below this share of known predecessors a count of outcomes inherited says what is held, not what was
PREDECESSORS_TELL = 0.8
LEVEL = 0.95
# the variance between schools moves the share within by very little: three rounds leave nothing
ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Predecessors:
    """Schools of G groups that were not inspected themselves and continue another.

    Attributes
    ----------
    n
        Shape (G,): such schools.
    known
        Shape (G,): those of which an outcome of the school that they continue is held.
    """

    n: Codes
    known: Codes

    def tell(self, which: Flags) -> bool:
        """Say whether enough is held of these groups to count what stands on a predecessor only."""
        return bool(self.known[which].sum() >= PREDECESSORS_TELL * self.n[which].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """One area for G groups.

    Attributes
    ----------
    name, unit
        Such as ``"ks4_progress"`` and ``"grades per subject"``.
    status
        Shape (G,): ``"measured"``, or why there is no value.
    value, lower, upper
        Shape (G,): shrunken mean of schools such as the group's own, with its 95 % interval; NaN where not
        measured.
    own_value, own_lower, own_upper
        Shape (G,): the same of the schools that the group has, each counting once: surer, as they are no
        longer a handful of many.
    p_high
        Shape (G,): probability that the true level is at least the size of a high-performing trust.
    official, official_lower, official_upper
        Shape (G,): the publisher's figure; NaN where there is none.
    official_basis
        Shape (G,): ``"published"``, ``"recomputed"`` or ``""``.
    n_schools, n_pupils
        Shape (G,): schools with a figure, and pupils they rest on.
    direct, direct_variance
        Shape (G,): before shrinking; for associations. The variance holds the true spread of groups.
    size
        Size of a high-performing trust in `unit`; NaN where none is named.
    group_sd, unit_sd
        True spread of groups, and of schools inside a group; NaN where not modelled.
    details
        More of single groups, by place: plain data.
    notes
        What a reader must know.
    model
        What was fitted; None where nothing was.
    predecessors
        Of inspections: schools that stand on another's, and for how many that is known; None elsewhere.
    """

    name: str
    unit: str
    status: Texts
    value: Floats
    lower: Floats
    upper: Floats
    p_high: Floats
    official: Floats
    official_lower: Floats
    official_upper: Floats
    official_basis: Texts
    n_schools: Codes
    n_pupils: Floats
    direct: Floats
    direct_variance: Floats
    own_value: Floats
    own_lower: Floats
    own_upper: Floats
    size: float = float("nan")
    group_sd: float = float("nan")
    unit_sd: float = float("nan")
    details: Mapping[int, Mapping[str, list[str]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    model: GroupModel | None = None
    predecessors: Predecessors | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StageFigures:
    """What was published about the schools of one stage.

    Attributes
    ----------
    stage
        ``"ks2"`` or ``"ks4"``.
    panels
        Progress, one panel per subject.
    errors
        Sampling errors of each; None where nothing tells them.
    breaks
        Years from which each has another definition, and what changed; empty for none anywhere.
    """

    stage: str
    panels: tuple[SchoolPanel, ...]
    errors: tuple[SamplingErrors | None, ...]
    breaks: tuple[Mapping[int, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Official:
    """The publisher's figures of G groups, their interval, and where each comes from."""

    value: Floats
    lower: Floats
    upper: Floats
    basis: Texts
    notes: tuple[str, ...] = ()


def absence(measure: PublishedMeasure, year: int) -> str:
    """Say why a workspace has no figures of a measure in a year: they were published, or they were not.

    Parameters
    ----------
    measure
        From the catalogue.
    year
        Academic year by its ending.

    Returns
    -------
    str
        ``"not held"`` or ``"not published"``.
    """
    return NOT_HELD if year in measure.years and year not in measure.gaps else NOT_PUBLISHED


def statuses(eligible: Flags, has_stage: Flags, *, absent: str = "") -> Texts:
    """Return why each group is not measured at a stage; ``"measured"`` where it may be.

    Parameters
    ----------
    eligible
        Shape (G,): enough schools for long enough.
    has_stage
        Shape (G,): at least one school with results at the stage.
    absent
        Why there are no figures at all, from `absence`; ``""`` where there are.
    """
    reasons = np.where(has_stage, TOO_FEW, NO_SCHOOLS)
    return np.full(len(eligible), absent) if absent else np.where(eligible, MEASURED, reasons)


def measure_progress(
    name: str,
    *,
    panel: SchoolPanel | None,
    errors: SamplingErrors | None,
    unit: str,
    members: GroupMembers,
    register: SchoolRegister,
    counted: Flags,
    status: Texts,
    rule: GroupRule,
    size: float,
    published: GroupPanel | None = None,
    absent: str = NOT_PUBLISHED,
) -> Area:
    """Measure the progress of pupils in one subject or all.

    Parameters
    ----------
    name, unit
        Of the area.
    panel, errors
        Figures of schools and their sampling errors; None where there are none.
    members, register
        Schools of groups.
    counted
        Shape (M,): members that count at this stage.
    status
        Shape (G,), from `statuses`.
    rule
        How much a school's years count in the publisher's figure.
    size
        Of a high-performing trust, in pupil standard deviations.
    published
        Figures that the publisher gives for groups; recomputed where there are none.
    absent
        Status of every group where there are no figures, from `absence`.

    Returns
    -------
    Area
    """
    n_groups = members.n_groups
    t = None if panel is None or members.year not in panel.years else panel.years.index(members.year)
    if panel is None or errors is None or t is None or not np.isfinite(panel.value[:, t]).any():
        nothing = empty_area(name, unit, n_groups, np.full(n_groups, absent))
        return with_official(nothing, take_published(published, members, None))
    row = rows_in_panel(members, register, panel)
    used = counted & (row >= 0) & np.isfinite(panel.value[row, t])
    sd = float(errors.pupil_sd[t])
    ours = recompute_official(members, used, panel.value[row, t], errors.n[row, t], sd, rule)
    official = take_published(published, members, ours)
    known = used & np.isfinite(errors.variance()[row, t])
    at, group = row[known], members.group[known]
    model = fit_with_icc(
        panel.value[at, t], lambda icc: errors.variance(icc)[at, t], group, n_groups, pupil_sd=sd
    )
    area = area_from_model(name, unit, model, group, status, size=size * sd)
    pupils = np.bincount(group, np.nan_to_num(errors.n[at, t]), n_groups)
    return with_official(replace(area, n_pupils=np.where(area.n_schools > 0, pupils, np.nan)), official)


def fit_with_icc(
    value: Floats, variance: Callable[[float], Floats], group: Codes, n_groups: int, *, pupil_sd: float
) -> GroupModel | None:
    """Fit, and again with the sampling variance freed of the spread between schools that was found."""
    icc, model = 0.0, None
    try:
        for _ in range(ROUNDS):
            model = fit_group_model(value, variance(icc), group, n_groups)
            icc = min((model.group_sd**2 + model.unit_sd**2) / pupil_sd**2, 0.9)
    except TooFewGroups:
        return None
    return model


def area_from_model(
    name: str, unit: str, model: GroupModel | None, group: Codes, status: Texts, *, size: float
) -> Area:
    """Turn a fit into an area; groups with fewer than two figures are not measured."""
    n_groups = len(status)
    n_schools = np.bincount(group, minlength=n_groups).astype(np.int64)
    few = (status == MEASURED) & (n_schools < FEWEST_FIGURES)
    status = np.where(few, TOO_FEW, status)
    if model is None:
        gone = np.where(status == MEASURED, TOO_FEW_GROUPS, status)
        return replace(empty_area(name, unit, n_groups, gone), n_schools=n_schools, size=size)
    shown = status == MEASURED
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)

    def only(values: Floats) -> Floats:
        return np.where(shown, values, np.nan)

    return replace(
        empty_area(name, unit, n_groups, status),
        value=only(model.estimate),
        lower=only(model.estimate - z * model.sd),
        upper=only(model.estimate + z * model.sd),
        p_high=only(model.p_above(size)),
        own_value=only(model.own_estimate),
        own_lower=only(model.own_estimate - z * model.own_sd),
        own_upper=only(model.own_estimate + z * model.own_sd),
        n_schools=n_schools,
        direct=only(model.direct),
        direct_variance=only(model.direct_variance + model.group_sd**2),
        size=size,
        group_sd=model.group_sd,
        unit_sd=model.unit_sd,
        model=model,
    )


def recompute_official(
    members: GroupMembers, used: Flags, value: Floats, n: Floats, sd: float, rule: GroupRule
) -> Official:
    """Apply the publisher's formula: weights of pupils and years; interval from the number of pupils."""
    used = used & np.isfinite(n) & (members.full_years > 0)
    weight = np.minimum(members.full_years[used], rule.heaviest).astype(np.float64)
    mean, pupils = weighted_progress(value[used], n[used], weight, members.group[used], members.n_groups)
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * sd / np.sqrt(pupils)
    return Official(mean, mean - half, mean + half, np.where(np.isfinite(mean), "recomputed", ""))


def take_published(panel: GroupPanel | None, members: GroupMembers, ours: Official | None) -> Official | None:
    """Put the publisher's own figures in the place of recomputed ones, and say how far they are apart."""
    if panel is None or not np.isfinite(panel.value).any():
        return ours
    place = np.searchsorted(panel.group, members.groups).clip(max=len(panel.group) - 1)
    there = (panel.group[place] == members.groups) & np.isfinite(panel.value[place])

    def mixed(theirs: Floats, own: Floats | None) -> Floats:
        return np.where(there, theirs[place], np.nan if own is None else own)

    notes: tuple[str, ...] = ()
    if ours is not None and (both := there & np.isfinite(ours.value)).any():
        apart = np.abs(panel.value[place] - ours.value)[both]
        notes = (
            f"{int(both.sum())} groups have a published figure and one recomputed by the same rule: they are "
            f"{apart.mean():.3f} apart on average, at most {apart.max():.2f}.",
        )
    basis = np.where(there, "published", "" if ours is None else ours.basis)
    return Official(
        mixed(panel.value, None if ours is None else ours.value),
        mixed(panel.lower, None if ours is None else ours.lower),
        mixed(panel.upper, None if ours is None else ours.upper),
        basis,
        notes,
    )


def with_official(area: Area, official: Official | None) -> Area:
    """Return the area with the publisher's figures beside ours; unchanged where there are none."""
    if official is None:
        return area
    return replace(
        area,
        official=official.value,
        official_lower=official.lower,
        official_upper=official.upper,
        official_basis=official.basis,
        notes=(*area.notes, *official.notes),
    )


def empty_area(name: str, unit: str, n_groups: int, status: Texts) -> Area:
    """Return an area in which nothing is known of any group, for the reasons given."""
    unknown = np.full(n_groups, np.nan)
    none = np.zeros(n_groups, dtype=np.int64)
    blank = np.full(n_groups, "", dtype="<U10")
    return Area(
        name, unit, status, *(unknown,) * 7, official_basis=blank, n_schools=none,
        n_pupils=unknown, direct=unknown, direct_variance=unknown,
        own_value=unknown, own_lower=unknown, own_upper=unknown,
    )  # fmt: skip
