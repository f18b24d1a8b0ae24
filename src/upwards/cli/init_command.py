"""`upwards init`: make the folder in which a group keeps its data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = """Example:

\b
  upwards init five-rivers --name "Five Rivers Trust"
  cd five-rivers
  upwards import ../results-2019.csv --as results
"""


def init(
    folder: Annotated[Path, typer.Argument(help="A new or an empty folder.", show_default=False)],
    name: Annotated[
        str | None, typer.Option(help="What the group is called; the folder's name by default.")
    ] = None,
) -> None:
    """Make a workspace: the folder in which a group of schools keeps its data and its answers."""
    from upwards.actions.init_workspace import init_workspace

    workspace = init_workspace(folder, name=name)
    typer.echo(f"Workspace {workspace.name!r} is ready in {workspace.folder}.")
    typer.echo(
        "Only you can read it. Its file secret.key ties pupils to their pseudonyms: back it up, share it "
        "with nobody."
    )
    typer.echo(f"Next: upwards import FILE --as results --workspace {folder}")


init.__doc__ = f"{init.__doc__}\n\n\b\n{EXAMPLE}"
