"""`upwards import`: bring files into the workspace."""

from __future__ import annotations

import json
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from upwards.core.errors import UserError, near_misses
from upwards.core.tables import TABLES

if TYPE_CHECKING:
    from rich.console import Console

    from upwards.actions.import_data_mapping import MappingProposal
    from upwards.actions.import_release import ReleaseReport

EXAMPLE = """Example:

  upwards import results-2019.csv --as results

It shows which heading it takes for which column and asks before it reads. To correct it,
answer n, edit the file results-2019.map.toml that it writes, and give it:

  upwards import results-2019.csv --as results --map results-2019.map.toml

If any row has a problem, all problems are listed and nothing is imported. Mend the file and
import it again, or take the rows that are right with --keep-good. Wrong file? upwards import
--undo goes back.

A folder of England's published files (registers, performance tables, inspections, finance) is
read as it was published, with no mapping:

  upwards import public/england --as england

A file that came again without many of its schools stops the import unless --replace is given.
"""
COUNTRIES = ("england",)


class ReportFormat(StrEnum):
    """How the report is printed."""

    TABLE = "table"
    JSON = "json"


def import_(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            help="CSV, TSV, XLSX or Parquet; book.xlsx#Sheet names a sheet. A folder, with --as england.",
        ),
    ] = None,
    as_table: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="What the files are: results, rosters, schools, groups, people …; england: public record.",
        ),
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Mapping of headings to columns, for all files.")
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option(help="Workspace folder; by default the one we are in.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; by default the only one.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Accept the mapping as proposed, without asking.")
    ] = False,
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Take the rows that are right, leave out the others.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Let new rows take the place of held ones with the same key; with --as england, also where "
            "a file came again without many of its schools.",
        ),
    ] = False,
    keep_original: Annotated[
        bool,
        typer.Option("--keep-original", help="Keep a copy of each file for 35 days, for you only."),
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to before the last import.")] = False,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How to print the report.")
    ] = ReportFormat.TABLE,
) -> None:
    """What do we have, and can it be trusted? Bring files into the workspace."""
    if undo:
        _undo(files, workspace)
        return
    if not files or as_table is None:
        raise UserError("Name the files and what they are, such as: upwards import results.csv --as results")
    if as_table.lower() in COUNTRIES:
        _refuse_options(map_file=map_file, sheet=sheet, keep_original=keep_original)
        _import_release(files, workspace, keep_good=keep_good, replace=replace, form=form)
        return
    _offer_country(as_table)
    from rich.console import Console

    from upwards.actions.import_data import import_data
    from upwards.cli.import_display import progress_bar, show_report

    # The report alone goes to standard output, so that JSON can be piped on.
    aside = Console(stderr=True, highlight=False)
    proposals = _agree(files, as_table, workspace, map_file, sheet, yes=yes, console=aside)
    with progress_bar(aside) as progress:
        report = import_data(
            files,
            as_table=as_table,
            workspace=workspace,
            proposals=proposals,
            accept_doubts=True,
            keep_good=keep_good,
            replace_held=replace,
            keep_original=keep_original,
            progress=progress,
            when_waiting=lambda: aside.print("Another run is writing to this workspace; waiting for it."),
        )
    if form is ReportFormat.JSON:
        _write_json(report.to_dict())
    else:
        show_report(report, Console(highlight=False))
    if not report.entered:
        aside.print(
            "Nothing was imported. Mend the rows above in your file and import it again, "
            "or take the rows that are right with --keep-good."
        )
        raise typer.Exit(2)


import_.__doc__ = f"{import_.__doc__}\n\n\b\n{EXAMPLE}"


