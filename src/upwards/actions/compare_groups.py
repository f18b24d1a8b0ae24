"""How do trusts compare on the five areas, and what goes with it: the action."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import Opened, open_workspace
from upwards.actions.workspace_answer import answer_once, origin_of
from upwards.core.asked_years import parse_years
from upwards.core.errors import EmptyData, UserError
from upwards.core.panel import GroupMemberships, GroupPanel, SchoolJudgements, SchoolPanel, SchoolRegister
from upwards.core.travel_times import TravelTimes
from upwards.measures import groups
from upwards.measures.group_eligibility import RuleName
from upwards.measures.groups import PROGRESS, USED, PublicRecord, Stage
from upwards.measures.groups_answer import groups_to_dict
from upwards.measures.travel import places_of_groups
from upwards.sources.england.catalogue import load_catalogue
from upwards.sources.travel_times import ask_osrm, check_address, read_travel_times
from upwards.store.panels import list_measures, read_finance_panel, read_group_panel, read_panel
from upwards.store.register import read_judgements, read_memberships, read_register

Say = Callable[[str], None]

SCHEMA = "upwards.groups/1"
TRUSTS = ("Multi-academy trust",)
SPONSORS = ("School sponsor",)
DISADVANTAGED = "disadvantaged"
INTAKE = "school.pct_fsm6"
BALANCE, INCOME = "in_year_balance", "income"
# where the publisher gives figures for groups themselves
PUBLISHED = {"ks4_progress": ("ks4.progress8", ""), "disadvantaged": ("ks4.progress8", DISADVANTAGED)}


def compare_groups(
    folder: Path | None = None,
    *,
    year: int | None = None,
    rule: RuleName = "official",
    stage: Stage | None = None,
    travel_times: Path | None = None,
    osrm: str | None = None,
    say: Say | None = None,
) -> dict[str, Any]:
    """Compare trusts on pupils' progress, improvement, disadvantaged pupils, inspections and finance.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    year
        Academic year by its ending; None for the latest with figures of progress.
    rule
        Which trusts: by the Department for Education's rule, or by the workspace's own settings.
    stage
        Trusts that are eligible at which stage are listed; None for the first at which any is.
    travel_times
        CSV file with travel times between schools (from, to, minutes); None to estimate them.
    osrm
        Address of an OSRM server to ask; the coordinates of trusts' schools are sent to it.
    say
        Called before anything is sent, with what is sent where.

    Returns
    -------
    dict
        ``{"schema", "year", "n_eligible", "n_schools", "expected_wrong", "groups", "associations",
        "explained", "counts", "settings", "notes", "text", "origin", ...}``.

    Raises
    ------
    UserError
        When there is no workspace, nothing was imported that it needs, no trust is eligible, the year is
        none, or travel times cannot be used.
    """
    asked = None if year is None else parse_years(str(year))[0]
    if osrm is not None:
        check_address(osrm)
    opened = open_workspace(folder)
    chosen = asked or _latest_year(opened)
    given = None if travel_times is None else read_travel_times(travel_times)

    def compute() -> dict[str, Any]:
        record = read_record(opened, chosen, given, osrm, say)
        found = groups.compare_groups(record, opened.settings, rule=rule, stage=stage)
        answer = groups_to_dict(found, record.register)
        origin = origin_of(
            opened, measure="comparison of groups of schools", unit="as each area says", level=0.95,
            n=len(found.members.school), years=(chosen,), table="school_measures",
        )  # fmt: skip
        return {
            "schema": SCHEMA,
            **answer,
            "settings": opened.settings.used(USED),
            "origin": origin.to_dict(),
        }

    arguments = {
        "year": chosen, "rule": rule, "stage": stage, "osrm": osrm,
        "travel_times": None if given is None else given.sha256,
    }  # fmt: skip
    return answer_once(opened, "groups", arguments, compute)


def read_record(
    opened: Opened, year: int, given: TravelTimes | None, osrm: str | None, say: Say | None = None
) -> PublicRecord:
    """Read what the public record of a workspace holds about trusts.

    Parameters
    ----------
    opened
        The workspace.
    year
        Academic year by its ending.
    given
        Travel times from a file; None without.
    osrm
        Address of a server to ask instead; None without.
    say
        Called before it is asked.

    Returns
    -------
    PublicRecord
    """
    day = datetime.date(year, 8, 31)
    memberships = read_memberships(opened.snapshot, day, TRUSTS)
    register = read_register(opened.snapshot)
    measures = [measure for _, measure in PROGRESS.values()]
    panels = {name: _panel(opened, name) for name in measures}
    apart = {name: _panel(opened, name, DISADVANTAGED) for name in measures}
    theirs = {area: _group_panel(opened, name, year, who) for area, (name, who) in PUBLISHED.items()}
    return PublicRecord(
        year=year,
        memberships=memberships,
        register=register,
        progress={name: panel for name, panel in panels.items() if panel is not None},
        catalogue=load_catalogue(),
        disadvantaged={name: panel for name, panel in apart.items() if panel is not None},
        published={area: panel for area, panel in theirs.items() if panel is not None},
        sponsors=read_memberships(opened.snapshot, day, SPONSORS),
        judgements=_judgements(opened),
        intake=_panel(opened, INTAKE),
        balance=_finances(opened, BALANCE, year),
        income=_finances(opened, INCOME, year),
        times=given if osrm is None else _ask(osrm, memberships, register, say),
    )


def _latest_year(opened: Opened) -> int:
    wanted = {measure for _, measure in PROGRESS.values()}
    of_schools = [one for one in list_measures(opened.snapshot) if one.table == "school_measures"]
    held = [one.years[-1] for one in of_schools if one.measure in wanted and one.years]
    if not held:
        raise EmptyData(
            "The workspace has no published progress of schools. Bring it in with: upwards import FOLDER "
            "--as england"
        )
    return max(held)


def _panel(opened: Opened, measure: str, pupil_group: str = "") -> SchoolPanel | None:
    try:
        return read_panel(opened.snapshot, measure, pupil_group=pupil_group)
    except UserError:
        return None


def _group_panel(opened: Opened, measure: str, year: int, pupil_group: str) -> GroupPanel | None:
    try:
        return read_group_panel(opened.snapshot, measure, year, pupil_group)
    except UserError:
        return None


def _finances(opened: Opened, item: str, year: int) -> SchoolPanel | None:
    try:
        return read_finance_panel(opened.snapshot, item, (year,))
    except UserError:
        return None


def _judgements(opened: Opened) -> SchoolJudgements | None:
    try:
        return read_judgements(opened.snapshot)
    except UserError:
        return None


def _ask(osrm: str, memberships: GroupMemberships, register: SchoolRegister, say: Say | None) -> TravelTimes:
    if say is not None:
        say(f"Coordinates of trusts' schools are sent to {osrm}.")
    return ask_osrm(osrm, places_of_groups(memberships, register))
