"""What `value_added` answers: a fit, its variance components, and the effects of units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from upwards.core.moments import Factor, Floats, Ints
from upwards.estimators.mixed_model import MixedModel
from upwards.estimators.ranks import Ranks
from upwards.estimators.unit_effects import UnitEffects, estimate_unit_effects
from upwards.estimators.variance_intervals import Component


@dataclass(frozen=True, slots=True, eq=False)
class LevelEffects:
    """The effects of the J units of one level, in outcome units.

    Attributes
    ----------
    factor
        Name and paths of the units.
    terms
        Names of the k effects of each unit; the first is ``"(Intercept)"``.
    effects
        Shrunk effects with their uncertainty.
    ranks
        From joint draws; None where they were not asked for.
    is_year_part
        True for a level such as ``school:year``, which holds what one year added or took.
    """

    factor: Factor
    terms: tuple[str, ...]
    effects: UnitEffects
    ranks: Ranks | None
    is_year_part: bool


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Next year's effect of the units of one level: the lasting effect, with a new year's part to come.

    Attributes
    ----------
    level
        Name of the level.
    paths
        The units, length J.
    estimate, se
        In outcome units, shape (J,); the standard error holds the spread of years.
    """

    level: str
    paths: tuple[tuple[str, ...], ...]
    estimate: Floats
    se: Floats


@dataclass(frozen=True, slots=True, eq=False)
class ValueAdded:
    """One fit: what each unit added beyond what its intake would lead one to expect.

    Attributes
    ----------
    model
        The fitted mixed model.
    components
        Standard deviations and correlations with intervals; empty where not asked for.
    r2
        Share of the variance at each level that goes with the intake; may be below 0.
    levels
        Effects of units, outer levels first.
    forecasts
        For every level with a year part.
    adjusted
        The same fit with unit means of the intake added (composition), where asked for.
    interval_level
        Level of all intervals.
    warnings
        What a reader must know, in plain sentences.
    """

    model: MixedModel
    components: tuple[Component, ...]
    r2: dict[str, float | None]
    levels: tuple[LevelEffects, ...]
    forecasts: tuple[Forecast, ...]
    adjusted: MixedModel | None
    interval_level: float
    z: float
    warnings: tuple[str, ...]

    @property
    def coverage(self) -> float:
        """Return the share of all rows that could be used, 0 to 1."""
        return self.model.n / max(self.model.n + sum(self.model.moments.left_out.values()), 1)

    def with_all_rows(self, counts: Mapping[str, Mapping[tuple[str, ...], int]]) -> ValueAdded:
        """Return the answer with the rows that units have in all, so that their coverage is known.

        Parameters
        ----------
        counts
            Level to the rows of each of its units by path, usable or not; a level that is absent keeps
            what the fit counted, which misses those of inner units without any usable row.
        """
        return replace(self, levels=tuple(_with_all_rows(x, counts.get(x.factor.name)) for x in self.levels))

    def level(self, name: str) -> LevelEffects:
        """Return the effects of one level by its name."""
        return next(level for level in self.levels if level.factor.name == name)

    def fit_to_dict(self) -> dict[str, Any]:
        """Return the fit in plain types, without NaN."""
        model = self.model
        return {
            "method": model.problem.method,
            "log_likelihood": model.log_likelihood,
            "aic": model.aic,
            "bic": model.bic,
            "r2": self.r2,
            "n_pupils": model.n,
            "n_left_out": sum(model.moments.left_out.values()),
            "left_out": dict(model.moments.left_out),
            "converged": model.converged,
            "singular": model.singular,
            "dropped_terms": list(model.dropped),
            "coefficients": coefficients_to_rows(model, self.z),
            "variance_components": list(self._component_rows()),
        }

    def _component_rows(self) -> Iterator[dict[str, Any]]:
        for component in self.components:
            if component.term is None:
                yield _component_row("residual", None, None, component)
                continue
            term = self.model.random[component.term]
            names = _effect_names(self.model, component.term)
            other = None if component.row == component.column else names[component.row]
            level = self.model.moments.factors[term.factor].name
            row = _component_row(level, names[component.column], other, component)
            if other is not None:
                row["variance"] = float(self.model.variances[component.term][component.row, component.column])
            yield row

    def unit_rows(self) -> Iterator[dict[str, Any]]:
        """Yield one row per unit and effect, in plain types."""
        for level in self.levels:
            yield from _unit_rows(level, self.z)

    def composition_to_rows(self) -> list[dict[str, Any]] | None:
        """Return the coefficients of the fit that adjusts for mean intake as well; None without it."""
        return None if self.adjusted is None else coefficients_to_rows(self.adjusted, self.z)

    def adjusted_rows(self) -> Iterator[dict[str, Any]]:
        """Yield one row per unit of the fit that adjusts for mean intake as well; none without it."""
        if self.adjusted is None:
            return
        for level, effects in zip(self.levels, estimate_unit_effects(self.adjusted), strict=True):
            counted = replace(effects, n_all=level.effects.n_all)
            yield from _unit_rows(replace(level, effects=counted, ranks=None), self.z)

    def forecast_rows(self) -> Iterator[dict[str, Any]]:
        """Yield one row per unit and forecast."""
        for forecast in self.forecasts:
            for path, estimate, se in zip(forecast.paths, forecast.estimate, forecast.se, strict=True):
                yield {
                    "level": forecast.level,
                    "unit": path[-1],
                    "path": list(path),
                    "term": "(Intercept)",
                    "estimate": float(estimate),
                    "se": float(se),
                    "lower": float(estimate - self.z * se),
                    "upper": float(estimate + self.z * se),
                }


