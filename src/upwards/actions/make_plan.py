"""Who should work with whom, on what, for how many hours, at what cost: the action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import Progress, audience_of, open_workspace
from upwards.actions.teams_once import teams_once
from upwards.actions.workspace_answer import answer_once
from upwards.measures.bright_spots import BrightSpotRule, find_bright_spots
from upwards.measures.eligible_teams import measured_with_prior
from upwards.measures.outside_reference import read_reference
from upwards.measures.stage_answers import StageRule
from upwards.measures.stages import choose_stages
from upwards.plans.partnerships import make_partnership_plan
from upwards.plans.rules import Limits, Pairing, Rates, Requests, Rhythm, TeamKey

SCHEMA = "upwards.plan/1"


def make_plan(
    folder: Path | None = None,
    *,
    stage_order: Sequence[str] = (),
    provisional: bool = True,
    total_hours: float | None = None,
    money: float | None = None,
    cost_per_hour: float = 0.0,
    recipient_hours: float = 18.0,
    timetable_hours: float = 25.0,
    asks_for_help: Sequence[TeamKey] = (),
    must_work_together: Sequence[tuple[TeamKey, TeamKey]] = (),
    serve_at_least: int = 0,
    reference: Path | None = None,
    time_limit: float = 60.0,
    draws: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Plan partnerships within the hours and money there are.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    stage_order
        Stages from first to last, so that neighbouring ones can work together.
    provisional
        Whether teams with too few years to be called bright spots may share, clearly labelled.
    total_hours, money, cost_per_hour, recipient_hours, timetable_hours
        What there is; see `upwards.plans.rules.Limits`.
    asks_for_help
        Teams that ask for help, whatever their results.
    must_work_together, serve_at_least
        Pairs (provider, recipient) that the plan must contain, and fewest teams it must serve.
    reference
        TOML file with the outside 75th percentile.
    time_limit
        Seconds for each search.
    draws, seed
        Joint draws.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    dict
        ``{"schema", "settings", "notes", "lines", "unserved", "totals", "status", "gap", "text", ...}``.

    Raises
    ------
    UserError
        When there is no workspace, or the requests do not fit within the limits.
    """
    opened = open_workspace(folder)
    settings, outside = opened.settings, read_reference(reference)
    agreed = audience_of(settings).agreed
    requests = Requests(pairs=tuple(must_work_together), serve_at_least=serve_at_least)
    limits = Limits.from_settings(
        settings,
        total_hours=total_hours,
        money=money,
        cost_per_hour=cost_per_hour,
        recipient_hours=recipient_hours,
        timetable_hours=timetable_hours,
    )

    def compute() -> dict[str, Any]:
        measured, notes, with_prior = teams_once(opened, draws=draws, seed=seed, progress=progress)
        teams, left_out = measured_with_prior(measured, with_prior)
        stages = choose_stages(teams, StageRule.from_settings(settings), outside, agreed=agreed)
        spots = find_bright_spots(teams, BrightSpotRule.from_settings(settings), agreed=agreed)
        plan = make_partnership_plan(
            teams,
            stages,
            spots,
            limits,
            Rates.from_settings(settings),
            asks_for_help=asks_for_help,
            pairing=Pairing(stage_order=tuple(stage_order), provisional=provisional),
            rhythm=Rhythm.from_settings(settings),
            requests=requests,
            time_limit=time_limit,
            seed=seed,
        )
        used = [n for n in settings if n.startswith(("plan.", "transfer.", "coaching.", "bright_spot."))]
        return {
            "schema": SCHEMA,
            "settings": settings.used(used),
            "notes": [*notes, *left_out],
            **plan.to_dict(),
        }

    arguments = {
        "stage_order": list(stage_order),
        "provisional": provisional,
        "limits": asdict(limits),
        "asks_for_help": [list(key) for key in asks_for_help],
        "requests": asdict(requests),
        "reference": asdict(outside) if outside is not None else None,
        "draws": draws,
        "seed": seed,
    }
    return answer_once(opened, "plan", arguments, compute)
