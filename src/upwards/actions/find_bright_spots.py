"""Who knows how: the action."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
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
from upwards.actions.workspace_answer import answer_once, by_agreement
from upwards.core.audience import TeamKey
from upwards.measures import bright_spots
from upwards.measures.bright_spots import BrightSpotRule
from upwards.measures.eligible_teams import measured_with_prior

SCHEMA = "upwards.bright_spots/1"
USED = ("bright_spot.size", "bright_spot.certainty", "bright_spot.min_years", "bright_spot.min_pupils",
        "bright_spot.max_share_wrong", "coverage.minimum", "personal_unit.min_teachers")  # fmt: skip


def find_bright_spots(
    folder: Path | None = None,
    *,
    schools: frozenset[str] | None = None,
    agreed: frozenset[TeamKey] = frozenset(),
    draws: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Find the departments and year teams whose value added is both large and likely.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    schools
        Schools to be shown; None for all.
    agreed
        Personal teams whose people agree, today, to be named among those who know how.
    draws, seed
        Joint draws.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    dict
        ``{"schema", "settings", "notes", "teams", "named", "offered", "share_wrong", "text", ...}``.

    Raises
    ------
    UserError
        When there is no workspace, or nothing can be fitted.
    """
    opened = open_workspace(folder)
    require_schools(opened, schools)
    audience = replace(audience_of(opened.settings, schools), agreed=agreed)

    def compute() -> dict[str, Any]:
        measured, notes, with_prior = teams_once(opened, draws=draws, seed=seed, progress=progress)
        teams, left_out = measured_with_prior(measured, with_prior)
        rule = BrightSpotRule.from_settings(opened.settings)
        found = bright_spots.find_bright_spots(teams, rule, agreed=audience.agreed).to_dict()

        def shown(listed: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
            return [team for team in listed if audience.may_see(team["school"])]

        return {
            "schema": SCHEMA,
            **by_agreement(agreed),
            "settings": opened.settings.used(USED),
            "notes": [*notes, *left_out, *said_of_filter(schools)],
            **found,
            "named": shown(found["teams"][i] for i in found["named"]),
            "offered": shown(found["teams"][i] for i in found["offered"]),
            "teams": shown(found["teams"]),
        }

    arguments = {"schools": sorted(schools) if schools is not None else None, "draws": draws, "seed": seed}
    return answer_once(opened, "bright-spots", arguments | by_agreement(agreed), compute)
