"""How many groups the official rule finds, beside how many the publisher counted, and why they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from upwards.core.panel import GroupMemberships, SchoolPanel, SchoolRegister
from upwards.measures.group_eligibility import (
    DFE_COUNTS,
    Codes,
    Eligibility,
    GroupMembers,
    GroupRule,
    find_eligible,
    have_results,
    list_members,
)


@dataclass(frozen=True, slots=True)
class YearCount:
    """Groups and schools that the official rule finds in one year at one stage.

    Attributes
    ----------
    stage, year
        ``"ks2"`` or ``"ks4"``; academic year by its ending.
    official_groups, official_schools
        As the publisher counted; None where not known.
    groups, schools
        By the same rule from the files at hand.
    groups_under_sponsors, schools_under_sponsors
        The same with groups of one sponsor taken together, as the publisher does; None where no sponsors are
        known.
    left_out
        Members of groups by the first reason for which they are not counted.
    causes
        Why the counts differ, in sentences.
    """

    stage: str
    year: int
    official_groups: int | None
    official_schools: int | None
    groups: int
    schools: int
    groups_under_sponsors: int | None
    schools_under_sponsors: int | None
    left_out: dict[str, int]
    causes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the count as plain data for JSON."""
        return {
            "stage": self.stage,
            "year": self.year,
            "official": {"groups": self.official_groups, "schools": self.official_schools},
            "ours": {"groups": self.groups, "schools": self.schools},
            "under_sponsors": {"groups": self.groups_under_sponsors, "schools": self.schools_under_sponsors},
            "left_out": self.left_out,
            "causes": list(self.causes),
        }


def count_groups(
    memberships: GroupMemberships,
    register: SchoolRegister,
    *,
    stage: str,
    panels: Sequence[SchoolPanel],
    years: Sequence[int],
    sponsors: GroupMemberships | None = None,
) -> tuple[YearCount, ...]:
    """Count groups by the official rule in several years, all from one register of members.

    Parameters
    ----------
    memberships, register
        Members of groups on one day, and what is known of schools.
    stage, panels
        ``"ks2"`` or ``"ks4"``, and its progress measures.
    years
        Academic years by their ending; those without figures are left out.
    sponsors
        Schools of sponsors; None where not known.

    Returns
    -------
    tuple of YearCount
    """
    held = [
        year
        for year in years
        if any(
            year in panel.years and np.isfinite(panel.value[:, panel.years.index(year)]).any()
            for panel in panels
        )
    ]
    return tuple(_count(memberships, register, stage, panels, year, sponsors) for year in held)


def _count(
    memberships: GroupMemberships,
    register: SchoolRegister,
    stage: str,
    panels: Sequence[SchoolPanel],
    year: int,
    sponsors: GroupMemberships | None,
) -> YearCount:
    rule = GroupRule.official(year)
    members = list_members(memberships, register, year=year, rule=rule)
    results, figures = have_results(members, register, panels)
    found = find_eligible(members, results, figures, stage=stage, rule=rule)
    together = None
    if sponsors is not None and len(sponsors.school):
        joined = replace(members, group=_under_sponsors(members, sponsors))
        together = find_eligible(joined, results, figures, stage=stage, rule=rule)
    groups, schools = DFE_COUNTS.get(stage, {}).get(year, (None, None))
    return YearCount(
        stage=stage,
        year=year,
        official_groups=groups,
        official_schools=schools,
        groups=found.n_groups,
        schools=found.n_schools,
        groups_under_sponsors=None if together is None else together.n_groups,
        schools_under_sponsors=None if together is None else together.n_schools,
        left_out=dict(found.left_out),
        causes=tuple(_causes(found, members, together)),
    )


def _under_sponsors(members: GroupMembers, sponsors: GroupMemberships) -> Codes:
    """Return for each member the first group of its group's sponsor: groups of one sponsor become one."""
    names, sponsor = np.unique(sponsors.group, return_inverse=True)
    order = np.argsort(sponsors.school, kind="stable")
    place = np.searchsorted(sponsors.school, members.school, sorter=order).clip(max=len(order) - 1)
    has = sponsors.school[order[place]] == members.school
    own = np.where(has, sponsor[order[place]], -1)
    table = np.zeros((members.n_groups, len(names)), dtype=np.int64)
    np.add.at(table, (members.group[has], own[has]), 1)
    usual = np.where(table.any(axis=1), table.argmax(axis=1), -1)
    first = np.full(len(names), members.n_groups, dtype=np.int64)
    np.minimum.at(first, usual[usual >= 0], np.flatnonzero(usual >= 0))
    leader = np.where(usual >= 0, first[usual], np.arange(members.n_groups))
    return np.asarray(leader[members.group], dtype=np.int64)


def _causes(found: Eligibility, members: GroupMembers, together: Eligibility | None) -> list[str]:
    said = []
    end = np.datetime64(f"{members.year}-08-31")
    if members.seen < end - np.timedelta64(1, "D") * 366:
        said.append(f"The register is of {members.seen}: schools that joined groups after are not in it.")
    elif members.seen > end:
        said.append(
            f"The register of {members.seen} shows who belonged that day: schools that left their group, "
            "and groups that closed, before then are absent."
        )
    elif members.seen < end:
        said.append(
            f"The register of {members.seen} shows who belonged that day, not on the publisher's own day: "
            "schools that left or changed group in between are absent or elsewhere."
        )
    if found.without_figure:
        said.append(
            f"{found.without_figure} schools count although their own figure is not shown: a group's figure "
            "rests on pupils."
        )
    if together is not None and together.n_groups != found.n_groups:
        said.append(
            f"The publisher takes the groups of one sponsor together: that would make {together.n_groups} "
            f"groups with {together.n_schools:,} schools."
        )
    return said