def _with_all_rows(level: LevelEffects, counts: Mapping[tuple[str, ...], int] | None) -> LevelEffects:
    if counts is None:
        return level
    n_all = np.array([counts.get(tuple(path), 0) for path in level.factor.paths], dtype=np.int64)
    n_all = np.maximum(n_all, level.effects.n)
    return replace(level, effects=replace(level.effects, n_all=n_all))


def _effect_names(model: MixedModel, index: int) -> tuple[str, ...]:
    return tuple(model.moments.columns[model.moments.slopes[z]] for z in model.random[index].z)


def coefficients_to_rows(model: MixedModel, z: float) -> list[dict[str, Any]]:
    """Return the coefficients with their standard errors and intervals."""
    return [
        {
            "term": term,
            "estimate": float(estimate),
            "se": float(se),
            "lower": float(estimate - z * se),
            "upper": float(estimate + z * se),
        }
        for term, estimate, se in zip(model.terms, model.coefficients, model.standard_errors, strict=True)
    ]


def _component_row(level: str, term: str | None, other: str | None, component: Component) -> dict[str, Any]:
    estimate = component.estimate
    return {
        "level": level,
        "term": term,
        "term2": other,
        "variance": None if estimate is None else estimate**2,
        "sd": estimate,
        "lower": component.lower,
        "upper": component.upper,
    }


def _unit_rows(level: LevelEffects, z: float) -> Iterator[dict[str, Any]]:
    effects, ranks = level.effects, level.ranks
    above = effects.p_above_average
    error = effects.standard_error
    for u, path in enumerate(level.factor.paths):
        for k, term in enumerate(level.terms):
            effect, se = float(effects.effect[k, u]), float(error[k, u])
            first = k == 0
            yield {
                "level": level.factor.name,
                "unit": path[-1],
                "path": list(path),
                "term": term,
                "n": int(effects.n[u]),
                "effect": effect,
                "se": se,
                "lower": effect - z * se,
                "upper": effect + z * se,
                "p_above_average": float(above[u]) if first else None,
                "p_top": _at(ranks.p_top, u) if first and ranks and ranks.p_top is not None else None,
                "rank": _at(ranks.expected, u) if first and ranks else None,
                "rank_lower": _at(ranks.lower, u) if first and ranks else None,
                "rank_upper": _at(ranks.upper, u) if first and ranks else None,
                "reliability": float(effects.reliability[k, u]),
                "coverage": float(effects.n[u] / max(int(effects.n_all[u]), 1)),
            }


def _at(values: Floats | Ints, u: int) -> float:
    return float(values[u])
