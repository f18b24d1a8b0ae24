"""`upwards demo`: the whole way on real pupils, from their results to a plan, on one page, and served."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upwards.cli.report_command import say_aside, write_page
from upwards.cli.serve_command import web_installed
from upwards.cli.workspace_answers import progress_bar
from upwards.core.errors import UserError

if TYPE_CHECKING:
    from upwards.actions.prepare_demo import ReadyDemo

STAY_NOT = "UPWARDS_NO_SERVE"


class Study(StrEnum):
    """Whose pupils."""

    TENNESSEE = "tennessee"
    LONDON = "london"
    CHEMISTRY = "chemistry"


def demo(
    data: Annotated[
        Study,
        typer.Option(
            help="tennessee: 80 schools, grades K to 3. london: 65 schools, one examination. "
            "chemistry: 2,410 schools in 131 local authorities."
        ),
    ] = Study.TENNESSEE,
    output: Annotated[Path, typer.Option(help="The page.")] = Path("demo/index.html"),
    workspace: Annotated[
        Path | None,
        typer.Option(help="Workspace to fill; by default a folder named after the data beside the page."),
    ] = None,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="Then serve it on this machine until interrupted, with made-up people and a sign-in for "
            f"every role. tennessee only. With {STAY_NOT}=1 it ends once the server has answered.",
        ),
    ] = False,
) -> None:
    """Go the whole way on real pupils: import, measure, find, plan, and write one page.

    Example:

      upwards demo --data london --output london.html
    """
    from upwards.actions.prepare_demo import prepare_demo

    if serve and data is not Study.TENNESSEE:
        raise UserError(
            f"--serve is for --data tennessee: the made-up people work there, not in {data.value}."
        )
    ready = prepare_demo(data.value, workspace or output.parent / data.value, say=say_aside)
    if serve:
        raise typer.Exit(_serve(ready, output))
    _write(ready, output)
    say_aside(f"To ask it more: upwards plan --workspace {ready.workspace} --hours 200")


def _serve(ready: ReadyDemo, output: Path) -> int:
    """Make up people first: what they do becomes data, on which all answers are then computed once."""
    with web_installed():
        from upwards.web.demonstration import house
    passphrase, port = house.make_ready(ready.workspace, say=say_aside)
    _write(ready, output)
    house.compute_answers(say_aside)
    return house.serve(passphrase, port, say=typer.echo, stay=not os.environ.get(STAY_NOT))


def _write(ready: ReadyDemo, output: Path) -> None:
    from upwards.actions.prepare_report import prepare_report
    from upwards.reports.page import render_page

    with progress_bar() as progress:
        report = prepare_report(
            ready.workspace,
            stage_order=ready.stages,
            total_hours=ready.hours,
            say=say_aside,
            progress=progress,
        )
    write_page(render_page(report, ready.about), output)
