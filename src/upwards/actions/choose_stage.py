"""Share within, link out, or grow the top: the action."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import (
    Progress,
    audience_of,
    open_workspace,
    require_schools,
    said_of_filter,
)
from upwards.actions.teams_once import teams_once
from upwards.actions.workspace_answer import answer_once
from upwards.measures.eligible_teams import measured_with_prior
from upwards.measures.outside_reference import read_reference
from upwards.measures.stage_answers import StageRule
from upwards.measures.stages import choose_stages

SCHEMA = "upwards.stage/1"
USED = (
    "share_within.gap",
    "share_within.certainty",
    "grow_top.certainty",
    "grow_top.reference_share",
    "link_out.certainty",
    "bright_spot.min_years",
    "coverage.minimum",
    "personal_unit.min_teachers",
)


def choose_stage(
    folder: Path | None = None,
    *,
    reference: Path | None = None,
    schools: frozenset[str] | None = None,
    draws: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Choose for each school and subject where the knowledge it needs is most likely to be.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    reference
        TOML file with the outside 75th percentile; without it nobody is told to grow the top.
    schools
        Schools to be shown; None for all.
    draws, seed
        Joint draws.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    dict
        ``{"schema", "settings", "notes", "schools", "text", ...}``; ``best`` of a school is the stage of its
        best team.

    Raises
    ------
    UserError
        When there is no workspace, nothing can be fitted, or the reference cannot be read.
    """
    opened = open_workspace(folder)
    require_schools(opened, schools)
    audience = audience_of(opened.settings, schools)
    outside = read_reference(reference)

    def compute() -> dict[str, Any]:
        measured, notes, with_prior = teams_once(opened, draws=draws, seed=seed, progress=progress)
        teams, left_out = measured_with_prior(measured, with_prior)
        rule = StageRule.from_settings(opened.settings)
        found = choose_stages(teams, rule, outside).to_dict()
        return {
            "schema": SCHEMA,
            "settings": opened.settings.used(USED),
            "notes": [*notes, *left_out, *said_of_filter(schools)],
            **found,
            "schools": [
                {**row, "best": None if row["best"] is None else teams.stage[row["best"]]}
                for row in found["schools"]
                if audience.may_see(row["school"])
            ],
        }

    said = asdict(outside) if outside is not None else None
    arguments = {"reference": said, "schools": sorted(schools) if schools is not None else None}
    return answer_once(opened, "stage", {**arguments, "draws": draws, "seed": seed}, compute)
