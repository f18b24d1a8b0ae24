"""Two figures beside each other: what a naive comparison shows, and the parts of a gap."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import altair as alt

from upwards.charts.picture import INK, LINE, MARK, ROW_HEIGHT, Picture, Row, in_lines, layered, on, signed
from upwards.core.academic_year import AcademicYear


def draw_naive(quarters: Sequence[Row], *, unit: str, width: int = 340) -> Picture | None:
    """Draw the change of each starting quarter beside what fluctuation alone would show.

    Parameters
    ----------
    quarters
        Rows with ``quarter, n_units, start, change, by_regression``.
    unit
        Unit of the measure.
    width
        In pixels.

    Returns
    -------
    Picture or None
        None without quarters.
    """
    if not quarters:
        return None
    rows = [
        {**row, "name": row["quarter"], "beyond": row["change"] - row["by_regression"]} for row in quarters
    ]
    low, high = rows[0], rows[-1]
    return Picture(
        draw=partial(_changes, rows, unit, width),
        rows=tuple(rows),
        columns={"name": "quarter of first figures", "n_units": "units", "start": "start, from the mean",
                 "change": "change seen", "by_regression": "by fluctuation alone", "beyond": "beyond that"},
        alt=(
            f"Change by starting quarter of published figures, {unit}. The {low['quarter']} changed by "
            f"{signed(low['change'])}, and fluctuation alone would change it by "
            f"{signed(low['by_regression'])}; the {high['quarter']} by {signed(high['change'])} and "
            f"{signed(high['by_regression'])}."
        ),
        caption="Filled: the change seen. Open: what chance and ordinary fluctuation alone would show.",
        kinds={"n_units": "whole"},
    )  # fmt: skip


def draw_region_gap(gap: Row, *, unit: str, width: int = 340) -> Picture | None:
    """Draw a region's gap to the rest, what goes with each part of the intake, and what remains.

    Parameters
    ----------
    gap
        With ``region, year, gap, remaining`` and ``parts``: each ``estimate, lower, upper``; parts have a
        ``block``.
    unit
        Unit of the measure.
    width
        In pixels.

    Returns
    -------
    Picture or None
        None where the gap could not be taken apart.
    """
    if "parts" not in gap:
        return None
    named = [("the gap", gap["gap"])]
    named += [(f"goes with {part['block']}", part) for part in gap["parts"]]
    named.append(("what remains", gap["remaining"]))
    rows = [
        {"name": name, **{key: one[key] for key in ("estimate", "lower", "upper")}} for name, one in named
    ]
    points = [{**row, "filled": row["lower"] > 0 or row["upper"] < 0} for row in rows]
    parts = "; ".join(f"{row['name']} {signed(row['estimate'])}" for row in rows[1:])
    return Picture(
        draw=partial(_parts, points, unit, width),
        rows=tuple(rows),
        columns={"name": "part", "estimate": unit, "lower": "from", "upper": "to"},
        alt=(
            f"{gap['region']} less the rest in {AcademicYear(gap['year'])}, {unit}: the gap "
            f"{signed(rows[0]['estimate'])}; {parts}."
        ),
        caption="Lines are 95% intervals. Filled: the interval excludes zero. The parts and what remains "
        "add up to the gap.",
    )  # fmt: skip


def _changes(rows: Sequence[Row], unit: str, width: int) -> alt.LayerChart:
    ends = [
        {"name": row["quarter"], "at": row[key], "seen": key == "change"}
        for row in rows
        for key in ("change", "by_regression")
    ]
    title = in_lines(f"change against the mean, {unit}", width // 2)
    x, y = alt.X("at:Q", title=title, axis=alt.Axis(tickCount=5)), _names(width)
    fill = alt.condition("datum.seen", alt.value(MARK), alt.value("white"))
    way = on(rows).mark_rule(color=LINE, strokeWidth=1.5).encode(
        x=alt.X("by_regression:Q"), x2="change:Q", y=y
    )  # fmt: skip
    dots = on(ends).mark_point(size=90, stroke=MARK, strokeWidth=2, opacity=1).encode(x=x, y=y, fill=fill)
    return layered([_zero(), way, dots], width=width, height=36 * len(rows))


def _parts(points: Sequence[Row], unit: str, width: int) -> alt.LayerChart:
    x, y = alt.X("estimate:Q", title=unit, axis=alt.Axis(tickCount=5)), _names(width)
    bars = on(points).mark_rule(color=LINE, strokeWidth=1.5).encode(x=alt.X("lower:Q"), x2="upper:Q", y=y)
    fill = alt.condition("datum.filled", alt.value(MARK), alt.value("white"))
    dots = on(points).mark_point(size=90, stroke=MARK, strokeWidth=2, opacity=1).encode(x=x, y=y, fill=fill)
    return layered([_zero(), bars, dots], width=width, height=ROW_HEIGHT * len(points))


def _zero() -> alt.Chart:
    chart: alt.Chart = on([{"at": 0}]).mark_rule(color=INK, strokeWidth=0.8).encode(x=alt.X("at:Q"))
    return chart


def _names(width: int) -> alt.Y:
    return alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=int(width * 0.5), ticks=False))
