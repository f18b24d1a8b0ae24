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
# the lasting variance of a mean is sought on this grid, in shares of the variance of figures
LASTING = np.geomspace(0.02, 5.0, 120)
# classes of schools by the chance in their figures, the largest schools first: each has its own variances
CLASSES = (0.4, 0.7, 0.9)
FEWEST_IN_CLASS = 150


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

    @property
    def chance(self) -> Floats:
        """Return the mean sampling variance of each school's figures, shape (I,); NaN without any."""
        known = np.isfinite(self.variance)
        counts = known.sum(axis=1)
        total = np.sum(self.variance, axis=1, where=known)
        return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)

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
    """A weighted mean of the last years, as it is or shrunk by one factor for all: for comparison only.

    A school of six pupils is forecast like one of ninety.

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


@dataclass(frozen=True, slots=True, eq=False)
class SizedMeanRule:
    """A weighted mean of the last years, shrunk the more, the more chance there is in it.

    Attributes
    ----------
    weights
        As in `WeightedRule`.
    kept
        What a mean without chance is multiplied by.
    lasting
        Variance of the mean without chance.
    spread
        Variance of the true score about the forecast from a mean without chance.
    """

    name: str
    weights: tuple[float, ...]
    kept: float
    lasting: float
    spread: float

    def forecast(self, known: Figures, at: float) -> tuple[Floats, Floats]:
        """Return kept × lasting / (lasting + chance) × mean; the error holds the chance. See `Rule`."""
        mean, chance = weighted_mean(known, self.weights), chance_in_mean(known, self.weights)
        share = shrink(self.lasting, chance)
        left = self.kept**2 * self.lasting * (1.0 - share)
        return self.kept * share * mean, np.where(np.isfinite(mean), self.spread + left, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class ByClassRule:
    """One rule, learnt apart for large and small schools: they differ in more than chance.

    Attributes
    ----------
    edges
        Ascending, one less than the rules: mean sampling variances that part the classes.
    rules
        Of each class, that of the least chance first.
    """

    edges: Floats
    rules: tuple[Rule, ...]

    @property
    def name(self) -> str:
        """That of the rules."""
        return self.rules[0].name

    def forecast(self, known: Figures, at: float) -> tuple[Floats, Floats]:
        """Return each school's forecast by the rule of its class; see `Rule`."""
        estimate, error = np.full((2, len(known.value)), np.nan)
        place = np.searchsorted(self.edges, known.chance)
        for k, rule in enumerate(self.rules):
            estimate[place == k], error[place == k] = rule.forecast(known.of(place == k), at)
        return estimate, error


SIMPLE = {"last year": (1.0,), "3:2:1": (3.0, 2.0, 1.0), "plain mean": (1.0,) * 50}


def weighted_mean(known: Figures, weights: Sequence[float]) -> Floats:
    """Return the weighted mean of the last years' differences, shape (I,); NaN where there is none."""
    last = known.value[:, ::-1][:, : len(weights)]
    given = np.where(np.isfinite(last), np.array(weights[: last.shape[1]]), 0.0)
    total = given.sum(axis=1)
    mean = np.sum(given * np.nan_to_num(last), axis=1) / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(total > 0, mean, np.nan))


def chance_in_mean(known: Figures, weights: Sequence[float]) -> Floats:
    """Return the sampling variance of the weighted mean of the last years, shape (I,); NaN where none is."""
    last = known.value[:, ::-1][:, : len(weights)]
    noise = known.variance[:, ::-1][:, : len(weights)]
    given = np.where(np.isfinite(last), np.array(weights[: last.shape[1]]), 0.0)
    total = given.sum(axis=1)
    spread = np.sum(given**2 * np.nan_to_num(noise), axis=1) / np.where(total > 0, total, 1.0) ** 2
    return np.asarray(np.where(total > 0, spread, np.nan))


def shrink(lasting: float, chance: Floats) -> Floats:
    """Return lasting / (lasting + chance); 0 where both are 0."""
    whole = lasting + chance
    return np.divide(lasting, whole, out=np.zeros_like(chance), where=whole > 0)


def knows_size(name: str) -> bool:
    """Tell whether the rule of that name takes account of a school's size, and so may be used.

    Examples
    --------
    >>> knows_size("3:2:1, shrunk"), knows_size("3:2:1, shrunk by size"), knows_size("level")
    (False, True, True)
    """
    return name not in SIMPLE and name not in {f"{one}, shrunk" for one in SIMPLE}


