"""Who should work with whom, on what, for how many hours, at what cost: the action."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import Opened, Progress, audience_of, open_workspace, require_schools
from upwards.actions.teams_once import teams_once
from upwards.actions.workspace_answer import answer_once, by_agreement
from upwards.core.audience import TeamKey
from upwards.measures.bright_spots import BrightSpotRule, find_bright_spots
from upwards.measures.eligible_teams import measured_with_prior
from upwards.measures.outside_reference import read_reference
from upwards.measures.promised_hours import UnderWay, find_under_way
from upwards.measures.staff_hours import describe_colleagues, from_one_source
from upwards.measures.stage_answers import OutsideReference, StageRule
from upwards.measures.stages import choose_stages
from upwards.plans.narrowed import narrow_plan
from upwards.plans.partnerships import make_partnership_plan
from upwards.plans.people_hours import People
from upwards.plans.rules import Limits, Pairing, Rates, Requests, Rhythm
from upwards.plans.under_way import under_way_for as under_way_for
from upwards.plans.under_way import unserved_for as unserved_for
from upwards.store.partnership_rows import list_partnerships
from upwards.store.people_rows import list_people

SCHEMA = "upwards.plan/1"
USED = ("plan.", "transfer.", "coaching.", "bright_spot.")
USED_OF_PEOPLE = ("people.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a plan is asked for, beside the settings."""

    pairing: Pairing
    limits: Limits
    requests: Requests
    asks_for_help: tuple[TeamKey, ...]
    outside: OutsideReference | None
    time_limit: float
    draws: int
    seed: int


Going = tuple[UnderWay, ...]


def make_plan(
    folder: Path | None = None,
    *,
    schools: frozenset[str] | None = None,
    agreed: frozenset[TeamKey] = frozenset(),
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
    today: datetime.date | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Plan partnerships within the hours and money there are, beside those that are under way.

    Where the table of people was imported, its hours limit what the people of a school give in a subject.
    Partnerships of the table of partnerships that are not over are not planned again; what they hold is taken
    off every limit.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    schools
        Schools to be shown; None for all. Of a line between one of them and another school the other is not
        named.
    agreed
        Personal teams whose people agree, today, to be named among those who know how.
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
    today
        The day of the plan, on which partnerships are under way or over; None for this day.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    dict
        ``{"schema", "settings", "notes", "lines", "under_way", "under_way_text", "unserved", "totals",
        "status", "gap", "text", ...}``; with people also ``"hours_of_people"``, and ``"hours_why"`` of every
        line and team without a partner.

    Raises
    ------
    UserError
        When there is no workspace, or the requests do not fit within the limits.
    """
    opened = open_workspace(folder)
    require_schools(opened, schools)
    asked = Asked(
        pairing=Pairing(stage_order=tuple(stage_order), provisional=provisional),
        limits=Limits.from_settings(
            opened.settings,
            total_hours=total_hours,
            money=money,
            cost_per_hour=cost_per_hour,
            recipient_hours=recipient_hours,
            timetable_hours=timetable_hours,
        ),
        requests=Requests(pairs=tuple(must_work_together), serve_at_least=serve_at_least),
        asks_for_help=tuple(asks_for_help),
        outside=read_reference(reference),
        time_limit=time_limit,
        draws=draws,
        seed=seed,
    )
    going = _under_way(opened, today or datetime.date.today())
    decides = (
        asdict(asked) | by_agreement(agreed) | ({"under_way": list(map(asdict, going))} if going else {})
    )
    whole = answer_once(opened, "plan", decides, lambda: _plan(opened, asked, agreed, going, progress))
    return narrow_plan(whole, audience_of(opened.settings, schools))


def _plan(
    opened: Opened, asked: Asked, agreed: frozenset[TeamKey], going: Going, progress: Progress | None
) -> dict[str, Any]:
    settings = opened.settings
    measured, notes, with_prior = teams_once(opened, draws=asked.draws, seed=asked.seed, progress=progress)
    teams, left_out = measured_with_prior(measured, with_prior)
    people, doubled = _people(opened)
    plan = make_partnership_plan(
        teams,
        choose_stages(teams, StageRule.from_settings(settings), asked.outside),
        find_bright_spots(teams, BrightSpotRule.from_settings(settings), agreed=agreed),
        asked.limits,
        Rates.from_settings(settings),
        asks_for_help=asked.asks_for_help,
        pairing=asked.pairing,
        rhythm=Rhythm.from_settings(settings),
        requests=asked.requests,
        people=people,
        under_way=going,
        time_limit=asked.time_limit,
        seed=asked.seed,
    )
    asked_of = USED if people is None else USED + USED_OF_PEOPLE
    used = [name for name in settings if name.startswith(asked_of)]
    return {
        "schema": SCHEMA,
        **by_agreement(agreed),
        "settings": settings.used(used),
        "notes": [*notes, *left_out, *doubled],
        **plan.to_dict(),
    }


def _under_way(opened: Opened, today: datetime.date) -> Going:
    """Return the partnerships that are agreed and not over."""
    weeks = opened.settings.count("coaching.length_weeks")
    return find_under_way(list_partnerships(opened.snapshot), today, weeks)


def _people(opened: Opened) -> tuple[People | None, tuple[str, ...]]:
    """Return the people whose hours are known, or None where nobody was imported; and who is left out."""
    held = list_people(opened.snapshot)
    if held is None:
        return None, ()
    rows, notes = from_one_source(held)
    settings = opened.settings
    colleagues = describe_colleagues(rows, settings.count("coaching.length_weeks"))
    return People(colleagues, coaches_trained=settings["people.coaches_trained"].value is True), notes
