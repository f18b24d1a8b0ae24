"""How groups of schools compare on five areas, and what goes with it: the measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.errors import UserError
from upwards.core.panel import (
    Flags,
    GroupMemberships,
    GroupPanel,
    SchoolJudgements,
    SchoolPanel,
    SchoolRegister,
)
from upwards.core.settings import Settings
from upwards.core.travel_times import TravelTimes
from upwards.estimators.group_naming import wrong_beyond_foretold
from upwards.measures.associations import Associations
from upwards.measures.group_areas import (
    NOT_HELD,
    NOT_PUBLISHED,
    Area,
    StageFigures,
    absence,
    measure_progress,
    statuses,
)
from upwards.measures.group_associations import relate_areas
from upwards.measures.group_characteristics import Characteristics, describe_groups
from upwards.measures.group_counts import YearCount, count_groups
from upwards.measures.group_eligibility import (
    Eligibility,
    GroupMembers,
    GroupRule,
    RuleName,
    find_eligible,
    have_results,
    list_members,
)
from upwards.measures.group_records import measure_finance, measure_inadequate
from upwards.measures.group_travel import find_ways
from upwards.measures.group_trends import measure_disadvantaged, measure_improvement
from upwards.measures.sampling_errors import SamplingErrors, UnknownSamplingError, sampling_errors
from upwards.measures.travel import Nearest

Stage = Literal["ks2", "ks4", "any"]

PROGRESS: Mapping[str, tuple[str, str]] = {
    "ks2_reading_progress": ("ks2", "ks2.reading_progress"),
    "ks2_writing_progress": ("ks2", "ks2.writing_progress"),
    "ks2_maths_progress": ("ks2", "ks2.maths_progress"),
    "ks4_progress": ("ks4", "ks4.progress8"),
}
STAGES = ("ks2", "ks4")
USED = ("high_performing_trust.size", "high_performing_trust.certainty", "sampling_errors.correlation",
        "groups.min_schools", "groups.min_years", "groups.trend_years", "groups.isolated_minutes",
        "groups.false_discoveries", "travel.detour", "travel.speed", "travel.speed_urban",
        "travel.speed_rural")  # fmt: skip


class NoGroups(UserError, LookupError):
    """There is no group that can be compared."""


@dataclass(frozen=True, slots=True, eq=False)
class PublicRecord:
    """What the public record holds about groups and their schools.

    Attributes
    ----------
    year
        Academic year by its ending.
    memberships, register
        Members of groups by the register nearest to the end of the year, and what is known of schools.
    progress
        Measure of `PROGRESS` to its figures of schools, all years held; absent where none.
    disadvantaged
        The same for disadvantaged pupils.
    published
        Area to the publisher's own figures for groups in the year.
    catalogue
        What each measure is.
    sponsors
        Schools of sponsors; None where not known.
    judgements, intake, balance, income
        Inspections, percent of disadvantaged pupils, in-year balance and income; None where there are none.
    times
        Travel times that were given; estimated without.
    """

    year: int
    memberships: GroupMemberships
    register: SchoolRegister
    progress: Mapping[str, SchoolPanel]
    catalogue: Mapping[str, PublishedMeasure]
    disadvantaged: Mapping[str, SchoolPanel] = field(default_factory=dict)
    published: Mapping[str, GroupPanel] = field(default_factory=dict)
    sponsors: GroupMemberships | None = None
    judgements: SchoolJudgements | None = None
    intake: SchoolPanel | None = None
    balance: SchoolPanel | None = None
    income: SchoolPanel | None = None
    times: TravelTimes | None = None


@dataclass(frozen=True, slots=True, eq=False)
class GroupComparison:
    """Groups compared on five areas.

    Attributes
    ----------
    year, rule, stage
        What was asked: academic year, eligibility, and at which stage groups are listed.
    members
        All schools of all groups.
    eligible
        Per stage.
    listed
        Shape (G,): groups of the answer.
    areas
        By name, in the order of the answer.
    characteristics
        Of all groups.
    nearest
        Nearest other school of each member.
    associations
        Between characteristics and areas, over all groups that are eligible at any stage.
    counts
        Per stage and year, by the official rule.
    certainty
        Needed to be named high-performing.
    q
        Share of false discoveries held.
    notes
        What a reader must know.
    """

    year: int
    rule: GroupRule
    stage: str
    members: GroupMembers
    eligible: Mapping[str, Eligibility]
    listed: Flags
    areas: Mapping[str, Area]
    characteristics: Characteristics
    nearest: Nearest
    associations: Associations
    counts: tuple[YearCount, ...]
    certainty: float
    q: float
    notes: tuple[str, ...]

    @property
    def n_schools(self) -> int:
        """Return how many schools count at the stage of the list."""
        return int(self.counted_members().sum())

    def counted_members(self) -> Flags:
        """Return which members count at the stage of the list, shape (M,)."""
        stages = STAGES if self.stage == "any" else (self.stage,)
        return np.asarray(np.logical_or.reduce([self.eligible[stage].member for stage in stages]))

    def named(self, area: Area) -> Flags:
        """Return which listed groups are high-performing in an area: large and likely, shape (G,)."""
        return np.asarray(self.listed & (np.nan_to_num(area.p_high, nan=-1.0) >= self.certainty))

    def expected_wrong(self, area: Area) -> tuple[float, float]:
        """Return how many of those named in an area will be wrong: by the model, and at most.

        The second number is what the model foretells times `wrong_beyond_foretold`: it allows for groups and
        schools with heavier tails, and for a spread of groups that is poorly known.
        """
        named = self.named(area)
        foretold = float((1 - area.p_high[named]).sum())
        if area.model is None or not named.any():
            return foretold, foretold
        times = wrong_beyond_foretold(area.model, area.size, self.certainty)
        return foretold, min(foretold * times, float(named.sum()))


def compare_groups(
    record: PublicRecord, settings: Settings, *, rule: RuleName = "official", stage: Stage | None = None
) -> GroupComparison:
    """Compare groups of schools on five areas, and say what goes with it.

    Parameters
    ----------
    record
        What is known.
    settings
        Thresholds.
    rule
        Which groups are compared: by the publisher's rule, or by the workspace's own.
    stage
        Groups that are eligible at which stage are listed; by default the first at which any is.

    Returns
    -------
    GroupComparison

    Raises
    ------
    NoGroups
        If no group is eligible.

    References
    ----------
    Department for Education, *Multi-academy trust performance measures*, methodology. Education Policy
    Institute and Ambition School Leadership 2017, *Characteristics of effective multi-academy trusts*.
    """
    year = record.year
    chosen = GroupRule.official(year) if rule == "official" else GroupRule.own(settings, year)
    members = list_members(record.memberships, record.register, year=year, rule=chosen)
    figures = {name: _figures(record, record.progress, name) for name in STAGES}
    results = {name: have_results(members, record.register, figures[name].panels) for name in STAGES}
    eligible = {name: find_eligible(members, *results[name], stage=name, rule=chosen) for name in STAGES}
    at: str = stage or next((name for name in STAGES if eligible[name].n_groups), "any")
    both: Flags = np.logical_or.reduce([eligible[name].group for name in STAGES])
    listed = both if at == "any" else eligible[at].group
    if not listed.any():
        raise NoGroups(_why_none(record, members, chosen, at))
    has_stage = {name: members.count(results[name][0] & members.mainstream) > 0 for name in STAGES}
    areas = _areas(record, settings, chosen, members, figures, eligible, has_stage)
    nearest, of_travel = find_ways(members, record.register, record.times, settings)
    characteristics = describe_groups(
        members,
        record.register,
        nearest=nearest,
        isolated_minutes=settings.number("groups.isolated_minutes"),
        intake=record.intake,
    )
    return GroupComparison(
        year=year,
        rule=chosen,
        stage=at,
        members=members,
        eligible=eligible,
        listed=listed,
        areas=areas,
        characteristics=characteristics,
        nearest=nearest,
        associations=relate_areas(areas, characteristics, both),
        counts=_counts(record, figures),
        certainty=settings.number("high_performing_trust.certainty"),
        q=settings.number("groups.false_discoveries"),
        notes=tuple(dict.fromkeys([*_notes(record, figures, areas), of_travel])),
    )


def _figures(record: PublicRecord, panels: Mapping[str, SchoolPanel], stage: str) -> StageFigures:
    held = [
        (panels[name], _errors(panels[name], record.catalogue[name]))
        for of, name in PROGRESS.values()
        if of == stage and name in panels
    ]
    return StageFigures(
        stage,
        tuple(panel for panel, _ in held),
        tuple(errors for _, errors in held),
        tuple(record.catalogue[panel.measure].breaks for panel, _ in held),
    )


def _errors(panel: SchoolPanel, measure: PublishedMeasure) -> SamplingErrors | None:
    try:
        return sampling_errors(panel, measure)
    except UnknownSamplingError:
        return None


def _areas(
    record: PublicRecord,
    settings: Settings,
    rule: GroupRule,
    members: GroupMembers,
    figures: Mapping[str, StageFigures],
    eligible: Mapping[str, Eligibility],
    has_stage: Mapping[str, Flags],
) -> dict[str, Area]:
    size, rho = settings.number("high_performing_trust.size"), settings.number("sampling_errors.correlation")
    areas = {}
    for name, (stage, measure) in PROGRESS.items():
        held = {panel.measure: k for k, panel in enumerate(figures[stage].panels)}
        at = held.get(measure)
        absent = absence(record.catalogue[measure], record.year)
        areas[name] = measure_progress(
            name,
            panel=None if at is None else figures[stage].panels[at],
            errors=None if at is None else figures[stage].errors[at],
            unit=record.catalogue[measure].unit,
            members=members,
            register=record.register,
            counted=eligible[stage].member,
            status=statuses(eligible[stage].group, has_stage[stage], absent=absent if at is None else ""),
            absent=absent,
            rule=rule,
            size=size,
            published=record.published.get(name),
        )
    counted = np.logical_or.reduce([eligible[stage].member for stage in STAGES])
    asked = {"members": members, "register": record.register, "counted": counted}
    years = range(record.year - settings.count("groups.trend_years") + 1, record.year + 1)
    areas["improvement"] = measure_improvement(
        list(figures.values()), **asked, years=years, rho=rho, size=size,
        absent=_absence(record, record.progress, years),
    )  # fmt: skip
    areas["disadvantaged"] = measure_disadvantaged(
        [_figures(record, record.disadvantaged, stage) for stage in STAGES],
        **asked,
        rho=rho,
        size=size,
        rule=rule,
        published=record.published.get("disadvantaged"),
        absent=_absence(record, record.disadvantaged, (record.year,)),
    )
    areas["inadequate"] = measure_inadequate(record.judgements, members, record.register)
    areas["finance"] = measure_finance(record.balance, record.income, members)
    return areas


def _absence(record: PublicRecord, panels: Mapping[str, SchoolPanel], years: Sequence[int]) -> str:
    """Say whether anything was published in some years that is not held."""
    lacking = {
        absence(record.catalogue[measure], year)
        for _, measure in PROGRESS.values()
        for year in years
        if measure not in panels or year not in panels[measure].years
    }
    return NOT_HELD if NOT_HELD in lacking else NOT_PUBLISHED


def _counts(record: PublicRecord, figures: Mapping[str, StageFigures]) -> tuple[YearCount, ...]:
    found: list[YearCount] = []
    for stage, held in figures.items():
        years = sorted({year for panel in held.panels for year in panel.years if year <= record.year})
        found += count_groups(
            record.memberships,
            record.register,
            stage=stage,
            panels=held.panels,
            years=[year for year in years if year > record.year - 4],
            sponsors=record.sponsors,
        )
    return tuple(found)


def _why_none(record: PublicRecord, members: GroupMembers, rule: GroupRule, stage: str) -> str:
    at = {"any": "at any stage"}.get(stage, f"at {stage.upper()}")
    gaps = [
        record.catalogue[measure].gaps[record.year]
        for of, measure in PROGRESS.values()
        if stage in (of, "any") and record.year in record.catalogue[measure].gaps
    ]
    why = f" {gaps[0][:1].upper()}{gaps[0][1:].removesuffix('.')}." if gaps else ""
    return (
        f"No group of the {members.n_groups:,} in the register of {members.seen} has {rule.min_schools} "
        f"schools with results {at} in {record.year} that belonged to it for {rule.min_years} full years."
        f"{why} Choose another year, or --rule own."
    )


def _notes(
    record: PublicRecord, figures: Mapping[str, StageFigures], areas: Mapping[str, Area]
) -> Sequence[str]:
    notes = [f"Members of groups as the register of {record.memberships.seen} shows them."]
    for held in figures.values():
        for panel, errors in zip(held.panels, held.errors, strict=True):
            title = record.catalogue[panel.measure].title
            if errors is None:
                notes.append(f"{title}: nothing was published that tells chance, so there is no estimate.")
            elif record.year in panel.years:
                notes += [f"{title}: {note}" for note in errors.notes([record.year])]
    for area in areas.values():
        notes += [f"{area.name}: {note}" for note in area.notes]
    return notes
