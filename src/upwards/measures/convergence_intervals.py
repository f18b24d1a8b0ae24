"""Intervals and probabilities of true spreads, and what could have been found."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt
from statistics import NormalDist

NORMAL = NormalDist()
TENTH = NORMAL.inv_cdf(0.9)
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; all None where it cannot be told."""

    estimate: float | None
    lower: float | None
    upper: float | None


UNTOLD = Estimate(None, None, None)


def few_units_spread(variance: float, noise: float, freedom: float, z: float) -> Estimate:
    """Return a true standard deviation with its interval.

    Parameters
    ----------
    variance
        Estimated true variance; sampling error may carry it below 0, which is shown as 0.
    noise
        Mean sampling variance.
    freedom
        Degrees of freedom of true and sampling variance together: of few units their number less one, fewer
        where tails are heavy or weights unequal; else what the standard error implies.
    z
        Normal quantile of the interval.

    Returns
    -------
    Estimate
        The chi-squared interval of true and sampling variance together (Wilson and Hilferty's cube root),
        less the sampling variance.

    Examples
    --------
    >>> found = few_units_spread(4.0, 1.0, 8.0, 1.96)
    >>> round(found.lower, 2), found.estimate, round(found.upper, 2)
    (1.13, 2.0, 4.19)
    """
    point, total = sqrt(max(variance, 0.0)), max(variance + noise, 0.0)
    if freedom <= 0:
        return Estimate(point, None, None)
    c = 2 / (9 * freedom)
    lower, upper = (total / max(1 - c + sign * z * sqrt(c), 0.05) ** 3 - noise for sign in (1, -1))
    return Estimate(point, sqrt(max(lower, 0.0)), sqrt(max(upper, 0.0)))


def p_within(start: float, end: float, error: float, negligible: float) -> float | None:
    """Return the probability that the spread changed by no more than a share, either way.

    Parameters
    ----------
    start, end
        True variances.
    error
        Standard error of their difference.
    negligible
        The share.

    Returns
    -------
    float or None
        None where the start is not above 0.

    Examples
    --------
    >>> round(p_within(4.0, 4.0, 0.1, 0.05), 4)
    0.9999
    """
    if start <= 0 or error <= 0:
        return None
    ends = (((1 + sign * negligible) ** 2 - 1) * start - (end - start) for sign in (1, -1))
    upper, lower = (NORMAL.cdf(bound / error) for bound in ends)
    return upper - lower


def smallest_found(start: float, error: float, certainty: float) -> float | None:
    """Return the relative fall of the spread that would be found in four of five cases.

    Parameters
    ----------
    start
        True variance at the start.
    error
        Standard error of the change of the variance.
    certainty
        Probability needed.

    Returns
    -------
    float or None
        0 to 1; None where not even a spread of 0 at the end would be found.

    Examples
    --------
    >>> round(smallest_found(4.0, 0.2, 0.975), 3)
    0.073
    """
    if start <= 0:
        return None
    needed = (NORMAL.inv_cdf(certainty) + NORMAL.inv_cdf(POWER)) * error / start
    return 1 - sqrt(1 - needed) if needed < 1 else None


def mean_of_end(share: float) -> float:
    """Return how far the mean of the highest share of a normal distribution lies above its mean, in SD.

    Parameters
    ----------
    share
        Such as 0.2 for the highest fifth.

    Returns
    -------
    float

    Examples
    --------
    >>> round(mean_of_end(0.2), 4)
    1.3998
    """
    z = NORMAL.inv_cdf(1 - share)
    return exp(-z * z / 2) / sqrt(2 * pi) / share
