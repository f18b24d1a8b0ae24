"""The rows behind one mark of a chart."""

from __future__ import annotations

from typing import Any

import vl_convert

from upwards.charts.picture import Picture, to_svg


def drawn(picture: Picture, layer: int) -> list[dict[str, Any]]:
    """Return the rows behind one mark of a chart."""
    chart = picture.chart.to_dict()
    name = chart["layer"][layer]["data"].get("name")
    return list(chart["datasets"][name] if name else chart["layer"][layer]["data"]["values"])


def drawn_as(picture: Picture, mark: str) -> list[dict[str, Any]]:
    """Return the rows behind the first mark of a kind."""
    marks = [layer["mark"]["type"] for layer in picture.chart.to_dict()["layer"]]
    return drawn(picture, marks.index(mark))


def drawn_svg(picture: Picture) -> str:
    """Draw a picture the way pages do, and check that it is what the whole chart would be drawn as."""
    svg = to_svg(picture)
    assert svg == vl_convert.vegalite_to_svg(picture.chart.to_dict())
    return svg
