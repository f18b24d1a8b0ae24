"""What records say of groups of schools: judgements of inspections, and accounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from upwards.core.panel import Flags, Floats, SchoolJudgements, SchoolPanel, SchoolRegister, Texts
from upwards.measures.group_areas import MEASURED, NOT_HELD, NOT_PUBLISHED, Area, Predecessors, empty_area
from upwards.measures.group_eligibility import Codes, GroupMembers

INADEQUATE = "inadequate"
# with accounts of fewer schools of groups than this, the file held is that of other schools
MOST = 0.5
# inspections come years apart: a record that ends more than a year before tells nothing of this year
RECORD_MAY_END = np.timedelta64(366, "D")


def measure_inadequate(
    judgements: SchoolJudgements | None, members: GroupMembers, register: SchoolRegister
) -> Area:
    """Count the schools of each group that were judged inadequate at the end of the year.

    Parameters
    ----------
    judgements
        Outcomes of inspections, in any order; None where there are none.
    members, register
        Schools of groups.

    Returns
    -------
    Area
        Number of schools. Details name them, and say which stand only on the inspection of a predecessor.
        For associations: the share of schools inspected themselves that were judged inadequate.
    """
    name, unit, n_groups = "inadequate", "schools", members.n_groups
    end = np.datetime64(f"{members.year}-08-31")
    if judgements is None or not len(judgements.date) or judgements.date.max() < end - RECORD_MAY_END:
        return empty_area(name, unit, n_groups, np.full(n_groups, NOT_HELD))
    by = np.argsort(judgements.date, kind="stable")
    by = by[judgements.date[by] <= end]
    bad = np.strings.lower(judgements.outcome[by]) == INADEQUATE
    own, own_bad = _latest(judgements.school[by], bad, members.school)
    line = np.where(members.place >= 0, register.line[members.place], members.school)
    any_, line_bad = _latest(judgements.line[by], bad, line)
    inadequate = np.where(own, own_bad, line_bad)
    known, inspected = members.count(own | any_), members.count(own)
    value = members.count(inadequate).astype(np.float64)
    shown = known > 0
    status = np.where(shown, MEASURED, NOT_HELD)
    continues = ~own & (any_ | _continues_another(register, line))
    before = Predecessors(members.count(continues), members.count(continues & any_))
    share = members.count(own & own_bad) / np.maximum(inspected, 1)
    details = {
        int(g): {
            "schools": [str(code) for code in members.school[(members.group == g) & inadequate]],
            "through_predecessor": [
                str(code) for code in members.school[(members.group == g) & inadequate & ~own]
            ],
        }
        for g in np.flatnonzero(value > 0)
    }
    return replace(
        empty_area(name, unit, n_groups, status),
        value=np.where(shown, value, np.nan),
        n_schools=known,
        # of the schools' own inspections only: a predecessor's outcome is why many joined at all
        direct=np.where(inspected > 0, share, np.nan),
        direct_variance=_variance_of_share(share, inspected),
        details=details,
        notes=(
            "Schools that were never inspected, or whose inspection is in no file, are not counted: an "
            f"outcome is held of {int((own | any_).sum()):,} of {len(own):,} schools. Of "
            f"{int(before.n.sum()):,} that were not inspected themselves and continue another, that of the "
            f"other is held for {int(before.known.sum()):,}.",
        ),
        predecessors=before,
    )


def _continues_another(register: SchoolRegister, line: Texts) -> Flags:
    """Say of which lines the register holds more than one school."""
    lines, schools = np.unique(register.line, return_counts=True)
    return np.isin(line, lines[schools > 1])


def _variance_of_share(share: Floats, n: Codes) -> Floats:
    """Return the variance of each group's share of n schools: chance, and what groups truly differ by.

    By moments: the sum of n (share - mean)² has expectation (G - 1) p(1 - p) plus the true variance times
    the sum of (n - 1) (1 - n / N). A weight of n alone would let a few large groups decide everything.
    """
    has = n > 0
    total = n.sum()
    p = float((n * share).sum() / max(total, 1))
    chance = p * (1 - p)
    if not chance:
        return 1 / np.maximum(n, 1).astype(np.float64)
    spread = (n * (share - p) ** 2)[has].sum() - (has.sum() - 1) * chance
    room = ((n - 1) * (1 - n / total))[has].sum()
    true = float(np.clip(spread / room, 0.0, chance)) if room > 0 else 0.0
    return np.asarray(true + (chance - true) / np.maximum(n, 1))


def _latest(codes: Texts, bad: Flags, wanted: Texts) -> tuple[Flags, Flags]:
    """Return for each wanted code whether anything is known, and whether the last row of it is bad."""
    if not len(codes):
        return np.zeros(len(wanted), dtype=bool), np.zeros(len(wanted), dtype=bool)
    unique, last = np.unique(codes[::-1], return_index=True)
    place = np.searchsorted(unique, wanted).clip(max=len(unique) - 1)
    found = unique[place] == wanted
    return found, found & bad[::-1][last][place]


def measure_finance(balance: SchoolPanel | None, income: SchoolPanel | None, members: GroupMembers) -> Area:
    """Return the in-year balance of each group as a share of its income, where published for all its schools.

    Parameters
    ----------
    balance, income
        In-year balance and total income of schools; None where there are none.
    members
        Schools of groups.

    Returns
    -------
    Area
        A share; academies' accounts are published apart from maintained schools', and are not held where
        fewer than half of the schools have any.
    """
    name, unit, n_groups = "finance", "share of income", members.n_groups
    area = empty_area(name, unit, n_groups, np.full(n_groups, NOT_HELD))
    if balance is None or income is None:
        return area
    parts = [_of_year(panel, members) for panel in (balance, income)]
    known = np.isfinite(parts[0]) & np.isfinite(parts[1])
    whole = members.count(known) == members.count(np.ones(len(known), dtype=bool))
    sums = [np.bincount(members.group, np.where(known, part, 0), n_groups) for part in parts]
    shown = whole & (sums[1] > 0)
    # a few schools that joined late in the year are among maintained schools' accounts
    absent = NOT_PUBLISHED if known.mean() >= MOST else NOT_HELD
    share = np.where(shown, sums[0] / np.where(shown, sums[1], 1), np.nan)
    return replace(
        area,
        status=np.where(shown, MEASURED, absent),
        value=share,
        n_schools=members.count(known),
        direct=share,
        direct_variance=np.where(shown, 1.0, np.nan),
    )


def _of_year(panel: SchoolPanel, members: GroupMembers) -> Floats:
    """Return the amount under the member's own code: a predecessor's money is not the group's."""
    if members.year not in panel.years or not len(panel.school):
        return np.full(len(members.school), np.nan)
    t = panel.years.index(members.year)
    order = np.argsort(panel.code[:, t], kind="stable")
    place = np.searchsorted(panel.code[:, t], members.school, sorter=order).clip(max=len(order) - 1)
    row = order[place]
    return np.where(panel.code[row, t] == members.school, panel.value[row, t], np.nan)
