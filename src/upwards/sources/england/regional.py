"""What England publishes of its regions: what inspection outcomes mean, and the intake of schools."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def load_inspection_scale() -> dict[str, Any]:
    """Read the scale: grades of the outcomes, which of them is good, and when the rules changed.

    Returns
    -------
    dict
        ``{"grade": {outcome: int}, "outstanding": int, "good": int, "breaks": {year: words}}``.

    Examples
    --------
    >>> load_inspection_scale()["grade"]["Satisfactory"]
    3
    """
    text = resources.files("upwards.sources.england").joinpath("inspections.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    return {**found, "breaks": {int(year): words for year, words in found["breaks"].items()}}


@cache
def load_intake_blocks() -> dict[str, Any]:
    """Read which published figures say what pupils bring, by measure.

    Returns
    -------
    dict
        Measure to ``{"year": int, "split": pupil group, "blocks": {name: [measures]}}``.

    Examples
    --------
    >>> load_intake_blocks()["ks4.progress8"]["blocks"]["home language"]
    ['school.pct_eal']
    """
    text = resources.files("upwards.sources.england").joinpath("regions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
