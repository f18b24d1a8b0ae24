"""Holding out 2019 and forecasting it, on England's published figures: docs/evidence/forecasts.json."""

from __future__ import annotations

import datetime
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.evidence.forecast_table import with_tables
from tests.measures.published_figures import MEASURE, draw_schools
from upwards.actions.import_release import import_release
from upwards.actions.init_workspace import init_workspace
from upwards.actions.measure_workspace import open_workspace
from upwards.core.catalogue import PublishedMeasure
from upwards.core.panel import Floats, SchoolPanel
from upwards.measures.compared_schools import compare_mainstream, take_schools
from upwards.measures.forecast_rules import learn_rules
from upwards.measures.forecasts import (
    choose_rule,
    cross_validate,
    figures_of,
    forecast_next_year,
    judge_rules,
)
from upwards.measures.sampling_errors import sampling_errors
from upwards.measures.school_scores import ScoreFit, fit_scores, score_schools
from upwards.measures.subject_scores import fit_subjects, subjects_to_rows
from upwards.sources.england.catalogue import load_catalogue
from upwards.store.panels import read_panel
from upwards.store.register import read_register
from upwards.store.snapshots import Snapshot

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "forecasts.json"
PAGE = PROJECT / "docs" / "methods" / "school-scores.md"
HELD_OUT = 2019
SEED = 1
DRAWN = range(1000, 1040)
Z90 = 1.6448536
# measure, title, years before, whether a change of definition lies between them (a test, not an answer)
CASES = (
    ("ks2.reading_progress", "reading 2016–2018", (2016, 2017, 2018), False),
    ("ks2.maths_progress", "mathematics 2016–2018", (2016, 2017, 2018), False),
    ("ks4.progress8", "Progress 8 2017–2018", (2017, 2018), False),
    ("ks4.progress8", "Progress 8 2016–2018, across the change of 2017", (2016, 2017, 2018), True),
    ("ks2.writing_progress", "writing 2016–2018, across the change of 2018", (2016, 2017, 2018), True),
)
# pupils that part the classes of size for which it is told how often intervals held
SIZES = {"ks2": (12, 20, 35, 60), "ks4": (60, 120, 180)}
SUBJECTS = ("ks2.reading_progress", "ks2.writing_progress", "ks2.maths_progress")


