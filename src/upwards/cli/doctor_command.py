"""`upwards doctor`: what is wrong with an installation, and how to mend it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from upwards.cli.serve_command import web_installed

EXAMPLE = """Example:

\b
  upwards doctor five-rivers
"""


def doctor(
    workspace: Annotated[Path, typer.Argument(help="The workspace.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
    remove_unopened_steps: Annotated[
        bool,
        typer.Option(
            "--remove-unopened-steps", help="Remove second steps that the signing key does not open."
        ),
    ] = False,
) -> None:
    """Say what is wrong with this installation and how to mend it; exit code 1 when something is."""
    with web_installed():
        from upwards.web.keeping.doctor import examine, remove_unopened_steps_of
    if remove_unopened_steps:
        n = remove_unopened_steps_of(workspace)
        typer.echo(f"Removed the second steps of {n} people that did not open.", err=True)
    found = examine(workspace)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=1, ensure_ascii=False))
    else:
        for one in found.findings:
            typer.echo(
                f"{'WRONG' if one.is_wrong else 'look'}: {one.what}\n   why: {one.why}\n   do:  {one.mend}"
            )
        typer.echo(f"{found.n_checks} things looked at: {found.n_wrong} wrong, {found.n_notes} to look at.")
    raise typer.Exit(1 if found.n_wrong else 0)


doctor.__doc__ = f"{doctor.__doc__}\n\n\b\n{EXAMPLE}"
