"""What England publishes for its schools: the catalogue of measures, read from `catalogue.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from math import isinf
from types import MappingProxyType
from typing import Any, NamedTuple

from upwards.core.catalogue import PublishedMeasure


@cache
def load_catalogue() -> Mapping[str, PublishedMeasure]:
    """Return every measure of England's public record, by name.

    Returns
    -------
    Mapping of str to PublishedMeasure
        In the order of the file: Key Stage 2, Key Stage 4, the whole school.

    Examples
    --------
    >>> catalogue = load_catalogue()
    >>> catalogue["ks2.reading_progress"].norm_referenced, catalogue["ks4.attainment8"].norm_referenced
    (True, False)
    >>> catalogue["ks2.reading_progress"].pupil_sd[2019]
    6.17358373
    """
    raw = _raw()
    return MappingProxyType({name: _measure(name, row, raw) for name, row in raw["measures"].items()})


@cache
def load_pupil_sd_sources() -> Mapping[str, Mapping[int, str]]:
    """Return where each pupil standard deviation comes from: measure, then year, then the words.

    Returns
    -------
    Mapping
        Measures without a standard deviation are absent. ``"implied by"`` a file, ``"nearest year's"`` and a
        published value are told apart by the words.

    Examples
    --------
    >>> load_pupil_sd_sources()["ks4.progress8"][2019][:19]
    "nearest year's: 201"
    """
    raw = _raw()
    return MappingProxyType(
        {
            name: MappingProxyType({entry["year"]: entry["source"] for entry in _spreads(row, raw)})
            for name, row in raw["measures"].items()
            if _spreads(row, raw)
        }
    )


@cache
def load_notes() -> Mapping[str, str]:
    """Return what a reader should know of a measure that does not stop a comparison.

    Examples
    --------
    >>> "extremely negative" in load_notes()["ks4.progress8"]
    True
    """
    raw = _raw()
    return MappingProxyType(
        {name: raw["notes"][row["note"]] for name, row in raw["measures"].items() if "note" in row}
    )


class Range(NamedTuple):
    """What a figure can be at all, and why."""

    low: float
    high: float
    reason: str

    def __str__(self) -> str:
        low, high = ("any" if isinf(end) else f"{end:g}" for end in (self.low, self.high))
        return f"{low} to {high}"


@cache
def load_ranges() -> Mapping[str, Range]:
    """Return what the figures of each measure can be at all, by its name.

    Also ``"count"`` of pupils, and ``"percent"``.

    Returns
    -------
    Mapping of str to Range
        Wide enough for every figure that was published.

    Examples
    --------
    >>> str(load_ranges()["ks2.reading_score"])
    '80 to 120'
    """
    raw = _raw()
    ranges = {name: Range(**row) for name, row in raw["ranges"].items()}
    of_measures = {name: ranges[row["range"]] for name, row in raw["measures"].items()}
    return MappingProxyType({"count": ranges["count"], "percent": ranges["percent"], **of_measures})


@cache
def _raw() -> dict[str, Any]:
    text = resources.files("upwards.sources.england").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _measure(name: str, row: Mapping[str, Any], raw: Mapping[str, Any]) -> PublishedMeasure:
    return PublishedMeasure(
        name=name,
        title=row["title"],
        unit=row["unit"],
        stage=row.get("stage"),
        subject=row.get("subject"),
        norm_referenced=row["norm_referenced"],
        years=tuple(raw["years"][row["years"]]["years"]),
        breaks=_by_year(raw["breaks"][row["breaks"]] if "breaks" in row else {}),
        pupil_sd=MappingProxyType({entry["year"]: entry["value"] for entry in _spreads(row, raw)}),
        gaps=_by_year(raw["gaps"][row["gaps"]] if "gaps" in row else {}),
    )


def _spreads(row: Mapping[str, Any], raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    spreads: list[dict[str, Any]] = raw["pupil_sd"][row["pupil_sd"]] if "pupil_sd" in row else []
    return spreads


def _by_year(words: Mapping[str, str]) -> Mapping[int, str]:
    return MappingProxyType({int(year): text for year, text in words.items()})