@pytest.fixture(scope="module")
def snapshot(england: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("england") / "W"
    init_workspace(folder, name="England")
    import_release([england], workspace=folder)
    return open_workspace(folder).snapshot


def held_out(
    snapshot: Snapshot, name: str, title: str, years: tuple[int, ...], across: bool
) -> dict[str, Any]:
    """Choose a rule without 2019, forecast 2019 by every rule, and compare with what was published."""
    measure = load_catalogue()[name]
    if across:
        measure = replace(measure, breaks={})
    panel = mainstream(snapshot, name)
    fit = fit_scores(panel, measure, years)
    known = figures_of(fit)
    before = cross_validate(known, seed=SEED)
    forecasts = {rule.name: rule.forecast(known, float(known.times[-1]) + 1) for rule in learn_rules(known)}
    actual, noise = published_in(panel, measure, fit)
    actual = np.where(fit.current, actual - fit.fit.mean[-1], np.nan)
    after = judge_rules(forecasts, actual, noise)
    chosen = choose_rule(before)
    rows = [
        {**then.to_dict(), "rmse_before": first.rmse, "n_before": first.n}
        for first, then in zip(before, after, strict=True)
    ]
    return {
        "measure": name,
        "title": title,
        "years": list(years),
        "across_a_change": across,
        "n": after[0].n,
        "share_between": fit.icc,
        "multiple": fit.multiple,
        "sizes": by_size(name, fit, *forecasts[chosen], actual, noise),
        "chosen": chosen,
        "best": choose_rule(after),
        "rules": rows,
    }


def mainstream(snapshot: Snapshot, name: str) -> SchoolPanel:
    panel = read_panel(snapshot, name)
    return take_schools(panel, compare_mainstream(panel, read_register(snapshot)).compared)


def published_in(panel: SchoolPanel, measure: PublishedMeasure, fit: ScoreFit) -> tuple[Floats, Floats]:
    """Return what was published in the year held out, and how far it varies with its cohort."""
    place = panel.years.index(HELD_OUT)
    rows = np.searchsorted(panel.school, fit.school)
    noise = sampling_errors(panel, measure).variance(fit.icc, fit.multiple)[rows, place]
    return panel.value[rows, place], noise


def by_size(
    name: str, fit: ScoreFit, estimate: Floats, error: Floats, actual: Floats, noise: Floats
) -> list[dict[str, Any]]:
    """Return how often 90 % intervals held the published figure, by the mean number of pupils before."""
    counted = np.isfinite(fit.value) & np.isfinite(fit.n)
    n = np.sum(fit.n, axis=1, where=counted) / np.maximum(counted.sum(axis=1), 1)
    edges = (0, *SIZES[name[:3]], np.inf)
    z = np.abs(actual - estimate) / np.sqrt(error + noise)
    rows = []
    for low, high in zip(edges, edges[1:], strict=False):
        some = (n >= low) & (n < high) & np.isfinite(z)
        title = f"{low} and more" if high == np.inf else f"{low} to {high - 1}" if low else f"below {high}"
        rmse = float(np.sqrt(np.mean((actual - estimate)[some] ** 2)))
        rows.append(
            {"pupils": title, "n": int(some.sum()), "rmse": rmse, "held": float((z < Z90)[some].mean())}
        )
    return rows


def simulate() -> dict[str, Any]:
    """Return how often intervals and probabilities hold on schools whose truth is known."""
    held: dict[str, list[tuple[float, int]]] = {}
    for seed in DRAWN:
        truth = draw_schools(seed, schools=1000, missing=0.05)
        fit = fit_scores(truth.panel, MEASURE)
        scores = score_schools(fit, draws=500)
        rows = np.searchsorted(truth.panel.school, fit.school)
        lasting = truth.lasting[rows, -1]
        inside = np.abs(scores.effect - (lasting - lasting.mean())) < 1.959964 * scores.se
        note(held, "95 % interval of what lasts", 0.95, inside)
        p = np.asarray(scores.ranks.p_top)
        top = lasting >= np.quantile(lasting, 0.8)
        for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
            some = (p >= low) & (p < high)
            note(held, f"P(top fifth) of {low:.0%} to {min(high, 1):.0%}", float(p[some].mean()), top[some])
        ahead = forecast_next_year(fit_scores(truth.panel, MEASURE, (2016, 2017, 2018)), seed=seed)
        lower, upper = ahead.bounds()
        kept = np.isfinite(truth.panel.value[:, :3]).any(axis=1)
        actual = truth.panel.value[kept, 3]
        both = np.isfinite(actual) & np.isfinite(lower)
        note(held, "90 % interval of next year's figure", 0.9, ((actual >= lower) & (actual <= upper))[both])
    return {name: summary(parts) for name, parts in held.items()}


def note(held: dict[str, list[Any]], name: str, said: float, found: Any) -> None:
    held.setdefault(name, []).append((said * len(found), int(np.sum(found)), len(found)))


def summary(parts: list[Any]) -> dict[str, float]:
    said, found, n = (np.array(column, dtype=float) for column in zip(*parts, strict=True))
    share = found.sum() / n.sum()
    by_draw = found - share * n
    error = float(np.sqrt((by_draw**2).sum()) / n.sum())
    return {"said": float(said.sum() / n.sum()), "found": float(share), "error": error, "n": int(n.sum())}


def together(snapshot: Snapshot) -> list[dict[str, Any]]:
    catalogue = load_catalogue()
    apart = [fit_scores(mainstream(snapshot, name), catalogue[name], [HELD_OUT]) for name in SUBJECTS]
    return subjects_to_rows(fit_subjects(apart, correlation=0.6, varied=(0.4, 0.8)))


@pytest.mark.evidence
def test_forecasts_of_2019_are_as_good_as_the_manual_says(snapshot: Snapshot) -> None:
    found = {
        "cases": [held_out(snapshot, *case) for case in CASES],
        "simulations": simulate(),
        "subjects": together(snapshot),
    }
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, text=True).stdout.strip()
    heading = {"commit": commit, "seed": SEED, "date": datetime.date.today().isoformat()}
    EVIDENCE.write_text(
        json.dumps(heading | {"found": found}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    for case in found["cases"]:
        rules = {rule["rule"]: rule for rule in case["rules"]}
        chosen = rules[case["chosen"]]
        assert chosen["rmse"] <= 1.05 * rules[case["best"]]["rmse"], case["title"]
        assert chosen["rmse"] < rules["last year"]["rmse"], case["title"]
        assert 0.88 <= chosen["coverage"] <= 0.96, case["title"]
        assert all(0.85 <= one["held"] <= 0.97 for one in case["sizes"]), case["title"]
    for name, one in found["simulations"].items():
        assert abs(one["found"] - one["said"]) < 3 * one["error"] + 0.015, name
