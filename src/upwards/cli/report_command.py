"""`upwards report`: every answer of a workspace on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upwards.cli.workspace_answers import (
    DrawsOption,
    ReferenceOption,
    SeedOption,
    WorkspaceOption,
    progress_bar,
)
from upwards.core.errors import UserError


def report(
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
) -> None:
    """Write every answer on one page that opens without a network.

    Example:

      upwards report --workspace trust --hours 400 --stages 1,2,3 --output trust.html
    """
    from upwards.actions.prepare_report import prepare_report
    from upwards.reports.page import render_page

    with progress_bar() as progress:
        found = prepare_report(
            workspace,
            stage_order=[name.strip() for name in stages.split(",")] if stages else [],
            total_hours=hours,
            reference=reference,
            draws=draws,
            seed=seed,
            say=say_aside,
            progress=progress,
        )
    write_page(render_page(found), output)


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
