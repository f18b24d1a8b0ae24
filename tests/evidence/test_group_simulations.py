"""The long simulations behind docs/evidence/groups.json: trusts whose truth is known."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.measures.record_of_trusts import record_of_trusts
from upwards.core.settings import Settings
from upwards.measures.groups import compare_groups

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "groups.json"
SEED = 20261122
SYSTEMS = 200
AREAS = ("ks2_reading_progress", "ks2_writing_progress", "ks2_maths_progress")
SIZE = 0.6  # 0.10 of a pupil SD of 6 points


def simulate(n_groups: int, between: float) -> dict[str, float]:
    rng, settings = np.random.default_rng(SEED), Settings.load()
    held, named, wrong, expected, false = [], 0, 0, 0.0, 0
    for _ in range(SYSTEMS):
        record, level = record_of_trusts(rng, n_groups=n_groups, between=between)
        found = compare_groups(record, settings)
        for name in AREAS:
            area = found.areas[name]
            which = found.named(area)
            held.append(np.mean((area.lower < level) & (level < area.upper)))
            named += int(which.sum())
            wrong += int((level[which] < SIZE).sum())
            expected += float((1 - area.p_high[which]).sum())
        false += bool(found.associations.surviving(0.05))
    return {
        "systems": SYSTEMS,
        "share_of_intervals_that_hold": float(np.mean(held)),
        "se": float(np.std(held) / np.sqrt(len(held) / len(AREAS))),  # three subjects share their schools
        "named": named,
        "wrongly_named": wrong,
        "expected_wrong": expected,
        "systems_with_a_false_association": false / SYSTEMS,
    }


@pytest.mark.evidence
def test_what_is_said_of_trusts_holds_as_often_as_it_says() -> None:
    found: dict[str, Any] = {
        "300 trusts": simulate(300, 1.0),
        "40 trusts": simulate(40, 1.0),
        "40 trusts that hardly differ": simulate(40, 0.3),
    }
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, text=True).stdout.strip()
    heading = {"commit": commit, "seed": SEED, "date": datetime.date.today().isoformat()}
    EVIDENCE.write_text(json.dumps(heading | {"found": found}, indent=1) + "\n", encoding="utf-8")
    for one in found.values():
        assert one["share_of_intervals_that_hold"] == pytest.approx(0.95, abs=0.02)
        assert abs(one["wrongly_named"] - one["expected_wrong"]) < 4 * np.sqrt(one["expected_wrong"] * 3) + 1
        assert one["systems_with_a_false_association"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / SYSTEMS)
