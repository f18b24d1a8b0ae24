"""`upwards fetch`: download what a country's publishers put out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upwards.cli.output import Format, print_answer

if TYPE_CHECKING:
    from upwards.actions.fetch_data import FetchReport, Progress


class Country(StrEnum):
    """Whose public record."""

    ENGLAND = "england"


EXAMPLE = """Example:

  upwards fetch england --years 2017-2019 --only ks2,gias --to england

Then bring the folder into a workspace:

  upwards import england --as england

A run that was interrupted goes on when the same command is given again. --list says what would
be fetched, without a network.
"""
COLUMNS = {"status": "status", "place": "file", "year": "year", "size": "MB", "address": "address"}
DONE = ("fetched", "unchanged")


def fetch(
    country: Annotated[Country, typer.Argument(help="Whose public record.")],
    years: Annotated[
        str | None,
        typer.Option(help="Academic years by their ending: 2019, 2017-2019 or 2016,2018."),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            help="Some of ks2, ks4, census, absence, workforce, gias, ofsted, finance, la; by default all "
            "that the import reads."
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the files go; by default a folder england.")
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Say what would be fetched and from where, and stop.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Take the publisher's file where it differs from the one here."),
    ] = False,
    addresses: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Corrected addresses; by default addresses.toml of the workspace."),
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option(help="Workspace whose settings are used; by default the one we are in.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print the report.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
) -> None:
    """Download what the publishers publish, and say in words what they do not."""
    from upwards.actions.fetch_data import fetch_data

    with _progress_bar() as progress:
        report = fetch_data(
            country.value,
            years=years,
            only=(only or "").split(","),
            folder=to,
            addresses=addresses,
            workspace=workspace,
            list_only=list_only,
            replace_changed=replace,
            progress=progress,
        )
    rows: Sequence[Any] = report.files
    if form is Format.TABLE:
        rows = [_shown(row, list_only=list_only) for row in report.files]
    print_answer(
        report.to_dict(),
        rows,
        form=form,
        output=output,
        lines=_lines(report, list_only=list_only),
        columns=COLUMNS,
    )
    if report.failed:
        raise typer.Exit(2)


fetch.__doc__ = f"{fetch.__doc__}\n\n\b\n{EXAMPLE}"


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _shown(row: dict[str, Any], *, list_only: bool) -> dict[str, Any]:
    size = None if row["bytes"] is None else row["bytes"] / 1e6
    return {**row, "size": size, "address": row["address"] if list_only else None}


def _lines(report: FetchReport, *, list_only: bool) -> Iterator[str]:
    counts = Counter(row["status"] for row in report.files)
    said = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    n_files = "1 file" if len(report.files) == 1 else f"{len(report.files)} files"
    yield f"{n_files} for {report.folder}{f': {said}' if said else ''}."
    for row in report.files:
        if row["status"] not in DONE and row["why"]:
            yield f"{row['status'].capitalize()}: {row['place']}. {row['why']}"
    notes = {row["title"]: row["why"] for row in report.files if row["status"] in DONE and row["why"]}
    yield from (f"{title}: {note}" for title, note in notes.items())
    for row in report.not_published:
        when = "" if row["year"] is None else f" {row['year']}"
        yield f"{row['kind'].capitalize()}: {row['title']}{when}. {row['why']}"
    unchecked = sum(not row["checked"] for row in report.files)
    if unchecked and (list_only or report.failed):
        yield (
            f"{unchecked} of these addresses were written down without opening them. If one is wrong, give "
            "the right one in a file addresses.toml (see the how-to 'Fetch the public record')."
        )
    if any(row["status"] in DONE for row in report.files):
        yield "Contains public sector information licensed under the Open Government Licence v3.0."
    yield ""
