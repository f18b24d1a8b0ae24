"""Which teams may be compared for what they add: those whose pupils' starting points are known."""

from __future__ import annotations

from collections.abc import Sequence

from upwards.core.errors import UserError
from upwards.measures.teams import Teams


class NoPriorAttainment(UserError):
    """What was added is asked for, and no pupil's starting point is known."""


def measured_with_prior(teams: Teams, with_prior: Sequence[str]) -> tuple[Teams, list[str]]:
    """Leave out the teams of subjects and stages without prior attainment.

    Parameters
    ----------
    teams
        All teams.
    with_prior
        Subjects and stages with prior attainment, as ``subject/stage``.

    Returns
    -------
    tuple
        The teams that remain, and sentences on what was left out.

    Raises
    ------
    NoPriorAttainment
        When none has prior attainment: a high result may be what pupils brought.

    Examples
    --------
    >>> import numpy as np
    >>> one, draws = np.ones(2, dtype=np.int64), np.zeros((3, 2), dtype=np.float32)
    >>> teams = Teams(("a", "a"), ("maths", "maths"), ("K", "1"), one, one, one, np.ones(2), np.zeros(2),
    ...               np.ones(2), draws, draws)
    >>> measured_with_prior(teams, ["maths/1"])[0].stage
    ('1',)
    """
    here = [f"{subject}/{stage}" for _, subject, stage in teams.keys]
    known = set(with_prior)
    missing = sorted(set(here) - known)
    if not missing:
        return teams, []
    if not known:
        raise NoPriorAttainment(
            "No result comes with prior attainment, so a high one may be what pupils brought: nobody can be "
            "said to know how. Import results with a prior column (an earlier test of the same pupils)."
        )
    note = _left_out([name.replace("/", " at ") for name in missing])
    return teams.take([name in known for name in here]), [note]


def with_prior_only(stages: Sequence[tuple[str, str, bool]]) -> tuple[list[bool], list[str]]:
    """Say which fits one joint model may hold: what was added is not mixed with what pupils brought.

    Parameters
    ----------
    stages
        Subject, stage, and whether the fit has prior attainment.

    Returns
    -------
    tuple
        One flag per fit, and a sentence on those left out. All remain where none has prior attainment.

    Examples
    --------
    >>> with_prior_only([("maths", "K", False), ("maths", "1", True)])[0]
    [False, True]
    """
    missing = [f"{subject} at {stage}" for subject, stage, known in stages if not known]
    if not missing or len(missing) == len(stages):
        return [True] * len(stages), []
    return [known for _, _, known in stages], [_left_out(missing)]


def _left_out(missing: Sequence[str]) -> str:
    named = ", ".join(missing)
    return (
        f"Not compared between teams for want of prior attainment; nobody can tell what was added: {named}."
    )


def large_enough(teams: Teams, hidden_at: int) -> tuple[Teams, list[str]]:
    """Leave out teams of so few pupils that nothing may be told of them.

    Parameters
    ----------
    teams
        All teams.
    hidden_at
        Counts of pupils up to this are hidden.

    Returns
    -------
    tuple
        The teams that remain, and a sentence on those left out.

    Examples
    --------
    >>> import numpy as np
    >>> n, draws = np.array([4, 40]), np.zeros((3, 2), dtype=np.float32)
    >>> teams = Teams(("a", "b"), ("maths", "maths"), ("1", "1"), n, n, n, np.ones(2), np.zeros(2),
    ...               np.ones(2), draws, draws)
    >>> kept, notes = large_enough(teams, 5)
    >>> kept.school, notes
    (('b',), ['1 team of 5 pupils or fewer is not shown.'])
    """
    small = teams.n_pupils <= hidden_at
    count = int(small.sum())
    if not count:
        return teams, []
    said = "1 team" if count == 1 else f"{count} teams"
    verb = "is" if count == 1 else "are"
    return teams.take(~small), [f"{said} of {hidden_at} pupils or fewer {verb} not shown."]
