"""Which groups have enough schools for long enough to be compared: the publisher's rule, or one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from upwards.core.panel import Flags, Floats, GroupMemberships, SchoolPanel, SchoolRegister, Texts
from upwards.core.settings import Settings

Codes = npt.NDArray[np.int64]
RuleName = Literal["official", "own"]

# Words of a kind of school that is not mainstream, in any country's English.
NOT_MAINSTREAM = ("special", "alternative provision", "referral", "16 to 19", "16-19", "16 plus")
# A school with pupils counts even where its own figure is not shown: a group's figure rests on pupils.
PUPILS_WITHOUT_FIGURE = ("suppressed", "low coverage")
# DfE's heaviest weight for time in a trust: four years in 2016 and 2017, five since.
HEAVIEST = MappingProxyType({2016: 4, 2017: 4})
HEAVIEST_SINCE = 5
# (trusts, schools) that DfE counted; None where no number of schools could be found.
DFE_COUNTS: Mapping[str, Mapping[int, tuple[int, int | None]]] = MappingProxyType(
    {
        "ks2": MappingProxyType({2016: (95, None), 2017: (155, None), 2018: (240, 1408), 2019: (297, 1788)}),
        "ks4": MappingProxyType({2017: (62, None), 2018: (85, None), 2023: (216, 1180)}),
    }
)


@dataclass(frozen=True, slots=True)
class GroupRule:
    """When a group is compared, and how much each of its schools counts in the publisher's figure.

    Attributes
    ----------
    name
        ``"official"`` or ``"own"``.
    min_schools
        Schools that a group needs.
    min_years
        Full academic years that a school must have been in it.
    month, day
        A school that joined up to this day of the calendar counts that academic year as full.
    heaviest
        Weight of a school is its full years in the group, at most this.
    """

    name: RuleName
    min_schools: int
    min_years: int
    month: int
    day: int
    heaviest: int

    @classmethod
    def official(cls, year: int) -> GroupRule:
        """Return the Department for Education's rule: three schools, three full years, by 12 September."""
        return cls("official", 3, 3, 9, 12, HEAVIEST.get(year, HEAVIEST_SINCE))

    @classmethod
    def own(cls, settings: Settings, year: int) -> GroupRule:
        """Return the workspace's own rule, from ``groups.*``."""
        official = cls.official(year)
        return cls(
            "own",
            settings.count("groups.min_schools"),
            settings.count("groups.min_years"),
            official.month,
            official.day,
            official.heaviest,
        )


@dataclass(frozen=True, slots=True, eq=False)
class GroupMembers:
    """Schools of groups at the end of one academic year, by group and then by code.

    Attributes
    ----------
    year
        Academic year by its ending.
    seen
        Day of the register.
    groups, names
        Shape (G,): codes of the groups, sorted, and their names.
    group
        Shape (M,): place of each member's group.
    school
        Shape (M,): code.
    joined
        Shape (M,), days; NaT unknown.
    full_years
        Shape (M,): full academic years in the group at the end of the year; -1 where the day is unknown.
    place
        Shape (M,): where the school stands in the register; -1 where it does not.
    kind, phase
        Shape (M,), text.
    mainstream
        Shape (M,).
    """

    year: int
    seen: np.datetime64
    groups: Texts
    names: Texts
    group: Codes
    school: Texts
    joined: npt.NDArray[np.datetime64]
    full_years: Codes
    place: Codes
    kind: Texts
    phase: Texts
    mainstream: Flags

    @property
    def n_groups(self) -> int:
        """Return G."""
        return len(self.groups)

    def count(self, which: Flags) -> Codes:
        """Return how many of the members marked each group has, shape (G,)."""
        return np.bincount(self.group[which], minlength=self.n_groups).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Eligibility:
    """Which members and groups are compared at one stage, and what happened to the others.

    Attributes
    ----------
    stage
        ``"ks2"`` or ``"ks4"``.
    member
        Shape (M,): long enough in a group that has enough such schools.
    group
        Shape (G,).
    left_out
        Members by the first reason for which they are not counted, in words.
    without_figure
        Members that count although their own figure is not shown.
    """

    stage: str
    member: Flags
    group: Flags
    left_out: Mapping[str, int]
    without_figure: int

    @property
    def n_groups(self) -> int:
        """Groups compared."""
        return int(self.group.sum())

    @property
    def n_schools(self) -> int:
        """Schools counted."""
        return int(self.member.sum())


