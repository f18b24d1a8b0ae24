"""Pupils whose truth is known, fitted many times: how often what the engine says holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.estimators.moments_of import design, moments_of
from upwards.core.moments import Floats
from upwards.estimators.composition import with_unit_means
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import MixedModel, fit_mixed_model
from upwards.estimators.reliability import fit_with_reliability
from upwards.estimators.unit_effects import estimate_unit_effects, rank_units
from upwards.estimators.variance_intervals import variance_intervals

Figures = dict[str, Any]
LEVEL = [RandomTerm(0)]


def share(hits: list[Any]) -> Figures:
    """Return a share with its Monte Carlo standard error."""
    values = np.asarray(hits, float)
    return {"share": float(values.mean()), "se": _se(values), "n": int(values.size)}


def _se(values: Floats) -> float:
    """Return the error of a mean over replications (rows), whose parts may depend on one another."""
    rows = values.reshape(len(values), -1).mean(axis=1)
    return float(rows.std(ddof=1) / np.sqrt(len(rows)))


def _covers(model: MixedModel, truth: Floats) -> Floats:
    return np.abs(model.coefficients - truth) <= 1.959964 * model.standard_errors


def intervals(n_replications: int, seed: int, *, slopes: bool) -> Figures:
    """Count how often 95 % intervals of coefficients and variances hold the truth: 100 units of 20."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(100), 20)
    z = (0, 1) if slopes else (0,)
    root = np.array([[0.4, 0.0], [0.1, 0.25]])
    true_sd = [0.4, float(np.hypot(0.1, 0.25)) if slopes else None, 0.8]
    truths = [t for t in true_sd if t is not None]
    if slopes:
        truths.insert(2, 0.1 / np.hypot(0.1, 0.25))
    coefficients, components = [], []
    for _ in range(n_replications):
        x = rng.normal(0.3, 1.0, len(unit))
        u = root @ rng.normal(size=(2, 100))
        y = 1.0 + 0.5 * x + u[0][unit] + u[1][unit] * x * slopes + 0.8 * rng.normal(size=len(unit))
        moments = moments_of(y, design(x), {"s": unit}, slopes=z)
        model = fit_mixed_model(moments, [RandomTerm(0, z)])
        coefficients.append(_covers(model, np.array([1.0, 0.5])))
        found = variance_intervals(model, profile=True)
        components.append([c.lower <= t <= c.upper for c, t in zip(found, truths, strict=True)])
    names = ["sd of intercepts", "sd of slopes", "correlation", "residual sd"]
    names = names if slopes else [names[0], names[3]]
    out = {"intercept": share([c[0] for c in coefficients]), "slope": share([c[1] for c in coefficients])}
    return out | {name: share([c[i] for c in components]) for i, name in enumerate(names)}


