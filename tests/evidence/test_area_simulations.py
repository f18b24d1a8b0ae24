"""The long simulations behind docs/evidence/area_model.json: published figures whose truth is known."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path

import pytest

from tests.estimators import area_truth as truth

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "area_model.json"
SEED = 20261122
N = 500


def commit() -> str:
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, text=True).stdout.strip()


def near(figure, level, slack):
    return abs(figure["mean"] - level) <= 3 * figure["se"] + slack


@pytest.mark.evidence
def test_what_is_said_of_published_figures_holds_as_often_as_it_says():
    found = {name: truth.run(system, N, SEED) for name, system in truth.SYSTEMS.items()}
    for taken in (0.4, 0.6, 0.8):
        found[f"two subjects, {taken} taken for 0.6"] = truth.run_subjects(N, SEED, taken=taken)
    heading = {"commit": commit(), "seed": SEED, "date": datetime.date.today().isoformat()}
    EVIDENCE.write_text(json.dumps(heading | {"found": found}, indent=1) + "\n", encoding="utf-8")

    full = found["level, trend and year"]
    for name in ("level", "level_trend", "trend", "transitory"):
        assert abs(full[name]["mean"] - full[name]["truth"]) <= 3.5 * full[name]["se"], name
    for part in ("effect", "persistent", "missing year", "forecast"):
        assert near(full[f"{part} 90%"], 0.90, 0.005), part
        assert near(full[f"{part} 95%"], 0.95, 0.005), part
    assert near(full["change of spread 95%, robust"], 0.95, 0.01)
    for name in ("stationary", "lasting differences only"):
        assert found[name]["effect 95%"]["mean"] >= 0.94, name
        assert found[name]["narrowing named at 0.95, robust"]["mean"] <= 0.05 + 0.03, name
    for name in ("no differences at all", "one year without differences"):
        assert found[name]["effect 95%"]["mean"] >= 0.95, name
    # with 60 units and a tenth of the variance true, errors fall short: the page says so
    assert found["one year"]["effect 95%"]["mean"] >= 0.93
    assert found["one year, small differences"]["effect 95%"]["mean"] >= 0.90
    for name in ("heavy tails, t with 4", "heavy tails, t with 6"):
        robust, plain = (
            found[name][f"change of spread 95%, {kind}"]["mean"] for kind in ("robust", "expected")
        )
        assert robust > plain, name
        assert robust >= 0.90, name
    assert near(found["two subjects, 0.6 taken for 0.6"]["effect 95%"], 0.95, 0.005)
