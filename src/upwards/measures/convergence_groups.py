"""Convergence by system, region, authority, trust or school, and of the gap of disadvantaged pupils."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.moments import Floats, Ints
from upwards.core.panel import Flags, GroupMemberships, SchoolRegister, Texts
from upwards.measures.convergence import Convergence, describe_convergence
from upwards.measures.convergence_answer import ConvergenceAnswer, ConvergenceOf
from upwards.measures.convergence_by import PLURAL, By
from upwards.measures.convergence_checks import PupilScale
from upwards.measures.convergence_inside import Wider, describe_inside, learn_fluctuation
from upwards.measures.convergence_moments import measure_moments
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import choose_state
from upwards.measures.convergence_words import say_convergence
from upwards.measures.naive_change import compare_quarters, say_naive


@dataclass(frozen=True, slots=True, eq=False)
class FollowedFigures:
    """Figures of schools over the years of one definition, with their sampling variances.

    Attributes
    ----------
    measure
        What they are.
    years
        Academic years by their ending, T of them, ascending.
    school
        Shape (I,): each school as it is followed.
    value, variance, n
        Shape (I, T): figure, sampling variance, pupils; NaN where there is none.
    notes
        What a reader must know.
    area
        Shape (I,): the authority of each school by number, -1 unknown; schools of one may move together. None
        where no register tells.
    smooth
        Shape (I, T): sampling variances that do not depend on the figure itself, to weigh by; None where
        `variance` does not.
    pupils
        Shape (I, T): of percentages, the pupils they rest on, fewer where more than sampling passes with a
        cohort; None for others.
    scale
        Pupil standard deviations of the years; None for percentages.
    """

    measure: PublishedMeasure
    years: tuple[int, ...]
    school: Texts
    value: Floats
    variance: Floats
    n: Floats
    notes: tuple[str, ...] = ()
    area: Ints | None = None
    smooth: Floats | None = None
    pupils: Floats | None = None
    scale: PupilScale | None = None

    @property
    def to_weigh(self) -> Floats:
        """Return sampling variances that do not depend on the figure itself, shape (I, T)."""
        return self.variance if self.smooth is None else self.smooth

    def centred(self) -> FollowedFigures:
        """Return figures of a norm-referenced measure as differences from the mean school of their year."""
        if not self.measure.norm_referenced:
            return self
        mean = measure_moments(self.value, self.variance, self.years, smooth=self.smooth).mean
        return replace(self, value=self.value - mean)


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """To which group each school belongs.

    Attributes
    ----------
    by
        Kind of group.
    codes, names
        Groups in order, J of them.
    group
        Shape (I,): place of each school's group, -1 for none.
    notes
        What a reader must know of it.
    """

    by: By
    codes: tuple[str, ...]
    names: tuple[str, ...]
    group: Ints
    notes: tuple[str, ...]


def place_schools(figures: FollowedFigures, register: SchoolRegister) -> FollowedFigures:
    """Add each school's authority, so that schools of one may move together.

    Parameters
    ----------
    figures
        Figures of schools.
    register
        What is known of each.

    Returns
    -------
    FollowedFigures
    """
    return replace(figures, area=group_by_place(figures, register, "authority").group)


def group_by_place(figures: FollowedFigures, register: SchoolRegister, by: By) -> Grouping:
    """Group schools by region or authority.

    Parameters
    ----------
    figures
        Figures of schools.
    register
        What is known of each.
    by
        ``"region"`` or ``"authority"``.

    Returns
    -------
    Grouping
        Schools whose place is not known are counted in a note.
    """
    place = register.places(figures.school)
    of = register.region if by == "region" else register.authority
    label = np.where(place >= 0, of[place.clip(min=0)] if len(of) else "", "")
    codes, group = np.unique(label, return_inverse=True)
    group = np.where(label == "", -1, group - int("" in codes))
    named = tuple(str(code) for code in codes if code)
    without = figures.school[group < 0]
    notes = [_without(without, f"have no {by} in the register")] if len(without) else []
    return Grouping(by, named, named, group.astype(np.int64), tuple(notes))


def group_by_trust(
    figures: FollowedFigures, register: SchoolRegister, memberships: GroupMemberships, *, at_least: int
) -> Grouping:
    """Group schools by the trust in which one register showed them.

    Parameters
    ----------
    figures
        Figures of schools.
    register
        To follow a member's code to the school it is followed as.
    memberships
        Members of trusts as one register shows them.
    at_least
        Smaller trusts are left out, by their schools with figures.

    Returns
    -------
    Grouping
        The same schools in all years, those before they joined included.
    """
    place = register.places(memberships.school)
    line = np.where(place >= 0, register.line[place.clip(min=0)], memberships.school)
    order = np.argsort(line, kind="stable")
    line, code, name = (x[order] for x in (line, memberships.group, memberships.group_name))
    at = np.searchsorted(line, figures.school).clip(max=max(len(line) - 1, 0))
    found = line[at] == figures.school if len(line) else np.zeros(len(figures.school), dtype=bool)
    label = np.where(found, code[at] if len(line) else "", "")
    codes, first, group, counts = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    large = (counts >= at_least) & (codes != "")
    renumbered = np.where(large, np.cumsum(large) - 1, -1)
    titles = name[at[first]] if len(line) else codes
    notes = (
        f"Trusts are as the register of {memberships.seen} showed them, with the same schools in all years, "
        "those before a school joined included; schools that left a trust are not in it.",
        f"{int(large.sum())} trusts have {at_least} schools or more with figures; smaller ones and "
        f"{int((label == '').sum()):,} schools outside trusts are in none.",
        "Trusts that took in schools because their scores had been low narrow by chance more often than is "
        "said here.",
    )
    return Grouping(
        "trust",
        tuple(map(str, codes[large])),
        tuple(str(t) or str(c) for t, c in zip(titles[large], codes[large], strict=True)),
        renumbered[group].astype(np.int64),
        notes,
    )


def _without(schools: Texts, why: str) -> str:
    some = ", ".join(map(str, schools[:5]))
    more = ", …" if len(schools) > 5 else ""
    return f"{len(schools):,} schools {why} and are in no group: {some}{more}."


def describe_system(
    figures: FollowedFigures, rule: ConvergenceRule, *, by: By = "system", seed: int = 1
) -> ConvergenceOf:
    """Say whether all schools converge.

    Parameters
    ----------
    figures
        Figures of schools.
    rule
        When a state may be printed.
    by
        ``"system"`` or ``"school"``, as asked.
    seed
        Seed of the draws.

    Returns
    -------
    ConvergenceOf
        One answer.
    """
    centred = figures.centred()
    found = _describe(centred, rule, mean_is_fixed=figures.measure.norm_referenced, seed=seed)
    answer = _answer(by, centred, found, rule, whom="all schools")
    return ConvergenceOf((answer,), figures.notes, 1 - rule.certainty)


def describe_groups(
    figures: FollowedFigures, grouping: Grouping, rule: ConvergenceRule, *, seed: int = 1
) -> ConvergenceOf:
    """Say whether groups converge with each other, and schools inside each.

    Parameters
    ----------
    figures
        Figures of schools.
    grouping
        To which group each belongs.
    rule
        When a state may be printed.
    seed
        Seed of the draws.

    Returns
    -------
    ConvergenceOf
        First the answer between the groups' pupil-weighted means, then one for each group.
    """
    centred = figures.centred()
    means = _group_means(centred, grouping)
    between = _describe(means, rule, seed=seed)
    word, units = PLURAL[grouping.by], len(grouping.codes)
    whom = f"pupil-weighted means of {units} {word}"
    answers = [_answer(grouping.by, means, between, rule, whom=whom, unit_word=word)]
    inside = _inside(centred, grouping, rule, seed)
    for place, (code, name) in enumerate(zip(grouping.codes, grouping.names, strict=True)):
        here = _rows(centred, grouping.group == place) if not inside[place].borrowed else centred
        answers.append(
            _answer(grouping.by, here, inside[place], rule, whom=f"schools of {name}", group=code, name=name)
        )
    return ConvergenceOf(tuple(answers), (*figures.notes, *grouping.notes), 1 - rule.certainty)


def _inside(
    figures: FollowedFigures, grouping: Grouping, rule: ConvergenceRule, seed: int
) -> list[Convergence]:
    """Describe the inside of each group: alone where it has units enough, else with borrowed fluctuation."""
    counts = np.bincount(grouping.group[grouping.group >= 0], minlength=len(grouping.codes))
    large = counts >= rule.min_units
    whole = _describe(figures, rule, mean_is_fixed=figures.measure.norm_referenced, seed=seed)
    wider: Wider | None = None
    if figures.value.shape[0] >= rule.min_units and len(figures.years) >= rule.min_years:
        wider = learn_fluctuation(
            figures.value, figures.variance, figures.years, whole, smooth=figures.smooth
        )
    few = np.where(large[grouping.group] & (grouping.group >= 0), -1, grouping.group)
    small = describe_inside(
        figures.value,
        figures.variance,
        few,
        len(grouping.codes),
        figures.years,
        wider=wider,
        rule=rule,
        smooth=figures.smooth,
        scale=figures.scale,
    )
    return [
        _describe(_rows(figures, grouping.group == place), rule, seed=seed) if is_large else small[place]
        for place, is_large in enumerate(large)
    ]


def _describe(
    figures: FollowedFigures, rule: ConvergenceRule, *, mean_is_fixed: bool = False, seed: int = 1
) -> Convergence:
    """Describe units as one system; too few of them show spreads, and nothing is said of their change."""
    if len(figures.school) >= rule.min_units and len(figures.years) > 1:
        return describe_convergence(
            figures.value,
            figures.variance,
            figures.years,
            rule=rule,
            mean_is_fixed=mean_is_fixed,
            area=figures.area,
            smooth=figures.smooth,
            pupils=figures.pupils,
            scale=figures.scale,
            seed=seed,
        )
    all_one = np.zeros(len(figures.school), dtype=np.int64)
    return describe_inside(
        figures.value,
        figures.variance,
        all_one,
        1,
        figures.years,
        wider=None,
        rule=rule,
        smooth=figures.smooth,
    )[0]


def _rows(figures: FollowedFigures, chosen: Flags) -> FollowedFigures:
    return replace(
        figures,
        school=figures.school[chosen],
        value=figures.value[chosen],
        variance=figures.variance[chosen],
        n=figures.n[chosen],
        area=None if figures.area is None else figures.area[chosen],
        smooth=None if figures.smooth is None else figures.smooth[chosen],
        pupils=None if figures.pupils is None else figures.pupils[chosen],
    )


def _group_means(figures: FollowedFigures, grouping: Grouping) -> FollowedFigures:
    """Return the pupil-weighted mean of each group and its sampling variance, shape (J, T)."""
    known = ~np.isnan(figures.value) & ~np.isnan(figures.variance) & (grouping.group >= 0)[:, None]
    usual = np.nanmedian(figures.n) if np.isfinite(figures.n).any() else 1.0
    pupils = np.where(known, np.where(figures.n > 0, figures.n, usual), 0.0)
    code = np.where(grouping.group >= 0, grouping.group, len(grouping.codes))

    def total(x: Floats) -> Floats:
        size = len(grouping.codes)
        return np.stack([np.bincount(code, weights=c, minlength=size + 1)[:size] for c in x.T], axis=1)

    weight = total(pupils)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total(pupils * np.where(known, figures.value, 0.0)) / weight
        variance = total(pupils**2 * np.where(known, figures.variance, 0.0)) / weight**2
    return replace(
        figures,
        school=np.array(grouping.codes),
        value=mean,
        variance=variance,
        n=weight,
        area=None,
        smooth=None,
        pupils=None,
        scale=None,
    )


def _answer(
    by: By,
    figures: FollowedFigures,
    found: Convergence,
    rule: ConvergenceRule,
    *,
    whom: str,
    unit_word: str = "schools",
    group: str | None = None,
    name: str | None = None,
) -> ConvergenceAnswer:
    measure = figures.measure
    chosen = choose_state(found, rule, norm_referenced=measure.norm_referenced, unit_word=unit_word)
    text = say_convergence(
        found, chosen, rule, norm_referenced=measure.norm_referenced, whom=whom, unit=measure.unit
    )
    compared = found.n_units >= rule.min_units and len(found.years) > 1 and not found.borrowed
    naive = (
        compare_quarters(figures.value, figures.variance, figures.years, smooth=figures.smooth)
        if compared
        else ()
    )
    return ConvergenceAnswer(
        by, group, name, measure.name, unit_word, found, chosen, text, naive, say_naive(naive, measure.unit)
    )
