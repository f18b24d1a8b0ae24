"""Rules that forecast next year's figure of each school from the years before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from upwards.core.panel import Flags, Floats
from upwards.estimators.area_effects import estimate_areas
from upwards.estimators.area_model import AreaFit, fit_area_model

# the part that fades is sought on this grid of shares kept from year to year
KEPT = np.linspace(0.0, 1.0, 201)


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Figures of I schools in T years, as differences from the mean school of each year.

    Attributes
    ----------
    value, variance
        Shape (I, T): differences and their sampling variances; NaN where there is none.
    times
        Shape (T,), ascending, in years.
    """

    value: Floats
    variance: Floats
    times: Floats

    def of(self, schools: Flags) -> Figures:
        """Return the figures of some schools."""
        return Figures(self.value[schools], self.variance[schools], self.times)

    def before_last(self) -> Figures:
        """Return the figures without those of the last year."""
        return Figures(self.value[:, :-1], self.variance[:, :-1], self.times[:-1])


class Rule(Protocol):
    """One way to forecast, with what it learnt from earlier years."""

    @property
    def name(self) -> str:
        """As it is called in answers."""

    def forecast(self, known: Figures, at: float) -> tuple[Floats, Floats]:
        """Return next year's true difference and the variance of its error, shape (I,) each; NaN: cannot."""


@dataclass(frozen=True, slots=True, eq=False)
class AreaRule:
    """The model of areas: what lasts, with or without a trend of its own, and what passes."""

    name: str
    fit: AreaFit

    def forecast(self, known: Figures, at: float) -> tuple[Floats, Floats]:
        """Return forecasts from the model; see `Rule`."""
        shape = (len(known.value), len(self.fit.times))
        value, variance = np.full(shape, np.nan), np.full(shape, np.nan)
        places = np.searchsorted(self.fit.times, known.times)
        value[:, places], variance[:, places] = known.value, known.variance
        found = estimate_areas(self.fit, value, variance, at=np.array([at]))
        return found.effect[:, 0], found.se[:, 0] ** 2


@dataclass(frozen=True, slots=True, eq=False)
class FadingRule:
    """What lasts fades from year to year by the same share; what passes does not last at all.

    Attributes
    ----------
    lasting, kept, passing
        Variance of what lasts, the share of it kept from a year to the next, variance of what passes.
    """

    name: str
    lasting: float
    kept: float
    passing: float

    def forecast(self, known: Figures, at: float) -> tuple[Floats, Floats]:
        """Return the best linear forecast under this covariance; see `Rule`."""
        has = np.isfinite(known.value) & np.isfinite(known.variance)
        lags = np.abs(known.times[:, None] - known.times)
        diagonal = np.arange(len(known.times))
        between = self.lasting * self.kept**lags + self.passing * (lags == 0)
        total = np.where(has[:, :, None] & has[:, None, :], between, 0.0)
        total[:, diagonal, diagonal] += np.where(has, known.variance, 1.0)
        towards = np.where(has, self.lasting * self.kept ** (at - known.times), 0.0)
        weights = np.linalg.solve(total, towards[..., None])[..., 0]
        estimate = np.sum(weights * np.where(has, known.value, 0.0), axis=1)
        return estimate, self.lasting + self.passing - np.sum(weights * towards, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class WeightedRule:
    """A weighted mean of the last years, as it is or shrunk by one factor for all.

    Attributes
    ----------
    weights
        Of the last year, the one before, and so on; a year without a figure gives its weight to the others.
    slope
        What the mean is multiplied by: 1 as it is.
    spread
        Variance of the true score about the forecast.
    """

    name: str
    weights: tuple[float, ...]
    slope: float
    spread: float

    def forecast(self, known: Figures, at: float) -> tuple[Floats, Floats]:
        """Return the weighted mean times the slope; see `Rule`."""
        mean = weighted_mean(known, self.weights)
        return self.slope * mean, np.where(np.isfinite(mean), self.spread, np.nan)


SIMPLE = {"last year": (1.0,), "3:2:1": (3.0, 2.0, 1.0), "plain mean": (1.0,) * 50}


def weighted_mean(known: Figures, weights: Sequence[float]) -> Floats:
    """Return the weighted mean of the last years' differences, shape (I,); NaN where there is none."""
    last = known.value[:, ::-1][:, : len(weights)]
    given = np.where(np.isfinite(last), np.array(weights[: last.shape[1]]), 0.0)
    total = given.sum(axis=1)
    mean = np.sum(given * np.nan_to_num(last), axis=1) / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(total > 0, mean, np.nan))


