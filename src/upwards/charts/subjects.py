"""One school's subjects beside each other, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import altair as alt

from upwards.charts.picture import INK, LINE, MARK, ROW_HEIGHT, Picture, Row, in_lines, layered, on, signed


def draw_subjects(
    rows: Sequence[Row], *, unit: str, what: str, at: float = 0.0, width: int = 340
) -> Picture | None:
    """Draw an estimate and its interval for each subject of one school.

    Parameters
    ----------
    rows
        Rows with ``name, estimate, lower, upper, n, hidden``; without an estimate in the table only.
    unit
        Unit of the estimates.
    what
        What is estimated, in words.
    at
        Where the line stands from which an interval must keep away for its dot to be filled.
    width
        In pixels.

    Returns
    -------
    Picture or None
        None where nothing may be shown.
    """
    shown = [row for row in rows if row["estimate"] is not None]
    if not shown:
        return None
    points = [
        {key: row[key] for key in ("name", "estimate", "lower", "upper")}
        | {"filled": row["lower"] > at or row["upper"] < at}
        for row in shown
    ]
    said = "; ".join(
        f"{row['name']} {signed(row['estimate'])} ({signed(row['lower'])} to {signed(row['upper'])})"
        for row in shown
    )
    return Picture(
        draw=partial(_draw, points, f"{what}, {unit}", at, width),
        rows=tuple(rows),
        columns={"name": "subject", "n": "rests on", "estimate": f"{what}, {unit}", "lower": "from",
                 "upper": "to", "hidden": "not shown because"},
        alt=f"{what[:1].upper()}{what[1:]} by subject, {unit}: {said}.",
        caption="Lines are 95% intervals. Filled: the interval excludes "
        f"{'zero' if not at else f'{at:g}, the dashed line'}. Subjects stand in the order of their names.",
        kinds={"n": "whole"},
    )  # fmt: skip


def _draw(points: Sequence[Row], title: str, at: float, width: int) -> alt.LayerChart:
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=int(width * 0.5), ticks=False))
    x = alt.X("estimate:Q", title=in_lines(title, width // 2), axis=alt.Axis(tickCount=5))
    line = on([{"at": at}]).mark_rule(color=INK, strokeDash=[5, 4] if at else [1, 0])
    bars = on(points).mark_rule(color=LINE, strokeWidth=1.5).encode(x=alt.X("lower:Q"), x2="upper:Q", y=y)
    fill = alt.condition("datum.filled", alt.value(MARK), alt.value("white"))
    dots = on(points).mark_point(size=90, stroke=MARK, strokeWidth=2, opacity=1).encode(x=x, y=y, fill=fill)
    layers = [line.encode(x=alt.X("at:Q")), bars, dots]
    return layered(layers, width=width, height=ROW_HEIGHT * len(points))