def near_zero(n_replications: int, seed: int) -> Figures:
    """Count how often intervals hold a small standard deviation: 30 units of 20, true SD 0.05."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(30), 20)
    hits, zeros = [], []
    for _ in range(n_replications):
        y = 0.05 * rng.normal(size=30)[unit] + rng.normal(size=600)
        model = fit_mixed_model(moments_of(y, np.ones((600, 1)), {"s": unit}), LEVEL)
        school = variance_intervals(model)[0]
        hits.append(school.lower <= 0.05 <= school.upper)
        zeros.append(model.singular)
    return {"sd of intercepts": share(hits), "estimated as zero": share(zeros)}


def calibration(claimed: Floats, happened: Floats, n_bins: int = 10) -> list[Figures]:
    """Compare claimed probabilities with how often it happened, by bins; rows are replications."""
    edges = np.linspace(0, 1, n_bins + 1)
    place = np.clip(np.digitize(claimed, edges) - 1, 0, n_bins - 1)
    out = []
    for b in range(n_bins):
        mine = place == b
        if mine.sum() >= 50:
            gap = np.where(mine, happened - claimed, 0.0).sum(axis=1)
            se = float(gap.std(ddof=1) * np.sqrt(len(gap)) / mine.sum())
            out.append(
                {
                    "claimed": float(claimed[mine].mean()),
                    "happened": float(happened[mine].mean()),
                    "se": se,
                    "n": int(mine.sum()),
                }
            )
    return out


def ranks(n_replications: int, seed: int, *, n_years: int, year_sd: float, with_years: bool) -> Figures:
    """Check effects, P(above average), P(top fifth) and ranks of 60 units over a number of years."""
    rng = np.random.default_rng(seed)
    n_units = 60
    effects, tops, above, in_ranks, claimed, happened, sides = [], [], [], [], [], [], []
    for _ in range(n_replications):
        size = rng.integers(8, 40, n_units * n_years)
        cohort = np.repeat(np.arange(n_units * n_years), size)
        unit = cohort // n_years
        u = 0.3 * rng.normal(size=n_units)
        v = year_sd * rng.normal(size=n_units * n_years)
        x = rng.normal(size=len(unit))
        y = 0.6 * x + u[unit] + v[cohort] + 0.8 * rng.normal(size=len(unit))
        moments = moments_of(y, design(x), {"s": unit, "s:y": cohort})
        terms = [RandomTerm(0), RandomTerm(1)] if with_years else [RandomTerm(0)]
        model = fit_mixed_model(moments, terms)
        found, rank = estimate_unit_effects(model)[0], rank_units(model, n_draws=400, seed=seed)[0]
        place = 1 + np.argsort(np.argsort(-u))
        effects.append(np.abs(found.effect[0] - u) <= 1.959964 * found.standard_error[0])
        in_ranks.append((rank.lower <= place) & (place <= rank.upper))
        claimed.append(rank.p_top)
        happened.append(place <= n_units // 5)
        above.append(found.p_above_average)
        sides.append(u > 0)
        tops.append(float(rank.p_top.sum()))
    return {
        "effect": share(effects),
        "rank": share(in_ranks),
        "p_top": calibration(np.array(claimed), np.array(happened, float)),
        "p_above_average": calibration(np.array(above), np.array(sides, float)),
        "mean sum of p_top": float(np.mean(tops)),
    }


def reliability(n_replications: int, seed: int) -> Figures:
    """Estimate a slope of 0.7 from intake with reliability 0.8, corrected and not: 100 units of 30."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(100), 30)
    corrected, plain, hits, spread = [], [], [], []
    for _ in range(n_replications):
        x = 0.4 * rng.normal(size=100)[unit] + rng.normal(size=len(unit))
        y = 1.0 + 0.7 * x + 0.4 * rng.normal(size=100)[unit] + 0.6 * rng.normal(size=len(unit))
        seen = x + rng.normal(size=len(unit)) * np.sqrt(1.16 * 0.25)
        moments = moments_of(y, design(seen), {"s": unit})
        model = fit_with_reliability(moments, LEVEL, column="x1", reliability=0.8)
        corrected.append(model.coefficients[1])
        plain.append(fit_mixed_model(moments, LEVEL).coefficients[1])
        hits.append(_covers(model, np.array([1.0, 0.7]))[1])
        spread.append(model.variances[0][0, 0])
    return {
        "true slope": 0.7,
        "corrected": _mean(corrected),
        "uncorrected": _mean(plain),
        "covered": share(hits),
        "true variance of units": 0.16,
        "variance of units": _mean(spread),
    }


def _mean(values: list[float]) -> Figures:
    return {"mean": float(np.mean(values)), "se": float(np.std(values, ddof=1) / np.sqrt(len(values)))}


def composition(n_replications: int, seed: int) -> Figures:
    """Tell a slope within units (0.5) from the one between (0.9), from the moments: 80 units of 25."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(80), 25)
    found, hits, plain = [], [], []
    for _ in range(n_replications):
        own = rng.normal(size=len(unit))
        x = 0.6 * rng.normal(size=80)[unit] + own
        mean = (np.bincount(unit, x) / 25)[unit]
        y = 0.5 * (x - mean) + 0.9 * mean + 0.3 * rng.normal(size=80)[unit] + 0.8 * rng.normal(size=len(unit))
        moments = moments_of(y, design(x), {"s": unit})
        model = fit_mixed_model(with_unit_means(moments, 0), LEVEL)
        found.append(model.coefficients[1:])
        hits.append(_covers(model, np.array([0.0, 0.5, 0.4]))[1:])
        plain.append(fit_mixed_model(moments, LEVEL).coefficients[1])
    means = np.array(found)
    return {
        "within": _mean(list(means[:, 0])) | {"true": 0.5},
        "between less within": _mean(list(means[:, 1])) | {"true": 0.4},
        "covered": share([h.mean() for h in hits]),
        "without unit means": _mean(plain),
    }
