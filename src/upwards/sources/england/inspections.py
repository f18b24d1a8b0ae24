"""What England's inspection outcomes mean."""

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
