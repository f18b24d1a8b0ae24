"""Is the gap closing and is the top rising: the action."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

from upwards.actions.measure_workspace import Opened, open_workspace
from upwards.actions.workspace_answer import answer_once, origin_of
from upwards.core.asked_years import parse_years
from upwards.core.catalogue import PublishedMeasure, find_measure
from upwards.core.errors import EmptyData
from upwards.measures.breaks import choose_comparable_years
from upwards.measures.convergence_answer import ConvergenceOf, unit_rows
from upwards.measures.convergence_by import By, find_grouping
from upwards.measures.convergence_figures import follow_figures
from upwards.measures.convergence_gap import Other, describe_gap, subtract_groups
from upwards.measures.convergence_groups import (
    FollowedFigures,
    describe_groups,
    describe_system,
    group_by_place,
    group_by_trust,
    place_schools,
)
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.school_scores import ScoreFit, fit_scores
from upwards.measures.school_scores_answer import sources_of
from upwards.measures.unit_paths import follow_units
from upwards.sources.england.catalogue import load_catalogue, load_notes, load_pupil_sd_sources
from upwards.store.panels import list_measures, read_panel
from upwards.store.register import read_memberships, read_register

SCHEMA = "upwards.convergence/1"
LEVEL = 0.95
TRUSTS = ("Multi-academy trust",)
DISADVANTAGED = "disadvantaged"
OTHERS = ("not disadvantaged", "")  # the others, else all pupils
USED = ("convergence.certainty", "convergence.min_units", "convergence.min_years", "convergence.min_inside",
        "convergence.end_share", "convergence.negligible", "pupil_sd.within_schools")  # fmt: skip


def describe_convergence(
    folder: Path | None = None,
    *,
    measure: str,
    years: Sequence[int] | str | None = None,
    by: str = "system",
    seed: int = 1,
) -> dict[str, Any]:
    """Say whether the true spread of a published measure narrows, and whether the top rises.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    measure
        Name of the measure, such as ``"ks2.reading_progress"``.
    years
        Academic years by their ending, or as text such as ``"2016-2019"``; None for the latest period on one
        definition.
    by
        ``"system"``, ``"region"``, ``"authority"``, ``"trust"``, ``"school"`` or ``"gap"``.
    seed
        Seed of the draws behind intervals.

    Returns
    -------
    dict
        ``{"schema", "by", "measure", "unit", "norm_referenced", "answers", "levels", "naive", "power",
        "units", "settings", "notes", "origin", "text", ...}``.

    Raises
    ------
    UserError
        When there is no workspace, no such measure or grouping, no figure in these years, or the years lie
        on both sides of a break of the measure.
    """
    grouping = find_grouping(by)
    opened = open_workspace(folder)
    published = find_measure(measure, load_catalogue())
    asked = parse_years(years, datetime.date.today()) if isinstance(years, str) else years

    def compute() -> dict[str, Any]:
        rule = ConvergenceRule.from_settings(opened.settings)
        if grouping == "gap":
            found, places = _gap(opened, published, asked, rule, seed)
            units = {}
        else:
            followed = _follow(opened, published, asked)
            found, places = _describe(opened, followed.figures, rule, grouping, seed), followed.places
            units = {"units": _units(followed.fit)} if grouping == "school" else {}
        return {
            "schema": SCHEMA,
            "by": by,
            "measure": published.name,
            "title": published.title,
            "unit": published.unit,
            "norm_referenced": published.norm_referenced,
            "settings": opened.settings.used(USED),
            **found.to_dict(),
            **units,
            "origin": _origin(opened, published, found, places),
        }

    arguments = {"measure": measure, "years": sorted(asked) if asked else None, "by": by, "seed": seed}
    return answer_once(opened, "convergence", arguments, compute)


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """Figures of schools, their fit, and the files that they were taken from."""

    fit: ScoreFit
    figures: FollowedFigures
    places: frozenset[str]


def _describe(
    opened: Opened, figures: FollowedFigures, rule: ConvergenceRule, by: By, seed: int
) -> ConvergenceOf:
    if "schools" in opened.snapshot.tables:
        figures = place_schools(figures, read_register(opened.snapshot))
    if by == "system" or by == "school":
        return describe_system(figures, rule, by=by, seed=seed)
    register = read_register(opened.snapshot)
    if by == "trust":
        day = datetime.date(figures.years[-1], 7, 31)  # the last day of the last year
        members = read_memberships(opened.snapshot, day, TRUSTS)
        grouping = group_by_trust(figures, register, members, at_least=rule.min_inside)
    else:
        grouping = group_by_place(figures, register, "region" if by == "region" else "authority")
    return describe_groups(figures, grouping, rule, seed=seed)


def _follow(
    opened: Opened, measure: PublishedMeasure, years: Sequence[int] | None, pupil_group: str = ""
) -> _Followed:
    """Read the figures of one group of pupils, with their sampling variances."""
    panel = read_panel(opened.snapshot, measure.name, pupil_group=pupil_group)
    chosen = choose_comparable_years(measure, years, held=panel.years)
    within = bool(opened.settings["pupil_sd.within_schools"].value)
    fit = fit_scores(panel, measure, chosen.years, within_schools=within)
    notes = tuple(dict.fromkeys((*chosen.notes, *fit.notes, *filter(None, [load_notes().get(measure.name)]))))
    sources = load_pupil_sd_sources().get(measure.name, {})
    figures = follow_figures(panel, measure, fit, sources, notes)
    return _Followed(fit, figures, sources_of(panel, figures.years))


def _gap(
    opened: Opened, measure: PublishedMeasure, years: Sequence[int] | None, rule: ConvergenceRule, seed: int
) -> tuple[ConvergenceOf, frozenset[str]]:
    held = {one.pupil_group for one in list_measures(opened.snapshot) if one.measure == measure.name}
    against = next((group for group in OTHERS if group in held), None)
    if DISADVANTAGED not in held or against is None:
        raise EmptyData(
            f"{measure.title} is not held for disadvantaged pupils apart, so that there is no gap to follow. "
            "Import files that give both groups, such as the publisher's full files of schools."
        )
    ours = _follow(opened, measure, years, DISADVANTAGED)
    theirs = _follow(opened, measure, years, against)
    gap = subtract_groups(ours.figures, Other(theirs.figures, is_all=against == ""))
    if "schools" in opened.snapshot.tables:
        gap = place_schools(gap, read_register(opened.snapshot))
    found = describe_gap(gap, rule, years or theirs.figures.years, seed=seed)
    return found, ours.places | theirs.places


def _units(fit: ScoreFit) -> list[dict[str, Any]]:
    paths = follow_units(fit.fit, fit.value, fit.variance)
    return unit_rows(fit.school.tolist(), paths, NormalDist().inv_cdf(0.5 + LEVEL / 2))


def _origin(
    opened: Opened, measure: PublishedMeasure, found: ConvergenceOf, places: frozenset[str]
) -> dict[str, Any]:
    main = found.answers[0].found
    return origin_of(
        opened,
        measure=measure.name,
        unit=measure.unit,
        n=sum(main.n),
        level=LEVEL,
        years=main.years,
        table="school_measures",
        places=places,
    ).to_dict()
