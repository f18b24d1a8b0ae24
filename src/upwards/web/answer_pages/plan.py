"""Plan: who works with whom, on what, for how many hours, at what cost, and who stays without."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import QueryDict

from upwards.actions.make_plan import under_way_for, unserved_for
from upwards.charts.bars import draw_hours
from upwards.core.name_order import in_order
from upwards.reports.tables import Table
from upwards.web.access import Reader
from upwards.web.answer_pages.asking import (
    ask,
    ask_or_reason,
    require_table,
    sees_everything,
)
from upwards.web.answer_pages.contents import (
    Answer,
    Contents,
    Section,
    count,
    notes_of,
    prose,
    settings_of,
)
from upwards.web.answer_pages.drawings import Drawing
from upwards.web.answer_pages.filters import Limits
from upwards.web.partnerships.from_plan import addresses_for
from upwards.web.partnerships.readers import led_schools

LINES = {"recipient_school": "school", "subject": "subject", "recipient_stage": "stage",
         "provider_school": "works with", "provider_stage": "its stage", "kind": "kind",
         "hours_each": "hours each", "hours": "hours of both", "cost": "money"}  # fmt: skip
UNSERVED = {"school": "school", "subject": "subject", "stage": "stage", "why": "what stopped it"}
STAFFED = {"school": "school", "subject": "subject", "whose": "whose hours", "n_people": "how many",
           "hours": "hours in a cycle", "under_way": "under way", "used": "planned", "left": "left",
           "n_unrecorded": "people without recorded hours"}  # fmt: skip
COUNTS = {"n_people": "whole", "n_unrecorded": "whole"}
PEOPLES = "people's hours"
UNDER_WAY = {"recipient_school": "school", "subject": "subject", "recipient_stage": "team",
             "provider_school": "works with", "provider_stage": "its team", "kind": "kind"}  # fmt: skip
OF_LEADS = {"hours_each": "hours each left", "hours": "of both, in the cycle", "ends": "last day"}
USED = {"name": "limit", "unit": "unit", "limit": "at most", "used": "used", "left": "left"}


def plan(reader: Reader, given: QueryDict) -> Contents:
    require_table("results")
    whole = sees_everything(reader)
    limits = limits_form(reader, given)
    form = limits if reader.may("change_plan") else None
    title = "Plan" if whole else "Plan: the partnerships of your schools"
    if not limits.is_valid():
        return Contents("plan", title, ["These limits cannot be used as they stand."], form, "Make this plan")
    found = ask_or_reason(reader, "plan", limits.arguments())
    if "refusal" in found:
        lead = ["No plan fits these limits."]
        return Contents("plan", title, lead, form, "Make this plan", (Section(refusal=found["refusal"]),))
    lines, unserved = found["lines"], unserved_of(reader, found)
    under_way = _under_way(reader, found)
    return Contents(
        page="plan",
        title=title,
        lead=prose(found["text"][:1]) if whole else [_own_lead(lines), *prose(found["text"][1:])],
        form=form,
        button="Make this plan",
        sections=(
            _brings(found["text"][1:] if whole else ()),
            *under_way,
            _lines(reader, lines, beside=bool(under_way)),
            *_staffed(reader, found),
            _unserved(reader, unserved),
        ),
        statistics=(_limits(reader, found),) if whole else (),
        settings=settings_of(found),
        notes=notes_of(found),
    )


def limits_form(reader: Reader, given: QueryDict) -> Limits:
    """Return the form with its limits; what is given by those who may not change the plan is passed over."""
    if not reader.may("change_plan"):
        return Limits(QueryDict(), (), ())
    teams = [
        (team["school"], team["subject"], team["stage"])
        for team in ask(reader, "bright-spots")["teams"]
        if team["status"] != "hidden"
    ]
    ordered = sorted(teams, key=lambda team: (in_order(team[0]), team[1], team[2]))
    return Limits(given, ordered, {team[2] for team in teams})


def lines_of(found: Answer, schools: frozenset[str] | None) -> list[Any]:
    """Return the lines in which one of the schools gives or receives; None for all."""
    return [
        line
        for line in found["lines"]
        if schools is None or schools & {line["provider_school"], line["recipient_school"]}
    ]


def unserved_of(reader: Reader, found: Answer, schools: frozenset[str] | None = None) -> list[Any]:
    """Return the teams of some schools (None: all) without a partner, as the reader may read of them."""
    told = unserved_for(found, led=led_schools(reader))
    return [team for team in told if schools is None or team["school"] in schools]


def line_tables(lines: Iterable[Answer], caption: str = "Partnerships") -> tuple[Table, ...]:
    rows = list(lines)
    columns = dict(LINES)
    if not any(line["cost"] for line in rows):
        del columns["cost"]
    return (Table("lines", caption, columns, rows),)


def _brings(text: Sequence[str]) -> Section:
    return Section(said=prose(text))


def _own_lead(lines: list[Any]) -> str:
    if not lines:
        return "The plan has no partnership for your schools at present."
    return f"Your schools are in {count(len(lines), 'partnership')} of the plan."


def under_way_of(reader: Reader, found: Answer) -> tuple[list[dict[str, Any]], str]:
    """Return what is under way as the partnerships' own pages show it: hours only to leads of its schools."""
    seen = reader.schools_for("see_partnerships")
    return under_way_for(found, seen=seen, led=led_schools(reader))


