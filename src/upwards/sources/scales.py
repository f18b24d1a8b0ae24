"""Scales: how a grade becomes a score, named by a mapping and never guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import MappingProxyType

import polars as pl

from upwards.core.errors import near_misses
from upwards.sources.errors import UnknownScale
from upwards.sources.numbers import number, stripped

_PREFIX = r"^(?i:grade|level|gcse|result|band)\s*[:\-]?\s*"


@dataclass(frozen=True, slots=True)
class Scale:
    """A way of writing results.

    Attributes
    ----------
    name
        As written in a mapping.
    meaning, unit, source, date
        What it is, what its points count, and where they come from.
    points
        Points of each grade in upper case without spaces; empty for a scale of plain numbers.
    minimum, maximum
        Bounds of a plain number; None for none.
    percent_sign
        Whether a number may carry one.
    """

    name: str
    meaning: str
    unit: str
    source: str
    date: str
    points: Mapping[str, float]
    minimum: float | None = None
    maximum: float | None = None
    percent_sign: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether scores are plain numbers."""
        return not self.points

    @property
    def range_in_words(self) -> str:
        """Say which scores there are, as in ``"9, 8 ... U"`` or ``"80 to 120"``."""
        if self.points:
            grades = list(self.points)
            return ", ".join(grades) if len(grades) <= 12 else f"{', '.join(grades[:6])} ... {grades[-1]}"
        if self.minimum is None and self.maximum is None:
            return "any number"
        low = "any" if self.minimum is None else f"{self.minimum:g}"
        return f"{low} to {'any' if self.maximum is None else f'{self.maximum:g}'}"

    def within(self, minimum: float | None, maximum: float | None) -> Scale:
        """Return the scale with narrower bounds, where given."""
        low = self.minimum if minimum is None else minimum
        return replace(self, minimum=low, maximum=self.maximum if maximum is None else maximum)

    def score(self, column: str) -> pl.Expr:
        """Return the score that a text stands for, null where it is none or lies outside the bounds."""
        if self.is_plain:
            value = self.number(column)
            low = pl.lit(True) if self.minimum is None else value >= self.minimum
            high = pl.lit(True) if self.maximum is None else value <= self.maximum
            return pl.when(low & high).then(value)
        grades = list(self.points)
        values = [self.points[grade] for grade in grades]
        return _grade(column).replace_strict(grades, values, default=None, return_dtype=pl.Float64)

    def number(self, column: str) -> pl.Expr:
        """Return the number that a text stands for, inside the bounds or not."""
        if not self.percent_sign:
            return number(column)
        bare = pl.col(column).str.strip_chars().str.strip_suffix("%").str.strip_chars()
        value = bare.cast(pl.Float64, strict=False)
        return pl.when(value.is_finite()).then(value)


def _grade(column: str) -> pl.Expr:
    """Write a grade in one way: upper case, no spaces, without "Grade" before it or ".0" after it."""
    text = stripped(column).str.replace(_PREFIX, "").str.replace_all(r"\s+", "").str.to_uppercase()
    return text.str.replace(r"^(\d+)\.0+$", "${1}").str.replace_all("[\u2212\u2013]", "-")


@cache
def load_scales() -> Mapping[str, Scale]:
    """Read all scales there are."""
    folder = resources.files("upwards.sources").joinpath("scales")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    scales = [_parse(f.name.removesuffix(".toml"), f.read_text(encoding="utf-8")) for f in files]
    return MappingProxyType({scale.name: scale for scale in scales})


def _parse(name: str, text: str) -> Scale:
    data = tomllib.loads(text)
    points = {str(grade).upper(): float(value) for grade, value in data.get("points", {}).items()}
    return Scale(
        name,
        data["meaning"],
        data["unit"],
        data["source"],
        str(data["date"]),
        MappingProxyType(points),
        data.get("minimum"),
        data.get("maximum"),
        data.get("percent_sign", False),
    )


def find_scale(name: str) -> Scale:
    """Return the scale of that name.

    Raises
    ------
    UnknownScale
        If there is none; the message lists those there are.

    Examples
    --------
    >>> find_scale("gcse_a_g").points["A*"]
    8.0
    """
    scales = load_scales()
    if name not in scales:
        hint = near_misses(name, scales) or "."
        raise UnknownScale(f"There is no scale {name!r}{hint} There are: {', '.join(scales)}.")
    return scales[name]


def fitting_scales(texts: Iterable[str]) -> tuple[str, ...]:
    """Say which scales hold every one of some texts, those of grades before those of plain numbers.

    Examples
    --------
    >>> fitting_scales(["A*", "b", "Grade C"])
    ('a_level', 'gcse_a_g')
    >>> fitting_scales(["pass"])
    ()
    """
    fitting = [name for name, share in _shares(texts).items() if share == 1]
    return tuple(sorted(fitting, key=lambda name: find_scale(name).is_plain))


def share_fitting(texts: Iterable[str]) -> float:
    """Return the largest share of some texts that one scale holds; 1 where there are none.

    Examples
    --------
    >>> share_fitting(["9", "7", "05-Jun", "U"])
    0.75
    """
    return max(_shares(texts).values(), default=1.0)


def _shares(texts: Iterable[str]) -> dict[str, float]:
    frame = pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})
    if frame.is_empty():
        return {}
    hits = frame.select(
        scale.score("text").is_not_null().mean().alias(n) for n, scale in load_scales().items()
    )
    return {name: float(share) for name, share in hits.row(0, named=True).items()}
