"""Teams: the departments and year teams inside schools, on one scale, with their joint uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LABELS = ("school", "subject", "stage")
DRAWS = ("draws", "draws_adjusted")


@dataclass(frozen=True, slots=True, eq=False)
class Teams:
    """What each team adds (school, department and year team together), in pupil SD of its subject and stage.

    A team is what a school does in one subject at one stage (and department, where there is one).
    All arrays have length T, the number of teams; draws are joint over all teams, so that any
    comparison of teams can be read off them.

    Attributes
    ----------
    school, subject, stage
        Labels.
    n_pupils, n_years
        Pupils and academic years behind each effect.
    n_teachers
        Teachers who taught it in the year with most; -1 where unknown.
    coverage
        Share of results that could be used and attributed, 0 to 1.
    effect, se
        Posterior mean and standard deviation, pupil SD.
    draws
        Joint posterior draws, shape (number of draws, T), pupil SD.
    draws_adjusted
        The same after adjustment for the unit's mean intake, shape (number of draws, T).
    """

    school: tuple[str, ...]
    subject: tuple[str, ...]
    stage: tuple[str, ...]
    n_pupils: Ints
    n_years: Ints
    n_teachers: Ints
    coverage: Floats
    effect: Floats
    se: Floats
    draws: npt.NDArray[np.float32]
    draws_adjusted: npt.NDArray[np.float32]

    @property
    def n_teams(self) -> int:
        """Return T, the number of teams."""
        return len(self.school)

    @property
    def keys(self) -> tuple[tuple[str, str, str], ...]:
        """Return school, subject and stage of each team."""
        return tuple(zip(self.school, self.subject, self.stage, strict=True))

    def take(self, chosen: Sequence[bool] | npt.NDArray[np.bool_]) -> Teams:
        """Return the chosen teams only, in the same order."""
        mask = np.asarray(chosen, dtype=np.bool_)
        columns = self.to_columns()
        return Teams.from_columns({name: np.asarray(values)[mask] for name, values in columns.items()})

    def to_columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return every attribute with the teams on the first axis."""
        columns = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        for name in DRAWS:
            columns[name] = np.ascontiguousarray(columns[name].T)
        return columns

    @classmethod
    def from_columns(cls, columns: Mapping[str, npt.NDArray[Any]]) -> Teams:
        """Make teams from what `to_columns` gave."""
        found: dict[str, Any] = {name: np.asarray(columns[name]) for name in columns}
        for name in DRAWS:
            found[name] = np.ascontiguousarray(found[name].T, dtype=np.float32)
        for name in LABELS:
            found[name] = tuple(str(label) for label in found[name])
        return cls(**found)
