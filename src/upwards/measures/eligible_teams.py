"""Which teams may be compared for what they add: those whose pupils' starting points are known."""

from __future__ import annotations

from collections.abc import Sequence

from upwards.measures.teams import Teams


def measured_with_prior(teams: Teams, with_prior: Sequence[str]) -> tuple[Teams, list[str]]:
    """Leave out the teams of subjects and stages without prior attainment, unless none has any.

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
        return teams, ["No stage has prior attainment: a high effect may be what pupils brought."]
    named = ", ".join(name.replace("/", " at ") for name in missing)
    note = f"Left out for want of prior attainment, as nobody can tell what was added: {named}."
    return teams.take([name in known for name in here]), [note]
