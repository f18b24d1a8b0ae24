"""`upwards value-added`: what did each unit add, and how sure are we?"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from upwards.cli.output import Format, print_answer
from upwards.core.errors import UserError

EXAMPLE = """Example, straight on a file:

  upwards value-added exam.csv --outcome normexam --intake standLRT --levels school --slopes school:standLRT

On a workspace (every subject and stage, levels chosen from the columns that exist):

  upwards value-added --workspace trust
"""

COLUMNS = {
    "level": "level",
    "path": "unit",
    "term": "term",
    "n": "pupils",
    "effect": "effect",
    "lower": "from",
    "upper": "to",
    "p_above_average": "P(above)",
    "p_top": "P(top)",
    "rank": "rank",
}
SHOWN_UNITS = 200


class Method(StrEnum):
    """Restricted or full maximum likelihood."""

    REML = "reml"
    ML = "ml"


class Intervals(StrEnum):
    """How intervals of variances are found."""

    AUTO = "auto"
    PROFILE = "profile"
    WALD = "wald"
    NONE = "none"


def value_added(
    file: Annotated[
        Path | None, typer.Argument(help="CSV, XLSX or Parquet, a row per result. Without it: the workspace.")
    ] = None,
    outcome: Annotated[str | None, typer.Option(help="Column of the result, a number.")] = None,
    intake: Annotated[
        list[str] | None,
        typer.Option(help="What pupils bring: column, C(column), column^2, a:b; commas or repeated."),
    ] = None,
    levels: Annotated[
        list[str] | None, typer.Option(help="Nested levels, outer to inner: lea,school,class.")
    ] = None,
    crossed: Annotated[
        list[str] | None, typer.Option(help="Crossed factors: pupil,teacher or primary,secondary.")
    ] = None,
    slopes: Annotated[
        list[str] | None, typer.Option(help="Slopes that vary between units: school:prior[,class:prior].")
    ] = None,
    method: Annotated[Method, typer.Option(help="Restricted or full maximum likelihood.")] = Method.REML,
    year: Annotated[
        str | None, typer.Option(help="Column of the year: adds a part for each unit and year.")
    ] = None,
    weight: Annotated[str | None, typer.Option(help="Column of precision weights.")] = None,
    pupil: Annotated[str | None, typer.Option(help="Column that names the pupil, if not 'pupil'.")] = None,
    reference_level: Annotated[
        list[str] | None, typer.Option(help="Reference of a category: column=level.")
    ] = None,
    reliability: Annotated[
        str | None, typer.Option(help="Reliability of an intake column: prior=0.85.")
    ] = None,
    composition: Annotated[
        str | None, typer.Option(help="Level whose mean intake is adjusted for in a second fit.")
    ] = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of all intervals.")] = 0.95,
    intervals: Annotated[
        Intervals, typer.Option(help="How intervals of variances are found.")
    ] = Intervals.AUTO,
    draws: Annotated[
        int, typer.Option(min=0, max=100_000, help="Joint draws for ranks; 0 leaves ranks out.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    workspace: Annotated[
        Path | None, typer.Option(help="Workspace folder; by default the current one.")
    ] = None,
    school: Annotated[
        list[str] | None, typer.Option(help="On a workspace: show this school only; may be repeated.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write to a file.")] = None,
) -> None:
    """What did each school, department, class add, and how sure are we?"""
    of_file = {"--outcome": outcome, "--intake": intake, "--levels": levels, "--crossed": crossed}
    of_file |= {"--slopes": slopes, "--year": year, "--weight": weight, "--pupil": pupil}
    of_file |= {"--reference-level": reference_level, "--reliability": reliability}
    of_file |= {"--composition": composition}
    _refuse_mixture(file, of_file, {"--workspace": workspace, "--school": school})
    if file is None:
        from upwards.cli.workspace_answers import print_workspace_value_added

        print_workspace_value_added(
            workspace, schools=school, draws=max(draws, 100), seed=seed, form=form, output=output
        )
        return
    if outcome is None:
        raise UserError("Name the column of the result with --outcome COLUMN.")
    if not names(levels) and not names(crossed):
        raise UserError(
            "Name the columns of the units: --levels school (outer to inner), or --crossed pupil,teacher."
        )
    from upwards.actions.estimate_value_added import estimate_value_added

    answer = estimate_value_added(
        file,
        outcome=outcome,
        intake=names(intake),
        levels=names(levels),
        crossed=names(crossed),
        slopes=pairs(slopes, ":", "--slopes level:column"),
        method=method.value,
        year=year,
        weight=weight,
        pupil=pupil,
        reference_levels=references(reference_level),
        reliability=_reliability(reliability),
        composition=composition,
        interval_level=confidence,
        intervals=intervals.value,
        draws=draws,
        seed=seed,
    ).to_dict()
    shown = answer["units"] if form is not Format.TABLE else answer["units"][:SHOWN_UNITS]
    columns = columns_worth_showing(shown)
    print_answer(answer, shown, form=form, output=output, lines=list(_summary(answer)), columns=columns)


value_added.__doc__ = f"{value_added.__doc__}\n\n\b\n{EXAMPLE}"


def _refuse_mixture(file: Path | None, of_file: dict[str, Any], of_workspace: dict[str, Any]) -> None:
    wrong = [option for option, value in (of_file if file is None else of_workspace).items() if value]
    if wrong and file is None:
        raise UserError(
            f"{wrong[0]} is for a file, and none is named: upwards value-added FILE {wrong[0]} …. "
            "On a workspace the intake and the levels follow from its columns."
        )
    if wrong:
        raise UserError(
            f"{wrong[0]} is for a workspace; with a file it has no meaning. Leave one of them out."
        )


def columns_worth_showing(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return the columns of the table without a level or a term that is the same in all rows."""
    same = {name for name in ("level", "term") if len({row[name] for row in rows}) < 2}
    return {name: heading for name, heading in COLUMNS.items() if name not in same}


