"""`upwards restore`: a workspace and its application's records out of a backup."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from upwards.cli.backup_command import ask_passphrase, say
from upwards.cli.serve_command import web_installed

EXAMPLE = """Example:

\b
  upwards restore five-rivers-0f1e2d3c-20261122T020000000000Z.backup.zip five-rivers
"""


def restore(
    backup: Annotated[Path, typer.Argument(help="The backup's file.", show_default=False)],
    workspace: Annotated[Path, typer.Argument(help="A folder that is not there yet.", show_default=False)],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put what is there aside, instead of refusing.")
    ] = False,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Also the secret keys, opened with the passphrase.")
    ] = False,
    secret_key: Annotated[
        Path | None,
        typer.Option(help="Your copy of secret.key, if the backup is without.", show_default=False),
    ] = None,
) -> None:
    """Restore a workspace and its database; on another kind of database too, named by DATABASE_URL."""
    with web_installed():
        from upwards.web.keeping.restore import restore_backup
    words = ask_passphrase(twice=False) if with_secrets else None
    done = restore_backup(
        backup, workspace, replace=replace, passphrase=words, say=say, secret_key=secret_key
    )
    typer.echo(
        f"{workspace} is as it was on {done.manifest.moment:%d %B %Y at %H:%M} UTC. Everybody signs in again."
    )
    if done.aside is not None:
        typer.echo(f"What was there lies in {done.aside}. Remove it once all is well.")
    if done.aside_schema:
        typer.echo(f"Its tables are in the schema {done.aside_schema} of the database. Remove it too.")
    if done.n_erased:
        typer.echo(f"Erased again: {done.n_erased} that were erased after this backup was made.")
    typer.echo(f"Closed, since others hold their keys: {_counted(done.closed)}. They are given anew.")
    if done.again is None:
        typer.echo("No list beside the backup says what was withdrawn since.")
    else:
        typer.echo(f"Ended again, since they had ended after this backup: {_counted(done.again)}.")
    typer.echo(
        f"Roles, agreements, sharing and passwords are otherwise as on {done.manifest.moment:%d %B %Y}: "
        "check them."
    )
    if not done.has_signing_key:
        typer.echo(
            "The workspace has no secrets/signing.key: put your copy of it there before serving. Without it, "
            "codes of authenticator apps do not fit any more."
        )
    if not done.has_key:
        typer.echo(
            "The workspace has no secret.key: put your copy of it there. Without it, new files cannot be "
            "joined with those imported, and nobody can be erased from results."
        )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in counts.items())


restore.__doc__ = f"{restore.__doc__}\n\n\b\n{EXAMPLE}"
