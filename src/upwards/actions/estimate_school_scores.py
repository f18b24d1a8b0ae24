"""Published school scores as honest estimates: the action."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import Opened, UnknownSchool, audience_of, open_workspace
from upwards.actions.workspace_answer import answer_once, origin_of
from upwards.core.asked_years import parse_years
from upwards.core.catalogue import find_measure
from upwards.core.errors import near_misses
from upwards.core.panel import SchoolPanel, SchoolRegister
from upwards.measures.compared_schools import compare_mainstream
from upwards.measures.forecasts import forecast_next_year
from upwards.measures.school_scores import SchoolScores, ScoreFit, fit_scores, score_schools
from upwards.measures.school_scores_answer import (
    LEVEL,
    count_pupils,
    follow_codes,
    forecast_to_dict,
    means_to_rows,
    reliability_to_dict,
    score_rows,
    sources_of,
    text_of,
    variances_to_dict,
)
from upwards.measures.subject_scores import SubjectScores, fit_subjects, score_subject, subjects_to_rows
from upwards.sources.england.catalogue import load_catalogue, load_notes
from upwards.store.panels import read_panel
from upwards.store.register import read_register

SCHEMA = "upwards.school-scores/1"
USED = ("top_share", "pupil_sd.within_schools", "sampling_errors.correlation", "forecast.level")
PUBLIC = "Figures of whole schools are public already: none is hidden for a small count."


def estimate_school_scores(
    folder: Path | None = None,
    *,
    measures: Sequence[str],
    years: Sequence[int] | str | None = None,
    schools: frozenset[str] | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> dict[str, Any]:
    """Say what each school's published figures tell of it, how surely, and what next year may bring.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    measures
        Names of measures: one over its years, or several of one year together.
    years
        Academic years by their ending, or as text such as ``"2016-2019"``; None for all that can be taken
        together.
    schools
        Codes of schools to be shown, of any year; None for all. Estimates always rest on all schools.
    draws, seed
        Joint draws behind ranks and probabilities.

    Returns
    -------
    dict
        ``{"schema", "measure", "unit", "years", "norm_referenced", "settings", "notes", "n_schools",
        "variances", "reliability", "schools", "correlation_varied", "forecast_rule", "origin", ...}``.

    Raises
    ------
    UserError
        When there is no workspace, measure, figure or school as named.
    """
    opened = open_workspace(folder)
    catalogue = load_catalogue()
    wanted = [find_measure(name, catalogue) for name in dict.fromkeys(measures)]
    asked = parse_years(years, datetime.date.today()) if isinstance(years, str) else years
    within = bool(opened.settings["pupil_sd.within_schools"].value)

    def compute() -> dict[str, Any]:
        panels = [read_panel(opened.snapshot, one.name) for one in wanted]
        shown, register = _shown(panels, schools), _register(opened)
        fits = [
            fit_scores(
                panel, one, asked, within_schools=within, comparison=compare_mainstream(panel, register)
            )
            for panel, one in zip(panels, wanted, strict=True)
        ]
        together = _together(opened, fits) if len(fits) > 1 else None
        parts = [
            _part(opened, fit, place, together, shown, draws=draws, seed=seed)
            for place, fit in enumerate(fits)
        ]
        return _answer(opened, panels, fits, parts, together)

    arguments = {
        "measures": [one.name for one in wanted],
        "years": sorted(asked) if asked is not None else None,
        "schools": sorted(schools) if schools is not None else None,
        "draws": draws,
        "seed": seed,
    }
    return answer_once(opened, "school-scores", arguments, compute)


def _register(opened: Opened) -> SchoolRegister | None:
    return read_register(opened.snapshot) if "schools" in opened.snapshot.tables else None


def _shown(panels: Sequence[SchoolPanel], schools: frozenset[str] | None) -> frozenset[str] | None:
    """Return the schools to be shown, each as it is followed."""
    if schools is None:
        return None
    found = {code: line for panel in panels for code, line in follow_codes(panel, schools).items()}
    for code in sorted(schools - found.keys()):
        known = sorted({str(one) for panel in panels for one in panel.school})
        raise UnknownSchool(
            f"These figures have no school {code!r}{near_misses(code, known) or '.'} Schools are named by "
            "their code, such as England's URN."
        )
    return frozenset(found.values())


def _together(opened: Opened, fits: Sequence[ScoreFit]) -> SubjectScores:
    setting = opened.settings["sampling_errors.correlation"]
    varied = [one for one in (setting.lower, setting.upper) if one is not None]
    return fit_subjects(
        fits, correlation=opened.settings.number("sampling_errors.correlation"), varied=varied
    )


def _part(
    opened: Opened,
    fit: ScoreFit,
    place: int,
    together: SubjectScores | None,
    shown: frozenset[str] | None,
    *,
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Return what is said of one measure."""
    top = opened.settings.number("top_share")
    estimates: SchoolScores = (
        score_schools(fit, draws=draws, seed=seed, top_share=top, level=LEVEL)
        if together is None
        else score_subject(together, place, draws=draws, seed=seed, top_share=top, level=LEVEL)
    )
    next_year = forecast_next_year(fit, seed=seed, level=opened.settings.number("forecast.level"))
    audience = audience_of(opened.settings, shown)
    rows = score_rows(fit, estimates, next_year, _register(opened))
    return {
        "measure": fit.measure.name,
        "n_schools": len(fit.school),
        "means": means_to_rows(fit),
        "variances": variances_to_dict(fit, seed=seed),
        "reliability": reliability_to_dict(estimates),
        "forecast_rule": forecast_to_dict(next_year),
        "text": text_of(fit, estimates, next_year),
        "schools": [row for row in rows if audience.may_see(row["school"])],
    }


def _answer(
    opened: Opened,
    panels: Sequence[SchoolPanel],
    fits: Sequence[ScoreFit],
    parts: Sequence[dict[str, Any]],
    together: SubjectScores | None,
) -> dict[str, Any]:
    """Put the parts together; of several measures each keeps its own under its name."""
    names = [fit.measure.name for fit in fits]
    used = fits[0].years.used
    places = {one for panel, fit in zip(panels, fits, strict=True) for one in sources_of(panel, used)}
    said = load_notes()
    notes = [note for fit in fits for note in fit.notes] + [said[name] for name in names if name in said]
    alone = parts[0] if len(parts) == 1 else None
    by_name = dict(zip(names, parts, strict=True))
    shared = ("variances", "reliability", "forecast_rule", "means")
    unit = " and ".join(dict.fromkeys(fit.measure.unit for fit in fits))
    return {
        "schema": SCHEMA,
        "measure": " + ".join(names),
        "title": " + ".join(fit.measure.title for fit in fits),
        "unit": unit,
        "years": list(used),
        "norm_referenced": all(fit.measure.norm_referenced for fit in fits),
        "settings": opened.settings.used(USED),
        "notes": [*dict.fromkeys(notes), PUBLIC],
        "text": list(dict.fromkeys(line for part in parts for line in part["text"])),
        "n_schools": max(part["n_schools"] for part in parts),
        **{key: alone[key] if alone else {n: p[key] for n, p in by_name.items()} for key in shared},
        "schools": [row for part in parts for row in part["schools"]],
        "correlation_varied": subjects_to_rows(together) if together is not None else [],
        "origin": origin_of(
            opened,
            measure=" + ".join(names),
            unit=unit,
            n=sum(count_pupils(fit) for fit in fits),
            level=LEVEL,
            years=used,
            table="school_measures",
            places=places,
        ).to_dict(),
    }