def full_years(joined: npt.NDArray[np.datetime64], year: int, rule: GroupRule) -> Codes:
    """Return the full academic years from joining to the end of an academic year.

    Parameters
    ----------
    joined
        Days; NaT unknown.
    year
        Academic year by its ending.
    rule
        Up to which day a year counts as full.

    Returns
    -------
    ndarray of int
        0 upwards; -1 where the day is unknown.

    Examples
    --------
    >>> days = np.array(["2016-09-12", "2016-09-13", "NaT"], dtype="datetime64[D]")
    >>> full_years(days, 2019, GroupRule.official(2019)).tolist()
    [3, 2, -1]
    """
    days = joined.astype("datetime64[D]")
    calendar = days.astype("datetime64[Y]").astype(np.int64) + 1970
    in_year = days - days.astype("datetime64[M]").astype("datetime64[D]")
    month = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    late = (month > rule.month) | ((month == rule.month) & (in_year.astype(np.int64) + 1 > rule.day))
    return np.where(np.isnat(days), -1, np.maximum(year - calendar - late, 0)).astype(np.int64)


def list_members(
    memberships: GroupMemberships, register: SchoolRegister, *, year: int, rule: GroupRule
) -> GroupMembers:
    """List the schools of every group at the end of an academic year.

    Parameters
    ----------
    memberships
        As a register showed them; those that began after the year ended, or ended before, are left out.
    register
        What is known of the schools.
    year, rule
        Academic year by its ending, and when a year counts as full.

    Returns
    -------
    GroupMembers
        A school that is listed twice in one group counts once, from its latest day of joining.
    """
    end = np.datetime64(f"{year}-08-31")
    began = np.isnat(memberships.starts) | (memberships.starts <= end)
    lasts = np.isnat(memberships.ends) | (memberships.ends >= end)
    kept = np.flatnonzero(began & lasts)
    order = kept[np.lexsort((memberships.starts[kept], memberships.school[kept], memberships.group[kept]))]
    school, code = memberships.school[order], memberships.group[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (school[1:] != school[:-1]) | (code[1:] != code[:-1])
    order = order[last]
    school = memberships.school[order]
    groups, first, group = np.unique(memberships.group[order], return_index=True, return_inverse=True)
    place = register.places(school)
    known = place >= 0
    kind, phase = (
        np.where(known, column[place], "") if len(column) else np.full(len(school), "")
        for column in (register.kind, register.phase)
    )
    return GroupMembers(
        year=year,
        seen=memberships.seen,
        groups=groups,
        names=memberships.group_name[order][first],
        group=group.astype(np.int64),
        school=school,
        joined=memberships.starts[order],
        full_years=full_years(memberships.starts[order], year, rule),
        place=place,
        kind=kind,
        phase=phase,
        mainstream=is_mainstream(kind),
    )


def is_mainstream(kind: Texts) -> Flags:
    """Say which kinds of school, as a register writes them, are mainstream; an unknown kind is.

    Examples
    --------
    >>> is_mainstream(np.array(["Academy converter", "Free schools special", ""])).tolist()
    [True, False, True]
    """
    lowered = np.strings.lower(kind)
    apart = np.zeros(len(kind), dtype=bool)
    for words in NOT_MAINSTREAM:
        apart |= np.strings.find(lowered, words) >= 0
    return np.asarray(~apart)


def rows_in_panel(members: GroupMembers, register: SchoolRegister, panel: SchoolPanel) -> Codes:
    """Return the row of each member in a panel, -1 where it has none.

    Parameters
    ----------
    members, register
        Schools of groups, and the register that follows them.
    panel
        Figures of schools; a school stands under the code of the latest that continues it.

    Returns
    -------
    ndarray of int
        Shape (M,). First by the code that the school had in that year, then by its line.
    """
    t = panel.years.index(members.year) if members.year in panel.years else None
    line = np.where(members.place >= 0, register.line[members.place], members.school)
    by_line = find_rows(panel.school, line)
    if t is None:
        return by_line
    by_code = find_rows(panel.code[:, t], members.school)
    return np.where(by_code >= 0, by_code, by_line)


def find_rows(codes: Texts, wanted: Texts) -> Codes:
    """Return where each wanted code stands among the codes, -1 where it does not."""
    if not len(codes):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(codes, kind="stable")
    place = np.searchsorted(codes, wanted, sorter=order).clip(max=len(codes) - 1)
    return np.where(codes[order[place]] == wanted, order[place], -1).astype(np.int64)


def have_results(
    members: GroupMembers, register: SchoolRegister, panels: Sequence[SchoolPanel]
) -> tuple[Flags, Flags]:
    """Say which members had pupils with results at a stage in the year, and which a figure that is shown.

    Parameters
    ----------
    members, register
        Schools of groups, and the register that follows them.
    panels
        Progress at that stage, one panel per subject.

    Returns
    -------
    tuple of ndarray
        Shape (M,) each. A school whose figure is suppressed, or covers too few of its pupils, has results.
    """
    results, figures = (np.zeros(len(members.school), dtype=bool) for _ in range(2))
    for panel in panels:
        if members.year not in panel.years:
            continue
        t = panel.years.index(members.year)
        row = rows_in_panel(members, register, panel)
        shown = np.isfinite(panel.value[row, t])
        hidden = np.isin(panel.missing[row, t], PUPILS_WITHOUT_FIGURE) | (panel.n[row, t] > 0)
        figures |= (row >= 0) & shown
        results |= (row >= 0) & (shown | hidden)
    return results, figures


def find_eligible(
    members: GroupMembers, results: Flags, figures: Flags, *, stage: str, rule: GroupRule
) -> Eligibility:
    """Say which groups are compared at one stage.

    Parameters
    ----------
    members
        Schools of groups.
    results, figures
        From `have_results`.
    stage
        ``"ks2"`` or ``"ks4"``.
    rule
        How many schools, for how long.

    Returns
    -------
    Eligibility
        Every member is either counted or left out for one reason.
    """
    long_enough = members.full_years >= rule.min_years
    counted = members.mainstream & results & long_enough
    enough = members.count(counted) >= rule.min_schools
    reasons = {
        "not a mainstream school": ~members.mainstream,
        "no results at this stage in this year": members.mainstream & ~results,
        "day of joining unknown": members.mainstream & results & (members.full_years < 0),
        f"fewer than {rule.min_years} full years in the group": (
            members.mainstream & results & (members.full_years >= 0) & ~long_enough
        ),
        f"group has fewer than {rule.min_schools} such schools": counted & ~enough[members.group],
    }
    member = counted & enough[members.group]
    return Eligibility(
        stage=stage,
        member=member,
        group=enough,
        left_out=MappingProxyType({reason: int(which.sum()) for reason, which in reasons.items()}),
        without_figure=int((member & ~figures).sum()),
    )


def weighted_progress(
    value: Floats, n: Floats, weight: Floats, group: Codes, n_groups: int
) -> tuple[Floats, Floats]:
    """Return the publisher's figure of each group, and the pupils it rests on.

    Parameters
    ----------
    value, n, weight
        Shape (K,): the schools' figures, their pupils, and their years in the group up to the heaviest.
    group, n_groups
        Group of each school; G.

    Returns
    -------
    tuple of ndarray
        Mean weighted by pupils and years, and number of pupils, shape (G,) each; NaN without a school.

    Examples
    --------
    >>> one = weighted_progress(
    ...     np.array([1.0, -2.0]), np.array([30.0, 20.0]), np.array([3.0, 4.0]), np.zeros(2, int), 1)
    >>> [round(float(part[0]), 4) for part in one]  # (1 x 90 - 2 x 80) / 170
    [-0.4118, 50.0]
    """
    both = n * weight
    total = np.bincount(group, both, n_groups)
    pupils = np.bincount(group, n, n_groups)
    has = total > 0
    mean = np.bincount(group, both * value, n_groups) / np.where(has, total, 1.0)
    return np.where(has, mean, np.nan), np.where(has, pupils, np.nan)
