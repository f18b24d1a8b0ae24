"""How much do results differ between schools, teachers, classes and pupils: about nobody alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import Opened, Progress, expect_all, open_workspace
from upwards.actions.workspace_answer import answer_once
from upwards.core.errors import UserError
from upwards.measures.own_teaching import CARRIED
from upwards.measures.teaching_spread import fit_teaching_spread
from upwards.store.kept_expectations import expectation_to_dict
from upwards.store.residual_rows import residual_rows
from upwards.store.results_rows import open_results

SCHEMA = "upwards.teaching_spread/1"


def describe_teaching_spread(
    folder: Path | None = None, *, seed: int = 1, progress: Progress | None = None
) -> dict[str, Any]:
    """Say how much of a result goes with school, team, year, teacher, class and pupil.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    seed
        Of the draws of the variances.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    dict
        ``{"schema", "refusal", "expectations", "spread"}``: coefficients of each subject and stage, and
        variances of the whole; no school, class or person. ``refusal`` says why there is none, or None.

    Raises
    ------
    UserError
        When there is no workspace, or nothing was imported.
    """
    opened = open_workspace(folder)

    def compute() -> dict[str, Any]:
        try:
            return {"schema": SCHEMA, "refusal": None, **_measured(opened, seed, progress)}
        except UserError as error:
            return {"schema": SCHEMA, "refusal": str(error), "expectations": [], "spread": None}

    return answer_once(opened, "teaching-spread", {"seed": seed}, compute)


def _measured(opened: Opened, seed: int, progress: Progress | None) -> dict[str, Any]:
    _, pairs, _ = expect_all(opened, seed=seed, progress=progress)
    expectations = [own for own, _ in pairs]
    rows = residual_rows(open_results(opened.snapshot), expectations, columns=CARRIED)
    least = opened.settings.count("personal_unit.min_teachers")
    spread = fit_teaching_spread(rows.residual, rows.codes, rows.labels, min_teachers=least, seed=seed)
    return {"expectations": [expectation_to_dict(one) for one in expectations], "spread": spread.to_dict()}
