"""Showing what became of each published file, and that the rows add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console

from upwards.cli.import_display import plain, show_problems

if TYPE_CHECKING:
    from upwards.actions.import_release import ReleaseFile, ReleaseReport, Totals


def show_release(report: ReleaseReport, console: Console) -> None:
    """Say what became of each file, what is wrong, and what it comes to in all."""
    if report.unchanged:
        n = len(report.unchanged)
        said = "1 file is" if n == 1 else f"{n} files are"
        console.print(f"{said} in the workspace already, read the same way: nothing changed.")
    if report.files:
        _show_files(report, console)
    for file in report.files:
        _show_file(file, console)
    for problem in report.problems:
        console.print(plain(f"{problem.file}: {problem.what}. {problem.remedy}."), soft_wrap=True)
    _show_beside(report, console)
    if report.entered and report.files:
        console.print(plain(f"Snapshot {report.snapshot} is current. It holds {_counts(report.tables)}."))


def _show_files(report: ReleaseReport, console: Console) -> None:
    """Show the rows of each file; its name stands last and whole, so that it can be copied."""
    total = report.totals
    everything = "1 file" if total.n_files == 1 else f"{total.n_files} files"
    cells = [("rows", "kept", "left out", "file")]
    cells += [_cells(file.file, file) for file in report.files]
    cells.append(_cells(everything, total))
    widths = [max(len(row[k]) for row in cells) for k in range(3)]
    for place, row in enumerate(cells):
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=False))
        style = "bold" if place in (0, len(cells) - 1) else None
        console.print(plain(f"{numbers}  {row[3]}"), style=style, soft_wrap=True)
    console.print(plain(f"Rows given to tables: {_counts(total.yields)}."))
    if total.rejected:
        console.print("Left out:")
    for file in report.files:
        for reason, n in file.rejected.items():
            console.print(plain(f"  {file.file}: {n:,} {reason}"), soft_wrap=True)


def _cells(name: str, rows: ReleaseFile | Totals) -> tuple[str, str, str, str]:
    return f"{rows.n_in:,}", f"{rows.n_kept:,}", f"{sum(rows.rejected.values()):,}", name


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in numbers.items())


def _show_file(file: ReleaseFile, console: Console) -> None:
    if file.n_replaced:
        console.print(plain(f"{file.file}: took the place of {file.n_replaced:,} rows held before."))
    if file.problems:
        console.print(plain(f"{file.file} ({file.title}):"), style="bold")
        show_problems(file, console)


def _show_beside(report: ReleaseReport, console: Console) -> None:
    if report.dictionaries:
        console.print(plain(f"Dictionaries of columns, no data: {', '.join(report.dictionaries)}."))
    if report.ignored:
        console.print(plain(f"Not read: {', '.join(report.ignored)}."))
