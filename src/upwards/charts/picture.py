"""A chart with the table behind it and its description in words, and the look that all charts share."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import altair as alt
from altair import LayerChart
from altair.utils import schemapi

INK = "#1a1a1a"
MARK = "#1f4e79"
PALE = "#b9cde0"
LINE = "#6b6b6b"
TEXT_SIZE = 14
ROW_HEIGHT = 30

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A chart that can be read without seeing it.

    Attributes
    ----------
    draw
        Makes the Altair chart: what a page says about it costs much less than the chart itself.
    rows
        The figures drawn, and those that may not be shown with the reason.
    columns
        Which keys of the rows a reader sees, with their headings.
    alt
        What there is to see, in one or two sentences.
    caption
        How to read it.
    kinds
        How a column is written where it is not a plain figure: ``"share"`` or ``"whole"``.
    """

    draw: Callable[[], LayerChart]
    rows: tuple[Row, ...]
    columns: Mapping[str, str]
    alt: str
    caption: str
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def chart(self) -> LayerChart:
        """Return the Altair chart, made anew."""
        return self.draw()


def to_svg(picture: Picture) -> str:
    """Draw a chart as SVG text, without network and without scripts.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    str
        One ``<svg>`` element; all text in it is escaped.
    """
    import vl_convert

    spec = picture.chart.to_dict(validate=False)
    rows = _take_rows(spec)
    compiled = json.loads(_compile(json.dumps(spec)))
    for data in compiled["data"]:
        if data["name"] in rows:
            data["values"] = rows[data["name"]]
    svg: str = vl_convert.vega_to_svg(compiled)
    return svg


def _take_rows(spec: dict[str, Any]) -> dict[str, list[Any]]:
    """Take the rows out of a chart and name them by their order, so that charts alike are written alike."""
    names = {name: f"rows {place}" for place, name in enumerate(spec.get("datasets", {}))}
    for part in (spec, *spec["layer"]):  # rows that all layers share stand above them
        if "name" in part.get("data", {}):
            part["data"] = {"name": names[part["data"]["name"]]}
    return {names[name]: rows for name, rows in spec.pop("datasets", {}).items()}


@lru_cache(maxsize=256)
def _compile(spec: str) -> str:
    """Translate a chart without its rows for the program that draws it: the same for every school."""
    import vl_convert

    return json.dumps(vl_convert.vegalite_to_vega(json.loads(spec)))


def stop_checking() -> None:
    """Make charts without checking each part against the schema, which takes longer than making it.

    For a server, whose charts the tests have checked.
    """
    schemapi.disable_debug_mode()


def layered(layers: Sequence[alt.Chart], *, width: int, height: int) -> LayerChart:
    """Lay marks over each other in the common look: few colours, dark on white, text of 14 pixels."""
    look: dict[str, Any] = {
        "labelFont": "sans-serif",
        "titleFont": "sans-serif",
        "labelFontSize": TEXT_SIZE,
        "titleFontSize": TEXT_SIZE,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
    }
    chart: LayerChart = (
        alt.layer(*layers)
        .properties(width=width, height=height, background="white", autosize=alt.AutoSizeParams(
            type="fit-x", contains="padding"
        ))
        .configure_axis(**look, domainColor=LINE, tickColor=LINE, gridColor="#e3e3e3")
        .configure_legend(**look, orient="top", title=None, symbolSize=120)
        .configure_view(stroke=None)
    )  # fmt: skip
    return chart


def in_lines(title: str, width: int) -> list[str]:
    """Break a title into lines that fit into so many pixels."""
    return textwrap.wrap(title, max(12, width // 8))


def on(rows: Sequence[Row]) -> alt.Chart:
    """Start a chart on rows."""
    return alt.Chart(alt.InlineData([dict(row) for row in rows]))


@lru_cache(maxsize=16_384)
def signed(value: float, digits: int = 2) -> str:
    """Write a figure with a true minus sign."""
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else f"{0:.{digits}f}"


def every_nth(rows: Sequence[Row], most: int) -> list[Row]:
    """Take at most so many rows, evenly spaced, with both ends."""
    if len(rows) <= most:
        return list(rows)
    step = (len(rows) - 1) / (most - 1)
    return [rows[round(place * step)] for place in range(most)]
