"""Which classes do the results attribute to one teacher? For that teacher alone; counts, never a score."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import open_workspace
from upwards.store.class_rows import list_classes_named, list_taught_classes, list_team_teachers

SCHEMA = "upwards.classes/1"
ATTRIBUTING = ("results", "rosters")


def describe_classes(teacher: str, folder: Path | None = None) -> dict[str, Any]:
    """List the classes that the results attribute to one teacher.

    Parameters
    ----------
    teacher
        The identifier as it stands in the files that were imported; spelling differences that import
        overlooks are overlooked here.
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    dict
        ``{"schema", "snapshot", "imported", "classes"}``: the day of the latest file of results or
        rosters, and rows with ``school, subject, stage, year, name, n, n_class, n_named, share``, the latest
        year first. ``share`` is None where no roster says it.

    Raises
    ------
    EmptyData
        When nothing was imported yet.
    UserError
        When there is no workspace.

    Notes
    -----
    The identifier is hashed with the workspace's key and compared; it is not kept.
    """
    opened = open_workspace(folder)
    pseudonym = opened.workspace.pseudonyms.of("teacher", teacher)
    manifest = opened.snapshot.manifest
    has_results = "results" in manifest.tables
    found = list_taught_classes(opened.snapshot, pseudonym) if pseudonym and has_results else ()
    days = [record.imported[:10] for record in manifest.imports if record.table in ATTRIBUTING]
    return {
        "schema": SCHEMA,
        "snapshot": opened.snapshot.id,
        "imported": max(days, default=None),
        "classes": [asdict(one) for one in found],
    }


def find_classes(
    name: str, subject: str, year: int, *, school: str | None = None, folder: Path | None = None
) -> list[dict[str, Any]]:
    """Say which classes of this name the results hold.

    Parameters
    ----------
    name, subject
        Upper and lower case, and space around, are overlooked.
    year
        Academic year, by its ending.
    school
        None for any.
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    list of dict
        ``school, subject, stage, year, name``, as the results write them, in this order; a class whose
        results are of several stages is there with each.

    Raises
    ------
    UserError
        When there is no workspace, or nothing was imported.
    """
    opened = open_workspace(folder)
    if "results" not in opened.snapshot.manifest.tables:
        return []
    found = list_classes_named(opened.snapshot, name, subject, year)
    return [asdict(one) for one in found if school is None or one.school == school]


def count_team_teachers(folder: Path | None = None) -> list[dict[str, Any]]:
    """Say how many people taught each team: all of them must agree before the team is named.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    list of dict
        ``school, subject, stage, n_teachers, n_last_year, last_year``: teachers of all years together,
        and of the latest.

    Raises
    ------
    UserError
        When there is no workspace, or nothing was imported.
    """
    opened = open_workspace(folder)
    if "results" not in opened.snapshot.manifest.tables:
        return []
    return [asdict(one) for one in list_team_teachers(opened.snapshot)]
