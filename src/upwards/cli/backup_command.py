"""`upwards backup`: one file that holds a workspace and its application's records."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from upwards.cli.serve_command import web_installed
from upwards.core.errors import UserError

PASSPHRASE = "UPWARDS_BACKUP_PASSPHRASE"
EXAMPLE = """Example:

\b
  upwards backup five-rivers --to /mnt/backups --keep 14
"""


def backup(
    workspace: Annotated[Path, typer.Argument(help="The workspace.", show_default=False)],
    to: Annotated[
        Path | None,
        typer.Option(help="Folder for it, best on another machine; by default 'backups' in the workspace."),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Keep so many, and remove older ones of this workspace.")
    ] = None,
    with_secrets: Annotated[
        bool,
        typer.Option(
            "--with-secrets",
            help=f"Also the secret keys, locked with a passphrase (asked for, or in {PASSPHRASE}).",
        ),
    ] = False,
) -> None:
    """Back up a workspace and its database into one file, while it is served."""
    with web_installed():
        from upwards.web.keeping.running import back_up
    words = ask_passphrase(twice=True) if with_secrets else None
    done = back_up(workspace, to=to, keep=keep, passphrase=words, say=say)
    typer.echo(f"{done.path} ({done.size:,} bytes, {done.n_rows:,} rows, {done.n_files:,} files), checked.")
    if done.n_removed:
        typer.echo(f"Removed {done.n_removed} older, whose time was over.")
    if done.with_secrets:
        typer.echo(
            "It holds the workspace's secrets, locked with your passphrase, and only you can read the file. "
            "Keep the passphrase elsewhere."
        )
    else:
        typer.echo("It does not hold secret.key: keep a copy of that file elsewhere, or use --with-secrets.")


backup.__doc__ = f"{backup.__doc__}\n\n\b\n{EXAMPLE}"


def say(line: str) -> None:
    typer.secho(f"{line} ...", err=True)


def ask_passphrase(*, twice: bool) -> str:
    """Return the passphrase: from the environment for machines, else asked for."""
    words = os.environ.get(PASSPHRASE, "")
    if words:
        return words
    try:
        asked: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice)
    except typer.Abort as error:
        raise UserError(f"A passphrase is needed. Type it, or put it into {PASSPHRASE}.") from error
    return asked
