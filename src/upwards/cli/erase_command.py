"""`upwards erase`: remove a person from everything a workspace holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = """Example:

  upwards erase --pupil A820200212025

The identifier is the one in the files that were imported; case and spaces do not matter. There is no way
back, other than importing the person's rows again.
"""


def erase(
    pupil: Annotated[
        str | None, typer.Option(help="The pupil's identifier, as in the files.", show_default=False)
    ] = None,
    teacher: Annotated[
        str | None, typer.Option(help="The teacher's identifier, as in the files.", show_default=False)
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option(help="Workspace folder; by default the one we are in.")
    ] = None,
) -> None:
    """Remove a pupil or a teacher from every snapshot, kept import, reject and answer."""
    from upwards.actions.erase import erase as erase_person

    done = erase_person(pupil=pupil, teacher=teacher, workspace=workspace)
    if not done.snapshots and not done.n_rows_elsewhere:
        typer.echo(
            f"No row of this workspace holds that {done.kind}'s identifier, so no row was changed. "
            "Check that it is spelt as in the files."
        )
    for snapshot, rows in done.snapshots.items():
        typer.echo(f"{_count(rows, 'row')} in snapshot {snapshot}")
    if done.n_rows_elsewhere:
        typer.echo(f"{_count(done.n_rows_elsewhere, 'row')} in kept imports and rejects")
    if done.n_answers:
        typer.echo(f"{_count(done.n_answers, 'kept answer')} removed; the next run computes them again")
    if done.n_originals:
        typer.echo(f"{_count(done.n_originals, 'kept original')} deleted, because they could hold the person")
    if done.snapshots or done.n_rows_elsewhere:
        typer.echo(
            "Erased. Your own files and reports already written are not touched: remove the person there "
            "too. Backups expire, and one that is restored erases the person again."
        )


erase.__doc__ = f"{erase.__doc__}\n\n\b\n{EXAMPLE}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
