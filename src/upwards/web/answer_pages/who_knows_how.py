"""Who knows how: departments and year teams whose value added is both large and likely."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import QueryDict

from upwards.charts.intervals import draw_certainty
from upwards.core.name_order import in_order
from upwards.core.shares import as_share
from upwards.reports.tables import Table
from upwards.web.access import Reader, audience
from upwards.web.answer_pages.asking import ask, require_table
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
from upwards.web.answer_pages.filters import Filters, keep
from upwards.web.practices.from_bright_spots import own_teams

MEANING = {
    "bright spot": "large and likely, over enough years",
    "provisional": "would be on the list, on too few years",
    "cut from the list": "less certain than the others: the list stays short enough to be trusted",
    "not likely enough": "not both large and likely",
    "too little data": "too few results to say",
    "hidden": "taught by one or two people: shown only by agreement, and only on the list",
}


def who_knows_how(reader: Reader, given: QueryDict) -> Contents:
    require_table("results")
    found = ask(reader, "bright-spots")
    form = Filters(
        given, {name: [team[name] for team in found["teams"]] for name in ("subject", "stage", "school")}
    )
    chosen = form.chosen()
    listed = keep([*found["named"], *found["offered"]], chosen)
    return Contents(
        page="who-knows-how",
        title="Who knows how",
        lead=prose(found["text"]),
        form=form if form.fields else None,
        sections=(
            _listed(listed, found["rule"], _nobody(reader, bool(chosen))),
            _others(keep(found["teams"], chosen)),
        ),
        statistics=(_rule(found["rule"]),),
        settings=settings_of(found),
        notes=notes_of(found),
        about={"write_about": own_teams(reader, listed)},
    )


def team_rows(teams: list[Any]) -> list[dict[str, Any]]:
    """Return teams that know how, by subject and name, never by certainty."""
    keys = ("school", "subject", "stage", "status", "certainty")
    rows = [{key: team[key] for key in keys} for team in teams]
    return sorted(rows, key=lambda row: (row["subject"], row["stage"], in_order(str(row["school"]))))


def _nobody(reader: Reader, narrowed: bool) -> str:
    """Say what an empty list means: of all teams, of those chosen, or of the only ones that are shown."""
    if narrowed:
        return "No team of those chosen is on the list. Choose other filters to see who else knows how."
    if audience(reader).schools is not None:
        return (
            "No team of your schools is on the list. The counts above are of all schools: ask a lead which "
            "teams elsewhere know how."
        )
    return "No team is on the list. That is an answer: these results do not show who knows how."


def _listed(teams: list[Any], rule: Answer, nobody: str) -> Section:
    said = [
        "A bright spot is a department or year team whose pupils reach clearly more than the same pupils "
        "would elsewhere: the difference is large, and it is likely to be real. No person is named; a team "
        "of one or two people stands here only while all of them agree."
    ]
    if not teams:
        return Section(title="The list", said=[*said, nobody])
    rows = team_rows(teams)
    columns = {"school": "school", "subject": "subject", "stage": "stage", "status": "status",
               "certainty": "certainty"}  # fmt: skip
    options = {"threshold": rule["certainty"]}
    return Section(
        title="The list",
        said=said,
        drawings=(Drawing("certainty", "How sure each team on the list is", draw_certainty, rows, options),),
        tables=(Table("teams", "Teams that know how", columns, rows, {"certainty": "share"}),),
        partial="practices/write_about.html",
    )


def _others(teams: list[Any]) -> Section:
    """Count the rest: nobody is listed for not being on a list."""
    counted = Counter(team["status"] for team in teams)
    rows = [
        {"status": status, "n": counted[status], "meaning": meaning}
        for status, meaning in MEANING.items()
        if counted[status]
    ]
    columns = {"status": "status", "meaning": "meaning", "n": "teams"}
    return Section(
        title="All teams, counted",
        said=[f"{count(len(teams), 'team')} {'was' if len(teams) == 1 else 'were'} looked at."],
        tables=(Table("statuses", "Teams by status", columns, rows, {"n": "whole"}),),
    )


def _rule(rule: Answer) -> Section:
    return Section(
        title="The rule",
        said=prose(
            [
                f"A team is on the list when its effect is at least {rule['size']:g} pupil SD with a "
                f"probability of at least {as_share(rule['certainty'])}, on at least {rule['min_years']} "
                f"years and {rule['min_pupils']} pupils, with and without regard to mean intake. Teams are "
                f"left off until no more than {as_share(rule['max_share_wrong'])} of the list is expected "
                "to be wrong."
            ]
        ),
        closed=True,
    )