def _under_way(reader: Reader, found: Answer) -> tuple[Section, ...]:
    rows, said = under_way_of(reader, found)
    if not rows:
        return ()
    sees_all = reader.schools_for("see_partnerships") is None
    told = any(row["hours"] is not None for row in rows)
    columns = UNDER_WAY | (OF_LEADS if told else {})
    return (
        Section(
            title="Under way",
            said=[
                said,
                "These pairs are not planned again, and the hours that they hold are taken off. The plan "
                "knows them as they were last given to the data, each night.",
                *(["Those of your schools are shown."] if not sees_all else []),
            ],
            tables=(Table("under-way", "Partnerships under way", columns, rows),),
        ),
    )


def _lines(reader: Reader, lines: list[Any], *, beside: bool) -> Section:
    if not lines and beside:
        return Section(
            title="Who works with whom, on what",
            said=[
                "Nothing is added to what is under way: no further partnership is worth its hours, or none "
                "fits within these limits."
            ],
        )
    if not lines:
        return Section(
            title="Who works with whom, on what",
            said=[
                "No partnership is worth its hours here: nobody whose results can be used is far enough "
                "ahead of those furthest to gain, or has room for one more. Teams that ask for help can be "
                "named in the limits."
            ],
        )
    keys = ("provider_school", "recipient_school", "hours_each")
    drawn = [{key: line[key] for key in keys} for line in lines]
    return Section(
        title="Who works with whom, on what",
        items=[_said(reader, line) for line in lines],
        begin=addresses_for(reader, lines),
        drawings=(Drawing("hours", "Hours by school", draw_hours, drawn),),
        tables=line_tables(lines),
    )


def _said(reader: Reader, line: Answer) -> str:
    marks = [
        word
        for word, holds in (
            ("asks for help", line["asked"]),
            ("asked for in the limits", line["required"]),
        )
        if holds
    ]
    said = str(line["why"]) + (f" ({'; '.join(marks)})" if marks else "")
    return _with_hours(reader, said, line, line["provider_school"])


def _with_hours(reader: Reader, said: str, about: Answer, school: str | None) -> str:
    """Add what hours the people of a school have, for those who see these people."""
    hours = about.get("hours_why")
    return f"{said} {hours}" if hours and school and reader.may("see_people", school) else said


def _staffed(reader: Reader, found: Answer) -> tuple[Section, ...]:
    """Say what hours people have, for those who see these people; nothing where no people are known."""
    rows = [one for one in found.get("hours_of_people", ()) if reader.may("see_people", one["school"])]
    if not rows:
        return ()
    return (
        Section(
            title="Hours that people have",
            said=[
                "Hours for work with others in one cycle, as the table of people holds them. A plan takes no "
                "more, and what is under way is taken off. Of a school they are either those recorded here "
                "or those of imported files, so that nobody counts twice. Where no hours are recorded they "
                "are not known, and the usual limit of a team holds: record them under People."
            ],
            tables=(Table("hours-of-people", "Hours of people who could share", STAFFED, rows, COUNTS),),
        ),
    )


def _unserved(reader: Reader, teams: list[Any]) -> Section:
    if not teams:
        whose = "" if sees_everything(reader) else " of the schools that you may see"
        said = f"Every team{whose} that is furthest to gain has a partner."
        return Section(title="Teams without a partner", said=[said])
    rows = [
        {**team, "why": _with_hours(reader, str(team["why"]), team, team.get("hours_at"))} for team in teams
    ]
    are = "team is" if len(teams) == 1 else "teams are"
    return Section(
        title="Teams without a partner",
        said=[f"{len(teams)} {are} without a partner; each row says what stopped it."],
        tables=(Table("without", "Without a partner, and what stopped it", UNSERVED, rows),),
    )


def limits_of(reader: Reader, found: Answer, *, with_people: bool) -> list[Any]:
    """Return how much of each limit is used; of people's hours only to who sees these people everywhere.

    Who does not lead the whole group, and so reads no hours of every partnership, reads what the plan's own
    lines use, and not what is left beside what is under way.
    """
    rows = [one for one in found["limits_used"] if with_people or one["name"] != PEOPLES]
    if led_schools(reader) is None or not found.get("under_way"):
        return rows
    return [{**one, "used": one["planned"], "left": None, "teams_at_limit": None} for one in rows]


def _limits(reader: Reader, found: Answer) -> Section:
    used = limits_of(reader, found, with_people=reader.schools_for("see_people") is None)
    said = [found["reserve"]["why"], f"The search ended: {found['status']}."]
    return Section(
        title="Limits, and how much of them is used",
        said=prose(said),
        tables=(Table("limits", "Limits", USED, used),),
        closed=True,
    )
