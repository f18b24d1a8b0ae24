"""Many units side by side, each with its interval: in order of size, and never as a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import altair as alt

from upwards.charts.picture import (
    INK,
    LINE,
    MARK,
    Picture,
    Row,
    every_nth,
    layered,
    on,
    signed,
)
from upwards.core.name_order import in_order
from upwards.core.shares import as_share

MOST_DRAWN = 80
MOST_LISTED = 300
MOST_TEAMS = 40
NOT_A_RANKING = "They stand in order of the estimate so that the chart can be read; this is not a ranking."


def draw_caterpillar(
    units: Sequence[Row], *, of: str = "school", unit: str = "points", width: int = 340, height: int = 260
) -> Picture | None:
    """Draw the effects of units with their intervals.

    Parameters
    ----------
    units
        Rows of one level with ``path, n, effect, lower, upper, hidden``; hidden ones are in the table only.
    of
        What a unit is called.
    unit
        Unit of the effects.
    width, height
        In pixels.

    Returns
    -------
    Picture or None
        None where no unit may be shown. The table is in the order of names; of more than 300 units it
        holds those drawn.
    """
    shown = sorted((u for u in units if u["effect"] is not None), key=lambda u: float(u["effect"]))
    if not shown:
        return None
    drawn = every_nth(shown, MOST_DRAWN)
    points = [_point(place, u["effect"], u["lower"], u["upper"]) for place, u in enumerate(drawn, start=1)]
    above = sum(float(u["lower"]) > 0 for u in shown)
    below = sum(float(u["upper"]) < 0 for u in shown)
    listed = units if len(units) <= MOST_LISTED else drawn
    table = sorted((_unit_row(u) for u in listed), key=lambda row: in_order(str(row["name"])))
    return Picture(
        draw=partial(_draw, points, f"{unit} beyond expectation", width, height),
        rows=tuple(table),
        columns={"name": of, "n": "results", "effect": f"effect, {unit}", "lower": "from", "upper": "to",
                 "hidden": "not shown because"},
        alt=(
            f"Effects of {_count(len(shown), of)} with 95% intervals, "
            f"from {signed(shown[0]['effect'], 1)} to {signed(shown[-1]['effect'], 1)} {unit}. "
            f"The interval lies wholly above zero for {above} and wholly below zero for {below}."
        ),
        caption=f"{_sampled(len(drawn), len(shown), of)}{NOT_A_RANKING} "
        "Filled dots: the interval excludes zero.",
        kinds={"n": "whole"},
    )  # fmt: skip


def draw_school_gaps(
    schools: Sequence[Row], *, worth_sharing: float, width: int = 340, height: int = 260
) -> Picture | None:
    """Draw how far each school's best team is ahead of its others.

    Parameters
    ----------
    schools
        Rows with ``school, gap, lower, upper, p_even, n_teams``.
    worth_sharing
        The gap from which sharing inside is worth it, pupil SD; drawn as a dashed line.
    width, height
        In pixels.

    Returns
    -------
    Picture or None
        None where no school has several teams.
    """
    shown = sorted((s for s in schools if s["gap"] is not None), key=lambda s: float(s["gap"]))
    if not shown:
        return None
    drawn = every_nth(shown, MOST_DRAWN)
    points = [
        _point(place, s["gap"], s["lower"], s["upper"], worth_sharing)
        for place, s in enumerate(drawn, start=1)
    ]
    wide = sum(float(s["lower"]) > worth_sharing for s in shown)
    table = shown if len(shown) <= MOST_LISTED else drawn
    listed = sorted(table, key=lambda s: in_order(str(s["school"])))
    return Picture(
        draw=partial(_draw, points, "gap inside, pupil SD", width, height, dashed=worth_sharing),
        rows=tuple(listed),
        columns={"school": "school", "n_teams": "teams", "gap": "gap, pupil SD", "lower": "from",
                 "upper": "to", "p_even": "probability of being even"},
        alt=(
            f"The gap between the best team and the others inside {_count(len(shown), 'school')}, with "
            f"intervals, from {signed(shown[0]['gap'])} to {signed(shown[-1]['gap'])} pupil SD. "
            f"The interval lies wholly above {worth_sharing:g} for {wide}."
        ),
        caption=(
            f"{_sampled(len(drawn), len(shown), 'school')}{NOT_A_RANKING} The dashed line is the gap worth "
            f"sharing, {worth_sharing:g} pupil SD. Filled dots: the interval lies wholly above it."
        ),
        kinds={"n_teams": "whole", "p_even": "share"},
    )  # fmt: skip


def draw_certainty(teams: Sequence[Row], *, threshold: float, width: int = 340) -> Picture | None:
    """Draw how sure it is that each team on the list is large enough to be on it.

    Parameters
    ----------
    teams
        Rows with ``school, subject, stage, status, certainty``: those named or provisional, nobody else.
    threshold
        Certainty asked for, 0 to 1; drawn as a dashed line.
    width
        In pixels.

    Returns
    -------
    Picture or None
        None for an empty list. At most 40 teams are drawn, the surest, in the order of subjects and
        names; the table has all.
    """
    listed = sorted(teams, key=lambda t: (-float(t["certainty"]), str(t["school"])))
    if not listed:
        return None
    rows = sorted(({**team, "name": team_name(team)} for team in listed), key=_by_subject)
    drawn = [
        {"name": row["name"], "certainty": row["certainty"], "filled": row["status"] == "bright spot"}
        for row in sorted(
            ({**team, "name": team_name(team)} for team in listed[:MOST_TEAMS]), key=_by_subject
        )
    ]
    low = min(threshold, *(float(row["certainty"]) for row in rows)) - 0.05
    more = "" if len(rows) <= len(drawn) else f"The {len(drawn)} surest of {len(rows)}. "
    n_named = sum(row["status"] == "bright spot" for row in rows)
    return Picture(
        draw=partial(_certainty, drawn, threshold, low, width),
        rows=tuple(rows),
        columns={"name": "team", "status": "status", "certainty": "certainty"},
        alt=(
            f"Certainty of {_count(len(rows), 'team')}, "
            f"from {as_share(min(r['certainty'] for r in rows))} "
            f"to {as_share(max(r['certainty'] for r in rows))}; {n_named} are bright spots, "
            f"{len(rows) - n_named} are provisional."
        ),
        caption=(
            f"{more}Filled: a bright spot. Open: provisional, on too few years. "
            f"The dashed line is the certainty asked for, {threshold:.0%}."
        ),
        kinds={"certainty": "share"},
    )


def _certainty(drawn: Sequence[Row], threshold: float, low: float, width: int) -> alt.LayerChart:
    axis = alt.Axis(format=".0%", title="certainty", tickCount=4)
    scale = alt.Scale(domain=[low, 1.0], nice=False, zero=False)
    x = alt.X("certainty:Q", scale=scale, axis=axis)
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=int(width * 0.6)))
    fill = alt.condition("datum.filled", alt.value(MARK), alt.value("white"))
    dots = on(drawn).mark_point(size=90, stroke=MARK, strokeWidth=2, opacity=1).encode(x=x, y=y, fill=fill)
    rule = on([{"at": threshold}]).mark_rule(color=INK, strokeDash=[5, 4])
    line = rule.encode(x=alt.X("at:Q", scale=scale, axis=axis))
    return layered([line, dots], width=width, height=24 * len(drawn))


def _by_subject(team: Row) -> tuple[object, ...]:
    return team["subject"], team["stage"], in_order(str(team["school"]))


def team_name(team: Row) -> str:
    """Name a team: school, subject and stage."""
    stage = "" if team["stage"] == "all" else f" {team['stage']}"
    return f"{team['school']}: {team['subject']}{stage}"


def _draw(
    points: Sequence[Row], title: str, width: int, height: int, *, dashed: float | None = None
) -> alt.LayerChart:
    x = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[0, len(points) + 1], nice=False))
    scale = alt.Scale(zero=True)
    y = alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6))
    zero = on([{"at": 0}]).mark_rule(color=INK).encode(y=alt.Y("at:Q", title=title))
    bars = (
        on(points)
        .mark_rule(color=LINE, strokeWidth=1.5)
        .encode(x=x, y=alt.Y("lower:Q", title=title), y2="upper:Q")
    )
    fill = alt.condition("datum.filled", alt.value(MARK), alt.value("white"))
    size = 36 if len(points) > 40 else 70
    dots = (
        on(points).mark_point(size=size, stroke=MARK, strokeWidth=1.5, opacity=1).encode(x=x, y=y, fill=fill)
    )
    layers = [zero, bars, dots]
    if dashed is not None:
        line = on([{"at": dashed}]).mark_rule(color=INK, strokeDash=[5, 4])
        layers.insert(1, line.encode(y=alt.Y("at:Q", title=title)))
    return layered(layers, width=width, height=height)


def _point(place: int, value: float, lower: float, upper: float, above: float = 0.0) -> dict[str, Any]:
    excludes = lower > above or (above == 0.0 and upper < 0)
    return {"place": place, "value": value, "lower": lower, "upper": upper, "filled": excludes}


def _unit_row(unit: Row) -> dict[str, Any]:
    return {**unit, "name": " / ".join(map(str, unit["path"]))}


def _count(n: int, of: str) -> str:
    return f"{n:,} {of}{'' if n == 1 else 's'}"


def _sampled(drawn: int, total: int, of: str) -> str:
    if drawn == total:
        return f"{_count(total, of)}, one each. "
    return f"{drawn} of {_count(total, of)}, evenly spaced in order of the estimate. "