def _write_json(report: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def _offer_country(as_table: str) -> None:
    """Name the country where it was meant: the tables' own near misses would not."""
    hint = near_misses(as_table.lower(), COUNTRIES)
    if as_table not in TABLES and hint:
        raise UserError(f"Published files cannot be imported as {as_table!r}{hint}")


def _refuse_options(**given: object) -> None:
    for name, value in given.items():
        if value:
            option = f"--{name.removesuffix('_file').replace('_', '-')}"
            raise UserError(f"{option} is not for published files: they are read as they were published.")


def _import_release(
    folders: list[Path], workspace: Path | None, *, keep_good: bool, replace: bool, form: ReportFormat
) -> None:
    """Bring in a folder of published files."""
    from rich.console import Console

    from upwards.actions.import_release import import_release
    from upwards.cli.import_display import progress_bar
    from upwards.cli.release_display import show_release

    aside = Console(stderr=True, highlight=False)
    with progress_bar(aside, of_all="Reading the published files") as progress:
        report = import_release(
            folders,
            workspace=workspace,
            keep_good=keep_good,
            replace_shrunk=replace,
            progress=progress,
            when_waiting=lambda: aside.print("Another run is writing to this workspace; waiting for it."),
        )
    if form is ReportFormat.JSON:
        _write_json(report.to_dict())
    else:
        show_release(report, Console(highlight=False))
    if not report.entered:
        aside.print(_nothing_imported(report, keep_good=keep_good))
        raise typer.Exit(2)


def _nothing_imported(report: ReleaseReport, *, keep_good: bool) -> str:
    said = "Nothing was imported, and the workspace is as it was. Do what stands beside each problem"
    unread = report.problems or any(not file.n_in for file in report.files if file.problems)
    if unread or keep_good:
        # Whole files are never left out in silence, so the option would not help.
        return f"{said}; whole files that cannot be read stop the import in any case."
    return f"{said}; where only rows are wrong, --keep-good takes the rows that are right."


def _undo(files: list[Path] | None, workspace: Path | None) -> None:
    if files:
        raise UserError("--undo takes no files: it goes back to before the last import, whatever it was.")
    from upwards.actions.import_data import undo_last_import

    current = undo_last_import(workspace)
    if current is None:
        typer.echo("The first import was undone: the workspace is empty again.")
    else:
        typer.echo(f"Back to snapshot {current}.")


def _agree(
    files: list[Path],
    as_table: str,
    workspace: Path | None,
    map_file: Path | None,
    sheet: str | None,
    *,
    yes: bool,
    console: Console,
) -> list[MappingProposal]:
    """Show how each file is understood and come to an agreement on it."""
    from upwards.actions.import_data_mapping import propose_mapping
    from upwards.cli.import_display import show_proposal

    proposals = []
    for file in files:
        proposal = propose_mapping(
            file, as_table=as_table, workspace=workspace, map_file=map_file, sheet=sheet
        )
        show_proposal(proposal, console)
        if not _is_agreed(proposal, yes=yes):
            _hand_over(proposal, map_file, as_table, workspace)
        proposals.append(proposal)
    return proposals


def _is_agreed(proposal: MappingProposal, *, yes: bool) -> bool:
    if proposal.problem is not None:
        return False
    if yes or proposal.origin == "given":
        return True
    if sys.stdin.isatty():
        return typer.confirm("Read it like this?", default=not proposal.doubts, err=True)
    return proposal.is_clear


def _hand_over(
    proposal: MappingProposal, map_file: Path | None, as_table: str, workspace: Path | None
) -> NoReturn:
    """End with the mapping in a file for a person to edit."""
    from upwards.actions.import_data_mapping import save_mapping

    if map_file is not None:
        raise UserError(str(proposal.problem))
    path = save_mapping(proposal, Path.cwd())
    words = ["upwards", "import", str(proposal.file), "--as", as_table, "--map", path.name]
    words += [] if workspace is None else ["--workspace", str(workspace)]
    raise UserError(
        f"Nothing was imported. The mapping of {proposal.file.name} is in {path.name}: edit it, then run\n"
        f"  {shlex.join(words)}" + ("" if proposal.problem else "\nTo use it as it is, import with --yes.")
    )
