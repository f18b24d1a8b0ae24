"""Answers on the public record together, for two pages: convergence, and groups of schools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from upwards.actions.compare_groups import compare_groups
from upwards.actions.compare_regions import compare_regions
from upwards.actions.describe_convergence import describe_convergence
from upwards.actions.estimate_school_scores import estimate_school_scores
from upwards.actions.measure_workspace import Opened, open_workspace
from upwards.core.catalogue import find_measure
from upwards.core.errors import EmptyData, UserError, near_misses
from upwards.measures.groups import PROGRESS
from upwards.measures.school_scores_answer import follow_codes
from upwards.sources.england.catalogue import load_catalogue
from upwards.store.panels import list_measures, read_panel

CONVERGENCE, GROUPS = "upwards.convergence-report/1", "upwards.groups-report/1"
INSIDE = ("region", "authority", "trust")
LICENCE = "Contains public sector information licensed under the Open Government Licence v3.0."
NAMED = 5

Say = Callable[[str], None]


class UnknownGroup(UserError, LookupError):
    """A group was named that is not among those compared, or several are called so."""


def prepare_convergence_report(
    folder: Path | None = None,
    *,
    measure: str | None = None,
    years: Sequence[int] | str | None = None,
    by: str = "region",
    region: str = "London",
    seed: int = 1,
    say: Say | None = None,
) -> dict[str, Any]:
    """Ask what a page on convergence answers: all schools, inside groups, and a region beside the rest.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    measure
        Name of the measure; None for the first held of reading, writing and mathematics at Key Stage 2 and
        Progress 8, else the first held at all.
    years
        As in `describe_convergence`.
    by
        Groups whose inside is described, ``"region"``, ``"authority"`` or ``"trust"``; or ``"gap"`` for the
        gap between disadvantaged and other pupils instead of schools.
    region
        The region set beside the rest.
    seed
        Seed of the draws behind intervals.
    say
        Called with the question that is being asked.

    Returns
    -------
    dict
        ``{"schema", "workspace", "version", "snapshot", "main", "inside", "regions", "files", "licence"}``;
        ``inside`` is None for gaps; ``regions`` has ``{"refusal"}`` where no inspections are held.

    Raises
    ------
    UserError
        As in `describe_convergence`.
    """
    opened = open_workspace(folder)
    home = opened.workspace.folder
    asked: dict[str, Any] = {"measure": measure or _first_measure(opened), "years": years, "seed": seed}
    _tell(say, "Is the gap closing and is the top rising?")
    main = describe_convergence(home, by="gap" if by == "gap" else "system", **asked)
    inside = None
    if by in INSIDE:
        _tell(say, f"And inside each {by}?")
        inside = _answer_or_reason(lambda: describe_convergence(home, by=by, **asked))
    _tell(say, f"How does {region} stand beside the rest?")
    regions = _answer_or_reason(lambda: compare_regions(home, region=region))
    return {
        "schema": CONVERGENCE,
        **_about(opened),
        "main": main,
        "inside": inside,
        "regions": {"region": region, **_gap_measure(regions), **regions},
        **_sources(opened, main, regions),
    }


def prepare_groups_report(
    folder: Path | None = None,
    *,
    year: int | None = None,
    group: str | None = None,
    say: Say | None = None,
) -> dict[str, Any]:
    """Ask what a page on groups of schools answers: all of them, or one with its schools.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    year
        Academic year by its ending; None for the latest with figures of progress.
    group
        Name or code of one group, or a part of its name; None for all.
    say
        Called with the question that is being asked.

    Returns
    -------
    dict
        ``{"schema", "workspace", "version", "snapshot", "groups", "group", "scores", "files", "licence"}``;
        ``group`` is None for all; ``scores`` holds the figures of its schools by area.

    Raises
    ------
    UserError
        As in `compare_groups`, or when no group or several are called so.
    """
    opened = open_workspace(folder)
    _tell(say, "How do groups of schools compare on the areas, and what goes with it?")
    answer = compare_groups(opened.workspace.folder, year=year, stage="any")
    chosen = None if group is None else find_group(answer, group)
    scores = {}
    if chosen is not None:
        _tell(say, f"What do published figures tell of the schools of {chosen['name']}?")
        scores = _scores(opened, chosen, answer["year"])
    return {
        "schema": GROUPS,
        **_about(opened),
        "groups": answer,
        "group": chosen,
        "scores": scores,
        **_sources(opened, answer),
    }


def find_group(answer: Mapping[str, Any], wanted: str) -> dict[str, Any]:
    """Return the group of that code or name, or the only one whose name holds it.

    Parameters
    ----------
    answer
        From `compare_groups`.
    wanted
        Code, name, or a part of the name; capital letters do not matter.

    Returns
    -------
    dict
        The group's row.

    Raises
    ------
    UnknownGroup
        When there is none, or several.
    """
    key = wanted.casefold().strip()
    called = {one["name"].casefold(): one["name"] for one in answer["groups"]}
    exact = [one for one in answer["groups"] if key in (one["group"].casefold(), one["name"].casefold())]
    found = exact or [one for one in answer["groups"] if key and key in one["name"].casefold()]
    if not found:
        close = near_misses(key, called)
        raise UnknownGroup(
            f"No group that is compared in {answer['year']} is called {wanted!r}{close or '.'} It needs "
            f"{answer['rule']['min_schools']} schools with results that were in it for "
            f"{answer['rule']['min_years']} full years."
        )
    if len(found) > 1:
        some = "; ".join(f"{one['name']} ({one['group']})" for one in found[:NAMED])
        raise UnknownGroup(
            f"{len(found)} groups are called like {wanted!r}: {some}{'; …' if found[NAMED:] else ''}. "
            "Name one by its code."
        )
    return dict(found[0])


def _scores(opened: Opened, group: Mapping[str, Any], year: int) -> dict[str, Any]:
    """Ask for the figures of a group's schools, in each area of progress where the group is measured."""
    held = {area: of for area, (_, of) in PROGRESS.items() if group["areas"][area]["value"] is not None}
    codes = frozenset(one["school"] for one in group["schools"])
    return {
        area: _answer_or_reason(partial(_scores_of, opened, of, year, codes)) for area, of in held.items()
    }


