"""Bars: how much of the results can be used, where the spread is, and whose hours a plan takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt

from upwards.charts.picture import (
    INK,
    MARK,
    PALE,
    ROW_HEIGHT,
    TEXT_SIZE,
    Picture,
    Row,
    layered,
    on,
    signed,
)
from upwards.core.shares import as_share

MOST_BARS = 40
_PARTS = {"residual": "rest"}


def draw_coverage(answers: Sequence[Row], *, minimum: float, width: int = 340) -> Picture | None:
    """Draw which share of the results of each subject and stage can be used.

    Parameters
    ----------
    answers
        Rows with ``by`` (subject and stage) and ``coverage``, 0 to 1.
    minimum
        Share below which a unit gets no score; drawn as a dashed line.
    width
        In pixels.

    Returns
    -------
    Picture or None
        None without results.
    """
    rows = [{**a["by"], "name": fit_name(a["by"]), "coverage": float(a["coverage"])} for a in answers]
    if not rows:
        return None
    values = [
        {"name": row["name"], "share": row["coverage"], "said": as_share(row["coverage"])} for row in rows
    ]
    below = [str(row["name"]) for row in rows if row["coverage"] < minimum]
    low, high = min(row["coverage"] for row in rows), max(row["coverage"] for row in rows)
    spread = " to ".join(dict.fromkeys((as_share(low), as_share(high))))
    return Picture(
        draw=partial(_coverage, values, minimum, width),
        rows=tuple(rows),
        columns={"subject": "subject", "stage": "stage", "coverage": "share of results used"},
        alt=f"Share of results that can be used, by subject and stage: {spread}. "
        + (f"Below {minimum:.0%}: {'; '.join(below)}." if below else f"None is below {minimum:.0%}."),
        caption=f"The dashed line is {minimum:.0%}: a school below it gets no score.",
        kinds={"coverage": "share"},
    )


def draw_spread(spreads: Sequence[Row], *, level: float, width: int = 340) -> Picture | None:
    """Draw the true spread of each part, with its interval.

    Parameters
    ----------
    spreads
        Rows with ``part, meaning, sd, lower, upper``, pupil SD; a bound may be None.
    level
        Level of the intervals, 0 to 1.
    width
        In pixels.

    Returns
    -------
    Picture or None
        None without parts.
    """
    if not spreads:
        return None
    values = [
        {"name": _PARTS.get(s["part"], s["part"]), "sd": s["sd"], "lower": s["lower"], "upper": s["upper"]}
        for s in spreads
    ]
    parts = ", ".join(f"{value['name']} {signed(value['sd'])}" for value in values)
    return Picture(
        draw=partial(_spread, values, width),
        rows=tuple(spreads),
        columns={"part": "part", "meaning": "true spread …", "sd": "SD", "lower": "from", "upper": "to"},
        alt=f"True spread of each part in pupil SD: {parts}.",
        caption=f"Bars: the true spread, chance taken out; only the rest holds chance. "
        f"Dark lines: {level:.0%} intervals.",
    )


def draw_hours(lines: Sequence[Row], *, width: int = 340) -> Picture | None:
    """Draw the hours that each school gives and receives in a plan.

    Parameters
    ----------
    lines
        A plan's lines.
    width
        In pixels.

    Returns
    -------
    Picture or None
        None for a plan without lines. At most 40 schools are drawn; the table has all.
    """
    rows = hours_by_school(lines)
    if not rows:
        return None
    values = [
        {"name": row["school"], "kind": kind, "hours": row[kind]}
        for row in rows[:MOST_BARS]
        for kind in ("gives", "receives")
    ]
    given = sum(float(row["gives"]) for row in rows)
    more = "" if len(rows) <= MOST_BARS else f"The {MOST_BARS} schools with most hours, of {len(rows)}. "
    return Picture(
        draw=partial(_hours, values, width, 26 * min(len(rows), MOST_BARS)),
        rows=tuple(rows),
        columns={"school": "school", "gives": "gives, hours", "receives": "receives, hours"},
        alt=f"Hours by school: {len(rows)} take part; {given:g} hours are given and as many received.",
        caption=f"{more}Dark: hours given. Pale: hours received. A school that shares inside has both.",
    )


def hours_by_school(lines: Sequence[Row]) -> list[dict[str, Any]]:
    """Add up what each school gives and receives, most hours first."""
    found: dict[str, dict[str, float]] = {}
    for line in lines:
        for end, kind in (("provider_school", "gives"), ("recipient_school", "receives")):
            hours = found.setdefault(str(line[end]), {"gives": 0.0, "receives": 0.0})
            hours[kind] += float(line["hours_each"])
    rows = [{"school": school, **hours} for school, hours in found.items()]
    return sorted(rows, key=lambda row: (-float(row["gives"]) - float(row["receives"]), str(row["school"])))


def fit_name(by: Mapping[str, Any]) -> str:
    """Name a subject and stage."""
    return str(by["subject"]) if by["stage"] == "all" else f"{by['subject']}, {by['stage']}"


def _coverage(values: Sequence[Row], minimum: float, width: int) -> alt.LayerChart:
    x = alt.X("share:Q", scale=alt.Scale(domain=[0, 1.3], nice=False), title="share of results used",
              axis=alt.Axis(format=".0%", values=[0, 0.5, 1]))  # fmt: skip
    y = _names(width)
    bars = on(values).mark_bar(color=PALE, stroke=MARK, size=18).encode(x=x, y=y)
    text = on(values).mark_text(align="left", dx=4, fontSize=TEXT_SIZE, color=INK)
    line = on([{"at": minimum}]).mark_rule(color=INK, strokeDash=[5, 4]).encode(x="at:Q")
    layers = [bars, line, text.encode(x=x, y=y, text="said:N")]
    return layered(layers, width=width, height=ROW_HEIGHT * len(values))


def _spread(values: Sequence[Row], width: int) -> alt.LayerChart:
    known = [row for row in values if row["lower"] is not None and row["upper"] is not None]
    x = alt.X("sd:Q", title="pupil SD", axis=alt.Axis(tickCount=4), scale=alt.Scale(zero=True))
    y = _names(width)
    bars = on(values).mark_bar(color=PALE, stroke=MARK, size=18).encode(x=x, y=y)
    whiskers = on(known).mark_rule(color=INK, strokeWidth=2).encode(
        x=alt.X("lower:Q", title="pupil SD"), x2="upper:Q", y=y
    )  # fmt: skip
    return layered([bars, whiskers], width=width, height=ROW_HEIGHT * len(values))


def _hours(values: Sequence[Row], width: int, height: int) -> alt.LayerChart:
    domain, colours = ["gives", "receives"], [MARK, PALE]
    x = alt.X("hours:Q", title="hours", axis=alt.Axis(tickCount=4, format="d"), stack=True)
    fill = alt.Color("kind:N", scale=alt.Scale(domain=domain, range=colours))
    bars = on(values).mark_bar(stroke=MARK, size=16).encode(x=x, y=_names(width), color=fill, order="kind:N")
    return layered([bars], width=width, height=height)


def _names(width: int) -> alt.Y:
    return alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=int(width * 0.5), ticks=False))
