"""Showing how a file is understood, how far it was read, and what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from upwards.actions.import_data import FileReport, ImportReport, Progress
    from upwards.actions.import_data_mapping import MappingProposal
    from upwards.actions.import_release import ReleaseFile

SLOW_SECONDS = 1.0
ORIGINS = {
    "given": "by the mapping you gave",
    "used before": "by the mapping used before",
    "proposed": "by its headings",
}


def show_proposal(proposal: MappingProposal, console: Console) -> None:
    """Show which heading becomes which column, and what to look at."""
    mapping = proposal.mapping
    console.print(
        f"[bold]{plain(proposal.file.name)}[/bold] ({proposal.detected}), understood "
        f"{ORIGINS[proposal.origin]}:"
    )
    table = new_table("column", "comes from")
    for name, heading in mapping.columns.items():
        table.add_row(name, plain(repr(heading)))
    for name, value in mapping.constants.items():
        table.add_row(name, plain(f"{value} in every row"))
    for entry in mapping.wide:
        said = ", ".join(f"{name} {value}" for name, value in entry.constants.items())
        table.add_row(str(mapping.value_column), plain(f"{entry.heading!r}: {said}"))
    for name, value in mapping.scales.items():
        table.add_row(f"scale of {name}" if name in ("score", "prior") else name, plain(str(value)))
    for heading in (*mapping.extra_number, *mapping.extra_text):
        table.add_row("kept under its own name", plain(repr(heading)))
    for heading in mapping.leave_out:
        table.add_row("not read", plain(repr(heading)))
    console.print(table)
    for doubt in proposal.doubts:
        console.print(f"[yellow]Look at this:[/yellow] {plain(doubt)}.")
    if proposal.problem is not None:
        console.print(f"[red]Not usable yet:[/red] {plain(proposal.problem)}")


def show_report(report: ImportReport, console: Console) -> None:
    """Say what became of each file, and list what is wrong."""
    for name in report.unchanged:
        console.print(plain(f"{name} is in the workspace already, read the same way: nothing changed."))
    for file in report.files:
        _show_file(file, console)
    if report.entered and report.files:
        console.print(plain(f"Snapshot {report.snapshot} is current."))


def _show_file(file: FileReport, console: Console) -> None:
    left_out = "".join(f", {n:,} left out ({reason})" for reason, n in file.rejected.items())
    console.print(plain(f"{file.file}: {file.n_in:,} rows, {file.n_kept:,} can be used{left_out}."))
    if file.n_replaced:
        console.print(f"{file.n_replaced:,} of them took the place of rows held before.")
    for column, reasons in file.missing.items():
        said = ", ".join(f"{reason} {n:,}" for reason, n in reasons.items())
        console.print(plain(f"Missing {column} in rows kept: {said}."))
    if not file.problems:
        return
    show_problems(file, console)


def show_problems(file: FileReport | ReleaseFile, console: Console) -> None:
    """List what is wrong with the rows of a file, and count all of it."""
    table = new_table("row", "column", "value", "what is wrong", "what to do")
    for problem in file.problems:
        value = problem.value_or_class if problem.value_or_class not in (None, problem.what) else ""
        cells = (problem.row, problem.column, value, problem.what, problem.remedy)
        table.add_row(*("" if cell is None else plain(str(cell)) for cell in cells))
    console.print(table)
    console.print("In all:")
    for line in file.problem_counts:
        console.print(plain(f"  {line}"))


@contextmanager
def progress_bar(console: Console, *, of_all: str | None = None) -> Iterator[Progress]:
    """Show a bar for each file whose reading takes more than a second, or one for all with that title."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    tasks: dict[str, Any] = {}
    began = time.monotonic()

    def tell(file: str, done: int, total: int) -> None:
        if time.monotonic() - began < SLOW_SECONDS:
            return
        bar.start()
        key = of_all or file
        if key not in tasks:
            tasks[key] = bar.add_task(plain(of_all or f"Reading {file}"), total=total)
        bar.update(tasks[key], completed=done)

    try:
        yield tell
    finally:
        bar.stop()


def new_table(*headings: str) -> Table:
    """Make a table without lines, as everything here is shown."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def plain(text: str) -> str:
    """Keep Rich from reading square brackets of a file as its own marks."""
    from rich.markup import escape

    return escape(text)
