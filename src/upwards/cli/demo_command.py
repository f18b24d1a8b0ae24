"""`upwards demo`: the whole way on real pupils, from their results to a plan, on one page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from upwards.cli.report_command import say_aside, write_page
from upwards.cli.workspace_answers import progress_bar


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
) -> None:
    """Go the whole way on real pupils: import, measure, find, plan, and write one page.

    Example:

      upwards demo --data london --output london.html
    """
    from upwards.actions.prepare_demo import prepare_demo
    from upwards.actions.prepare_report import prepare_report
    from upwards.reports.page import render_page

    ready = prepare_demo(data.value, workspace or output.parent / data.value, say=say_aside)
    with progress_bar() as progress:
        report = prepare_report(
            ready.workspace,
            stage_order=ready.stages,
            total_hours=ready.hours,
            say=say_aside,
            progress=progress,
        )
    write_page(render_page(report, ready.about), output)
    say_aside(f"To ask it more: upwards plan --workspace {ready.workspace} --hours 200")