def learn_rules(known: Figures) -> tuple[Rule, ...]:
    """Learn every rule that the years allow from the figures of some schools.

    Parameters
    ----------
    known
        Two years or more; a trend, fading and means over years need three.

    Returns
    -------
    tuple of Rule
        The models first, then simple rules as they are and shrunk.
    """
    rules: list[Rule] = []
    if len(known.times) > 2:
        fit = fit_area_model(known.value, known.variance, times=known.times)
        rules += [AreaRule("level and trend", fit), learn_fading(known)]
    fit = fit_area_model(known.value, known.variance, times=known.times, trend=False)
    rules.append(AreaRule("level", fit))
    return (*rules, *_learn_simple(known))


def _learn_simple(known: Figures) -> list[Rule]:
    """Learn slope and spread by forecasting the last year from those before it."""
    before, last = known.before_last(), known.value[:, -1]
    rules: list[Rule] = []
    for name, weights in SIMPLE.items():
        if len(before.times) < 2 and len(weights) > 1:
            continue  # with one year before, every mean is last year's score
        mean = weighted_mean(before, weights)
        both = np.isfinite(mean) & np.isfinite(last)
        x, y, noise = mean[both], last[both], known.variance[both, -1]
        best = float(x @ y / max(float(x @ x), 1e-300))
        for slope, called in ((1.0, name), (best, f"{name}, shrunk")):
            spread = max(float(np.mean((y - slope * x) ** 2 - noise)), 0.0) if len(x) else 0.0
            rules.append(WeightedRule(called, weights, slope, spread))
    return rules


def learn_fading(known: Figures) -> FadingRule:
    """Learn how fast what lasts fades, from the products of a school's figures in two years.

    Parameters
    ----------
    known
        Three years or more.

    Returns
    -------
    FadingRule

    Notes
    -----
    The mean product of two years' differences estimates their true covariance: sampling errors of two
    cohorts are independent. Covariances at lags of one year or more are fitted by least squares to
    lasting × kept^lag; what is left of the true variance of one year passes.
    """
    noise = np.nan_to_num(known.variance)
    spread = float(np.nanmean(known.value**2 - known.variance))
    weights = np.where(np.isfinite(known.value), 1.0 / (max(spread, 0.0) + noise + 1e-12), 0.0)
    first, second = np.triu_indices(len(known.times))
    sizes = np.sum(weights[:, first] * weights[:, second], axis=0)
    product = np.nan_to_num(known.value[:, first] * known.value[:, second])
    product -= np.where(first == second, noise[:, first], 0.0)
    found = np.sum(weights[:, first] * weights[:, second] * product, axis=0) / np.maximum(sizes, 1e-300)
    lag = known.times[second] - known.times[first]
    apart = lag > 0
    shape = KEPT[:, None] ** lag[apart]
    size = sizes[apart]
    scale = np.sum(size * shape * found[apart], axis=1) / np.sum(size * shape**2, axis=1).clip(1e-300)
    lasting = np.maximum(scale, 0.0)
    misfit = np.sum(size * (found[apart] - lasting[:, None] * shape) ** 2, axis=1)
    best = int(np.argmin(misfit))
    whole = float(np.average(found[~apart], weights=np.maximum(sizes[~apart], 1e-300)))
    return FadingRule(
        "fading level", float(lasting[best]), float(KEPT[best]), max(whole - float(lasting[best]), 0.0)
    )
