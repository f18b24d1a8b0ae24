"""The long simulations behind docs/evidence/measures.json: groups of schools whose truth is known."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.measures.group_of_schools import TRUE_SD, Group, Shape, draw_group
from upwards.measures.disparity import describe_disparity
from upwards.measures.team_effects import TeamModel, describe_teams, fit_team_model
from upwards.measures.teams import Teams

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "measures.json"
SEED = 20241101
GROUPS = 60
INSIDE = ("year team", "department", "team")


def commit() -> str:
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, text=True).stdout.strip()


def measured(group: Group, without: tuple[str, ...] = ()) -> tuple[TeamModel, Teams]:
    codes = {name: code for name, code in group.codes.items() if name not in without}
    model = fit_team_model(group.truth.sum_horizontal().to_numpy(), codes, group.labels)
    scored = dict.fromkeys(group.teams, 1)
    teams = describe_teams(model, model, codes=group.codes, n_scored=scored, n_teachers={}, n_draws=400)
    return model, teams


def held_by_group(groups: list[Group], without: tuple[str, ...] = ()) -> dict[str, float]:
    """Share of teams whose 95 % interval holds the truth; its error counts whole groups."""
    shares, widths = [], []
    for group in groups:
        teams = measured(group, without)[1]
        truth = np.array([group.teams[key] for key in teams.keys])
        shares.append(np.mean(np.abs(teams.effect - truth) < 1.959964 * teams.se))
        widths.append(np.mean(teams.se))
    return {
        "share": float(np.mean(shares)),
        "se": float(np.std(shares) / len(shares) ** 0.5),
        "mean_standard_error": float(np.mean(widths)),
        "groups": len(groups),
    }


def shares_held(groups: list[Group]) -> dict[str, float]:
    inside = sum(TRUE_SD[name] ** 2 for name in INSIDE)
    true = inside / (inside + TRUE_SD["school"] ** 2)
    shares = [describe_disparity(*measured(group), n_draws=1000).shares[0] for group in groups]
    held = [share.lower <= true <= share.upper for share in shares]
    return {
        "share": float(np.mean(held)),
        "truth": true,
        "mean_estimate": float(np.mean([s.share for s in shares])),
        "mean_width": float(np.mean([s.upper - s.lower for s in shares])),
        "groups": len(groups),
    }


@pytest.mark.evidence
def test_what_is_said_of_teams_holds_as_often_as_it_says() -> None:
    usual = [draw_group(SEED + i, Shape(schools=25, pupils=8)) for i in range(GROUPS)]
    luck = {**TRUE_SD, "team in a year": 0.4}
    lucky = [draw_group(SEED + i, Shape(schools=25, pupils=8, sd=luck)) for i in range(GROUPS)]
    few = [draw_group(SEED + i, Shape(schools=6, pupils=8)) for i in range(GROUPS)]
    found: dict[str, Any] = {
        "teams": held_by_group(usual),
        "teams, pupils and classes left out": held_by_group(usual, ("pupil", "class")),
        "teams, cohorts differ": held_by_group(lucky),
        "teams, cohorts differ, years left out": held_by_group(lucky, ("year",)),
        "teams of six schools": held_by_group(few),
        "share inside schools": shares_held(usual),
    }
    heading = {"commit": commit(), "seed": SEED, "date": datetime.date.today().isoformat()}
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(json.dumps(heading | {"found": found}, indent=1) + "\n", encoding="utf-8")

    for name in ("teams", "teams, cohorts differ"):
        # variances are drawn too, which makes intervals rather too wide than too narrow
        assert 0.95 - 3 * found[name]["se"] <= found[name]["share"] <= 0.985, name
    assert found["teams of six schools"]["share"] >= 0.95 - 3 * found["teams of six schools"]["se"]
    narrower = found["teams, pupils and classes left out"]["mean_standard_error"]
    assert narrower < found["teams"]["mean_standard_error"]
    assert found["teams, cohorts differ, years left out"]["share"] < 0.85
    assert found["share inside schools"]["share"] >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / GROUPS)
