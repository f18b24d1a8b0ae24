"""One school: what it adds, where its spread is, what it can give, what it needs, what it is doing."""

from __future__ import annotations

from typing import Any

from django.http import Http404, QueryDict

from upwards.charts.bars import fit_name
from upwards.charts.subjects import draw_subjects
from upwards.reports.settings_used import setting_used
from upwards.reports.tables import Table
from upwards.web.access import Reader
from upwards.web.answer_pages.asking import ask_or_reason, require_table, seen_schools
from upwards.web.answer_pages.contents import (
    Answer,
    Contents,
    Section,
    notes_of,
    prose,
    settings_of,
)
from upwards.web.answer_pages.drawings import Drawing
from upwards.web.answer_pages.plan import UNSERVED, line_tables, unserved_of
from upwards.web.answer_pages.spread import GAP_KINDS, GAPS
from upwards.web.answer_pages.where_are_we import KINDS, UNITS, unit_rows
from upwards.web.answer_pages.who_knows_how import team_rows

DOING = "answer_pages/doing.html"
WHY = {"subject": "subject", "stage": "stage", "why": "why"}


def one_school(reader: Reader, given: QueryDict) -> Contents:
    """Bring together what is known of the school named in `given`; 404 where the reader may not see it."""
    require_table("results")
    name = given.get("school", "")
    if name not in seen_schools(reader):
        raise Http404("no such school")
    added = ask_or_reason(reader, "value-added")
    spread = ask_or_reason(reader, "disparity")
    stage = ask_or_reason(reader, "stage")
    spots = ask_or_reason(reader, "bright-spots") if reader.may("see_bright_spots") else {}
    plan = ask_or_reason(reader, "plan") if reader.may("see_plan") else {}
    answers = (added, spread, stage, spots, plan)
    return Contents(
        page="school",
        title=name,
        lead=_lead(stage, name),
        sections=(
            _stage(stage, name),
            _added(added, name),
            _inside(spread, name),
            *((_gives(spots, plan, name), _needs(reader, plan, name)) if plan else ()),
            Section(title="What it is doing", partial=DOING),
        ),
        settings=settings_of(*answers),
        notes=notes_of(*answers),
        about={"school": name},
    )


def _lead(stage: Answer, name: str) -> list[str]:
    mine = [row for row in stage.get("schools", ()) if row["school"] == name]
    over_all = [row for row in mine if row["subject"] is None]
    return prose([row["why"] for row in over_all]) or [f"The results do not say where {name} stands."]


def _stage(stage: Answer, name: str) -> Section:
    title = "Its stage, and the reason"
    if "refusal" in stage:
        return Section(title=title, refusal=stage["refusal"])
    mine = [row for row in stage["schools"] if row["school"] == name]
    over_all = next((row for row in mine if row["subject"] is None), None)
    rows = [row for row in mine if row["subject"] is not None]
    said = [f"Over all its subjects: {over_all['stage']}."] if over_all else []
    return Section(
        title=title,
        said=said,
        tables=(Table("stages", f"Stage of {name} by subject", WHY, rows),) if rows else (),
    )


def _added(added: Answer, name: str) -> Section:
    title = "What it adds"
    if "refusal" in added:
        return Section(title=title, refusal=added["refusal"])
    rows = [{**row, "name": fit_name(fit["by"])} for fit in added["answers"] for row in unit_rows(fit, name)]
    if not rows:
        return Section(title=title, said=["Nothing can be told of this school's results yet."])
    drawn = [
        {**{key: row[key] for key in ("name", "n", "lower", "upper", "hidden")}, "estimate": row["effect"]}
        for row in rows
        if row["level"] == "school"
    ]
    inner = [row for row in rows if row["level"] != "school"]
    columns = {key: heading for key, heading in UNITS.items() if key != "school"}
    options = {"unit": "points", "what": "beyond expectation"}
    return Section(
        title=title,
        said=[
            "Results beyond what the same pupils would be expected to reach elsewhere. Each subject is in "
            "points of its own test."
        ],
        drawings=(Drawing("added", f"What {name} added, by subject", draw_subjects, drawn, options),),
        tables=(Table("inside", f"Inside {name}", columns, inner, KINDS),) if inner else (),
    )


def _inside(spread: Answer, name: str) -> Section:
    title = "Where its spread is"
    if "refusal" in spread:
        return Section(title=title, refusal=spread["refusal"])
    rows = [row for row in spread["schools"] if row["school"] == name]
    if not any(row["gap"] is not None for row in rows):
        return Section(title=title, said=["It has no several teams whose results could differ."])
    named = [{**row, "subject": row["subject"] or "all subjects"} for row in rows]
    drawn = [
        {"name": row["subject"], "estimate": row["gap"], "n": row["n_teams"], "hidden": None}
        | {key: row[key] for key in ("lower", "upper")}
        for row in named
        if row["gap"] is not None
    ]
    worth = setting_used(spread, "share_within.gap")
    columns = {key: heading for key, heading in GAPS.items() if key != "school"}
    options = {"unit": "pupil SD", "what": "gap between the best team and the others", "at": worth}
    title_of_drawing = f"Gaps inside {name}"
    return Section(
        title=title,
        said=[
            f"The gap between its best team and the others; from {worth:g} pupil SD sharing inside is worth "
            "it."
        ],
        drawings=(Drawing("gaps", title_of_drawing, draw_subjects, drawn, options),),
        tables=(Table("evenness", f"Gaps inside {name}, with probabilities", columns, named, GAP_KINDS),),
    )


def _gives(spots: Answer, plan: Answer, name: str) -> Section:
    listed = [team for team in (*spots.get("named", ()), *spots.get("offered", ())) if team["school"] == name]
    lines = [line for line in plan.get("lines", ()) if line["provider_school"] == name]
    columns = {"subject": "subject", "stage": "stage", "status": "status", "certainty": "certainty"}
    teams = Table("knows", f"Who knows how at {name}", columns, team_rows(listed), {"certainty": "share"})
    said = (
        []
        if listed
        else ["None of its teams is on the list of who knows how; that list is short on purpose."]
    )
    return Section(
        title="What it can give",
        said=said,
        items=[line["why"] for line in lines],
        tables=(*((teams,) if listed else ()), *_lines(lines, "gives", f"Where {name} gives")),
    )


def _needs(reader: Reader, plan: Answer, name: str) -> Section:
    title = "What it needs"
    if "refusal" in plan:
        return Section(title=title, refusal=plan["refusal"])
    lines = [line for line in plan["lines"] if line["recipient_school"] == name]
    without = unserved_of(reader, plan, frozenset({name}))
    columns = {key: heading for key, heading in UNSERVED.items() if key != "school"}
    unserved = (Table("without", "Without a partner, and what stopped it", columns, without),)
    return Section(
        title=title,
        said=[]
        if lines or without
        else ["The plan adds nobody here: no team is furthest to gain, or each has a partner."],
        items=[line["why"] for line in lines],
        tables=(*_lines(lines, "receives", f"Where {name} receives"), *(unserved if without else ())),
    )


def _lines(lines: list[Any], word: str, caption: str) -> tuple[Table, ...]:
    if not lines:
        return ()
    (table,) = line_tables(lines, caption)
    return (Table(word, caption, table.columns, table.rows),)
