"""Which schools were open and under which inspection outcome on a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from upwards.core.panel import Days, Flags, SchoolJudgements, SchoolRegister, Texts

Whole = npt.NDArray[np.int64]

_LONG_AGO = np.datetime64("1000-01-01")
_NEVER = np.datetime64("9999-12-31")
_DAYS = 10_000_000  # days since 1970 stay far below, so that one number holds line and day
_USUALLY_INSPECTED = 0.5  # of the schools of a kind: those of other kinds have other inspectors


@dataclass(frozen=True, slots=True, eq=False)
class InspectedSchools:
    """Schools that were inspected at least once, each with its line of predecessors.

    Attributes
    ----------
    region
        Shape (L,), text; ``""`` where no file says.
    authority
        Shape (L,): number of the local authority; 0 for those without.
    renamed, ends
        Shape (L,), days: when the present school took over from its predecessor, and when it closed.
    key, grade, own
        Shape (K,): line and day of each judgement in one number, ascending; its grade; whether it was of the
        present school and not of a predecessor.
    known_region, known_from, known_to
        Shape (M,): region, first and last day of all schools of kinds that are inspected.
    """

    region: Texts
    authority: Whole
    renamed: Days
    ends: Days
    key: Whole
    grade: Whole
    own: Flags
    known_region: Texts
    known_from: Days
    known_to: Days

    def in_force(self, day: np.datetime64) -> tuple[Whole, Flags]:
        """Return each line's grade on a day (0 for none or closed) and whether it was inherited.

        Parameters
        ----------
        day
            Such as the last of an academic year.

        Returns
        -------
        grade, inherited
            Shape (L,) each.
        """
        start = np.arange(len(self.region)) * _DAYS
        last = np.searchsorted(self.key, start + day.astype("datetime64[D]").astype(np.int64), "right")
        begin = np.searchsorted(self.key, start, "left")
        at = np.maximum(last - 1, 0)
        has = (last > begin) & (self.ends > day)
        return np.where(has, self.grade[at], 0), has & ~self.own[at] & (self.renamed <= day)

    def n_open(self, day: np.datetime64, regions: Texts) -> int:
        """Count the schools known to be open on a day in some regions, inspected or not."""
        here = (self.known_from <= day) & (self.known_to > day)
        return int((here & np.isin(self.known_region, regions)).sum())


def list_inspected(
    judgements: SchoolJudgements, register: SchoolRegister, grade: Whole, last_trace: Days | None = None
) -> InspectedSchools:
    """Put judgements in the order of lines and days, and say from when to when each line was open.

    Parameters
    ----------
    judgements
        All inspections.
    register
        All schools.
    grade
        Shape of the judgements; 0 where the outcome is not known.
    last_trace
        Shape of the register: the last day on which a file shows a school; NaT for none.

    Returns
    -------
    InspectedSchools

    Notes
    -----
    A school that is in no register and has no closing date ends with its last trace, at the earliest its last
    judgement.
    """
    lines, of = np.unique(register.line, return_inverse=True)
    usable = (grade > 0) & (register.places(judgements.line) >= 0)
    line = np.searchsorted(lines, judgements.line[usable])
    day = judgements.date[usable].astype("datetime64[D]")
    begins, ends, renamed = _spans(register, of, len(lines), (line, day), last_trace)
    here = np.unique(line)
    present = np.maximum(register.places(lines), 0)
    kinds = register.kind[present]
    names, number = np.unique(kinds, return_inverse=True)
    judged = np.isin(np.arange(len(lines)), here)
    usual = np.bincount(number, weights=judged) / np.bincount(number) >= _USUALLY_INSPECTED
    known = (usual[number] & (kinds != "")) | judged
    # On one day the worst outcome counts, as where two reports of one day disagree.
    place = np.searchsorted(here, line)
    order = np.lexsort((grade[usable], day.astype(np.int64), place))
    return InspectedSchools(
        region=register.region[present][here],
        authority=np.unique(register.authority[present][here], return_inverse=True)[1].astype(np.int64),
        renamed=renamed[here],
        ends=ends[here],
        key=(place * _DAYS + day.astype(np.int64))[order],
        grade=grade[usable][order],
        own=(judgements.school == judgements.line)[usable][order],
        known_region=register.region[present][known],
        known_from=begins[known],
        known_to=ends[known],
    )


def _spans(
    register: SchoolRegister,
    of: Whole,
    n_lines: int,
    judged: tuple[Whole, Days],
    last_trace: Days | None,
) -> tuple[Days, Days, Days]:
    """Return when each line began and ended, and when its present school took over."""
    opened = register.opened.astype("datetime64[D]")
    begins = np.full(n_lines, _NEVER)
    np.minimum.at(begins, of, np.where(np.isnat(opened), _LONG_AGO, opened))
    line, day = judged
    np.minimum.at(begins, line, day)
    trace = np.full(n_lines, _LONG_AGO)
    np.maximum.at(trace, line, day)
    if last_trace is not None:
        shown = last_trace.astype("datetime64[D]")
        np.maximum.at(trace, of, np.where(np.isnat(shown), _LONG_AGO, shown))
    present = register.school == register.line
    ends, renamed = np.full(n_lines, _NEVER), np.full(n_lines, _LONG_AGO)
    closed = register.closed.astype("datetime64[D]")
    unlisted = np.isnat(closed) & (register.kind == "") & np.isnan(register.pupils)
    # one day after the last trace, so that the school still counts on that day itself
    end = np.where(unlisted, trace[of] + np.timedelta64(1, "D"), np.where(np.isnat(closed), _NEVER, closed))
    ends[of[present]] = end[present]
    renamed[of[present]] = np.where(np.isnat(opened), _LONG_AGO, opened)[present]
    return begins, ends, renamed
