"""Schools whose truth is known, observed with known errors and fitted many times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from upwards.core.moments import Floats
from upwards.estimators.area_draws import draw_parameters, true_spread
from upwards.estimators.area_effects import estimate_areas
from upwards.estimators.area_model import NAMES, AreaFit, fit_area_model
from upwards.estimators.area_subjects import fit_subject_model

Z = {0.90: 1.644854, 0.95: 1.959964}


@dataclass(frozen=True)
class System:
    """A system of schools; its parameters are level, level_trend, trend, transitory; tails 0 is normal."""

    parameters: tuple[float, float, float, float]
    n_units: int = 300
    n_years: int = 4
    tails: int = 0
    missing: float = 0.15

    def draw(self, rng: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
        """Return figures, their variances, true deviations one year further, and the same without w."""
        level, both, trend, transitory = self.parameters
        times = np.arange(self.n_years + 1.0)
        values, vectors = np.linalg.eigh([[level, both], [both, trend]])
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        path = self._noise(rng, (self.n_units, 2)) @ root.T
        persistent = path[:, :1] + path[:, 1:] * times
        true = persistent + np.sqrt(transitory) * self._noise(rng, persistent.shape)
        variance = rng.gamma(2.0, 0.25, (self.n_units, 1)) * rng.uniform(0.7, 1.3, true.shape) + 0.02
        figures = true + 0.3 * times + np.sqrt(variance) * rng.normal(size=true.shape)
        value = figures[:, : self.n_years].copy()
        value[rng.random(value.shape) < self.missing] = np.nan
        return value, variance[:, : self.n_years], true, persistent

    def _noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        if not self.tails:
            return rng.standard_normal(shape)
        return rng.standard_t(self.tails, shape) * np.sqrt((self.tails - 2) / self.tails)


SYSTEMS = {
    "level, trend and year": System((1.0, -0.1, 0.06, 0.3)),
    "lasting differences only": System((1.0, 0.0, 0.0, 0.0)),
    "stationary": System((1.0, 0.0, 0.0, 0.3)),
    "no differences at all": System((0.0, 0.0, 0.0, 0.0), n_units=100),
    "one year": System((0.5, 0.0, 0.0, 0.0), n_units=60, n_years=1, missing=0.0),
    "one year without differences": System((0.0, 0.0, 0.0, 0.0), n_units=60, n_years=1, missing=0.0),
    "one year, small differences": System((0.1, 0.0, 0.0, 0.0), n_units=60, n_years=1, missing=0.0),
    "heavy tails, t with 4": System((1.0, -0.1, 0.06, 0.3), n_units=1000, tails=4),
    "heavy tails, t with 6": System((1.0, -0.1, 0.06, 0.3), n_units=1000, tails=6),
}


def run(system: System, n_replications: int, seed: int) -> dict[str, Any]:
    """Return means of the variances and how often intervals hold the truth."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[Any]] = defaultdict(list)
    for repeat in range(n_replications):
        value, variance, true, persistent = system.draw(rng)
        fit = fit_area_model(value, variance)
        found["converged"].append(fit.converged)
        found["boundary"].append(bool(fit.at_boundary))
        found["parameters"].append(fit.parameters)
        _count_effects(found, fit, value, variance, true, persistent)
        if system.n_years > 1:
            _count_change(found, fit, system, repeat)
    out: dict[str, Any] = {
        "n": n_replications,
        "converged": float(np.mean(found.pop("converged"))),
        "at boundary": float(np.mean(found.pop("boundary"))),
    }
    rows = np.array(found.pop("parameters"))
    for k, name in enumerate(NAMES):
        out[name] = {"truth": system.parameters[k], **_mean(rows[:, k])}
    return out | {name: _mean(np.array(hits, dtype=float)) for name, hits in found.items()}


def _mean(values: Floats) -> dict[str, float]:
    se = float(values.std(ddof=1) / np.sqrt(len(values)))
    return {"mean": round(float(values.mean()), 5), "se": round(se, 5)}


def _count_effects(
    found: dict[str, list[Any]], fit: AreaFit, value: Floats, variance: Floats, true: Floats, lasting: Floats
) -> None:
    ahead = float(value.shape[1])
    effects = estimate_areas(fit, value, variance, at=[*fit.times, ahead])
    missing = np.isnan(value)
    for level, z in Z.items():
        hit = np.abs(effects.effect - true) <= z * effects.se
        found[f"effect {level:.0%}"].append(hit[:, :-1][~missing].mean())
        found[f"persistent {level:.0%}"].append(
            (np.abs(effects.persistent - lasting) <= z * effects.persistent_se)[:, :-1].mean()
        )
        if value.shape[1] > 1:
            found[f"missing year {level:.0%}"].append(hit[:, :-1][missing].mean())
            found[f"forecast {level:.0%}"].append(hit[:, -1].mean())
    error = np.abs(fit.mean - 0.3 * fit.times) / np.sqrt(np.diag(fit.mean_covariance))
    found["mean 95%"].append((error <= Z[0.95]).mean())


def _count_change(found: dict[str, list[Any]], fit: AreaFit, system: System, seed: int) -> None:
    """Count how often the interval of the change of the variance holds the truth."""
    times = [0.0, system.n_years - 1.0]
    truth = float(np.diff(true_spread(np.array(system.parameters), times) ** 2)[0])
    for robust in (True, False):
        drawn = draw_parameters(fit, draws=400, seed=seed, robust=robust)
        change = np.diff(true_spread(drawn, times) ** 2, axis=1)[:, 0]
        lower, upper = np.quantile(change, [0.025, 0.975])
        name = "robust" if robust else "expected"
        found[f"change of spread 95%, {name}"].append(lower <= truth <= upper)
        found[f"narrowing named at 0.95, {name}"].append((change < 0).mean() > 0.95)


def run_subjects(n_replications: int, seed: int, *, taken: float) -> dict[str, Any]:
    """Return the same for two subjects of 200 schools whose errors correlate by 0.6, `taken` being used."""
    rng = np.random.default_rng(seed)
    root, shared = np.linalg.cholesky([[1.0, 0.5], [0.5, 0.8]]), np.linalg.cholesky([[1.0, 0.6], [0.6, 1.0]])
    hits, covariances = [], []
    for _ in range(n_replications):
        variance = rng.gamma(2.0, 0.25, (200, 2)) + 0.02
        true = rng.normal(size=(200, 2)) @ root.T
        value = true + np.sqrt(variance) * (rng.normal(size=(200, 2)) @ shared.T)
        value[rng.random((200, 2)) < 0.1] = np.nan
        fit = fit_subject_model(value, variance, correlation=taken)
        hits.append((np.abs(fit.effect - true) <= Z[0.95] * fit.se).mean())
        covariances.append(fit.covariance)
    rows = np.array(covariances)
    return {
        "n": n_replications,
        "first variance": {"truth": 1.0, **_mean(rows[:, 0, 0])},
        "covariance": {"truth": 0.5, **_mean(rows[:, 0, 1])},
        "second variance": {"truth": 0.8, **_mean(rows[:, 1, 1])},
        "effect 95%": _mean(np.array(hits)),
    }
