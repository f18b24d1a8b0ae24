"""The long simulations behind docs/evidence/engine.json: pupils whose truth is known."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path

import pytest

from tests.estimators import simulated_truth as truth

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "engine.json"
SEED = 20240917


def commit() -> str:
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, text=True).stdout.strip()


def near(figure, level, slack=0.0):
    error = max(figure["se"], (level * (1 - level) / figure["n"]) ** 0.5)
    return abs(figure["share"] - level) <= 3 * error + slack


@pytest.mark.evidence
def test_what_the_engine_says_holds_as_often_as_it_says():
    found = {
        "random intercept": truth.intervals(1000, SEED, slopes=False),
        "random slope": truth.intervals(400, SEED, slopes=True),
        "standard deviation next to zero": truth.near_zero(1000, SEED),
        "one year": truth.ranks(500, SEED, n_years=1, year_sd=0.0, with_years=False),
        "three years": truth.ranks(300, SEED, n_years=3, year_sd=0.25, with_years=True),
        "three years, left out": truth.ranks(300, SEED, n_years=3, year_sd=0.25, with_years=False),
        "reliability": truth.reliability(500, SEED),
        "composition": truth.composition(500, SEED),
    }
    heading = {"commit": commit(), "seed": SEED, "date": datetime.date.today().isoformat()}
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(json.dumps(heading | {"found": found}, indent=1) + "\n", encoding="utf-8")

    # with 100 units a 95 % interval from the normal distribution is a little short of its name
    for name in ("random intercept", "random slope"):
        assert all(near(figure, 0.95, slack=0.01) for figure in found[name].values()), name
    assert found["standard deviation next to zero"]["sd of intercepts"]["share"] >= 0.94
    for name in ("one year", "three years"):
        assert near(found[name]["effect"], 0.95, slack=0.015), name
        assert found[name]["rank"]["share"] >= 0.93
        for row in [*found[name]["p_top"], *found[name]["p_above_average"]]:
            assert abs(row["claimed"] - row["happened"]) <= 3.5 * row["se"] + 0.015, (name, row)
    assert found["three years, left out"]["effect"]["share"] < 0.85
    assert abs(found["reliability"]["corrected"]["mean"] - 0.7) <= 3 * found["reliability"]["corrected"]["se"]
    assert near(found["reliability"]["covered"], 0.95, slack=0.01)
    assert near(found["composition"]["covered"], 0.95, slack=0.01)
