"""Who knows how, which stage, who works with whom: a reader's arithmetic, from start to end."""

from __future__ import annotations

import numpy as np
import pytest

from upwards.measures.bright_spots import find_bright_spots
from upwards.measures.stages import OutsideReference, choose_stages
from upwards.measures.teams import Teams
from upwards.plans.partnerships import make_partnership_plan
from upwards.plans.rules import Limits, Pairing

# School, stage, effect in reading. Forty pupils a year and four teachers each: ten pupils per teacher.
TABLE = """
Hill    Year 3   0.40
Hill    Year 4   0.00
Moor    Year 3  -0.25
Moor    Year 4  -0.25
Park    Year 3   0.30
"""


def group() -> Teams:
    rows = [line.rsplit(maxsplit=1) for line in TABLE.strip().splitlines()]
    labels = [row[0].split(maxsplit=1) for row in rows]
    effect = np.array([float(row[1]) for row in rows])
    draws = np.tile(effect, (100, 1)).astype(np.float32)
    n = len(rows)
    return Teams(
        school=tuple(label[0] for label in labels),
        subject=("reading",) * n,
        stage=tuple(label[1].strip() for label in labels),
        n_pupils=np.full(n, 80),
        n_years=np.full(n, 2),
        n_teachers=np.full(n, 4),
        coverage=np.ones(n),
        effect=effect,
        se=np.zeros(n),
        draws=draws,
        draws_adjusted=draws,
    )


def test_from_effects_to_a_plan() -> None:
    teams = group()
    spots = find_bright_spots(teams)
    assert {(teams.school[t], teams.stage[t]) for t in spots.named} == {
        ("Hill", "Year 3"),
        ("Park", "Year 3"),
    }

    stages = choose_stages(teams, reference=OutsideReference(0.5, "the public record"))
    by_school = {school: found.stage for (school, subject), found in stages.by_school().items() if subject}
    # Hill: 0.40 against 0.00 is a gap of 0.40. Moor: no gap, not high. Park: one team, not high.
    assert by_school == {"Hill": "share within", "Moor": "link out", "Park": "link out"}

    pairing = Pairing(stage_order=("Year 3", "Year 4"))
    plan = make_partnership_plan(teams, stages, spots, Limits(total_hours=67.5), pairing=pairing)
    # 67.5 hours less a fifth are 54: three partnerships of 2 x 9 hours.
    # Inside Hill, coaching: 10 x 0.30 x 0.20 - 10 x 0.01 x 0.75 = 0.60 - 0.075 = 0.525.
    # To Moor, a network: 10 x 0.30 x 0.05 - 0.075 = 0.075, twice.
    assert [line.benefit for line in plan.lines] == pytest.approx([0.525, 0.075, 0.075])
    assert plan.totals.benefit == pytest.approx(0.675)
    assert plan.totals.hours == 54
    assert plan.reserve.hours == pytest.approx(13.5)
    assert plan.lines[0].why == (
        "Reading, Year 4, at Hill: the knowledge is inside the school, with its own Year 3 team "
        "(coaching, 9 hours each)."
    )

    less = make_partnership_plan(teams, stages, spots, Limits(total_hours=45.0), pairing=pairing)
    assert less.totals.partnerships == 2
    [left] = less.unserved
    assert left.why == (
        f"Reading, {left.stage}, at Moor: the hours in all are used up "
        "(22.5 more would do, some of it for the top)."
    )
