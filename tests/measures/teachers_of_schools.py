"""Schools whose teachers are known to add something: every part of a result is drawn with a given SD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from tests.measures.group_of_schools import TRUE_SD
from upwards.core.moments import Floats, Ints
from upwards.core.settings import Settings
from upwards.measures.own_teaching import OwnTeaching, measure_own_teaching
from upwards.measures.teaching_spread import PUPIL, TEACHING_PARTS, TeachingSpread, fit_teaching_spread
from upwards.measures.team_effects import combine_codes
from upwards.store.own_rows import SHARE, OwnCounts
from upwards.store.residual_rows import ResidualRows

TEACHER_SD = {**TRUE_SD, "teacher": 0.15}


@dataclass(frozen=True)
class Taught:
    """Rows with the truth beside them."""

    codes: Mapping[str, Ints]
    residual: Floats
    truth: Floats = field(repr=False)

    @property
    def n_teachers(self) -> int:
        return int(self.codes["teacher"].max()) + 1

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(map(str, range(int(code.max()) + 1))) for name, code in self.codes.items()}

    def spread(self) -> TeachingSpread:
        return fit_teaching_spread(self.residual, self.codes, self.labels)

    def rows_for(self, teacher: int) -> ResidualRows:
        """Return what the figure of one teacher is measured on: the rows of the own school."""
        own = self.codes["teacher"] == teacher
        here = np.isin(self.codes["school"], self.codes["school"][own])
        codes = {name: code[here] for name, code in self.codes.items()}
        codes[SHARE] = own[here].astype(np.int64)
        return ResidualRows(self.residual[here], codes, {**self.labels, SHARE: ("0.0", "1.0")})


def draw_taught(seed: int, *, schools: int = 12, years: int = 3, pupils: int = 20) -> Taught:
    """Draw two stages of two classes with two subjects; teachers move to another class every year."""
    rng = np.random.default_rng(seed)
    sizes = (schools, 2, years, 2, pupils, 2)
    school, stage, year, klass, _, subject = (index.ravel() for index in np.indices(sizes))
    slot = (stage * 2 + klass + year) % 4
    codes = {"school": school, "subject": subject, "stage": stage, "year": year, "class": klass}
    codes |= {"pupil": np.arange(len(school)) // 2, "teacher": school * 4 + slot}
    codes = {name: code.astype(np.int64) for name, code in codes.items()}
    parts = {}
    for name, columns in TEACHING_PARTS:
        unit = combine_codes([codes[one] for one in columns])
        parts[name] = rng.normal(0, TEACHER_SD[name], int(unit.max()) + 1)[unit]
    truth = np.sum([part for name, part in parts.items() if name != PUPIL], axis=0)
    return Taught(codes, truth + parts[PUPIL] + rng.normal(0, TEACHER_SD["residual"], len(school)), truth)


def own_figures(taught: Taught) -> Iterator[tuple[OwnTeaching, float]]:
    """Yield what each teacher is told, and the truth."""
    spread, settings = taught.spread(), Settings.load()
    for teacher in range(taught.n_teachers):
        own = taught.codes["teacher"] == teacher
        n_pupils = len(np.unique(taught.codes["pupil"][own]))
        counts = OwnCounts(int(own.sum()), 0, n_pupils, 0, 0)
        found = measure_own_teaching(taught.rows_for(teacher), spread, counts, settings)
        yield found, float(taught.truth[own].mean())
