"""What kind of group it is: size, phases, types of schools, intake, growth, and spread over the land."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwards.core.panel import Flags, Floats, SchoolPanel, SchoolRegister, Texts
from upwards.measures.group_eligibility import Codes, GroupMembers, rows_in_panel
from upwards.measures.travel import Nearest

GROWTH_YEARS = 3
UNKNOWN = "not known"
# what a table of results says of a school that no register at hand holds: its table, not its type
NOT_A_TYPE = ("Mainstream school", "Special school")


@dataclass(frozen=True, slots=True, eq=False)
class Characteristics:
    """Characteristics of G groups, over all their schools, whether they count for the areas or not.

    Attributes
    ----------
    size
        Shape (G,): schools.
    phases, types
        For each group the number of schools by phase and by kind.
    share_primary, share_sponsored, share_new
        Shape (G,): shares of schools that are primary, taken over with a sponsor, or founded as free schools,
        studio schools or university technical colleges; NaN where no kind or phase is known.
    pct_disadvantaged
        Shape (G,): percent of pupils who are disadvantaged, schools weighted by pupils; NaN unknown.
    growth
        Shape (G,): share of today's schools that joined within the last three years.
    isolation_minutes
        Shape (G,): mean minutes from a school to the nearest other school of the group; NaN unknown.
    n_isolated
        Shape (G,): schools further than the setting from every other school of the group.
    pupils
        Shape (G,): on roll, of the schools for which it is known; NaN where of none.
    n_roll_unknown
        Shape (G,): schools whose roll is not known.
    """

    size: Codes
    phases: tuple[dict[str, int], ...]
    types: tuple[dict[str, int], ...]
    share_primary: Floats
    share_sponsored: Floats
    share_new: Floats
    pct_disadvantaged: Floats
    growth: Floats
    isolation_minutes: Floats
    n_isolated: Codes
    pupils: Floats
    n_roll_unknown: Codes


def describe_groups(
    members: GroupMembers,
    register: SchoolRegister,
    *,
    nearest: Nearest,
    isolated_minutes: float,
    intake: SchoolPanel | None,
) -> Characteristics:
    """Describe groups of schools.

    Parameters
    ----------
    members, register
        Schools of groups, and what is known of them.
    nearest
        From ``travel.find_nearest``.
    isolated_minutes
        A school is isolated that is further than this from every other school of its group.
    intake
        Percent of disadvantaged pupils per school; None where not published.

    Returns
    -------
    Characteristics
    """
    n_groups = members.n_groups
    everyone = np.ones(len(members.school), dtype=bool)
    size = members.count(everyone)
    kind = known_types(members.kind)
    lowered, phase = np.strings.lower(kind), np.strings.lower(members.phase)
    new = _says(lowered, "free school", "studio", "university technical")
    primary = np.strings.find(phase, "primary") >= 0
    recent = (members.full_years >= 0) & (members.full_years < GROWTH_YEARS)
    dated = members.full_years >= 0
    near = np.isfinite(nearest.minutes)
    roll = _column(register.pupils, members)
    return Characteristics(
        size=size,
        phases=_counts(members, members.phase),
        types=_counts(members, kind),
        share_primary=_share(members, primary, members.phase != ""),
        share_sponsored=_share(members, _says(lowered, "sponsor"), kind != ""),
        share_new=_share(members, new, kind != ""),
        pct_disadvantaged=_intake(members, register, intake, roll),
        growth=_share(members, recent, dated),
        isolation_minutes=_mean(members, np.where(near, nearest.minutes, 0), near),
        n_isolated=members.count(near & (np.nan_to_num(nearest.minutes) > isolated_minutes)),
        pupils=np.where(
            members.count(np.isfinite(roll)) > 0,
            np.bincount(members.group, np.nan_to_num(roll), n_groups),
            np.nan,
        ),
        n_roll_unknown=members.count(~np.isfinite(roll)),
    )


def known_types(kind: Texts) -> Texts:
    """Return types of schools, ``""`` where only a table of results speaks of the school.

    Examples
    --------
    >>> known_types(np.array(["Academy converter", "Mainstream school"])).tolist()
    ['Academy converter', '']
    """
    return np.where(np.isin(kind, NOT_A_TYPE), "", kind)


def _says(lowered: Texts, *words: str) -> Flags:
    found = np.zeros(len(lowered), dtype=bool)
    for word in words:
        found |= np.strings.find(lowered, word) >= 0
    return found


def _column(column: Floats, members: GroupMembers) -> Floats:
    if not len(column):
        return np.full(len(members.place), np.nan)
    return np.where(members.place >= 0, column[members.place], np.nan)


def _share(members: GroupMembers, which: Flags, known: Flags) -> Floats:
    return _mean(members, which.astype(np.float64), known)


def _mean(members: GroupMembers, values: Floats, known: Flags, weight: Floats | None = None) -> Floats:
    counted = known.astype(np.float64) if weight is None else np.where(known, weight, 0.0)
    total = np.bincount(members.group, counted, members.n_groups)
    sums = np.bincount(members.group, np.where(known, values, 0) * counted, members.n_groups)
    return np.where(total > 0, sums / np.where(total > 0, total, 1), np.nan)


def _intake(
    members: GroupMembers, register: SchoolRegister, intake: SchoolPanel | None, roll: Floats
) -> Floats:
    """Return the percent of disadvantaged pupils; a school of unknown roll counts as an average one."""
    if intake is None or members.year not in intake.years:
        return np.full(members.n_groups, np.nan)
    t = intake.years.index(members.year)
    row = rows_in_panel(members, register, intake)
    value, n = np.where(row >= 0, intake.value[row, t], np.nan), np.where(row >= 0, intake.n[row, t], np.nan)
    pupils = np.where(n > 0, n, roll)
    usual = float(np.nanmean(pupils)) if np.isfinite(pupils).any() else 1.0
    known = np.isfinite(value)
    return _mean(members, np.nan_to_num(value), known, np.where(pupils > 0, pupils, usual))


def _counts(members: GroupMembers, column: Texts) -> tuple[dict[str, int], ...]:
    """Count the values of a text per group."""
    names, code = np.unique(np.where(column == "", UNKNOWN, column), return_inverse=True)
    table = np.zeros((members.n_groups, len(names)), dtype=np.int64)
    np.add.at(table, (members.group, code), 1)
    return tuple({str(names[k]): int(row[k]) for k in np.flatnonzero(row)} for row in table)
