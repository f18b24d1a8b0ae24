"""Commands on a workspace: ask an action, say it in plain words first, then the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from upwards.cli.output import Format, print_answer
from upwards.core.shares import as_share

WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", help="Workspace folder; by default the current one.")
]
SchoolsOption = Annotated[
    list[str] | None, typer.Option("--school", help="Show this school only; may be repeated.")
]
DrawsOption = Annotated[int, typer.Option(min=100, max=100_000, help="Joint draws behind every probability.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the draws.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the answer.")]
OutputOption = Annotated[Path | None, typer.Option(help="Write to a file.")]
ReferenceOption = Annotated[
    Path | None,
    typer.Option(help="TOML file with the outside 75th percentile, for 'grow the top'."),
]


class Progress(Protocol):
    """Called with what is done, how many are, and how many there are."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show a bar on the error stream while fits run, and nothing where that is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("Fitting {task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def chosen_schools(schools: list[str] | None) -> frozenset[str] | None:
    """Return the schools asked for; None for all."""
    return frozenset(schools) if schools else None


SHOWN_UNITS = 200
UNIT_COLUMNS = {
    "subject": "subject",
    "stage": "stage",
    "path": "unit",
    "n": "pupils",
    "effect": "effect",
    "lower": "from",
    "upper": "to",
    "p_top": "P(top)",
    "hidden": "not shown because",
}


def print_workspace_value_added(
    workspace: Path | None,
    *,
    schools: list[str] | None,
    draws: int,
    seed: int,
    form: Format,
    output: Path | None,
) -> None:
    """Print the value added of every subject and stage of a workspace."""
    from upwards.actions.estimate_workspace_value_added import estimate_workspace_value_added

    with progress_bar() as progress:
        answer = estimate_workspace_value_added(
            workspace, schools=chosen_schools(schools), draws=draws, seed=seed, progress=progress
        )
    rows = [{**each["by"], **row} for each in answer["answers"] for row in each["units"]]
    lines = list(_coverage_lines(answer))
    if form is Format.TABLE:
        lasting = [row for row in rows if ":" not in row["level"]]
        lines += _what_is_shown(answer, lasting, len(rows) - len(lasting))
        rows = lasting[:SHOWN_UNITS]
    print_answer(answer, rows, form=form, output=output, lines=lines, columns=UNIT_COLUMNS)


def _what_is_shown(answer: Mapping[str, Any], rows: Sequence[Any], n_year_parts: int) -> Iterator[str]:
    top = answer["settings"]["top_share"]["value"]
    yield (
        f"Effects in points of the scale, with 95% intervals; P(top): within the top {top:.0%} of the units "
        "of its subject and stage."
    )
    if n_year_parts:
        yield "Lasting effects; what single years added, and next year's forecast, are in --format json."
    if len(rows) > SHOWN_UNITS:
        yield f"The first {SHOWN_UNITS} of {len(rows):,} units; --format csv or json gives all."


def _coverage_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield "Coverage first: of the results with a score, the share that can be used."
    for each in answer["answers"]:
        by = each["by"]
        intake = ", ".join(each["intake"]) or "nothing"
        yield f"  {by['subject']}, {by['stage']}: {as_share(each['coverage'])}; intake: {intake}"
        for note in (*each["notes"], *each["warnings"], *filter(None, [each["refusal"]])):
            yield f"    {note}"
        for reason, count in each["withheld"].items():
            yield f"    {count} rows are not shown: {reason}."
    yield ""


SPREAD_COLUMNS = {
    "part": "part",
    "meaning": "true spread (pupil SD)",
    "sd": "SD",
    "lower": "from",
    "upper": "to",
}


def disparity(
    workspace: WorkspaceOption = None,
    school: SchoolsOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Where inside us is the spread?

    Example:

      upwards disparity --workspace trust
    """
    from upwards.actions.measure_disparity import measure_disparity

    with progress_bar() as progress:
        answer = measure_disparity(
            workspace, schools=chosen_schools(school), draws=draws, seed=seed, progress=progress
        )
    gaps = [row for row in answer["schools"] if row["gap"] is not None]
    shares = [
        f"{s['what']}: {s['share']:.0%} ({s['lower']:.0%} to {s['upper']:.0%})" for s in answer["shares"]
    ]
    more = f"The gap inside each of {len({g['school'] for g in gaps})} schools: --format csv or json."
    print_answer(
        answer,
        answer["spreads"] if form is Format.TABLE else gaps,
        form=form,
        output=output,
        lines=[*answer["text"], *shares, *notes_of(answer), *([more] if gaps else []), ""],
        columns=SPREAD_COLUMNS,
    )


SPOT_COLUMNS = {
    "school": "school",
    "subject": "subject",
    "stage": "stage",
    "status": "status",
    "certainty": "certainty",
    "reasons": "why",
}


def bright_spots(
    workspace: WorkspaceOption = None,
    school: SchoolsOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Who knows how?

    Departments and year teams whose value added is both large and likely, and how many of the list
    would be wrong.

    Example:

      upwards bright-spots --workspace trust --format csv --output who-knows-how.csv
    """
    from upwards.actions.find_bright_spots import find_bright_spots

    with progress_bar() as progress:
        answer = find_bright_spots(
            workspace, schools=chosen_schools(school), draws=draws, seed=seed, progress=progress
        )
    listed = [*answer["named"], *answer["offered"]] if form is Format.TABLE else answer["teams"]
    lines = [*answer["text"], *notes_of(answer), ""]
    print_answer(answer, listed, form=form, output=output, lines=lines, columns=SPOT_COLUMNS)


STAGE_COLUMNS = {"school": "school", "subject": "subject", "stage": "stage", "why": "why"}


def stage(
    workspace: WorkspaceOption = None,
    reference: ReferenceOption = None,
    school: SchoolsOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Share within, link out, or grow the top?

    Example:

      upwards stage --workspace trust --reference national.toml
    """
    from upwards.actions.choose_stage import choose_stage

    with progress_bar() as progress:
        answer = choose_stage(
            workspace,
            reference=reference,
            schools=chosen_schools(school),
            draws=draws,
            seed=seed,
            progress=progress,
        )
    lines = [*answer["text"], *notes_of(answer), ""]
    rows = answer["schools"]
    if form is Format.TABLE:
        rows = [{**row, "subject": row["subject"] or "all"} for row in rows]
    print_answer(answer, rows, form=form, output=output, lines=lines, columns=STAGE_COLUMNS)


def notes_of(answer: Mapping[str, Any]) -> Sequence[str]:
    """Return what a reader must know of an answer, as lines."""
    return [f"Note: {note}" for note in answer["notes"]]
