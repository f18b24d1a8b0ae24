"""`upwards plan`: who should work with whom, on what, for how many hours, at what cost?"""

from __future__ import annotations

from typing import Annotated

import typer

from upwards.cli.output import Format, print_answer
from upwards.cli.workspace_answers import (
    DrawsOption,
    FormatOption,
    OutputOption,
    ReferenceOption,
    SeedOption,
    WorkspaceOption,
    notes_of,
    progress_bar,
)
from upwards.core.errors import UserError

LINE_COLUMNS = {"why": "what and why", "kind": "kind", "hours_each": "hours each", "cost": "cost"}


def plan(
    workspace: WorkspaceOption = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0, max=1e9, help="Hours there are in all, of both ends and what is under way."),
    ] = None,
    money: Annotated[float | None, typer.Option(min=0, max=1e12, help="Money there is.")] = None,
    cost_per_hour: Annotated[float, typer.Option(min=0, max=1e6, help="Cost of one released hour.")] = 0.0,
    recipient_hours: Annotated[
        float, typer.Option(min=0, max=1e4, help="Most hours of one recipient.")
    ] = 18.0,
    timetable_hours: Annotated[
        float,
        typer.Option(min=1, max=60, help="Teaching hours of a full week; providers give a share."),
    ] = 25.0,
    stages: Annotated[
        str | None, typer.Option(help="Stages from first to last, so that neighbours can work together.")
    ] = None,
    asks: Annotated[
        list[str] | None, typer.Option("--asks", help="A team that asks for help: school/subject/stage.")
    ] = None,
    must: Annotated[
        list[str] | None,
        typer.Option("--must", help="A pair that must work together: provider=recipient, both as in --asks."),
    ] = None,
    serve_at_least: Annotated[int, typer.Option(min=0, help="Fewest teams that must have a partner.")] = 0,
    provisional: Annotated[
        bool,
        typer.Option(help="Let teams share whose results cover too few years to be called bright spots."),
    ] = True,
    reference: ReferenceOption = None,
    time_limit: Annotated[float, typer.Option(min=1, max=86400, help="Seconds for each search.")] = 60.0,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Who should work with whom, on what, for how many hours, at what cost?

    Example:

      upwards plan --workspace trust --hours 400 --stages K,1,2,3
    """
    from upwards.actions.make_plan import make_plan

    with progress_bar() as progress:
        answer = make_plan(
            workspace,
            stage_order=[name.strip() for name in stages.split(",")] if stages else [],
            provisional=provisional,
            total_hours=hours,
            money=money,
            cost_per_hour=cost_per_hour,
            recipient_hours=recipient_hours,
            timetable_hours=timetable_hours,
            asks_for_help=[team_key(text) for text in asks or []],
            must_work_together=[pair_key(text) for text in must or []],
            serve_at_least=serve_at_least,
            reference=reference,
            time_limit=time_limit,
            draws=draws,
            seed=seed,
            progress=progress,
        )
    stopped = [f"  {team['why']} {team.get('hours_why') or ''}".rstrip() for team in answer["unserved"]]
    without = ["Without a partner:", *stopped] if stopped else []
    going = [f"  {one['why']} {one['hours_why']}" for one in answer["under_way"]]
    under_way = [answer["under_way_text"], "", "Under way:", *going, ""] if going else []
    staffed = [f"  {one['why']}" for one in answer.get("hours_of_people", ())]
    hours_of_people = ["Hours of people:", *staffed, ""] if staffed else []
    lines = [*answer["text"], *notes_of(answer), "", *under_way, *hours_of_people, *without, ""]
    print_answer(answer, answer["lines"], form=form, output=output, lines=lines, columns=LINE_COLUMNS)


def team_key(text: str) -> tuple[str, str, str]:
    """Read ``school/subject/stage``."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != 3 or not all(parts):
        raise UserError(f"'{text}' does not name a team: write school/subject/stage.")
    return parts[0], parts[1], parts[2]


def pair_key(text: str) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Read ``provider=recipient``."""
    provider, mark, recipient = text.partition("=")
    if not mark:
        raise UserError(
            f"'{text}' does not name a pair: write provider=recipient, both school/subject/stage."
        )
    return team_key(provider), team_key(recipient)
