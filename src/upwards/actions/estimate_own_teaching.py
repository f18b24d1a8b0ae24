"""What did my classes add, and how sure is that: for one teacher alone; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from upwards.actions.describe_teaching_spread import describe_teaching_spread
from upwards.actions.measure_workspace import Opened, open_workspace
from upwards.core.attributed import AttributedClass
from upwards.core.errors import EmptyData
from upwards.measures.own_teaching import CARRIED, OwnTeaching, counted, measure_own_teaching
from upwards.measures.teaching_spread import TeachingSpread
from upwards.store.kept_expectations import expectation_from_dict
from upwards.store.own_rows import SHARE, count_own_rows, own_rows
from upwards.store.residual_rows import residual_rows
from upwards.store.results_rows import open_results

SCHEMA = "upwards.own_teaching/1"
USED = ("coverage.minimum", "named_person.min_pupils", "named_person.min_years")


def estimate_own_teaching(
    teacher: str, classes: Sequence[AttributedClass], folder: Path | None = None
) -> dict[str, Any]:
    """Estimate what the classes of one teacher added together.

    Parameters
    ----------
    teacher
        The identifier as it stands in the files that were imported.
    classes
        What the teacher confirmed, or may still confirm; results of other classes are not used as theirs.
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    dict
        ``{"schema", "snapshot", "settings", "notes", "n_results", "n_pupils", "n_years", "n_classes",
        "coverage", "refusal", "figure"}``; ``figure`` is None where ``refusal`` says why.

    Raises
    ------
    NotYetComputed
        Inside `kept_only`, when enough is there and the spread of all results is not kept yet.
    UserError
        When there is no workspace, or nothing was imported.

    Notes
    -----
    Nothing of it is kept, in a file or in memory: whoever asks waits for their own school's rows only.
    """
    opened = open_workspace(folder)
    pseudonym = opened.workspace.pseudonyms.of("teacher", teacher)
    found, notes = _measured(opened, pseudonym or "", classes)
    head = {"schema": SCHEMA, "snapshot": opened.snapshot.id, "settings": opened.settings.used(USED)}
    return {**head, "notes": notes, **asdict(found)}


def _measured(
    opened: Opened, pseudonym: str, classes: Sequence[AttributedClass]
) -> tuple[OwnTeaching, list[str]]:
    if not pseudonym or not classes:
        return OwnTeaching(0, 0, 0, 0, 0.0, refusal="No class counts as yours yet."), []
    rows = own_rows(open_results(opened.snapshot), pseudonym, classes)
    counts = count_own_rows(rows)
    before = counted(counts, opened.settings)
    if before.refusal:
        return before, []
    kept = describe_teaching_spread(opened.workspace.folder)
    if kept["refusal"]:
        return before.refused(kept["refusal"]), []
    expectations = [expectation_from_dict(one) for one in kept["expectations"]]
    spread = TeachingSpread.from_dict(kept["spread"])
    try:
        usable = residual_rows(rows, expectations, columns=(*CARRIED, SHARE))
    except EmptyData as error:
        return before.refused(str(error)), []
    return measure_own_teaching(usable, spread, counts, opened.settings), spread.notes
