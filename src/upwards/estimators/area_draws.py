"""Draws of variances that data allow, and of the spread they imply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, ndtri_exp

if TYPE_CHECKING:
    from upwards.estimators.area_model import AreaFit

Floats = npt.NDArray[np.float64]

# the variances first, the covariance between them last, within what they leave it
ORDER = (3, 2, 0, 1)
# candidates per draw kept
CANDIDATES = 20


def draw_parameters(fit: AreaFit, *, draws: int, seed: int, robust: bool = True) -> Floats:
    """Draw variances as uncertain as the fit says, none below zero and no correlation beyond one.

    Parameters
    ----------
    fit
        A fitted model.
    draws
        How many.
    seed
        Equal seeds give equal draws.
    robust
        Whether the uncertainty is the sandwich's, right without normal effects too.

    Returns
    -------
    ndarray
        Shape (draws, 4): level, level_trend, trend, transitory; what was not estimated stays as it is.

    Notes
    -----
    Normal around `fit.unrestricted`, cut to what is possible: variances of at least 0 and a covariance of
    level and trend within them. A variance estimated as 0 is drawn from what the likelihood's slope and
    curvature there leave above 0, never as exactly 0. The parameters are drawn one after another, each from
    a normal cut to its range given those before; draws are then chosen with weights that mend the order.

    References
    ----------
    Hajivassiliou, McFadden and Ruud (1996), Simulation of multivariate normal rectangle probabilities,
    Journal of Econometrics 72, 85–134 (the GHK simulator).
    """
    return admissible(fit, fit.robust_covariance if robust else fit.parameter_covariance, draws, seed)


def admissible(fit: AreaFit, covariance: Floats, draws: int, seed: int) -> Floats:
    """Return draws, shape (draws, 4), from the normal with this covariance cut to what is possible."""
    free = [k for k in ORDER if covariance[k, k] > 0]
    n = draws * CANDIDATES
    rng = np.random.default_rng(seed)
    drawn = np.repeat(fit.parameters[None], n, axis=0)
    log_weight = np.zeros(n)
    done: list[int] = []
    for k in free:
        mean, sd = _given(fit.unrestricted, covariance, k, done, drawn)
        lower, upper = _range(k, drawn)
        drawn[:, k], part = _cut_normal(mean, sd, lower, upper, rng.random(n))
        log_weight += part
        done.append(k)
    return drawn[_resample(log_weight, draws, rng)]


def _given(
    centre: Floats, covariance: Floats, k: int, done: list[int], drawn: Floats
) -> tuple[Floats, float]:
    """Return mean and standard deviation of one parameter given those drawn."""
    if not done:
        return np.full(len(drawn), centre[k]), float(np.sqrt(covariance[k, k]))
    slope = np.linalg.lstsq(covariance[np.ix_(done, done)], covariance[done, k], rcond=1e-12)[0]
    left = float(covariance[k, k] - slope @ covariance[done, k])
    mean = centre[k] + (drawn[:, done] - centre[done]) @ slope
    return np.asarray(mean), float(np.sqrt(max(left, 1e-12 * covariance[k, k])))


def _range(k: int, drawn: Floats) -> tuple[Floats, Floats]:
    if k != 1:
        return np.zeros(len(drawn)), np.full(len(drawn), np.inf)
    limit = np.sqrt(drawn[:, 0] * drawn[:, 2])
    return -limit, limit


def _cut_normal(
    mean: Floats, sd: float, lower: Floats, upper: Floats, uniform: Floats
) -> tuple[Floats, Floats]:
    """Return draws from a normal cut to an interval, and the log of the probability of the interval.

    Intervals far in the upper tail are mirrored, so that logarithms stay exact.
    """
    a, b = (lower - mean) / sd, (upper - mean) / sd
    mirrored = a > 0
    a, b = np.where(mirrored, -b, a), np.where(mirrored, -a, b)
    top, bottom = log_ndtr(b), log_ndtr(a)
    share = -np.expm1(np.minimum(bottom - top, 0.0))
    log_probability = top + np.log(np.maximum(share, 1e-300))
    z = ndtri_exp(np.minimum(top + np.log1p(-uniform * share), 0.0))
    z = np.clip(z, a, b)
    return np.clip(mean + sd * np.where(mirrored, -z, z), lower, upper), log_probability


def _resample(log_weight: Floats, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Choose candidates in proportion to their weights, by one comb of equal teeth, in random order."""
    weight = np.exp(log_weight - log_weight.max())
    edges = np.cumsum(weight) / weight.sum()
    teeth = (np.arange(draws) + rng.random()) / draws
    return rng.permutation(np.searchsorted(edges, teeth).clip(max=len(weight) - 1)).astype(np.int64)


def true_spread(parameters: Floats, times: Sequence[float] | Floats) -> Floats:
    """Return the standard deviation of true values between units in each year.

    Parameters
    ----------
    parameters
        Shape (draws, 4), or (4,): level, level_trend, trend, transitory.
    times
        Shape (T,): years since the first.

    Returns
    -------
    ndarray
        Shape (draws, T), or (T,).

    Examples
    --------
    >>> true_spread(np.array([4.0, -1.0, 0.5, 1.0]), [0.0, 1.0])
    array([2.2360..., 1.8708...])
    """
    level, both, trend, transitory = np.moveaxis(np.asarray(parameters, dtype=float)[..., None], -2, 0)
    when = np.asarray(times, dtype=float)
    return np.asarray(np.sqrt(np.maximum(level + 2.0 * when * both + when**2 * trend + transitory, 0.0)))
