"""Groups of schools side by side, each with its interval, and one group on the map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import altair as alt

from upwards.charts.intervals import draw_caterpillar
from upwards.charts.picture import (
    INK,
    LINE,
    MARK,
    Picture,
    Row,
    every_nth,
    in_lines,
    layered,
    on,
    signed,
)
from upwards.core.name_order import in_order

MOST_DRAWN = 80
MEASURED = "measured"
KM_PER_DEGREE = 111.2  # of latitude
ISOLATED = "more than an hour from every other school"


def draw_groups(
    groups: Sequence[Row],
    *,
    area: str,
    title: str,
    high_from: float | None,
    certainty: float,
    width: int = 340,
    height: int = 260,
) -> Picture | None:
    """Draw one area of all groups as dots with intervals; who is high-performing is filled.

    Parameters
    ----------
    groups
        Rows with ``name, n_schools`` and ``areas``: for each area ``value, lower, upper, p_high, official,
        status, unit``.
    area
        Which area.
    title
        How a reader calls it.
    high_from
        The size from which a group counts as high, in the area's unit; drawn as a dashed line.
    certainty
        The probability of being higher than it from which a dot is filled.
    width, height
        In pixels.

    Returns
    -------
    Picture or None
        None where no group is measured. Every group is in the table, those without a figure with the reason.
    """
    rows = [_group_row(group, area) for group in sorted(groups, key=lambda g: in_order(str(g["name"])))]
    shown = sorted((r for r in rows if r["lower"] is not None), key=lambda r: float(r["value"]))
    if not shown:
        return None
    drawn = every_nth(shown, MOST_DRAWN)
    filled = [row for row in shown if (row["p_high"] or 0) >= certainty]
    kept = {id(row) for row in (*drawn, *filled)}
    points = [
        {"place": place, "filled": (row["p_high"] or 0) >= certainty}
        | {key: row[key] for key in ("value", "lower", "upper")}
        for place, row in enumerate((row for row in shown if id(row) in kept), start=1)
    ]
    unit = shown[0]["unit"]
    return Picture(
        draw=partial(_dots, points, in_lines(unit, height), high_from, width, height),
        rows=tuple(rows),
        columns={"name": "group", "n_schools": "schools", "value": f"ours, {unit}", "lower": "from",
                 "upper": "to", "p_high": "probability of being high", "official": "the publisher's rule",
                 "status": "status"},
        alt=(
            f"{title} of {len(shown)} groups with 95% intervals, from {signed(float(shown[0]['value']))} to "
            f"{signed(float(shown[-1]['value']))} {unit}; {len(filled)} "
            f"{'is' if len(filled) == 1 else 'are'} high-performing."
        ),
        caption=(
            f"{_drawn(len(points), len(shown))}They stand in order of the estimate so that the chart can be "
            "read; this is not a ranking. Filled: high-performing with a probability of at least "
            f"{certainty:.0%}."
        ),
        kinds={"n_schools": "whole", "p_high": "share"},
    )  # fmt: skip


def draw_group_map(group: Row, *, width: int = 340) -> Picture | None:
    """Draw the schools of a group where they stand, with the way from each to the nearest other.

    Parameters
    ----------
    group
        A row with ``name`` and ``schools``: ``school, name, latitude, longitude, nearest, km, minutes,
        minutes_basis``.
    width
        In pixels; the height follows the place.

    Returns
    -------
    Picture or None
        None where fewer than two schools have a place.
    """
    placed = [s for s in group["schools"] if s["latitude"] is not None and s["longitude"] is not None]
    if len(placed) < 2:
        return None
    north = sum(float(s["latitude"]) for s in placed) / len(placed)
    squeeze = math.cos(math.radians(north))
    west = min(float(s["longitude"]) for s in placed)
    south = min(float(s["latitude"]) for s in placed)
    points = {
        s["school"]: {
            "x": (float(s["longitude"]) - west) * squeeze * KM_PER_DEGREE,
            "y": (float(s["latitude"]) - south) * KM_PER_DEGREE,
            "far": s["minutes"] is not None and float(s["minutes"]) > 60,
        }
        for s in placed
    }
    ways = [
        {"x": a["x"], "y": a["y"], "x2": b["x"], "y2": b["y"]}
        for s in placed
        if s["nearest"] in points
        for a, b in ((points[s["school"]], points[s["nearest"]]),)
    ]
    minutes = sorted(float(s["minutes"]) for s in placed if s["minutes"] is not None)
    n_far = sum(m > 60 for m in minutes)
    middle = f"{minutes[len(minutes) // 2]:.0f} minutes" if minutes else "not known"
    estimated = any(s["minutes_basis"] == "estimated" for s in placed)
    unplaced = len(group["schools"]) - len(placed)
    names = {s["school"]: s["name"] or s["school"] for s in group["schools"]}
    listed = [{**s, "nearest_name": names.get(s["nearest"])} for s in group["schools"]]
    return Picture(
        draw=partial(_map, list(points.values()), ways, width),
        rows=tuple(sorted(listed, key=lambda s: in_order(str(s["name"])))),
        columns={"name": "school", "phase": "phase", "nearest_name": "nearest school of the group",
                 "km": "km, straight line", "minutes": "minutes"},
        alt=(
            f"{len(placed)} schools of {group['name']} on a map. From a school to the nearest other the "
            f"middle time is {middle}; {n_far} {'is' if n_far == 1 else 'are'} {ISOLATED}."
        ),
        caption=(
            "Lines lead to the nearest other school. Open dots: more than an hour from every other. "
            + ("Times are estimates from straight lines, not from roads. " if estimated else "")
            + _unplaced(unplaced)
        ).strip(),
    )  # fmt: skip


def draw_school_scores(
    schools: Sequence[Row], *, unit: str, width: int = 340, height: int = 260
) -> Picture | None:
    """Draw the effects of schools, chance taken off, with their intervals.

    Parameters
    ----------
    schools
        Rows with ``school, name, n, effect, lower, upper, missing``.
    unit
        Unit of the effects.
    width, height
        In pixels.

    Returns
    -------
    Picture or None
        None where no school has an effect.
    """
    rows = [
        {"path": [one["name"] or one["school"]], "hidden": one["missing"] if one["effect"] is None else None}
        | {key: one[key] for key in ("n", "effect", "lower", "upper")}
        for one in schools
    ]
    return draw_caterpillar(rows, unit=unit, width=width, height=height)


def _group_row(group: Row, area: str) -> dict[str, Any]:
    figures = group["areas"][area]
    keys = ("value", "lower", "upper", "p_high", "official", "status", "unit")
    return {"name": group["name"], "n_schools": figures.get("n_schools", group["n_schools"])} | {
        key: figures[key] for key in keys
    }


def _dots(
    points: Sequence[Row], title: list[str], dashed: float | None, width: int, height: int
) -> alt.LayerChart:
    x = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[0, len(points) + 1], nice=False))
    y = alt.Y("value:Q", title=title, axis=alt.Axis(tickCount=6))
    bars = on(points).mark_rule(color=LINE, strokeWidth=1.2).encode(x=x, y=alt.Y("lower:Q"), y2="upper:Q")
    fill = alt.condition("datum.filled", alt.value(MARK), alt.value("white"))
    dots = on(points).mark_point(size=40, stroke=MARK, strokeWidth=1.5, opacity=1).encode(x=x, y=y, fill=fill)
    layers = [on([{"at": 0}]).mark_rule(color=INK).encode(y=alt.Y("at:Q", title=title)), bars, dots]
    if dashed is not None:
        line = on([{"at": dashed}]).mark_rule(color=INK, strokeDash=[5, 4])
        layers.insert(1, line.encode(y=alt.Y("at:Q", title=title)))
    return layered(layers, width=width, height=height)


def _map(points: Sequence[Row], ways: Sequence[Row], width: int) -> alt.LayerChart:
    wide = max(float(p["x"]) for p in points) or 1.0
    high = max(float(p["y"]) for p in points) or 1.0
    span = max(wide, high)
    half = 0.55 * span
    x_domain, y_domain = ([m / 2 - half, m / 2 + half] for m in (wide, high))
    x = alt.X("x:Q", title="km", scale=alt.Scale(domain=x_domain, nice=False), axis=alt.Axis(tickCount=5))
    y = alt.Y("y:Q", title="km", scale=alt.Scale(domain=y_domain, nice=False), axis=alt.Axis(tickCount=5))
    lines = on(ways).mark_rule(color=LINE, strokeWidth=1.2).encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    fill = alt.condition("datum.far", alt.value("white"), alt.value(MARK))
    dots = on(points).mark_point(size=60, stroke=MARK, strokeWidth=2, opacity=1).encode(x=x, y=y, fill=fill)
    return layered([lines, dots], width=width, height=width)


def _drawn(drawn: int, total: int) -> str:
    if drawn == total:
        return f"{total} groups, one each. "
    return f"{drawn} of {total} groups: evenly spaced in order of the estimate, and all high-performing. "


def _unplaced(n: int) -> str:
    if not n:
        return ""
    schools = "1 school has" if n == 1 else f"{n} schools have"
    return f"{schools} no place in the register and cannot be drawn."
