"""The long simulation behind docs/evidence/own_figure.json: what a teacher is told, the truth known."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import pytest

from tests.evidence.test_measure_simulations import commit
from tests.measures.teachers_of_schools import draw_taught, own_figures

EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence" / "own_figure.json"
SEED = 20261122
GROUPS = 60


def held_by_group(schools: int, groups: int) -> dict[str, float]:
    """Share of teachers whose 95 % interval holds the truth; its error counts whole groups."""
    shares, widths, effects, raws, truths = [], [], [], [], []
    for number in range(groups):
        pairs = [
            (one.figure, truth) for one, truth in own_figures(draw_taught(SEED + number, schools=schools))
        ]
        told = [(figure, truth) for figure, truth in pairs if figure is not None]
        assert len(told) == 4 * schools
        shares.append(np.mean([figure.lower <= truth <= figure.upper for figure, truth in told]))
        widths.append(np.mean([figure.se for figure, _ in told]))
        effects += [figure.effect for figure, _ in told]
        raws += [figure.raw for figure, _ in told]
        truths += [truth for _, truth in told]
    return {
        "share": float(np.mean(shares)),
        "se": float(np.std(shares) / groups**0.5),
        "mean_standard_error": float(np.mean(widths)),
        "truth_rises_with_effect": float(np.polyfit(effects, truths, 1)[0]),
        "truth_rises_with_raw": float(np.polyfit(raws, truths, 1)[0]),
        "groups": groups,
    }


@pytest.mark.evidence
def test_what_a_teacher_is_told_holds_as_often_as_it_says() -> None:
    sizes = {6: GROUPS, 12: GROUPS, 40: 2 * GROUPS // 3}
    found = {f"{schools} schools": held_by_group(schools, groups) for schools, groups in sizes.items()}
    heading = {"commit": commit(), "seed": SEED, "date": datetime.date.today().isoformat()}
    EVIDENCE.write_text(json.dumps(heading | {"found": found}, indent=1) + "\n", encoding="utf-8")
    for one in found.values():
        # variances are drawn too, which makes intervals rather too wide than too narrow
        assert one["share"] >= 0.95 - 3 * one["se"]
        assert one["truth_rises_with_effect"] == pytest.approx(1, abs=0.06)
        assert one["truth_rises_with_raw"] < one["truth_rises_with_effect"]
