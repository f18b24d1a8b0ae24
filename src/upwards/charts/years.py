"""What moved over the years: the ends of a system, and a region beside the rest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import altair as alt

from upwards.charts.picture import INK, LINE, MARK, PALE, Picture, Row, layered, on, signed
from upwards.core.academic_year import AcademicYear
from upwards.core.shares import as_share

LEVELS = {"top": "top (90th percentile)", "middle": "middle", "bottom": "lower end (10th percentile)"}
DASHES = {"top": [1, 0], "middle": [6, 4], "bottom": [2, 3]}


def draw_fan(answer: Row, *, unit: str, width: int = 340, height: int = 260) -> Picture | None:
    """Draw where the bottom, the middle and the top of true levels were in each year.

    Parameters
    ----------
    answer
        One answer on convergence, with ``levels``: rows of ``year`` and ``bottom, middle, top``, each with
        ``estimate, lower, upper``; and ``years, n_units, units``.
    unit
        Unit of the measure.
    width, height
        In pixels.

    Returns
    -------
    Picture or None
        None where too few units are measured for the ends to be told.
    """
    rows = [
        {"year": str(AcademicYear(row["year"])), "level": LEVELS[level], **row[level]}
        for row in answer["levels"]
        for level in LEVELS
    ]
    if not rows:
        return None
    first, last = (
        {row["level"]: row["estimate"] for row in rows if row["year"] == year}
        for year in (rows[0]["year"], rows[-1]["year"])
    )
    top, bottom = LEVELS["top"], LEVELS["bottom"]
    return Picture(
        draw=partial(_lines, rows, "level", list(LEVELS.values()), f"true level, {unit}", width, height),
        rows=tuple(rows),
        columns={"year": "year", "level": "part", "estimate": f"level, {unit}", "lower": "from",
                 "upper": "to"},
        alt=(
            f"True levels of {answer['n_units']:,} {answer['units']}, sampling noise removed. The top and "
            f"the lower end were {signed(first[top] - first[bottom])} {unit} apart in {rows[0]['year']} and "
            f"{signed(last[top] - last[bottom])} in {rows[-1]['year']}."
        ),
        caption="Bands are 95% intervals. The ends are those of true levels, of whatever shape.",
    )  # fmt: skip


def draw_regions(
    shares: Sequence[Row], *, of: str, breaks: Sequence[Row] = (), width: int = 340, height: int = 240
) -> Picture | None:
    """Draw a share of inspected schools by year in a region and elsewhere.

    Parameters
    ----------
    shares
        Rows with ``year, part, n_schools, coverage`` and the share, ``{"value", "lower", "upper"}``.
    of
        Which share: ``"less_than_good"`` or ``"outstanding"``.
    breaks
        Rows with ``year``: from then on another framework holds; drawn as a dashed line before that year.
    width, height
        In pixels.

    Returns
    -------
    Picture or None
        None where there is no year.
    """
    if not shares:
        return None
    rows: list[dict[str, Any]] = [
        {
            "year": str(AcademicYear(row["year"])),
            "part": row["part"],
            "n_schools": row["n_schools"],
            "coverage": row["coverage"],
            "estimate": row[of]["value"],
            "lower": row[of]["lower"],
            "upper": row[of]["upper"],
        }
        for row in shares
    ]
    parts = list(dict.fromkeys(row["part"] for row in rows))
    words = of.replace("_", " ")
    ends = [
        f"{part}: "
        + ", ".join(f"{as_share(row['estimate'])} in {row['year']}" for row in (mine[0], mine[-1]))
        for part in parts
        for mine in ([row for row in rows if row["part"] == part],)
    ]
    lines = [str(AcademicYear(row["year"])) for row in breaks]
    return Picture(
        draw=partial(
            _lines, rows, "part", parts, f"share {words}", width, height, share=True, breaks=lines
        ),
        rows=tuple(rows),
        columns={"year": "year", "part": "schools in", "n_schools": "schools with an outcome",
                 "coverage": "of those open", "estimate": f"share {words}", "lower": "from", "upper": "to"},
        alt=f"Share of inspected schools {words}. {'; '.join(ends)}.",
        caption="Bands are 95% intervals. To the right of a dashed line other rules of inspection hold.",
        kinds={"n_schools": "whole"} | dict.fromkeys(("coverage", "estimate", "lower", "upper"), "share"),
    )  # fmt: skip


def _lines(
    rows: Sequence[Row],
    key: str,
    order: Sequence[str],
    title: str,
    width: int,
    height: int,
    *,
    share: bool = False,
    breaks: Sequence[str] = (),
) -> alt.LayerChart:
    """Draw a line with its band for each kind of row, told apart by dashes and name, never by colour."""
    years = list(dict.fromkeys(str(row["year"]) for row in rows))
    inside = [year for year in breaks if year in years[1:]]
    parts = [{**row, "segment": sum(str(row["year"]) >= year for year in inside)} for row in rows]
    band_scale = alt.Scale(type="band", padding=0)
    x = alt.X("year:O", title=None, sort=years, scale=band_scale,
              axis=alt.Axis(labelAngle=-45, labelOverlap=True))  # fmt: skip
    axis = alt.Axis(format=".0%" if share else ".2~f", tickCount=6)
    y = alt.Y("estimate:Q", title=title, axis=axis, scale=alt.Scale(zero=share))
    dash = alt.StrokeDash(
        f"{key}:N",
        sort=list(order),
        scale=alt.Scale(domain=list(order), range=_dashes(len(order))),
        legend=alt.Legend(symbolStrokeColor=MARK, symbolSize=400, labelLimit=width, columns=1),
    )
    base, apart = on(parts), [f"{key}:N", "segment:O"]  # no line leads over a change of the rules
    band = base.mark_area(color=PALE, opacity=0.6).encode(
        x=x, y=alt.Y("lower:Q", title=title, axis=axis), y2="upper:Q", detail=apart
    )
    line = base.mark_line(color=MARK, strokeWidth=2).encode(x=x, y=y, strokeDash=dash, detail=apart)
    dots = base.mark_point(color=MARK, filled=True, size=30, opacity=1).encode(x=x, y=y, detail=f"{key}:N")
    layers = [band, line, dots]
    if inside:
        before = alt.X("year:O", sort=years, scale=band_scale, bandPosition=0)
        rules = on([{"year": year} for year in inside]).mark_rule(color=LINE, strokeDash=[4, 4])
        layers.insert(0, rules.encode(x=before))
    if not share:
        layers.insert(0, on([{"at": 0}]).mark_rule(color=INK, strokeWidth=0.5).encode(y=alt.Y("at:Q")))
    return layered(layers, width=width, height=height)


def _dashes(n: int) -> list[list[int]]:
    """Return as many kinds of line as there are parts, told apart as well as may be."""
    return list(DASHES.values()) if n == len(DASHES) else [DASHES[part] for part in ("top", "bottom")][:n]
