"""What people did, term by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import altair as alt

from upwards.charts.picture import INK, MARK, PALE, TEXT_SIZE, Picture, Row, layered, on

FILLS = (MARK, PALE)


def draw_terms(
    rows: Sequence[Row], *, series: Mapping[str, str], unit: str, width: int = 340, height: int = 240
) -> Picture | None:
    """Draw two counts beside each other in each term.

    Parameters
    ----------
    rows
        One per term in order, with ``term`` and the keys of `series`; None where nothing was recorded.
    series
        One or two keys with their names.
    unit
        What is counted.
    width, height
        In pixels.

    Returns
    -------
    Picture or None
        None where nothing was recorded in any term. A term without a record has no bar; zero is written.
    """
    values = [
        {"term": row["term"], "series": name, "value": float(row[key]), "said": f"{row[key]:g}"}
        for row in rows
        for key, name in series.items()
        if row[key] is not None
    ]
    if not values:
        return None
    terms, names = [str(row["term"]) for row in rows], list(series.values())
    return Picture(
        draw=partial(_draw, values, terms, names, unit, width, height),
        rows=tuple(rows),
        columns={"term": "term", **{key: f"{name}, {unit}" for key, name in series.items()}},
        alt=" ".join(_said(name, [row[key] for row in rows], terms) for key, name in series.items()),
        caption=f"The darker bar of each pair is the first named: {', then '.join(names)}. Where nothing was "
        "recorded there is no bar.",
    )


def _draw(
    values: Sequence[Row], terms: list[str], names: list[str], unit: str, width: int, height: int
) -> alt.LayerChart:
    x = alt.X("term:O", title=None, sort=terms, scale=alt.Scale(domain=terms),
              axis=alt.Axis(labelAngle=-40, labelLimit=200, ticks=False))  # fmt: skip
    offset = alt.XOffset("series:N", sort=names, scale=alt.Scale(domain=names))
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(tickCount=4, tickMinStep=1), scale=alt.Scale(zero=True))
    fill = alt.Color("series:N", sort=names, scale=alt.Scale(domain=names, range=list(FILLS[: len(names)])))
    bars = on(values).mark_bar(stroke=MARK).encode(x=x, xOffset=offset, y=y, color=fill)
    text = on(values).mark_text(dy=-7, fontSize=TEXT_SIZE - 2, color=INK)
    said = text.encode(x=x, xOffset=offset, y=y, text="said:N")
    return layered([bars, said], width=width, height=height)


def _said(name: str, values: Sequence[float | None], terms: Sequence[str]) -> str:
    known = [(value, term) for value, term in zip(values, terms, strict=True) if value is not None]
    if not known:
        return f"{name}: nothing recorded."
    (first, since), (last, until) = known[0], known[-1]
    start = f"{name.capitalize()}: {first:g} in {since}"
    return f"{start}." if since == until else f"{start}, {last:g} in {until}."
