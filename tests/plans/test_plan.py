"""The plan as an answer: it adds up, says why, and is honest about what is not known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from upwards.core.settings import Setting, Settings
from upwards.plans import partnerships
from upwards.plans.rules import LIMIT_NAMES, Limits, Pairing, Rate, Rates, Rhythm
from upwards.solvers.integer_program import solve_integer_program

Make = Callable[..., Any]
MANY = {"Hill": 0.3, "Moor": 0.4, "Ash": -0.3, "Bay": -0.2, "Cliff": -0.3, "Dell": -0.25, "Elm": -0.3}


def test_totals_are_the_sums_of_the_lines(group: Make) -> None:
    plan = group(MANY).plan(Limits(cost_per_hour=30))
    assert plan.totals.partnerships == len(plan.lines) == 4
    assert plan.totals.served + plan.totals.unserved == 5
    assert plan.totals.hours == sum(line.hours for line in plan.lines) == 72
    assert plan.totals.cost == sum(line.cost for line in plan.lines) == 72 * 30
    assert plan.totals.pupils == sum(line.pupils for line in plan.lines) == 40
    assert plan.totals.benefit == pytest.approx(sum(line.benefit for line in plan.lines))
    assert plan.totals.benefit == pytest.approx(plan.bound)
    assert [limit.name for limit in plan.limits_used] == [
        name for name in LIMIT_NAMES if name != "people's hours"
    ]


def test_every_line_names_the_work_and_never_a_score(group: Make) -> None:
    for line in group(MANY).plan().lines:
        assert line.why.startswith(f"Reading, stage 1, at {line.recipient_school}: ")
        assert line.provider_school in line.why
        assert line.why.count(".") == 1
        assert re.findall(r"\d+", line.why) == ["1", "1", "9"]


def test_nobody_is_called_names(group: Make) -> None:
    said = json.dumps(group(MANY).plan(Limits(total_hours=60)).to_dict()).lower()
    assert not re.search(r"bottom|weak|failing|worst|lowest", said)


def test_answers_are_plain_data(group: Make) -> None:
    for limits in (Limits(), Limits(total_hours=0), Limits(money=10.0, cost_per_hour=1)):
        assert "NaN" not in json.dumps(group(MANY).plan(limits).to_dict(), allow_nan=False)


def test_teams_without_measures_get_no_numbers_by_accident(group: Make) -> None:
    draws = np.array([[0.3, -0.3, np.nan]] * 4)
    plan = group({"Hill": 0.3, "Park": -0.3, "Moor": 0.0}, draws=draws).plan(
        asks_for_help=[("Moor", "reading", "1")]
    )
    assert [line.recipient_school for line in plan.lines] == ["Park"]
    assert [team.school for team in plan.unserved] == ["Moor"]


def test_the_interval_is_that_of_effects_and_rates(group: Make) -> None:
    # One certain gap: benefit 10 x 0.3 x rate - 0.075, the rate's 80 % interval being 0 to 0.4.
    draws = np.tile([0.3, -0.3], (2000, 1))
    plan = group({"Hill": 0.3, "Park": -0.3}, draws=draws).plan()
    assert plan.totals.benefit_lower == pytest.approx(0 - 0.075, abs=0.01)
    assert plan.totals.benefit_upper == pytest.approx(1.2 - 0.075, abs=0.01)
    # A rate known exactly leaves only what the effects leave open: gaps 0, 0.1, … 0.3 in turn.
    known = Rates(coaching=Rate(0.2, 0.2, 0.2))
    draws = np.stack([np.repeat([0.0, 0.1, 0.2, 0.3], 500) - 0.01, np.full(2000, -0.01)], axis=1)
    plan = group({"Hill": 0.3, "Park": -0.3}, draws=draws).plan(rates=known)
    assert plan.lines == ()
    plan = group({"Hill": 0.3, "Park": -0.3}, draws=draws + 0.0).plan(
        rates=known, asks_for_help=[("Park", "reading", "1")]
    )
    assert plan.totals.benefit_lower <= plan.totals.benefit <= plan.totals.benefit_upper


def test_the_interval_covers_what_happens_on_simulated_truth(group: Make) -> None:
    rng = np.random.default_rng(7)
    inside, n_runs, n_schools = 0, 60, 24
    # Without a cap: at the cap benefit is certain, and an interval would be a point.
    known = Rates(coaching=Rate(0.2, 0.2, 0.2), gap_cap=5.0)
    for _ in range(n_runs):
        truth = rng.normal(0, 0.3, n_schools)
        mean = 0.9 * (truth + rng.normal(0, 0.1, n_schools))
        draws = rng.normal(mean, np.sqrt(0.009), (300, n_schools))
        names = [f"S{s:02d}" for s in range(n_schools)]
        plan = group(dict(zip(names, mean, strict=True)), draws=draws).plan(rates=known)
        effect = dict(zip(names, truth, strict=True))
        gaps = [max(effect[line.provider_school] - effect[line.recipient_school], 0) for line in plan.lines]
        happened = sum(10 * gap * 0.2 - 0.075 for gap in gaps)
        inside += plan.totals.benefit_lower <= happened <= plan.totals.benefit_upper
    # 80 % of 60 runs, within three standard errors.
    assert 38 <= inside <= 58


def test_what_is_expected_is_said_in_the_style_of_other_texts(group: Make) -> None:
    # A rate of 0.05, from -0.05 to 0.15: 0.3 x 0.05 - 0.0075 for each pupil.
    sentence = group({"Hill": 0.3, "Park": -0.3}, pairing=Pairing()).plan().text[1]
    assert re.search(r": 0\.00[78] SD \(80% interval −0\.\d{3} to 0\.\d{3}\)\.$", sentence)
    assert "-" not in sentence
    assert [partnerships._signed(value) for value in (-0.0004, 0.0, -0.02)] == ["0.000", "0.000", "−0.020"]


def test_an_unproven_plan_says_how_far_it_may_be_from_the_best(
    group: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unproven(program: Any, **_: Any) -> Any:
        found = solve_integer_program(program)
        return replace(found, status="feasible", bound=found.value * 1.1)

    monkeypatch.setattr(partnerships, "solve_integer_program", unproven)
    plan = group(MANY).plan()
    assert plan.status == "feasible"
    assert plan.gap == pytest.approx(0.1)
    assert "none can bring over 10.0% more" in plan.text[0]


def test_a_search_that_ended_early_is_a_reason_too(group: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(program: Any, **_: Any) -> Any:
        found = solve_integer_program(program)
        return replace(found, status="feasible", x=np.zeros_like(found.x), value=0.0)

    monkeypatch.setattr(partnerships, "solve_integer_program", nothing)
    plan = group({"Hill": 0.3, "Park": -0.3}).plan()
    assert plan.unserved[0].limits == ()
    assert "the search ended" in plan.unserved[0].why


def test_nothing_to_plan_is_an_answer(group: Make) -> None:
    plan = group({"Hill": 0.0}).plan()
    assert plan.lines == plan.unserved == ()
    assert plan.status == "optimal"
    assert any("No bright spot is known" in sentence for sentence in plan.text)


def test_the_rules_are_those_of_the_settings() -> None:
    settings = Settings.load()
    assert Rates.from_settings(settings) == Rates()
    assert Rhythm.from_settings(settings) == Rhythm()
    assert Limits.from_settings(settings) == Limits()
    without = {**settings, "transfer.other": Setting(0.1, "share of the gap", "known", "judgement")}
    assert Rates.from_settings(Settings(without)).other == Rate(0.1, 0.1, 0.1)


def test_a_plan_for_many_schools_comes_back_whole(group: Make) -> None:
    # 150 furthest to gain and 40 bright spots in one subject: 6,000 pairs, 80 places.
    rng = np.random.default_rng(8)
    effects = {f"B{s:03d}": 0.3 + 0.2 * rng.random() for s in range(40)}
    effects |= {f"F{s:03d}": -0.3 * rng.random() - 0.01 for s in range(150)}
    teachers = rng.integers(3, 9, 190).tolist()
    plan = group(effects, teachers=teachers).plan(Limits(total_hours=1000.0))
    assert plan.status == "optimal"
    # 800 hours hold 44 partnerships of 18.
    assert plan.totals.partnerships == 44
    assert {team.limits for team in plan.unserved} <= {
        ("total hours",),
        ("provider recipients", "total hours"),
    }
