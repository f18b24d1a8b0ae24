"""The teams of a workspace, measured once for a state of the data and read by every question after."""

from __future__ import annotations

from importlib.metadata import version

from upwards.actions.measure_workspace import MeasuredTeams, Opened, Progress, measure_teams
from upwards.measures.teams import Teams
from upwards.store.answers import answer_key
from upwards.store.kept_arrays import keep_arrays, kept_arrays


def teams_once(
    opened: Opened, *, draws: int, seed: int, progress: Progress | None = None
) -> tuple[Teams, list[str], list[str]]:
    """Return the teams with their joint draws, kept from an earlier question where there was one.

    Parameters
    ----------
    opened
        The workspace.
    draws, seed
        Joint draws.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    tuple
        The teams, what a reader must know of them, and the stages in which prior attainment is known.
    """
    kept = kept_arrays(opened.workspace, opened.snapshot, _key(opened, draws, seed))
    if kept is not None:
        content, columns = kept
        return Teams.from_columns(columns), content["notes"], content["with_prior"]
    measured = measure_teams_and_keep(opened, draws=draws, seed=seed, progress=progress)
    return measured.teams, measured.notes, measured.with_prior


def measure_teams_and_keep(
    opened: Opened, *, draws: int, seed: int, progress: Progress | None = None
) -> MeasuredTeams:
    """Measure the teams with their joint model, and keep them for the questions that follow.

    Parameters
    ----------
    opened
        The workspace.
    draws, seed
        Joint draws.
    progress
        As in `teams_once`.

    Returns
    -------
    MeasuredTeams
    """
    measured = measure_teams(opened, draws=draws, seed=seed, progress=progress)
    content = {"notes": measured.notes, "with_prior": measured.with_prior}
    key = _key(opened, draws, seed)
    keep_arrays(opened.workspace, opened.snapshot, key, content, measured.teams.to_columns())
    return measured


def _key(opened: Opened, draws: int, seed: int) -> str:
    settings = opened.settings.used(("coverage.minimum", "small_counts.hidden_at"))
    arguments = {"draws": draws, "seed": seed}
    return answer_key("teams", settings=settings, arguments=arguments, code_version=version("upwards"))
