"""Published figures of schools over years, as arrays: what every measure of schools works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
Days = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class SchoolPanel:
    """One published measure of many schools in several years.

    Attributes
    ----------
    measure, pupil_group
        What; ``pupil_group`` is ``""`` for all pupils.
    school
        Shape (I,): the school as it is followed: the code of the latest school in its line.
    years
        Academic years by their ending, ascending, T of them.
    value
        Shape (I, T); NaN where there is none, never zero for missing.
    lower, upper
        Shape (I, T): the published interval at `level`; NaN where none was published.
    level
        Level of the published intervals, such as 0.95.
    n
        Shape (I, T): pupils the figure rests on; NaN where not published for that year.
    missing
        Shape (I, T), text: why there is no value (one of ``core.tables.column.REASONS``); ``""`` where there
        is one; ``"no row"`` where the school is in no file of that year.
    code
        Shape (I, T), text: the code under which the school appeared in that year; ``""`` where it did not.
    source
        Shape (I, T), text: the file that the value was taken from; ``""`` where there is none.
    n_conflicts
        School-years for which two files give different values (beyond rounding).
    n_double_codes
        School-years in which an earlier and a later code of one school both give a value: the later is taken.
    """

    measure: str
    pupil_group: str
    school: Texts
    years: tuple[int, ...]
    value: Floats
    lower: Floats
    upper: Floats
    level: float
    n: Floats
    missing: Texts
    code: Texts
    source: Texts
    n_conflicts: int = 0
    n_double_codes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class SchoolRegister:
    """What is known of each school: all that appear in any file, closed ones included.

    Attributes
    ----------
    school
        Shape (N,): code, sorted, each once.
    line
        Shape (N,): code of the latest school that continues it (itself, if none).
    name, kind, phase, authority, region
        Shape (N,), text; ``""`` where unknown. A school that has no authority, region or place of its own has
        those of the school that continues it or took it in.
    latitude, longitude
        Shape (N,), degrees WGS 84; NaN where unknown.
    urban
        Shape (N,): 1 town, 0 country, NaN unknown.
    pupils
        Shape (N,): on roll at the register's date; NaN unknown.
    opened, closed
        Shape (N,), days; NaT unknown or still open.
    """

    school: Texts
    line: Texts
    name: Texts
    kind: Texts
    phase: Texts
    authority: Texts
    region: Texts
    latitude: Floats
    longitude: Floats
    urban: Floats
    pupils: Floats
    opened: Days
    closed: Days

    def places(self, schools: Texts) -> npt.NDArray[np.int64]:
        """Return where each code stands in the register, -1 where it does not.

        Parameters
        ----------
        schools
            Codes, any shape.

        Returns
        -------
        ndarray of int
            Same shape.
        """
        if not len(self.school):
            return np.full(schools.shape, -1, dtype=np.int64)
        place = np.searchsorted(self.school, schools).clip(max=len(self.school) - 1).astype(np.int64)
        return np.where(self.school[place] == schools, place, -1)


@dataclass(frozen=True, slots=True, eq=False)
class GroupMemberships:
    """Which school was in which group, as a register showed it on one day.

    Attributes
    ----------
    seen
        The day of the register that was used.
    registers
        Days of all registers held.
    school, group, group_name, group_kind
        Shape (M,), text.
    starts, ends
        Shape (M,), days; NaT unknown or lasting.
    """

    seen: np.datetime64
    registers: tuple[np.datetime64, ...]
    school: Texts
    group: Texts
    group_name: Texts
    group_kind: Texts
    starts: Days
    ends: Days


@dataclass(frozen=True, slots=True, eq=False)
class SchoolJudgements:
    """Outcomes of inspections, one per row.

    Attributes
    ----------
    school, line
        Shape (K,): code then inspected, and the latest school that continues it.
    date
        Shape (K,), days.
    framework, outcome
        Shape (K,), text, in the publisher's words.
    """

    school: Texts
    line: Texts
    date: Days
    framework: Texts
    outcome: Texts


@dataclass(frozen=True, slots=True, eq=False)
class GroupPanel:
    """One figure that was published for groups of schools in one year.

    Attributes
    ----------
    measure, pupil_group
        What; ``pupil_group`` is ``""`` for all pupils.
    year
        Academic year by its ending.
    group
        Shape (G,): code of the group, sorted.
    value
        Shape (G,); NaN where there is none.
    lower, upper
        Shape (G,): the published interval at `level`; NaN where none was published.
    level
        Level of the published intervals, such as 0.95.
    n, n_schools
        Shape (G,): pupils and schools that the figure rests on; NaN where not published.
    missing
        Shape (G,), text: why there is no value; ``""`` where there is one.
    source
        Shape (G,), text: the file that the value was taken from.
    """

    measure: str
    pupil_group: str
    year: int
    group: Texts
    value: Floats
    lower: Floats
    upper: Floats
    level: float
    n: Floats
    n_schools: Floats
    missing: Texts
    source: Texts
