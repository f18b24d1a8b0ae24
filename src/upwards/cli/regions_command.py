"""`upwards regions`: a region beside the rest of the country."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from upwards.cli.output import Format, print_answer
from upwards.cli.workspace_answers import FormatOption, OutputOption, WorkspaceOption, notes_of
from upwards.core.asked_years import parse_years

RegionOption = Annotated[str, typer.Option("--region", help="As the register of schools writes it.")]
YearsOption = Annotated[
    str | None,
    typer.Option("--years", help="Academic years by their ending, such as 2006-2019."),
]
COLUMNS = {
    "year": "year",
    "part": "schools in",
    "n_schools": "with an outcome",
    "coverage": "of those open",
    "less_than_good": "less than good",
    "outstanding": "outstanding",
}


def regions(
    workspace: WorkspaceOption = None,
    region: RegionOption = "London",
    years: YearsOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """How does a region stand beside the rest, and what goes with it?

    The share of schools less than good and the share outstanding, by year, with closed and converted
    schools counted; and how much of the latest gap in progress goes with intake.

    Example:

      upwards regions --region London --years 2006-2019 --workspace national
    """
    from upwards.actions.compare_regions import compare_regions

    asked = parse_years(years) if years else None
    answer = compare_regions(workspace, region=region, years=asked)
    flat = form is not Format.TABLE
    rows = [_row(row, flat=flat) for row in answer["inspections"]]
    lines = [*answer["text"], *notes_of(answer), *_gap_lines(answer["gap"]), ""]
    print_answer(answer, rows, form=form, output=output, lines=lines, columns=COLUMNS)


def _row(row: Mapping[str, Any], *, flat: bool) -> dict[str, Any]:
    if not flat:
        shares = {name: _written(row[name]) for name in ("less_than_good", "outstanding")}
        counts = {"n_schools": f"{row['n_schools']:,}", "coverage": f"{row['coverage']:.0%}"}
        return {**row, **counts, **shares}
    parts = {
        f"{name}_{end}": row[name][end]
        for name in ("less_than_good", "outstanding")
        for end in ("value", "lower", "upper")
    }
    return {
        **{k: row[k] for k in ("year", "part", "n_schools", "n_open", "coverage", "n_inherited")},
        **parts,
    }


def _written(share: Mapping[str, float]) -> str:
    return f"{share['value']:.1%} ({share['lower']:.1%} to {share['upper']:.1%})"


def _gap_lines(gap: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    if "refusal" in gap:
        yield f"What goes with intake cannot be told: {gap['refusal']}"
        return
    yield from gap["text"]
    for part in gap["parts"]:
        interval = f"{part['estimate']:+.2f} ({part['lower']:+.2f} to {part['upper']:+.2f})"
        yield f"  goes with {part['block']}: {interval}"
    if gap["split"]:
        split = gap["split"]
        yield (
            f"By kind of pupil ({split['pupil_group']} or not): {split['composition']:+.2f} of "
            f"{split['gap']:+.2f} ({split['composition_lower']:+.2f} to {split['composition_upper']:+.2f}) "
            f"goes with how many there are, {split['rates']:+.2f} ({split['rates_lower']:+.2f} to "
            f"{split['rates_upper']:+.2f}) with how each kind does."
        )
    yield from (f"Cannot be told: {line}" for line in gap["untold"])
