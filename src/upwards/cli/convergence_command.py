"""`upwards convergence`: is the gap closing and is the top rising?"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import typer

from upwards.cli.output import Format, print_answer
from upwards.cli.workspace_answers import (
    SHOWN_UNITS,
    FormatOption,
    OutputOption,
    SeedOption,
    WorkspaceOption,
    notes_of,
)

COLUMNS = {
    "of": "of",
    "n_units": "units",
    "state": "state",
    "p_state": "P(state)",
    "p_narrowing": "P(narrower)",
    "sd_first": "spread first",
    "sd_last": "spread last",
    "p_top_rising": "P(top higher)",
}
UNIT_COLUMNS = {
    "school": "school",
    "level": "level",
    "level_lower": "from",
    "level_upper": "to",
    "trend": "trend",
    "trend_lower": "from ",
    "trend_upper": "to ",
    "forecast": "forecast",
    "forecast_lower": " from",
    "forecast_upper": " to",
}


class By(StrEnum):
    """What is compared."""

    SYSTEM = "system"
    REGION = "region"
    AUTHORITY = "authority"
    TRUST = "trust"
    SCHOOL = "school"
    GAP = "gap"


def convergence(
    measure: Annotated[str, typer.Option(help="Which measure, such as ks2.reading_progress.")],
    years: Annotated[
        str | None,
        typer.Option(help="Years by their ending: 2016-2019 or 2018,2019; by default the latest period."),
    ] = None,
    by: Annotated[
        By, typer.Option(help="All schools, groups of them, each school, or the disadvantage gap.")
    ] = By.SYSTEM,
    workspace: WorkspaceOption = None,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Is the gap closing and is the top rising?

    Example:

      upwards convergence --measure ks2.reading_progress --years 2016-2019 --by region
    """
    from upwards.actions.describe_convergence import describe_convergence

    answer = describe_convergence(workspace, measure=measure, years=years, by=by.value, seed=seed)
    rows, lines, columns = rows_of(answer), list(_lines(answer)), COLUMNS
    if by is By.SCHOOL:
        columns = UNIT_COLUMNS
        if form is Format.TABLE:
            lines += _of_schools(len(rows))
            rows = rows[:SHOWN_UNITS]
    print_answer(answer, rows, form=form, output=output, lines=lines, columns=columns)


def rows_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one flat row per answer, or per school where these are asked for."""
    if "units" in answer:
        return [_unit(one) for one in answer["units"]]
    return [_row(one, norm_referenced=answer["norm_referenced"]) for one in answer["answers"]]


def _unit(one: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"school": one["school"]}
    for name in ("level", "trend", "forecast"):
        told = one[name]
        row |= {name: told["estimate"], f"{name}_lower": told["lower"], f"{name}_upper": told["upper"]}
    return row


def _of_schools(count: int) -> Iterator[str]:
    yield (
        "Each school against the mean school: persistent level in the first year, trend per year, true level "
        "expected next year; shrunk, with 95% intervals."
    )
    if count > SHOWN_UNITS:
        yield f"The first {SHOWN_UNITS} of {count:,} schools; --format csv or json gives all."


def _row(one: dict[str, Any], *, norm_referenced: bool) -> dict[str, Any]:
    first, last = one["spread"][0], one["spread"][-1]
    between = f"between {one['units']}" if one["units"] != "schools" else f"all {one['units']}"
    row = {
        "by": one["by"],
        "of": one["name"] or ("gaps of schools" if one["by"] == "gap" else between),
        "group": one["group"],
        "measure": one["measure"],
        "n_units": one["n_units"],
        "first_year": first["year"],
        "last_year": last["year"],
        "state": one["state"],
        "p_state": one["p_state"],
        "p_narrowing": one["p_narrowing"],
        "p_top_rising": None if norm_referenced else one["p_top_rising"],
    }
    for end, spread in (("first", first), ("last", last)):
        row |= {f"sd_{end}{part}": spread[key] for part, key in _PARTS}
    for gain in ("gain_lowest", "gain_highest", "gain_beyond"):
        row |= {
            gain: one[gain]["estimate"],
            f"{gain}_lower": one[gain]["lower"],
            f"{gain}_upper": one[gain]["upper"],
        }
    slopes = {name: one[name] for name in ("persistent_slope", "stationary_slope", "borrowed", "reason")}
    return row | slopes


_PARTS = (("", "sd"), ("_lower", "lower"), ("_upper", "upper"))


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    yield f"{answer['title']} ({answer['unit']})"
    yield ""
    yield from answer["text"]
    if answer["naive"]["text"]:
        yield ""
        yield answer["naive"]["text"]
    yield from notes_of(answer)
    yield ""
