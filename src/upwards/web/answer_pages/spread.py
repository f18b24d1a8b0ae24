"""Spread: how much of it lies inside schools, and in which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from upwards.charts.bars import draw_spread
from upwards.charts.intervals import draw_school_gaps
from upwards.reports.settings_used import setting_used
from upwards.reports.tables import Table
from upwards.web.access import Reader
from upwards.web.answer_pages.asking import ask, require_table
from upwards.web.answer_pages.contents import (
    Answer,
    Contents,
    Section,
    notes_of,
    prose,
    settings_of,
)
from upwards.web.answer_pages.drawings import Drawing
from upwards.web.answer_pages.filters import Filters, keep

ENDS = {"lower": "from", "upper": "to"}
GAPS = {"school": "school", "subject": "subject", "n_teams": "teams", "gap": "gap, pupil SD", **ENDS,
        "p_even": "probability of being even"}  # fmt: skip
GAP_KINDS = {"n_teams": "whole", "p_even": "share"}


def spread(reader: Reader, given: QueryDict) -> Contents:
    require_table("results")
    found = ask(reader, "disparity")
    form = Filters(
        given,
        {
            "subject": [str(row["subject"] or "") for row in found["schools"]],
            "school": [row["school"] for row in found["schools"]],
        },
    )
    chosen = form.chosen()
    return Contents(
        page="spread",
        title="Spread",
        lead=prose(found["text"]) or ["The results cannot tell where the spread is."],
        form=form if form.fields else None,
        sections=(_parts(found), _inside(found, chosen), *_disadvantage(found, chosen)),
        statistics=(_shares(found),) if found["shares"] else (),
        settings=settings_of(found),
        notes=notes_of(found),
    )


def _parts(found: Answer) -> Section:
    return Section(
        title="Between schools, and inside them",
        said=[
            "All spreads are in pupil SD: the standard deviation of pupils' results in the same subject and "
            "stage. Chance is taken out."
        ],
        drawings=(
            Drawing("parts", "True spread of each part", draw_spread, found["spreads"],
                    {"level": found["interval_level"]}),
        ),
    )  # fmt: skip


def _inside(found: Answer, chosen: Mapping[str, str]) -> Section:
    subject = chosen.get("subject")
    rows = [row for row in keep(found["schools"], chosen) if subject or row["subject"] is None]
    worth = setting_used(found, "share_within.gap")
    several = [row for row in rows if row["gap"] is not None]
    return Section(
        title="Inside each school" + (f", {subject}" if subject else ""),
        said=[
            "The gap between a school's best team and its others. Where it is large, the knowledge is "
            "already inside: start there."
            if several
            else "No school shown here has several teams that could differ."
        ],
        drawings=(Drawing("gaps", "Gap between the best team and the others, inside each school",
                          draw_school_gaps, rows, {"worth_sharing": worth}),) if len(several) > 1 else (),
        tables=() if len(several) > 1 else _gap_table(rows),
    )  # fmt: skip


def _gap_table(rows: list[dict[str, Any]]) -> tuple[Table, ...]:
    caption = "Gap between the best team and the others, inside each school"
    return (Table("gaps", caption, GAPS, rows, GAP_KINDS),) if rows else ()


def _disadvantage(found: Answer, chosen: Mapping[str, str]) -> tuple[Section, ...]:
    rows = [
        {**row, "school": row["school"] or "all schools"}
        for row in found["disadvantage"]
        if row["school"] is None or "school" not in chosen or row["school"] == chosen["school"]
        if row["subject"] == chosen.get("subject", row["subject"])
    ]
    if not rows:
        return ()
    columns = {
        "school": "school",
        "subject": "subject",
        "stage": "stage",
        "gap": "difference, pupil SD",
        **ENDS,
    }
    caption = "Disadvantaged pupils' results less others', pupil SD"
    return (
        Section(
            title="Disadvantaged pupils",
            said=[
                "How far the results of disadvantaged pupils are from those of others who brought the same, "
                "as far as that is known. Below zero: behind."
            ],
            tables=(Table("disadvantage", caption, columns, rows),),
        ),
    )


def _shares(found: Answer) -> Section:
    columns = {"what": "share", "share": "estimate", **ENDS}
    kinds = dict.fromkeys(("share", "lower", "upper"), "share")
    return Section(
        title="Shares of the spread",
        tables=(
            Table("shares", "Shares of the spread, with 95% intervals", columns, found["shares"], kinds),
        ),
        closed=True,
    )
