"""Weighted regression with robust standard errors, the share explained, and false discoveries held down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import fdtrc, ncfdtr, stdtr, stdtrit

from upwards.core.errors import UserError
from upwards.core.panel import Floats

FEWEST_PER_TERM = 5
STEPS = 80


class TooFewRows(UserError, ValueError):
    """There are too few rows for the terms asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A weighted least-squares fit with an intercept.

    Attributes
    ----------
    estimate, se, lower, upper, p
        Shape (k,): slopes with heteroscedasticity-robust (HC3) errors, t intervals and two-sided p values.
    r2_adjusted
        Share of the weighted variance explained, less what chance explains; may be below 0.
    r2_lower, r2_upper
        Interval of the share explained.
    f, p_all
        F statistic of all terms together, and chance of explaining as much if nothing went with anything.
    n, df
        Rows, and degrees of freedom left.
    """

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    p: Floats
    r2_adjusted: float
    r2_lower: float
    r2_upper: float
    f: float
    p_all: float
    n: int
    df: int


def fit_regression(outcome: Floats, terms: Floats, weight: Floats, *, level: float = 0.95) -> Regression:
    """Regress an outcome on several terms at once.

    Parameters
    ----------
    outcome
        Shape (n,), finite.
    terms
        Shape (n, k), finite, none constant or a combination of others; an intercept is added.
    weight
        Shape (n,), above 0; only their ratios matter.
    level
        Of the intervals.

    Returns
    -------
    Regression

    Raises
    ------
    TooFewRows
        With fewer than five rows for each term, or with terms that cannot be told apart.

    Notes
    -----
    HC3 (MacKinnon and White 1985) divides each residual by 1 - leverage: with few rows the plain sandwich
    is too narrow. The interval of the share explained inverts the noncentral F distribution.

    References
    ----------
    Long and Ervin 2000, *Using heteroscedasticity consistent standard errors in the linear regression
    model*; Steiger 2004, *Beyond the F test*, section on confidence intervals for the squared multiple
    correlation with fixed regressors.

    Examples
    --------
    >>> x = np.array([[0.0], [1], [2], [3], [4], [5]])
    >>> fit = fit_regression(1 + 2 * x[:, 0] + np.array([0.1, -0.1, 0, 0, -0.1, 0.1]), x, np.ones(6))
    >>> round(float(fit.estimate[0]), 6)
    2.0
    """
    n, k = terms.shape
    if n < max(FEWEST_PER_TERM * k, k + 3):
        raise TooFewRows(
            f"{n} rows are too few for {k} terms: at least {FEWEST_PER_TERM} for each are needed."
        )
    weight = weight / weight.mean()
    design = np.column_stack([np.ones(n), terms])
    scaled = design * np.sqrt(weight)[:, None]
    if np.linalg.matrix_rank(scaled) <= k:
        raise TooFewRows("One term is a combination of others: they cannot be told apart.")
    inverse = np.linalg.inv(scaled.T @ scaled)
    beta = inverse @ (scaled.T @ (outcome * np.sqrt(weight)))
    residual = outcome - design @ beta
    leverage = np.einsum("ij,jk,ik->i", scaled, inverse, scaled).clip(max=1 - 1e-8)
    meat = (scaled * np.sqrt(weight)[:, None]).T @ (
        scaled * np.sqrt(weight)[:, None] * ((residual / (1 - leverage)) ** 2)[:, None]
    )
    covariance = inverse @ meat @ inverse
    df = n - k - 1
    se = np.sqrt(np.diag(covariance))[1:]
    half = float(stdtrit(df, 0.5 + level / 2)) * se
    centre = (weight * outcome).sum() / weight.sum()
    unexplained = (weight * residual**2).sum() / (weight * (outcome - centre) ** 2).sum()
    f = max((1 - unexplained) / unexplained * df / k, 0.0)
    low, high = share_interval(f, k, df, level)
    return Regression(
        estimate=beta[1:],
        se=se,
        lower=beta[1:] - half,
        upper=beta[1:] + half,
        p=2 * stdtr(df, -np.abs(beta[1:] / se)),
        r2_adjusted=float(1 - unexplained * (n - 1) / df),
        r2_lower=low,
        r2_upper=high,
        f=f,
        p_all=float(fdtrc(k, df, f)),
        n=n,
        df=df,
    )


def share_interval(f: float, k: int, df: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of the share of variance explained, from the F statistic of a regression.

    Parameters
    ----------
    f
        F statistic of all k terms together.
    k, df
        Degrees of freedom of numerator and denominator.
    level
        Of the interval.

    Returns
    -------
    tuple of float
        Lower and upper share, 0 to 1.

    Examples
    --------
    >>> share_interval(0.5, 3, 50)[0]
    0.0
    """
    return _share_at(f, k, df, 0.5 + level / 2), _share_at(f, k, df, 0.5 - level / 2)


def _share_at(f: float, k: int, df: int, wanted: float) -> float:
    """Return the share with which an F statistic as small as `f` has the probability wanted."""

    def off(noncentrality: float) -> float:
        return float(ncfdtr(k, df, noncentrality, f)) - wanted

    if off(0.0) <= 0:
        return 0.0
    top = 10.0
    while off(top) > 0:
        top *= 2
    found = float(brentq(off, 0.0, top))
    return found / (found + k + df + 1)


def divide_share(
    fit: Regression, reliability: Floats, weight: Floats, *, level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the share explained of what is true in the outcome.

    Parameters
    ----------
    fit
        A regression.
    reliability, weight
        Shape (K,): shares of the outcome's variance that are true, 0 to 1, and how likely each is.
    level
        Of the interval.

    Returns
    -------
    tuple of float
        Lower and upper share, 0 to 1.

    Notes
    -----
    The confidence distribution of the share explained is divided by the distribution of reliability, the
    two taken as independent; what exceeds 1 is 1.
    """
    k = len(fit.estimate)
    at = (np.arange(STEPS) + 0.5) / STEPS
    shares = np.array([_share_at(fit.f, k, fit.df, wanted) for wanted in at])
    ratio = np.where(shares[:, None] > 0, shares[:, None] / np.maximum(reliability, 1e-9)[None, :], 0.0).clip(
        max=1.0
    )
    order = np.argsort(ratio, axis=None, kind="stable")
    below = np.cumsum(np.broadcast_to(weight / weight.sum() / STEPS, ratio.shape).ravel()[order])
    ends = np.searchsorted(below, [0.5 - level / 2, 0.5 + level / 2]).clip(max=len(order) - 1)
    low, high = ratio.ravel()[order[ends]].tolist()
    return low, high


def adjust_for_many(p: Floats) -> Floats:
    """Return p values adjusted so that the share of false discoveries is held (Benjamini and Hochberg).

    Parameters
    ----------
    p
        Shape (m,), 0 to 1; all tests made, not only the striking ones.

    Returns
    -------
    ndarray
        Shape (m,): calling all at or below q discoveries keeps the expected share of false ones below q.

    References
    ----------
    Benjamini and Hochberg 1995, *Controlling the false discovery rate*.

    Examples
    --------
    >>> adjust_for_many(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    m = len(p)
    order = np.argsort(-p, kind="stable")
    stepped = np.minimum.accumulate(p[order] * m / np.arange(m, 0, -1)).clip(max=1.0)
    adjusted = np.empty(m)
    adjusted[order] = stepped
    return adjusted
