"""Every answer of a workspace together, for a page that is read from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from upwards.actions.choose_stage import choose_stage
from upwards.actions.estimate_workspace_value_added import estimate_workspace_value_added
from upwards.actions.find_bright_spots import find_bright_spots
from upwards.actions.make_plan import make_plan
from upwards.actions.measure_disparity import measure_disparity
from upwards.actions.measure_workspace import Opened, Progress, open_workspace
from upwards.core.errors import UserError

SCHEMA = "upwards.report/1"

Say = Callable[[str], None]


def prepare_report(
    folder: Path | None = None,
    *,
    stage_order: Sequence[str] = (),
    total_hours: float | None = None,
    reference: Path | None = None,
    draws: int = 1000,
    seed: int = 1,
    say: Say | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Ask every question of a workspace that a page answers.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    stage_order, total_hours
        For the plan; see `make_plan`.
    reference
        TOML file with the outside 75th percentile.
    draws, seed
        Joint draws.
    say
        Called with the question that is being asked.
    progress
        Called with what is done, how many are, and how many there are.

    Returns
    -------
    dict
        ``{"schema", "workspace", "snapshot", "value_added", "disparity", "bright_spots", "stage", "plan"}``;
        a question that cannot be answered has ``{"refusal"}`` with the reason instead.

    Raises
    ------
    UserError
        When there is no workspace, or nothing was imported.
    """
    opened = open_workspace(folder)
    home = opened.workspace.folder
    drawn: dict[str, Any] = {"draws": draws, "seed": seed, "progress": progress}
    limits: dict[str, Any] = {"stage_order": stage_order, "total_hours": total_hours, "reference": reference}
    questions: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
        "value_added": ("What did each school add?", lambda: estimate_workspace_value_added(home, **drawn)),
        "disparity": ("Where is the spread?", lambda: measure_disparity(home, **drawn)),
        "bright_spots": ("Who knows how?", lambda: find_bright_spots(home, **drawn)),
        "stage": ("Share within, link out or grow the top?",
                  lambda: choose_stage(home, reference=reference, **drawn)),
        "plan": ("Who should work with whom?", lambda: make_plan(home, **limits, **drawn)),
    }  # fmt: skip
    answers: dict[str, Any] = {}
    for name, (question, ask) in questions.items():
        if say is not None:
            say(question)
        answers[name] = _answer_or_reason(ask)
    return {
        "schema": SCHEMA,
        "workspace": opened.workspace.name,
        "version": version("upwards"),
        "small_counts": opened.settings.count("small_counts.hidden_at"),
        "snapshot": _snapshot(opened),
        **answers,
    }


def _answer_or_reason(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return ask()
    except UserError as error:
        return {"refusal": str(error)}


def _snapshot(opened: Opened) -> dict[str, Any]:
    manifest = opened.snapshot.manifest
    return {
        "id": manifest.id,
        "created": manifest.created,
        "erasures": len(manifest.erasures),
        "files": [
            {
                "file": record.file,
                "table": record.table,
                "sha256": record.sha256,
                "n_in": record.n_in,
                "n_kept": record.n_kept,
                "rejected": dict(record.rejected),
                "imported": record.imported,
            }
            for record in manifest.imports
        ],
    }
