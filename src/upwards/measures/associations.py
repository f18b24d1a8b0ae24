"""What goes with what: characteristics of groups beside each area, as associations and nothing more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from upwards.core.panel import Floats
from upwards.estimators.regression import (
    Regression,
    TooFewRows,
    adjust_for_many,
    divide_share,
    fit_regression,
)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How far groups truly differ in an area, and how well that is known.

    Attributes
    ----------
    sd
        Most likely standard deviation.
    sds, weights
        Shape (K,): standard deviations, and how likely each is.
    """

    sd: float
    sds: Floats
    weights: Floats

    def reliability(self, variance: Floats) -> tuple[float, Floats]:
        """Return the true share of the weighted variance between groups: most likely, and at each of `sds`.

        Parameters
        ----------
        variance
            Shape (G,): of the groups' estimates, true spread included.
        """
        chance = np.maximum(variance - self.sd**2, 0.0)

        def share(square: Floats) -> Floats:
            total = square[:, None] + chance
            return np.asarray(square * (1 / np.where(total > 0, total, np.inf)).mean(axis=1))

        return float(share(np.array([self.sd**2]))[0]), share(self.sds**2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One area as something that may go with characteristics.

    Attributes
    ----------
    area
        Its name.
    value, variance
        Shape (G,): direct estimates, not shrunken ones, and their variances, true spread included; NaN where
        a group is not measured. Shrunken values would make every association look smaller and surer.
    spread
        How far groups truly differ; None where that is not modelled.
    """

    area: str
    value: Floats
    variance: Floats
    spread: Spread | None = None


@dataclass(frozen=True, slots=True)
class Association:
    """How much an area differs with one characteristic, the other characteristics held equal.

    Attributes
    ----------
    characteristic, area
        What, beside what.
    estimate, lower, upper
        In standard deviations of the area between groups, for one standard deviation of the characteristic.
    p, p_adjusted
        Two-sided, and adjusted over all associations of the answer.
    n_groups
        Groups it rests on.
    """

    characteristic: str
    area: str
    estimate: float
    lower: float
    upper: float
    p: float
    p_adjusted: float
    n_groups: int


@dataclass(frozen=True, slots=True)
class Explained:
    """The share of an area's variance between groups that goes with all characteristics together.

    Attributes
    ----------
    area
        Which; its variance holds chance as well.
    share, lower, upper
        Adjusted for the number of characteristics; the interval lies from 0 to 1. None where not told.
    p
        Chance of as much where nothing goes with anything.
    n_groups
        Groups with all characteristics known.
    why_not
        Why nothing is told; None where something is.
    share_true, true_lower, true_upper
        The same as a share of the true differences, without the chance that no characteristic can go with;
        how uncertain the true spread is, is in the interval. None where the true spread is not modelled, or
        is most likely 0.
    """

    area: str
    share: float | None
    lower: float | None
    upper: float | None
    p: float | None
    n_groups: int
    why_not: str | None = None
    share_true: float | None = None
    true_lower: float | None = None
    true_upper: float | None = None


@dataclass(frozen=True, slots=True)
class Associations:
    """All associations, and the share explained per area."""

    rows: tuple[Association, ...]
    explained: tuple[Explained, ...]

    def surviving(self, q: float) -> tuple[Association, ...]:
        """Return those whose adjusted p is at or below `q`."""
        return tuple(row for row in self.rows if row.p_adjusted <= q)


def relate(outcomes: Sequence[Outcome], characteristics: Mapping[str, Floats]) -> Associations:
    """Relate every area to all characteristics at once, and adjust over all pairs.

    Parameters
    ----------
    outcomes
        The areas.
    characteristics
        Name to values, shape (G,); NaN unknown. One that does not vary among the groups of an area is left
        out there.

    Returns
    -------
    Associations

    Notes
    -----
    Weighted by 1 / variance: a group of which much is known counts more. Both sides are standardised with
    these weights. Groups with an unknown characteristic are left out of that area.
    """
    fits = [(outcome, *_relate_one(outcome, characteristics)) for outcome in outcomes]
    p = [fit.p for _, fit, _, _ in fits if fit is not None]
    adjusted = iter(adjust_for_many(np.concatenate(p)).tolist() if p else [])
    rows = tuple(
        Association(name, outcome.area, *values, float(next(adjusted)), fit.n)
        for outcome, fit, names, _ in fits
        if fit is not None
        for name, values in zip(names, _numbers(fit), strict=True)
    )
    return Associations(rows, tuple(explained for *_, explained in fits))


def _numbers(fit: Regression) -> list[tuple[float, float, float, float]]:
    return [
        (float(a), float(b), float(c), float(d))
        for a, b, c, d in zip(fit.estimate, fit.lower, fit.upper, fit.p, strict=True)
    ]


def _relate_one(
    outcome: Outcome, characteristics: Mapping[str, Floats]
) -> tuple[Regression | None, list[str], Explained]:
    table = np.column_stack(list(characteristics.values()))
    used = np.isfinite(outcome.value) & np.isfinite(outcome.variance)
    known = ~np.isnan(table[used]).all(axis=0) if used.any() else np.zeros(table.shape[1], dtype=bool)
    whole = used & np.isfinite(table[:, known]).all(axis=1)
    n = int(whole.sum())
    if not n:
        return None, [], _untold(outcome.area, n, "nothing was published")
    weight = 1 / outcome.variance[whole]
    value = outcome.value[whole]
    if np.ptp(value) == 0:
        return None, [], _untold(outcome.area, n, "all groups are alike")
    columns = [k for k in np.flatnonzero(known) if np.ptp(table[whole, k]) > 0]
    names = [list(characteristics)[k] for k in columns]
    terms = np.column_stack([_standard(table[whole, k], weight) for k in columns] or [np.zeros((n, 0))])
    try:
        fit = fit_regression(_standard(value, weight), terms, weight)
    except TooFewRows as error:
        return None, [], _untold(outcome.area, n, str(error))
    explained = Explained(outcome.area, fit.r2_adjusted, fit.r2_lower, fit.r2_upper, fit.p_all, n)
    if outcome.spread is not None and outcome.spread.sd > 0:
        likely, each = outcome.spread.reliability(outcome.variance[whole])
        low, high = divide_share(fit, each, outcome.spread.weights)
        explained = replace(
            explained, share_true=min(fit.r2_adjusted / likely, 1.0), true_lower=low, true_upper=high
        )
    return fit, names, explained


def _untold(area: str, n: int, why: str) -> Explained:
    return Explained(area, None, None, None, None, n, why)


def _standard(values: Floats, weight: Floats) -> Floats:
    centred = values - (weight * values).sum() / weight.sum()
    return np.asarray(centred / np.sqrt((weight * centred**2).sum() / weight.sum()))