def learn_rules(known: Figures) -> tuple[Rule, ...]:
    """Learn every rule that the years allow from the figures of some schools.

    Fading and means shrunk by size are learnt apart for classes of schools by the chance in their figures,
    as far as there are enough schools.

    Parameters
    ----------
    known
        Two years or more; a trend, fading and means over years need three.

    Returns
    -------
    tuple of Rule
        The models first, then means shrunk by size, then those that may not be used: as they are, and shrunk.
    """
    chance = known.chance
    edges = _class_edges(chance)
    place = np.searchsorted(edges, chance)
    apart = [_learn_sized(known.of(place == k)) for k in range(len(edges) + 1)]
    sized = [ByClassRule(edges, rules) for rules in zip(*apart, strict=True)]
    return (*_learn_models(known), *sized, *_learn_simple(known))


def _learn_models(known: Figures) -> list[Rule]:
    level = AreaRule("level", fit_area_model(known.value, known.variance, times=known.times, trend=False))
    if len(known.times) < 3:
        return [level]
    fit = fit_area_model(known.value, known.variance, times=known.times)
    return [AreaRule("level and trend", fit), level]


def _class_edges(chance: Floats) -> Floats:
    """Return where the classes of schools part; none where a class would have too few schools."""
    known = chance[np.isfinite(chance)]
    smallest = 1.0 - max(CLASSES)
    if len(known) * smallest < FEWEST_IN_CLASS:
        return np.empty(0)
    return np.unique(np.quantile(known, CLASSES))


def _learn_sized(known: Figures) -> list[Rule]:
    before, last, noise = known.before_last(), known.value[:, -1], known.variance[:, -1]
    rules: list[Rule] = [learn_fading(known)] if len(known.times) > 2 else []
    for name, weights in means_for(before):
        rules.append(learn_sized_mean(f"{name}, shrunk by size", before, last, noise, weights))
    return rules


def means_for(before: Figures) -> list[tuple[str, tuple[float, ...]]]:
    """Return the means that differ: with one year before, every mean is last year's score."""
    return [(name, w) for name, w in SIMPLE.items() if len(before.times) > 1 or len(w) == 1]


def learn_sized_mean(
    name: str, before: Figures, last: Floats, noise: Floats, weights: tuple[float, ...]
) -> SizedMeanRule:
    """Learn what a mean keeps, how much of it lasts and how far off forecasts are, from one year's figures.

    Parameters
    ----------
    name, weights
        Of the rule.
    before
        Figures of the years before.
    last, noise
        Shape (I,): figures of the last year, as differences, and their sampling variances.

    Returns
    -------
    SizedMeanRule
        The least weighted squares, over a grid of lasting variances.
    """
    mean, chance = weighted_mean(before, weights), chance_in_mean(before, weights)
    both = np.isfinite(mean) & np.isfinite(last) & np.isfinite(noise)
    if not both.any():
        return SizedMeanRule(name, weights, 0.0, 0.0, 0.0)
    x, y, chance, noise = mean[both], last[both], chance[both], noise[both]
    whole = float(np.mean(x**2))
    weight = 1.0 / (whole + noise)
    grid = LASTING * whole
    shrunk = x * (grid[:, None] / (grid[:, None] + chance))
    kept = np.sum(weight * shrunk * y, axis=1) / np.sum(weight * shrunk**2, axis=1).clip(1e-300)
    misfit = np.sum(weight * (y - kept[:, None] * shrunk) ** 2, axis=1)
    best = int(np.argmin(misfit))
    slope, lasting = float(kept[best]), float(grid[best])
    left = slope**2 * lasting * (1.0 - shrink(lasting, chance))
    spread = np.average((y - slope * shrunk[best]) ** 2 - noise - left, weights=weight)
    return SizedMeanRule(name, weights, slope, lasting, max(float(spread), 0.0))


def _learn_simple(known: Figures) -> list[Rule]:
    """Learn slope and spread of the rules that do not know size, by forecasting the last year."""
    before, last = known.before_last(), known.value[:, -1]
    rules: list[Rule] = []
    for name, weights in means_for(before):
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
