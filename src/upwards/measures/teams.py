"""Teams: the departments and year teams inside schools, on one scale, with their joint uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
        Teachers who taught it; -1 where unknown.
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
