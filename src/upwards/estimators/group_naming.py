"""How many groups are named wrongly where the model's assumptions are too kind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from upwards.core.panel import Floats
from upwards.estimators.group_model import GroupModel

# tails as heavy as a variance of 1 allows: fewer degrees of freedom would have none
DF = 3
NODES_BETWEEN, NODES_WITHIN = 15, 5
DRAWS = 120
# the spread of groups may be this low in its distribution
LOW = 0.1
SEED = 20261122
# keeps the ratio of two small numbers near 1
HALF = 0.5

Draws = npt.NDArray[np.float64]


def wrong_beyond_foretold(model: GroupModel, threshold: float, certainty: float) -> float:
    """Return how many times as many groups may be wrongly named as the model foretells.

    Parameters
    ----------
    model
        The fit.
    threshold
        Level from which a group is large, in the unit of the values.
    certainty
        Probability from which a group is named.

    Returns
    -------
    float
        At least 1.

    Notes
    -----
    Systems with the same units and sampling variances are simulated and named by the same rule, and those
    wrongly named are counted against what was foretold: with groups and units that are normal, and with
    both from a t distribution with three degrees of freedom; with spreads that are likely by the fit, and
    with a spread of groups at the tenth percentile. The largest ratio is returned. Systems that lean to one
    side more than that can have more.

    References
    ----------
    McCulloch and Neuhaus 2011, *Misspecifying the shape of a random effects distribution*.
    """
    rng = np.random.default_rng(SEED)
    ratios = [1.0]
    for heavy in (False, True):
        for low in (False, True):
            wrong, foretold = _simulate(model, threshold, certainty, rng, heavy=heavy, low=low)
            ratios.append((wrong + HALF) / (foretold + HALF))
    return float(max(ratios))


def _simulate(
    model: GroupModel, threshold: float, certainty: float, rng: np.random.Generator, *, heavy: bool, low: bool
) -> tuple[float, float]:
    """Return how many were wrongly named in all systems, and how many were foretold."""
    order = np.argsort(model.units.group, kind="stable")
    _, begins, group = np.unique(model.units.group[order], return_index=True, return_inverse=True)
    variance = model.units.variance[order]
    at = rng.choice(len(model.weights), DRAWS, p=model.weights)
    between, within = model.group_sds[at, None], model.unit_sds[at, None]
    if low:
        by = np.argsort(model.group_sds, kind="stable")
        place = by[np.searchsorted(np.cumsum(model.weights[by]), LOW).clip(max=len(by) - 1)]
        between = np.full_like(between, model.group_sds[place])
    level = model.mean + between * _standard(rng, (DRAWS, len(begins)), heavy)
    value = level[:, group] + within * _standard(rng, (DRAWS, len(group)), heavy)
    value += rng.normal(size=value.shape) * np.sqrt(variance)
    p = _p_above(model, value, variance, begins, group, threshold)
    named = p >= certainty
    return float((named & (level < threshold)).sum()), float((1 - p)[named].sum())


def _standard(rng: np.random.Generator, shape: tuple[int, int], heavy: bool) -> Draws:
    return rng.standard_t(DF, shape) / np.sqrt(DF / (DF - 2)) if heavy else rng.normal(size=shape)


def _p_above(
    model: GroupModel,
    value: Draws,
    variance: Floats,
    begins: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64],
    threshold: float,
) -> Draws:
    """Return for each system (S) and group (G) what the model says of it, spreads unknown again."""
    betweens = np.linspace(model.group_sds.min(), model.group_sds.max(), NODES_BETWEEN)
    heights, chances = [], []
    for b in np.linspace(model.unit_sds.min(), model.unit_sds.max(), NODES_WITHIN):
        weight = 1 / (variance + b**2)
        sums = np.add.reduceat(weight, begins)
        own = np.add.reduceat(value * weight, begins, axis=1) / sums
        inside = ((value - own[:, group]) ** 2 * weight).sum(axis=1) - np.log(weight).sum()
        for a in betweens:
            of_group = 1 / (a**2 + 1 / sums)
            total = of_group.sum()
            mean = (own * of_group).sum(axis=1, keepdims=True) / total
            apart = (of_group * (own - mean) ** 2).sum(axis=1) - np.log(of_group / sums).sum()
            heights.append(inside + apart + np.log(total))
            share = a**2 * of_group
            sd = np.sqrt(a**2 * (1 - share) + (1 - share) ** 2 / total)
            chances.append(ndtr((mean + share * (own - mean) - threshold) / np.maximum(sd, 1e-12)))
    height = np.array(heights)
    weights = np.exp(-0.5 * (height - height.min(axis=0)))
    weights /= weights.sum(axis=0)
    return np.asarray(np.einsum("ks,ksg->sg", weights, np.array(chances)))
