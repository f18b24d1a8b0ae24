"""`upwards school-scores`: what do published figures tell of each school, and how surely?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from upwards.cli.output import Format, print_answer
from upwards.cli.workspace_answers import (
    DrawsOption,
    FormatOption,
    OutputOption,
    SchoolsOption,
    SeedOption,
    WorkspaceOption,
    chosen_schools,
    notes_of,
)

SHOWN_SCHOOLS = 200
COLUMNS = {
    "school": "school",
    "name": "name",
    "measure": "measure",
    "value": "published",
    "n": "pupils",
    "effect": "effect",
    "lower": "from",
    "upper": "to",
    "p_top": "P(top)",
    "reliability": "reliability",
    "forecast": "forecast",
    "forecast_lower": "its from",
    "forecast_upper": "its to",
}


def school_scores(
    measure: Annotated[
        list[str],
        typer.Option(help="Published measure, such as ks2.reading_progress; several of one year: repeat."),
    ],
    years: Annotated[
        str | None,
        typer.Option(help="Academic years by their ending: 2019, 2016-2019 or 2016,2018. All by default."),
    ] = None,
    school: SchoolsOption = None,
    workspace: WorkspaceOption = None,
    draws: DrawsOption = 1000,
    seed: SeedOption = 1,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """What do published figures tell of each school, and how surely?

    Figures with the chance taken off that few pupils bring, what lasts apart from what passes, and what
    next year may bring.

    Example:

      upwards school-scores --measure ks2.reading_progress --years 2016-2019 --workspace england
    """
    from upwards.actions.estimate_school_scores import estimate_school_scores

    answer = estimate_school_scores(
        workspace, measures=measure, years=years, schools=chosen_schools(school), draws=draws, seed=seed
    )
    rows = answer["schools"]
    lines = [*answer["text"], *notes_of(answer), *_limits(answer, len(rows)), ""]
    if form is Format.TABLE:
        several = len({row["measure"] for row in rows}) > 1
        rows = [row if several else {**row, "measure": None} for row in rows[:SHOWN_SCHOOLS]]
    print_answer(answer, rows, form=form, output=output, lines=lines, columns=COLUMNS)


def _limits(answer: Mapping[str, Any], n_rows: int) -> Iterator[str]:
    yield f"P(top): within the top {answer['settings']['top_share']['value']:.0%} of all schools."
    if n_rows > SHOWN_SCHOOLS:
        yield f"The first {SHOWN_SCHOOLS} of {n_rows:,} schools by code; --format csv or json gives all."
