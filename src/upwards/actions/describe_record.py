"""Which published figures of schools a workspace holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from upwards.actions.measure_workspace import open_workspace
from upwards.measures.groups import PROGRESS
from upwards.sources.england.catalogue import load_catalogue
from upwards.store.panels import list_measures

SCHEMA = "upwards.record/1"


def describe_record(folder: Path | None = None) -> dict[str, Any]:
    """List the published measures of schools that were imported, with their titles, units and years.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.

    Returns
    -------
    dict
        ``{"schema", "measures": [{"measure", "title", "unit", "years"}]}``, those of pupils' progress first,
        then in the order of the catalogue; of all pupils only; empty where nothing was imported.

    Raises
    ------
    UserError
        When there is no workspace, or nothing was imported at all.
    """
    opened = open_workspace(folder)
    years: dict[str, set[int]] = {}
    for one in list_measures(opened.snapshot):
        if one.table == "school_measures" and not one.pupil_group:
            years.setdefault(one.measure, set()).update(one.years)
    catalogue = load_catalogue()
    order = dict.fromkeys([*(name for _, name in PROGRESS.values()), *catalogue])
    return {
        "schema": SCHEMA,
        "measures": [
            {
                "measure": name,
                "title": catalogue[name].title,
                "unit": catalogue[name].unit,
                "years": sorted(years[name]),
            }
            for name in order
            if name in years and name in catalogue
        ],
    }