def names(given: list[str] | None) -> list[str]:
    """Split repeated and comma-separated names."""
    return [name.strip() for text in given or [] for name in text.split(",") if name.strip()]


def pairs(given: list[str] | None, mark: str, form: str) -> dict[str, list[str]]:
    """Read ``level:column`` pairs; a level may come several times."""
    found: dict[str, list[str]] = {}
    for text in names(given):
        left, found_mark, right = text.partition(mark)
        if not (found_mark and left.strip() and right.strip()):
            raise UserError(f"'{text}' is not of the form {form}.")
        found.setdefault(left.strip(), []).append(right.strip())
    return found


def references(given: list[str] | None) -> dict[str, str]:
    """Read ``column=level`` pairs; a level may contain commas."""
    found = {}
    for text in given or []:
        left, mark, right = text.partition("=")
        if not (mark and left.strip()):
            raise UserError(f"'{text}' is not of the form --reference-level column=level.")
        found[left.strip()] = right.strip()
    return found


def _reliability(given: str | None) -> dict[str, float] | None:
    if given is None:
        return None
    left, _, right = given.partition("=")
    try:
        return {left.strip(): float(right)}
    except ValueError:
        raise UserError(f"'{given}' is not of the form --reliability column=0.85.") from None


def _summary(answer: dict[str, Any]) -> Iterator[str]:
    fit = answer["fit"]
    yield f"{fit['n_pupils']:,} results used, {fit['n_left_out']:,} left out" + _reasons(fit["left_out"])
    for row in fit["variance_components"]:
        if row["term2"] is None and row["sd"] is not None:
            term = "" if row["term"] in (None, "(Intercept)") else f", slope of {row['term']}"
            yield f"True spread, {row['level']}{term}: SD {row['sd']:.3g}{_interval(row)}"
    for row in fit["coefficients"]:
        yield f"{row['term']}: {row['estimate']:.4g} ({row['lower']:.4g} to {row['upper']:.4g})"
    for warning in answer["warnings"]:
        yield f"Note: {warning}"
    yield ""
    if len(answer["units"]) > SHOWN_UNITS:
        yield f"The first {SHOWN_UNITS} of {len(answer['units']):,} rows; --format csv or json gives all."
    top = answer["settings"]["thresholds"]["top_share"]["value"]
    yield (
        f"Effects in the unit of the outcome, with {answer['origin']['level']:.0%} intervals; "
        f"P(above) the average, P(top) within the top {top:.0%}."
    )


def _reasons(left_out: dict[str, int]) -> str:
    if not left_out:
        return "."
    return " (" + ", ".join(f"{reason}: {count:,}" for reason, count in left_out.items()) + ")."


def _interval(row: dict[str, Any]) -> str:
    if row["lower"] is None or row["upper"] is None:
        return " (interval cannot be told)"
    return f" ({row['lower']:.3g} to {row['upper']:.3g})"
