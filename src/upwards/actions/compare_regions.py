"""How does a region stand beside the rest, and what goes with it: the action."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import Opened, open_workspace
from upwards.actions.workspace_answer import answer_once, origin_of
from upwards.core.errors import UserError
from upwards.measures.inspection_history import (
    LEVEL,
    InspectionScale,
    follow_inspections,
    say_inspections,
)
from upwards.measures.region_gap import explain_region_gap
from upwards.sources.england.regional import load_inspection_scale, load_intake_blocks
from upwards.store.panels import read_panel
from upwards.store.register import read_judgements, read_last_traces, read_register

SCHEMA = "upwards.regions/1"
FIRST, LAST = 2006, 2019
INTAKE_OF = "ks4.progress8"


def compare_regions(
    folder: Path | None = None, *, region: str = "London", years: Sequence[int] | None = None
) -> dict[str, Any]:
    """Set a region beside the rest of the country: inspection outcomes by year, and a gap with intake.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    region
        As the register writes it.
    years
        Academic years by their ending, for the inspection outcomes; None for 2005/06 to 2018/19.

    Returns
    -------
    dict
        ``{"schema", "region", "years", "inspections": [{"year", "part", "n_schools", "n_open", "coverage",
        "n_inherited", "less_than_good", "outstanding"}], "same_schools": [{"first", "last"}], "breaks",
        "gap", "notes", "text", "origin"}``; ``gap`` is ``{"refusal"}`` where the files held do not have what
        it takes.

    Raises
    ------
    UserError
        When there is no workspace, no inspection was imported, or there is no such region.
    """
    opened = open_workspace(folder)
    asked = tuple(years) if years else tuple(range(FIRST, LAST + 1))

    def compute() -> dict[str, Any]:
        scale = InspectionScale(**load_inspection_scale())
        judgements = read_judgements(opened.snapshot)
        register = read_register(opened.snapshot)
        history = follow_inspections(
            judgements,
            register,
            scale,
            region=region,
            years=asked,
            last_trace=read_last_traces(opened.snapshot, register),
        )
        origin = origin_of(
            opened, measure="inspection outcomes in force", unit="share of schools", table="judgements",
            n=len(judgements.school), level=LEVEL, years=asked,
        )  # fmt: skip
        return {
            "schema": SCHEMA,
            "region": region,
            "years": list(asked),
            "inspections": [share.to_dict() for share in history.shares],
            "same_schools": [stretch.to_dict() for stretch in history.stretches],
            "breaks": [{"year": year, "text": text} for year, text in scale.breaks.items() if year in asked],
            "gap": _gap_or_reason(opened, region),
            "notes": list(history.notes()),
            "text": list(say_inspections(history, scale)),
            "origin": origin.to_dict(),
        }

    return answer_once(opened, "regions", {"region": region, "years": list(asked)}, compute)


def _gap_or_reason(opened: Opened, region: str) -> dict[str, Any]:
    known = load_intake_blocks()[INTAKE_OF]
    year = known["year"]
    try:
        outcome = read_panel(opened.snapshot, INTAKE_OF, years=(year,))
        blocks = {
            name: [read_panel(opened.snapshot, measure, years=(year,)) for measure in measures]
            for name, measures in known["blocks"].items()
        }
        some = read_panel(opened.snapshot, INTAKE_OF, years=(year,), pupil_group=known["split"])
        return explain_region_gap(
            outcome,
            blocks,
            read_register(opened.snapshot),
            region=region,
            year=year,
            split=(some, outcome),
        )
    except UserError as error:
        return {"refusal": str(error)}
