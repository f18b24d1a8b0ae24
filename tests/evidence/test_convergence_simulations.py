"""The long simulations behind docs/evidence/convergence.json: stationary systems, and ones that converge."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.measures.systems_of_schools import YEARS, Floats, System, autoregressive, publish
from upwards.measures.convergence import describe_convergence
from upwards.measures.convergence_inside import describe_inside, learn_fluctuation
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import choose_state

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "convergence.json"
SEED = 20261122
DRAWS = {200: 2000, 1000: 1000, 16000: 200}
RULE = ConvergenceRule()
CONVERGING = {"converging upwards", "converging by the top falling", "narrowing"}
Rng = np.random.Generator


def commit() -> str:
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, text=True).stdout.strip()


def lasting(rng: Rng, n: int) -> System:
    return publish(rng, 2.1 * rng.standard_normal((n, 1)) + rng.standard_normal((n, 4)))


def forgetting(rng: Rng, n: int) -> System:
    return publish(rng, autoregressive(rng, n, keep=0.9))


def forgetting_fast(rng: Rng, n: int) -> System:
    return publish(rng, autoregressive(rng, n, keep=0.6) + rng.standard_normal((n, 4)))


def heavy_tails(rng: Rng, n: int) -> System:
    return publish(rng, autoregressive(rng, n, keep=0.85, heavy=True), outlier=True)


def opening_and_closing(rng: Rng, n: int) -> System:
    one = publish(rng, autoregressive(rng, n))
    first, last = rng.integers(0, 4, (2, n))
    there = (np.arange(4) >= np.minimum(first, last)[:, None]) & (
        np.arange(4) <= np.maximum(first, last)[:, None]
    )
    stable = rng.random(n) < 0.8
    return System(one.true, np.where(there | stable[:, None], one.value, np.nan), one.variance)


def growing_cohorts(rng: Rng, n: int) -> System:
    true = autoregressive(rng, n)
    size = rng.lognormal(3.4, 0.6, (n, 1)).clip(6, 200) * np.array([0.7, 0.9, 1.1, 1.4])
    variance = 36 / size
    return System(true, true + np.sqrt(variance) * rng.standard_normal(true.shape), variance)


def small_schools_differ_more(rng: Rng, n: int) -> System:
    size = rng.lognormal(3.4, 0.6, (n, 1)).clip(6, 200)
    true = autoregressive(rng, n) * (30 / size) ** 0.25
    variance = 36 / (size * rng.uniform(0.8, 1.2, true.shape))
    return System(true, true + np.sqrt(variance) * rng.standard_normal(true.shape), variance)


def rising_mean(rng: Rng, n: int) -> System:
    return publish(rng, autoregressive(rng, n) + np.arange(4))


STATIONARY: dict[str, Callable[[Rng, int], System]] = {
    "level lasts, years fluctuate": lasting,
    "levels forget a tenth each year": forgetting,
    "levels forget fast, years fluctuate": forgetting_fast,
    "heavy tails and an outlier": heavy_tails,
    "schools open and close": opening_and_closing,
    "cohorts double": growing_cohorts,
    "small schools differ more": small_schools_differ_more,
    "the mean rises": rising_mean,
}


def states(systems: Callable[[Rng, int], System], n: int, count: int) -> list[tuple[str, str]]:
    """States of drawn systems: of a measure with a free mean, and of one with a fixed mean."""
    rng = np.random.default_rng([SEED, n, len(systems.__name__)])
    found = []
    for _ in range(count):
        one = systems(rng, n)
        said = describe_convergence(one.value, one.variance, YEARS, n_draws=20)
        free, fixed = (choose_state(said, RULE, norm_referenced=norm).state for norm in (False, True))
        found.append((free, fixed))
    return found


def size(systems: Callable[[Rng, int], System], n: int) -> dict[str, float]:
    found = states(systems, n, DRAWS[n])
    return {
        "draws": len(found),
        "converging": float(np.mean([free in CONVERGING for free, _ in found])),
        "narrowing": float(np.mean([fixed == "narrowing" for _, fixed in found])),
        "widening": float(np.mean([fixed == "widening" for _, fixed in found])),
    }


def power(n: int, fall: float) -> dict[str, float]:
    """How often a fall of the spread over four years is found, and what the answers said of it."""
    rng = np.random.default_rng([SEED, n, round(fall * 100)])
    count = min(DRAWS[n], 400)
    found, promised = 0, []
    for _ in range(count):
        one = publish(rng, autoregressive(rng, n) * np.linspace(1, 1 - fall, 4))
        change = describe_convergence(one.value, one.variance, YEARS, n_draws=20).change
        found += (change.p_narrowing or 0) >= RULE.certainty
        promised.append(change.detectable or 1.0)
    return {
        "draws": count,
        "found": found / count,
        "said_to_be_found_in_80_percent": float(np.median(promised)),
    }


def together(n: int, places: int) -> dict[str, float]:
    """Stationary systems in which schools of one authority move together, their authority known or not."""
    rng = np.random.default_rng([SEED, n, places])
    named = {"with authorities": 0, "without": 0}
    count = 400
    for _ in range(count):
        area = rng.integers(places, size=n)
        local = autoregressive(rng, places, sd=0.8, keep=0.85)[area]
        one = publish(rng, autoregressive(rng, n, sd=2.1) + local)
        for name, place in (("with authorities", area), ("without", None)):
            change = describe_convergence(one.value, one.variance, YEARS, area=place, n_draws=20).change
            named[name] += (change.p_narrowing or 0) >= RULE.certainty
    return {"draws": count, **{name: n_named / count for name, n_named in named.items()}}


def borrowed(schools: int, *, heavy: bool) -> dict[str, float]:
    """Groups of a few schools in a stationary country, each with a spread of its own."""
    rng = np.random.default_rng([SEED, schools, int(heavy)])
    country = publish(rng, autoregressive(rng, 16000, heavy=heavy))
    whole = describe_convergence(country.value, country.variance, YEARS, n_draws=200)
    wider = learn_fluctuation(country.value, country.variance, YEARS, whole)
    count = 4000
    own = np.repeat(rng.choice([0.6, 1.0, 1.5], count), schools)[:, None]
    true: Floats = autoregressive(rng, count * schools, heavy=heavy) * own
    one = publish(rng, true, missing=0.05)
    group = np.repeat(np.arange(count), schools)
    found = describe_inside(one.value, one.variance, group, count, YEARS, wider=wider)
    p = np.array([f.change.p_narrowing for f in found if f.change.p_narrowing is not None])
    return {
        "groups": len(p),
        "narrowing": float(np.mean(p >= RULE.certainty)),
        "widening": float(np.mean(p <= 1 - RULE.certainty)),
    }


@pytest.mark.evidence
def test_stationary_systems_are_rarely_called_converging_and_convergence_is_found() -> None:
    found: dict[str, Any] = {
        "stationary": {name: {str(n): size(one, n) for n in DRAWS} for name, one in STATIONARY.items()},
        "schools of an authority move together": {
            f"{n} schools, {places} authorities": together(n, places)
            for n, places in ((1000, 50), (4000, 150))
        },
        "power": {str(n): {f"{fall:.0%}": power(n, fall) for fall in (0.05, 0.1, 0.2)} for n in DRAWS},
        "borrowed": {
            f"{schools} schools{', heavy tails' * heavy}": borrowed(schools, heavy=heavy)
            for schools in (4, 12, 60)
            for heavy in (False, True)
        },
    }
    heading = {
        "commit": commit(),
        "seed": SEED,
        "date": datetime.date.today().isoformat(),
        "certainty": RULE.certainty,
        "years": list(YEARS),
        "true_spread": 2.3,
        "pupil_sd": 6.0,
    }
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(json.dumps(heading | {"found": found}, indent=1) + "\n", encoding="utf-8")

    for name, sizes in found["stationary"].items():
        for n, one in sizes.items():
            assert one["narrowing"] <= 0.05, (name, n)
            assert one["converging"] <= 0.05, (name, n)
    for one in found["schools of an authority move together"].values():
        assert one["with authorities"] <= 0.05
    assert all(one["narrowing"] <= 0.05 for one in found["borrowed"].values())
    assert found["power"]["16000"]["5%"]["found"] > 0.8
    assert found["power"]["1000"]["20%"]["found"] > 0.8
