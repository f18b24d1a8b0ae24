"""The long simulations behind docs/evidence/convergence.json: stationary systems, and ones that converge."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.measures.systems_of_schools import YEARS, Floats, System, autoregressive, publish
from upwards.measures.convergence import Convergence, describe_convergence
from upwards.measures.convergence_checks import PupilScale
from upwards.measures.convergence_figures import of_percentages
from upwards.measures.convergence_inside import describe_inside, learn_fluctuation
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import choose_state

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "convergence.json"
SEED = 20261122
DRAWS = {200: 2000, 1000: 1000, 16000: 200}
FEW_DRAWS = {1000: 100, 16000: 20}
RULE = ConvergenceRule()
TOP_FALLING = "converging by the top falling"
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


def describe(one: System, **more: Any) -> Convergence:
    """Describe a system, its ends only where the state rests on them: they take most of the time."""
    found = describe_convergence(one.value, one.variance, YEARS, n_draws=20, with_ends=False, **more)
    if choose_state(found, RULE, norm_referenced=True).state in ("narrowing", "widening"):
        return describe_convergence(one.value, one.variance, YEARS, n_draws=20, **more)
    return found


def states(systems: Callable[[Rng, int], System], n: int, count: int) -> list[tuple[str, str]]:
    """States of drawn systems: of a measure with a free mean, and of one with a fixed mean."""
    rng = np.random.default_rng([SEED, n, len(systems.__name__)])
    found: list[tuple[str, str]] = []
    for _ in range(count):
        said = describe(systems(rng, n))
        free, fixed = (choose_state(said, RULE, norm_referenced=norm).state for norm in (False, True))
        found.append((free, fixed))
    return found


def size(systems: Callable[[Rng, int], System], n: int) -> dict[str, float]:
    found = states(systems, n, DRAWS[n])
    return {
        "draws": len(found),
        "converging upwards": float(np.mean([free == "converging upwards" for free, _ in found])),
        "by the top falling": float(np.mean([free == TOP_FALLING for free, _ in found])),
        "narrowing": float(np.mean([fixed == "narrowing" for _, fixed in found])),
        "widening": float(np.mean([fixed == "widening" for _, fixed in found])),
    }


def power(n: int, fall: float) -> dict[str, float]:
    """How often a fall of the spread over four years is named, and what the answers said of it."""
    rng = np.random.default_rng([SEED, n, round(fall * 100)])
    count = min(DRAWS[n], 400)
    found, promised = 0, []
    for _ in range(count):
        one = publish(rng, autoregressive(rng, n) * np.linspace(1, 1 - fall, 4))
        said = describe_convergence(one.value, one.variance, YEARS, n_draws=20, with_ends=False)
        found += choose_state(said, RULE, norm_referenced=True).state == "narrowing"
        promised.append(said.change.detectable or 1.0)
    return {
        "draws": count,
        "found": found / count,
        "said_to_be_found_in_80_percent": float(np.median(promised)),
    }


def shares(found: Sequence[str]) -> dict[str, float]:
    return {"draws": len(found), **{state: found.count(state) / len(found) for state in sorted(set(found))}}


ENDS: dict[str, Callable[[Floats], Floats]] = {
    "the lowest half rises by a fifth of its distance": lambda u: np.where(u < 0, 0.8 * u, u),
    "the lowest fifth rises by 0.4 SD": lambda u: np.where(u < -0.84, u + 0.4, u),
    "so the lowest half, and all by 0.05 SD": lambda u: np.where(u < 0, 0.8 * u, u) + 0.05,
    "the highest half falls by a fifth of its distance": lambda u: np.where(u > 0, 0.8 * u, u),
    "all rise by 0.1 SD, the highest half more": lambda u: np.where(u > 0, 1.2 * u, u) + 0.1,
}


def ends(n: int, to: Callable[[Floats], Floats]) -> dict[str, float]:
    """States where one end of the system moves over four years and the other does not."""
    rng = np.random.default_rng([SEED, n, 7])
    found = []
    for _ in range(FEW_DRAWS[n]):
        start = rng.standard_normal(n)
        path = start[:, None] + (to(start) - start)[:, None] * np.arange(4) / 3
        one = publish(rng, 2.2 * path + 0.7 * rng.standard_normal((n, 4)))
        found.append(choose_state(describe(one), RULE, norm_referenced=False).state)
    return shares(found)


PERCENTAGES = {
    "5 %, spread 4": ([5, 5, 5, 5], 4),
    "5 to 11 %, spread 4": ([5, 7, 9, 11], 4),
    "53 to 65 %, spread 14": ([53, 60, 64, 65], 14),
    "75 to 82 %, spread 10": ([75, 78, 80, 82], 10),
    "93 to 96 %, spread 4": ([93, 94, 95, 96], 4),
    "96 to 93 %, spread 4": ([96, 95, 94, 93], 4),
}


def percentages(n: int, means: list[int], sd: int) -> dict[str, float]:
    """States of percentages that keep their spread: levels of the beta distribution, whole percents."""
    rng = np.random.default_rng([SEED, n, means[0], means[-1]])
    grid = np.linspace(0.0005, 0.9995, 1000)
    found, spreads = [], []
    for _ in range(FEW_DRAWS[n]):
        z = np.sqrt(0.8) * rng.standard_normal((n, 1)) + np.sqrt(0.2) * rng.standard_normal((n, 4))
        rank = (z.argsort(axis=0).argsort(axis=0) + 0.5) / n
        true = np.empty((n, 4))
        for t, mean in enumerate(means):
            p, c = mean / 100, mean * (100 - mean) / sd**2 - 1
            density = grid ** (p * c - 1) * (1 - grid) ** ((1 - p) * c - 1)
            below = np.cumsum(density) - density / 2
            true[:, t] = np.interp(rank[:, t], below / density.sum(), grid)
        size = rng.lognormal(3.4, 0.7, (n, 1)).clip(6, 200).round() * np.ones((1, 4))
        value = np.round(100 * rng.binomial(size.astype(int), true) / size)
        own, smooth = of_percentages(value, size, np.full(4, 1 / 12))
        said = describe(System(true, value, own), smooth=smooth, pupils=size)
        found.append(choose_state(said, RULE, norm_referenced=False).state)
        spreads.append([one.estimate or 0.0 for one in said.spread])
    told = np.mean(spreads, axis=0)
    return shares(found) | {"told_first": float(told[0]), "told_last": float(told[-1])}


def leaving(n: int, share: float) -> dict[str, float]:
    """A system that only fluctuates and that low schools leave year by year."""
    rng = np.random.default_rng([SEED, n, round(100 * share)])
    found = []
    for _ in range(FEW_DRAWS[n] * 2):
        one = publish(rng, autoregressive(rng, n), missing=0.0)
        value, there = one.value.copy(), np.ones(n, dtype=bool)
        for t in range(1, 4):
            low = np.where(there, one.true[:, t - 1] + rng.normal(0, 1.5, n), np.inf)
            there[np.argsort(low)[: round(n * share / 3)]] = False
            value[~there, t:] = np.nan
        found.append(
            choose_state(describe(System(one.true, value, one.variance)), RULE, norm_referenced=True).state
        )
    return shares(found)


def wrong_pupil_sd(n: int, factor: float) -> dict[str, float]:
    """A system that only fluctuates, with the pupil SD of the first year stated wrongly; known to 10 %."""
    rng = np.random.default_rng([SEED, n, round(100 * factor), 3])
    scale = PupilScale(np.full(4, 6.0), np.full(4, 0.1))
    found, unchecked = [], 0
    for _ in range(FEW_DRAWS[n] * 2):
        one = publish(rng, autoregressive(rng, n))
        stated = System(one.true, one.value, one.variance * np.array([factor**2, 1, 1, 1]))
        said = describe(stated, scale=scale)
        found.append(choose_state(said, RULE, norm_referenced=True).state)
        unchecked += not 1 - RULE.certainty < (said.change.p_narrowing or 0.5) < RULE.certainty
    return shares(found) | {"certain_without_the_check": unchecked / len(found)}


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
            change = describe_convergence(
                one.value, one.variance, YEARS, area=place, n_draws=20, with_ends=False
            ).change
            named[name] += (change.p_narrowing or 0) >= RULE.certainty
    return {"draws": count, **{name: n_named / count for name, n_named in named.items()}}


def borrowed(schools: int, *, heavy: bool = False, keep: float = 0.9) -> dict[str, float]:
    """Groups of a few schools in a stationary country, each with a spread of its own; or more fleeting."""
    rng = np.random.default_rng([SEED, schools, int(heavy)])
    country = publish(rng, autoregressive(rng, 16000, heavy=heavy))
    whole = describe_convergence(country.value, country.variance, YEARS, n_draws=200)
    wider = learn_fluctuation(country.value, country.variance, YEARS, whole)
    count = 4000
    own = np.repeat(rng.choice([0.6, 1.0, 1.5], count), schools)[:, None]
    true: Floats = autoregressive(rng, count * schools, heavy=heavy, keep=keep) * own
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
            for n, places in ((250, 5), (800, 12), (1000, 50), (4000, 150))
        },
        "power": {str(n): {f"{fall:.0%}": power(n, fall) for fall in (0.05, 0.1, 0.2)} for n in DRAWS},
        "borrowed": {
            f"{schools} schools{', heavy tails' * heavy}": borrowed(schools, heavy=heavy)
            for schools in (4, 12, 60)
            for heavy in (False, True)
        }
        | {f"{n} schools, half as lasting": borrowed(n, keep=0.7) for n in (4, 12, 60, 150)},
        "one end moves": {name: {str(n): ends(n, to) for n in FEW_DRAWS} for name, to in ENDS.items()},
        "percentages keep their spread": {
            name: {str(n): percentages(n, *one) for n in FEW_DRAWS} for name, one in PERCENTAGES.items()
        },
        "low schools leave": {
            f"{share:.0%}": {str(n): leaving(n, share) for n in FEW_DRAWS} for share in (0.02, 0.04, 0.08)
        },
        "pupil SD of the first year wrong": {
            f"x {factor}": {str(n): wrong_pupil_sd(n, factor) for n in FEW_DRAWS}
            for factor in (0.9, 0.95, 1.05, 1.1)
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
            assert one["widening"] <= 0.06, (name, n)
    for one in found["schools of an authority move together"].values():
        assert one["with authorities"] <= 0.05
    assert all(one["narrowing"] <= 0.05 for one in found["borrowed"].values())
    lifted = list(found["one end moves"].values())[:3]
    assert all(one.get(TOP_FALLING, 0.0) <= 0.05 for system in lifted for one in system.values())
    for system in found["percentages keep their spread"].values():
        assert all(one.get("no detectable change", 0.0) >= 0.85 for one in system.values())
    assert found["power"]["16000"]["5%"]["found"] > 0.8
    assert found["power"]["1000"]["20%"]["found"] > 0.8
