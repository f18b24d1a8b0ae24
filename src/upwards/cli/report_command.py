"""`upwards report`: every answer of a workspace on one page, or a page on the public record."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from upwards.cli.workspace_answers import (
    DrawsOption,
    ReferenceOption,
    SeedOption,
    WorkspaceOption,
    progress_bar,
)
from upwards.core.errors import UserError


class Page(StrEnum):
    """A page of its own on the public record."""

    CONVERGENCE = "convergence"
    GROUPS = "groups"


class Inside(StrEnum):
    """Groups whose inside the page on convergence describes, or the gap instead of schools."""

    REGION = "region"
    AUTHORITY = "authority"
    TRUST = "trust"
    GAP = "gap"


PageArgument = Annotated[
    Page | None, typer.Argument(help="A page on the public record; without it every answer on results.")
]
USED = {
    None: {"hours", "stages", "reference", "draws", "seed"},
    Page.CONVERGENCE: {"measure", "years", "by", "region", "seed"},
    Page.GROUPS: {"year", "group"},
}


def report(
    context: typer.Context,
    page: PageArgument = None,
    workspace: WorkspaceOption = None,
    output: Annotated[Path, typer.Option(help="The page.")] = Path("report.html"),
    hours: Annotated[
        float | None,
        typer.Option(min=0, max=1e9, help="Hours there are in all, both ends together."),
    ] = None,
    stages: Annotated[
        str | None, typer.Option(help="Stages from first to last, so that neighbours can work together.")
    ] = None,
    reference: ReferenceOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    measure: Annotated[
        str | None,
        typer.Option(help="convergence: which measure; by default reading at Key Stage 2, if held."),
    ] = None,
    years: Annotated[
        str | None, typer.Option(help="convergence: years by their ending, such as 2016-2019.")
    ] = None,
    by: Annotated[
        Inside, typer.Option(help="convergence: groups described inside, or the disadvantage gap.")
    ] = Inside.REGION,
    region: Annotated[
        str, typer.Option(help="convergence: the region beside the rest of the country.")
    ] = "London",
    year: Annotated[
        int | None, typer.Option(help="groups: academic year by its ending; by default the latest held.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="groups: one group's own page, by name, part of it, or code.")
    ] = None,
) -> None:
    """Write every answer on one page that opens without a network.

    Of published figures there are two pages of their own: convergence, and groups of schools.

    Example:

      upwards report --workspace trust --hours 400 --stages 1,2,3 --output trust.html

      upwards report convergence --measure ks2.reading_progress --workspace england

      upwards report groups --year 2019 --group "Delta" --workspace england
    """
    _refuse_unused(context, page)
    if page is Page.CONVERGENCE:
        _convergence(workspace, output, measure=measure, years=years, by=by.value, region=region, seed=seed)
    elif page is Page.GROUPS:
        _groups(workspace, output, year=year, group=group)
    else:
        order = [name.strip() for name in stages.split(",")] if stages else []
        _results(
            workspace,
            output,
            stage_order=order,
            total_hours=hours,
            reference=reference,
            draws=draws,
            seed=seed,
        )


def _refuse_unused(context: typer.Context, page: Page | None) -> None:
    """Refuse what the page does not use, so that nobody believes it was heard."""
    sources = {name: context.get_parameter_source(name) for name in set().union(*USED.values()) - USED[page]}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if given:
        name = sorted(given)[0]
        pages = [one for one, used in USED.items() if name in used]
        fits = " or ".join(f"'upwards report {one}'" if one else "'upwards report'" for one in pages)
        here = f"'upwards report {page}'" if page else "'upwards report'"
        raise UserError(f"{here} does not use --{name}; {fits} does. Leave it out.")


def _results(workspace: Path | None, output: Path, **asked: Any) -> None:
    from upwards.actions.prepare_report import prepare_report
    from upwards.reports.page import render_page

    with progress_bar() as progress:
        found = prepare_report(workspace, say=say_aside, progress=progress, **asked)
    write_page(render_page(found), output)


def _convergence(workspace: Path | None, output: Path, **asked: Any) -> None:
    from upwards.actions.prepare_record_report import prepare_convergence_report
    from upwards.reports.record_pages import render_convergence_page

    write_page(render_convergence_page(prepare_convergence_report(workspace, say=say_aside, **asked)), output)


def _groups(workspace: Path | None, output: Path, **asked: Any) -> None:
    from upwards.actions.prepare_record_report import prepare_groups_report
    from upwards.reports.record_pages import render_groups_page

    write_page(render_groups_page(prepare_groups_report(workspace, say=say_aside, **asked)), output)


def write_page(page: str, output: Path) -> None:
    """Write a page, whole or not at all."""
    half = output.with_name(f".{output.name}.part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(page, encoding="utf-8")
        half.replace(output)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise UserError(f"{output} cannot be written: {error.strerror}. Name another file.") from error
    say_aside(f"Written to {output}")


def say_aside(what: str) -> None:
    """Say what is being done, on the error stream."""
    typer.echo(what, err=True)
