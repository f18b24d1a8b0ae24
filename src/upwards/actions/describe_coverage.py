"""How much of what was imported can be used and attributed: looked at before any score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import open_workspace
from upwards.actions.workspace_answer import answer_once
from upwards.core.errors import EmptyData
from upwards.store.coverage_counts import count_coverage
from upwards.store.results_rows import open_results

SCHEMA = "upwards.coverage/1"
COUNTS = ("n", "scored", "with_prior", "with_class", "with_teacher")


def describe_coverage(folder: Path | None = None, *, schools: frozenset[str] | None = None) -> dict[str, Any]:
    """Count the results, and how many of them have a score, prior attainment, a class and a teacher.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    schools
        Schools to be counted; None for all.

    Returns
    -------
    dict
        ``{"schema", "snapshot", "minimum", "hidden_at", "by_subject", "by_school"}``: a row has ``n``,
        and, of those with a score, ``scored``, ``with_prior``, ``with_class`` and ``with_teacher``. Rows of
        few results keep their name and lose their counts.

    Raises
    ------
    UserError
        When there are no results.
    """
    opened = open_workspace(folder)
    if "results" not in opened.snapshot.tables:
        raise EmptyData("There are no results yet. Upload them, and this page says how many can be used.")
    asked = {"schools": None if schools is None else sorted(schools)}

    def compute() -> dict[str, Any]:
        rows = open_results(opened.snapshot)
        hidden_at = opened.settings.count("small_counts.hidden_at")
        return {
            "schema": SCHEMA,
            "snapshot": opened.snapshot.id,
            "minimum": opened.settings.number("coverage.minimum"),
            "hidden_at": hidden_at,
            "by_subject": _told(count_coverage(rows, ("year", "subject", "stage"), schools), hidden_at),
            "by_school": _told(count_coverage(rows, ("school", "year"), schools), hidden_at),
        }

    return answer_once(opened, "describe_coverage", asked, compute)


def _told(rows: list[dict[str, Any]], hidden_at: int) -> list[dict[str, Any]]:
    """Hide the counts of rows that are few, and beside a single one in a year the next smallest too."""
    hidden: set[int] = set()
    years = {row["year"] for row in rows}
    for year in years:
        ordered = sorted((row["n"], place) for place, row in enumerate(rows) if row["year"] == year)
        few = [place for n, place in ordered if n <= hidden_at]
        hidden |= {place for _, place in ordered[:2]} if len(few) == 1 else set(few)
    return [{**row, **(dict.fromkeys(COUNTS) if place in hidden else {})} for place, row in enumerate(rows)]
