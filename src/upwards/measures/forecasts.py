"""Next year's figure of each school, by the rule that forecast best before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from upwards.core.panel import Floats
from upwards.measures.forecast_rules import Figures, knows_size, learn_rules
from upwards.measures.school_scores import ScoreFit

FOLDS = 5
# with fewer schools in the last two years the choice of a rule would be chance
FEWEST_TO_CHOOSE = 30


@dataclass(frozen=True, slots=True)
class Performance:
    """How a rule did on figures it had not seen.

    Attributes
    ----------
    rule
        Its name.
    n
        Schools, the same for all rules.
    rmse, mae
        Error against the published figure, in the unit: root mean square, mean absolute.
    rmse_true
        Root mean square error against the true score: sampling variance taken off.
    coverage
        Share of published figures within the interval.
    may_be_used
        Whether it takes account of a school's size; the others are there for comparison.
    """

    rule: str
    n: int
    rmse: float
    mae: float
    rmse_true: float
    coverage: float
    may_be_used: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the performance in plain types."""
        return {name: getattr(self, name) for name in self.__slots__}


def judge_rules(
    forecasts: Mapping[str, tuple[Floats, Floats]], actual: Floats, noise: Floats, *, level: float = 0.9
) -> list[Performance]:
    """Compare forecasts with what came, on the schools that every rule can forecast.

    Parameters
    ----------
    forecasts
        Rule to its forecasts and their error variances without the new year's sampling, shape (I,) each.
    actual, noise
        What was published, as differences, and its sampling variance, shape (I,); NaN where nothing.
    level
        Of the intervals.

    Returns
    -------
    list of Performance
        In the order given.
    """
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    common = np.isfinite(actual) & np.isfinite(noise)
    for estimate, _ in forecasts.values():
        common &= np.isfinite(estimate)
    out = []
    for name, (estimate, error) in forecasts.items():
        miss = (actual - estimate)[common]
        square = float(np.mean(miss**2))
        within = np.abs(miss) <= z * np.sqrt((error + noise)[common])
        true = float(np.sqrt(max(square - float(np.mean(noise[common])), 0.0)))
        absolute = float(np.mean(np.abs(miss)))
        held = float(np.mean(within))
        out.append(Performance(name, len(miss), square**0.5, absolute, true, held, knows_size(name)))
    return out


def cross_validate(known: Figures, *, seed: int = 1, level: float = 0.9) -> list[Performance]:
    """Forecast the last year of some schools by rules learnt from the others, and judge the rules.

    Parameters
    ----------
    known
        Two years or more.
    seed
        Of the division of schools into five parts.
    level
        Of the intervals.

    Returns
    -------
    list of Performance
        One per rule; nothing of a later year is used.
    """
    fold = np.random.default_rng(seed).permutation(len(known.value)) % FOLDS
    found: dict[str, tuple[Floats, Floats]] = {}
    for k in range(FOLDS):
        for rule in learn_rules(known.of(fold != k)):
            shape = len(known.value)
            estimate, error = found.setdefault(rule.name, (np.full(shape, np.nan), np.full(shape, np.nan)))
            held = known.of(fold == k).before_last()
            estimate[fold == k], error[fold == k] = rule.forecast(held, float(known.times[-1]))
    return judge_rules(found, known.value[:, -1], known.variance[:, -1], level=level)


def choose_rule(performances: Sequence[Performance]) -> str:
    """Return the rule with the smallest root mean square error among those that may be used.

    Examples
    --------
    >>> choose_rule([Performance("a", 9, 2.0, 1.0, 1.0, 0.9), Performance("b", 9, 1.9, 1.0, 1.0, 0.9)])
    'b'
    """
    return min((one for one in performances if one.may_be_used), key=lambda one: one.rmse).rule


@dataclass(frozen=True, slots=True, eq=False)
class NextYear:
    """Next year's figures of I schools, or why there are none.

    Attributes
    ----------
    year
        Academic year by its ending.
    rule
        What forecasts; None where refused.
    performances
        How each rule forecast the last year from those before it, by cross-validation over schools; empty
        where there are too few years to tell.
    estimate, se
        Shape (I,), in the unit: the figure as it will be published, its sampling error included, if the mean
        of all schools stays as in the last year; NaN for a school without a figure in the last year.
    level
        Of the intervals.
    refusal
        Why there is no forecast, in a sentence; None where there is one.
    """

    year: int
    rule: str | None
    performances: tuple[Performance, ...]
    estimate: Floats
    se: Floats
    level: float
    refusal: str | None

    def bounds(self) -> tuple[Floats, Floats]:
        """Return the lower and upper ends of the intervals, shape (I,) each."""
        z = NormalDist().inv_cdf((1.0 + self.level) / 2.0)
        return self.estimate - z * self.se, self.estimate + z * self.se


def figures_of(scores: ScoreFit) -> Figures:
    """Return the figures of a fit as differences from the mean school of each year."""
    return Figures(scores.value - scores.fit.mean, scores.variance, scores.times)


def forecast_next_year(scores: ScoreFit, *, seed: int = 1, level: float = 0.9) -> NextYear:
    """Forecast the figure that each school will have next year, by the rule that did best before.

    Parameters
    ----------
    scores
        From `school_scores.fit_scores`.
    seed
        Of the division of schools for the choice of the rule.
    level
        Of the intervals.

    Returns
    -------
    NextYear
        Refused where the measure is not published next year or changes its definition, where one year alone
        is known, or where fewer than 30 schools have figures in the last two years.

    Notes
    -----
    Every rule forecasts the last year of some schools after learning from the others; the one with the
    smallest error is used, of those that take account of a school's size: a figure of six pupils tells less
    than one of ninety. The interval is for the published figure: with the sampling error of as many
    pupils as the school had last.
    """
    year = scores.years.used[-1] + 1
    nothing = np.full(len(scores.school), np.nan)
    refusal = _refusal(scores, year)
    if refusal is not None:
        return NextYear(year, None, (), nothing, nothing, level, refusal)
    known = figures_of(scores)
    performances = tuple(cross_validate(known, seed=seed, level=level))
    chosen = choose_rule(performances)
    rule = next(one for one in learn_rules(known) if one.name == chosen)
    estimate, error = rule.forecast(known, float(known.times[-1]) + 1.0)
    estimate = np.where(scores.current, estimate, np.nan)
    se = np.sqrt(np.where(scores.current, error + last_known(scores.variance), np.nan))
    return NextYear(year, chosen, performances, estimate + scores.fit.mean[-1], se, level, None)


def _refusal(scores: ScoreFit, year: int) -> str | None:
    measure = scores.measure
    if year in measure.gaps:
        return f"{measure.title} is not forecast for {year}: {measure.gaps[year]}."
    if year in measure.breaks:
        return (
            f"{measure.title} is not forecast for {year}: another definition holds ({measure.breaks[year]})."
        )
    if len(scores.times) < 2:
        return (
            f"{measure.title} is not forecast for {year}: one year on this definition cannot tell what lasts."
        )
    both = int(np.isfinite(scores.value[:, -2:]).all(axis=1).sum())
    if both < FEWEST_TO_CHOOSE:
        return (
            f"{measure.title} is not forecast for {year}: {both} schools have figures in the last two years; "
            f"choosing a rule takes {FEWEST_TO_CHOOSE}."
        )
    return None


def last_known(values: Floats) -> Floats:
    """Return the last value of each row that is known, shape (I,); NaN where none is."""
    known = np.isfinite(values)
    place = values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.asarray(np.where(known.any(axis=1), values[np.arange(len(values)), place], np.nan))
