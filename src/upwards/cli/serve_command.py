"""`upwards serve`: the web application of a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from upwards.core.errors import MissingExtra

EXAMPLE = """Example:

\b
  upwards serve five-rivers
"""


@contextmanager
def web_installed() -> Iterator[None]:
    """Say how to install the web application where an import finds that it is not."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("upwards"):
            raise
        raise MissingExtra(
            f"The web application needs {error.name}, which is not installed. "
            'Install it with: pip install "upwards[web]"'
        ) from error


def serve(
    workspace: Annotated[Path, typer.Argument(help="The workspace.", show_default=False)],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    https: Annotated[
        bool, typer.Option("--https", help="It is reached by https only, through a proxy before it.")
    ] = False,
) -> None:
    """Serve the web application: pages, their database and the worker that computes."""
    with web_installed():
        from upwards.web.serving import serve as serve_workspace
    raise typer.Exit(serve_workspace(workspace, host=host, port=port, https=https, say=typer.echo))


serve.__doc__ = f"{serve.__doc__}\n\n\b\n{EXAMPLE}"
