"""The long simulations behind docs/evidence/groups.json: trusts whose truth is known."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.measures.record_of_trusts import record_of_chosen_schools, record_of_trusts
from upwards.core.settings import Settings
from upwards.measures.groups import compare_groups

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "groups.json"
SEED = 20261122
SYSTEMS = 200
AREAS = ("ks2_reading_progress", "ks2_writing_progress", "ks2_maths_progress")
SIZE = 0.6  # 0.10 of a pupil SD of 6 points


FEWER = 48


def simulate(n_groups: int, between: float, *, heavy: bool = False) -> dict[str, float]:
    rng, settings = np.random.default_rng(SEED), Settings.load()
    held, named, wrong, expected, at_most, false = [], 0, 0, 0.0, 0.0, 0
    every = 10 if n_groups > 100 else 1  # the range takes long to tell: in a tenth of large systems
    for k in range(SYSTEMS):
        record, level = record_of_trusts(rng, n_groups=n_groups, between=between, heavy=heavy)
        found = compare_groups(record, settings)
        for name in AREAS:
            area = found.areas[name]
            which = found.named(area)
            held.append(np.mean((area.lower < level) & (level < area.upper)))
            named += int(which.sum())
            wrong += int((level[which] < SIZE).sum())
            expected += float((1 - area.p_high[which]).sum())
            at_most += every * found.expected_wrong(area)[1] if k % every == 0 else 0.0
        false += bool(found.associations.surviving(0.05))
    return {
        "systems": SYSTEMS,
        "share_of_intervals_that_hold": float(np.mean(held)),
        "se": float(np.std(held) / np.sqrt(len(held) / len(AREAS))),  # three subjects share their schools
        "named": named,
        "wrongly_named": wrong,
        "expected_wrong": expected,
        "expected_wrong_upper": at_most,
        "systems_with_a_false_association": false / SYSTEMS,
    }


def simulate_chosen(left: float) -> dict[str, float]:
    """Sponsors take schools from the lowest fifth, levels fade, and no trust does anything."""
    rng, settings = np.random.default_rng(SEED), Settings.load()
    named, false, apart = 0, 0, []
    for _ in range(FEWER):
        found = compare_groups(record_of_chosen_schools(rng, n_groups=298, left=left), settings)
        area = found.areas["improvement"]
        named += int(found.named(area).sum())
        apart.append(np.nanmean(area.direct[:99]) - np.nanmean(area.direct[99:]))
        alive = found.associations.surviving(0.05)
        false += any((one.area, one.characteristic) == ("improvement", "types: sponsored") for one in alive)
    return {
        "systems": FEWER,
        "sponsors_seem_to_improve_by_pupil_sd_a_year": float(np.mean(apart)),
        "se": float(np.std(apart) / np.sqrt(FEWER)),
        "named_improving": named,
        "systems_in_which_sponsors_go_with_improvement": false / FEWER,
    }


@pytest.mark.evidence
def test_what_is_said_of_trusts_holds_as_often_as_it_says() -> None:
    found: dict[str, Any] = {
        "300 trusts": simulate(300, 1.0),
        "40 trusts": simulate(40, 1.0),
        "40 trusts that hardly differ": simulate(40, 0.3),
    }
    heavy = simulate(300, 1.0, heavy=True)
    chosen = {f"{left:.0%} left a year later": simulate_chosen(left) for left in (0.8, 0.9)}
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, text=True).stdout.strip()
    heading = {"commit": commit, "seed": SEED, "date": datetime.date.today().isoformat()}
    told = {"found": found, "heavy_tails": heavy, "low_schools_taken_on": chosen}
    EVIDENCE.write_text(json.dumps(heading | told, indent=1) + "\n", encoding="utf-8")
    for one in found.values():
        assert one["share_of_intervals_that_hold"] == pytest.approx(0.95, abs=0.02)
        assert abs(one["wrongly_named"] - one["expected_wrong"]) < 4 * np.sqrt(one["expected_wrong"] * 3) + 1
        assert one["systems_with_a_false_association"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / SYSTEMS)
    assert heavy["expected_wrong"] < heavy["wrongly_named"] < heavy["expected_wrong_upper"]
    for one in chosen.values():
        assert one["systems_in_which_sponsors_go_with_improvement"] <= 0.08
        assert one["named_improving"] == 0
