"""`upwards groups`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from upwards.cli.output import Format, print_answer
from upwards.cli.workspace_answers import FormatOption, OutputOption, WorkspaceOption, notes_of


class Rule(StrEnum):
    """Which trusts are compared."""

    OFFICIAL = "official"
    OWN = "own"


class Stage(StrEnum):
    """At which stage trusts are eligible."""

    KS2 = "ks2"
    KS4 = "ks4"
    ANY = "any"


COLUMNS = {
    "name": "trust",
    "n_schools": "schools",
    "area": "area",
    "value": "value",
    "lower": "from",
    "upper": "to",
    "p_high": "P(high)",
}
YearOption = Annotated[
    int | None, typer.Option("--year", help="Academic year by its ending; by default the latest held.")
]
RuleOption = Annotated[
    Rule, typer.Option("--rule", help="The Department for Education's rule, or the workspace's own.")
]
StageOption = Annotated[
    Stage | None, typer.Option("--stage", help="List trusts that are eligible at this stage.")
]
TimesOption = Annotated[
    Path | None, typer.Option("--travel-times", help="CSV with travel times: from,to,minutes.")
]
OsrmOption = Annotated[
    str | None,
    typer.Option("--osrm", help="Ask this OSRM server; the coordinates of trusts' schools are sent to it."),
]


def groups(
    workspace: WorkspaceOption = None,
    year: YearOption = None,
    rule: RuleOption = Rule.OFFICIAL,
    stage: StageOption = None,
    travel_times: TimesOption = None,
    osrm: OsrmOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """How do trusts compare on the five areas, and what goes with it?

    Progress, improvement, disadvantaged pupils, inspections and finance, with intervals; trusts are listed
    by name, not in an order of merit.

    Example:

      upwards groups --year 2019 --workspace england
    """
    from upwards.actions.compare_groups import compare_groups
    from upwards.measures.groups_sentences import lines_on_screen

    answer = compare_groups(
        workspace,
        year=year,
        rule=rule.value,
        stage=None if stage is None else stage.value,
        travel_times=travel_times,
        osrm=osrm,
        say=lambda what: typer.secho(what, err=True),
    )
    rows = list(_rows(answer))
    lines = [*lines_on_screen(answer), *notes_of(answer), ""]
    shown = [row for row in rows if row["named"]] if form is Format.TABLE else rows
    if form is Format.TABLE:
        lines.append("High-performing trusts, by area and name; every trust is in --format csv or json.")
    print_answer(answer, shown, form=form, output=output, lines=lines, columns=COLUMNS)


def _rows(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one row for each trust and area."""
    named = {(row["group"], row["area"]) for row in answer["high_performing"]}
    for group in answer["groups"]:
        for area, found in group["areas"].items():
            yield {
                "group": group["group"],
                "name": group["name"],
                "n_schools": found["n_schools"],
                "area": area,
                **{
                    key: found[key]
                    for key in ("value", "lower", "upper", "p_high", "official", "official_lower")
                    + ("official_upper", "own_value", "own_lower", "own_upper", "status", "unit")
                },
                "named": (group["group"], area) in named,
            }
