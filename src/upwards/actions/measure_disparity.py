"""Where inside us is the spread: the action."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import (
    Progress,
    audience_of,
    fit_disadvantage,
    open_workspace,
    require_schools,
)
from upwards.actions.teams_once import measure_teams_and_keep
from upwards.actions.workspace_answer import answer_once
from upwards.measures.disparity import describe_disparity
from upwards.measures.stages import StageRule

SCHEMA = "upwards.disparity/1"
USED = ("share_within.gap", "coverage.minimum", "small_counts.hidden_at", "personal_unit.min_teachers")


def measure_disparity(
    folder: Path | None = None,
    *,
    schools: frozenset[str] | None = None,
    draws: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Say how much of the spread is between schools, how much inside them, and in which schools.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    schools
        Schools to be shown; None for all.
    draws, seed
        Joint draws.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    dict
        ``{"schema", "settings", "notes", "spreads", "shares", "schools", "disadvantage", "text"}``.

    Raises
    ------
    UserError
        When there is no workspace, or nothing can be fitted.
    """
    opened = open_workspace(folder)
    require_schools(opened, schools)
    audience = audience_of(opened.settings, schools)

    def compute() -> dict[str, Any]:
        measured = measure_teams_and_keep(opened, draws=draws, seed=seed, progress=progress)
        gaps = fit_disadvantage(opened, measured.fits)
        rule = StageRule.from_settings(opened.settings)
        found = describe_disparity(measured.model, measured.teams, gaps, rule=rule, seed=seed).to_dict()
        return {
            "schema": SCHEMA,
            "settings": opened.settings.used(USED),
            "notes": measured.notes,
            **found,
            "schools": [row for row in found["schools"] if audience.may_see(row["school"])],
            "disadvantage": [
                row
                for row in found["disadvantage"]
                if row["school"] is None or audience.may_see(row["school"])
            ],
        }

    arguments = {"schools": sorted(schools) if schools is not None else None, "draws": draws, "seed": seed}
    return answer_once(opened, "disparity", arguments, compute)