def _scores_of(opened: Opened, measure: str, year: int, codes: frozenset[str]) -> dict[str, Any]:
    """Ask for those schools that have a figure of the measure, whatever code they had then."""
    known = frozenset(follow_codes(read_panel(opened.snapshot, measure, years=(year,)), codes))
    return estimate_school_scores(opened.workspace.folder, measures=(measure,), years=(year,), schools=known)


def _gap_measure(regions: Mapping[str, Any]) -> dict[str, str]:
    """Say what the gap of a region is a gap in."""
    gap = regions.get("gap", {})
    if "measure" not in gap:
        return {}
    measure = find_measure(gap["measure"], load_catalogue())
    return {"gap_title": measure.title, "gap_unit": measure.unit}


def _first_measure(opened: Opened) -> str:
    held = {one.measure for one in list_measures(opened.snapshot) if one.table == "school_measures"}
    wanted = [*(measure for _, measure in PROGRESS.values()), *load_catalogue()]
    found = next((name for name in wanted if name in held), None)
    if found is None:
        raise EmptyData(
            "The workspace has no published figures of schools. Bring them in with: upwards import FOLDER "
            "--as england"
        )
    return found


def _answer_or_reason(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return ask()
    except UserError as error:
        return {"refusal": str(error)}


def _tell(say: Say | None, what: str) -> None:
    if say is not None:
        say(what)


def _about(opened: Opened) -> dict[str, Any]:
    manifest = opened.snapshot.manifest
    return {
        "workspace": opened.workspace.name,
        "version": version("upwards"),
        "small_counts": opened.settings.count("small_counts.hidden_at"),
        "snapshot": {"id": manifest.id, "created": manifest.created, "erasures": len(manifest.erasures)},
    }


def _sources(opened: Opened, *answers: Mapping[str, Any]) -> dict[str, Any]:
    """List the files that the answers rest on, with the day of import, and their licence."""
    used = {one["sha256"] for answer in answers if "origin" in answer for one in answer["origin"]["source"]}
    records = [record for record in opened.snapshot.manifest.imports if record.sha256 in used]
    return {
        "files": [
            {
                "file": record.mapping.get("place", record.file),
                "table": ", ".join(record.yields) or record.table,
                "imported": record.imported,
                "sha256": record.sha256,
            }
            for record in records
        ],
        "licence": LICENCE if any("dataset" in record.mapping for record in records) else "",
    }
