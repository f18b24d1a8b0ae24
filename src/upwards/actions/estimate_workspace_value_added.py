"""Value added on a workspace: every subject and stage, coverage first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from upwards.actions.estimate_value_added import SCHEMA
from upwards.actions.measure_workspace import (
    Fit,
    Opened,
    Progress,
    audience_of,
    fit_all,
    open_workspace,
    require_schools,
)
from upwards.actions.workspace_answer import answer_once, origin_of
from upwards.core.disclosure import disclose_beside, disclose_units

USED = ("top_share", "coverage.minimum", "small_counts.hidden_at", "personal_unit.min_teachers")


def estimate_workspace_value_added(
    folder: Path | None = None,
    *,
    schools: frozenset[str] | None = None,
    draws: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Estimate what each school added, in every subject and stage of a workspace.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    schools
        Schools to be shown; None for all.
    draws, seed
        Joint draws for ranks and P(top fifth).
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    dict
        ``{"schema", "answers": [{"by": {"subject", "stage"}, "coverage", "fit", "units", ...}]}``;
        a subject and stage that cannot be fitted has ``fit`` None and says why.

    Raises
    ------
    UserError
        When there is no workspace, or nothing was imported.
    """
    opened = open_workspace(folder)
    require_schools(opened, schools)

    def compute() -> dict[str, Any]:
        fits = fit_all(opened, draws=draws, seed=seed, progress=progress)
        return {
            "schema": SCHEMA,
            "settings": opened.settings.used(USED),
            "answers": [_answer(opened, fit, schools) for fit in fits],
        }

    arguments = {"schools": sorted(schools) if schools is not None else None, "draws": draws, "seed": seed}
    return answer_once(opened, "value-added", arguments, compute)


def _answer(opened: Opened, fit: Fit, schools: frozenset[str] | None) -> dict[str, Any]:
    choice, answer = fit.choice, fit.answer
    head = {
        "by": {"subject": choice.subject, "stage": choice.stage},
        "coverage": choice.coverage if answer is None else answer.coverage,
        "intake": list(choice.intake),
        "notes": list(choice.notes),
        "refusal": choice.refusal,
    }
    if answer is None:
        nothing: dict[str, Any] = {"units": [], "units_adjusted": [], "forecasts": [], "warnings": []}
        return {**head, "fit": None, "composition": None, **nothing, "withheld": {}}
    units, withheld = disclose_units(
        answer.unit_rows(),
        audience_of(opened.settings, schools),
        min_coverage=opened.settings.number("coverage.minimum"),
        levels=choice.levels,
        n_teachers=fit.n_teachers,
    )
    origin = origin_of(
        opened,
        measure="value_added",
        unit="points of the scale",
        n=answer.model.n,
        level=answer.interval_level,
        years=choice.years,
    )
    return {
        **head,
        "origin": origin.to_dict(),
        "fit": answer.fit_to_dict(),
        "composition": answer.composition_to_rows(),
        "units": units,
        "units_adjusted": disclose_beside(answer.adjusted_rows(), units),
        "forecasts": disclose_beside(answer.forecast_rows(), units),
        "warnings": list(answer.warnings),
        "withheld": withheld,
    }
