"""Effects of units with their uncertainty: shrunk estimate, standard error, probabilities, ranks."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from upwards.core.moments import Floats, Ints
from upwards.estimators.joint_draws import draw_effects
from upwards.estimators.mixed_model import MixedModel, raw_effects
from upwards.estimators.small_blocks import sandwich

NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, eq=False)
class UnitEffects:
    """Effects of the J units of one random term, in raw outcome units.

    Attributes
    ----------
    effect
        Conditional mode (shrunk estimate), shape (k, J).
    covariance
        Conditional covariance given the estimated parameters, shape (k, k, J).
    reliability
        Share of the variance between units that the data resolve, 0 to 1, shape (k, J).
    n
        Rows behind each unit, shape (J,).
    """

    effect: Floats
    covariance: Floats
    reliability: Floats
    n: Ints
    n_all: Ints

    @property
    def standard_error(self) -> Floats:
        """Return lme4's condSD, shape (k, J)."""
        variances = np.diagonal(self.covariance).T
        return np.asarray(np.sqrt(np.maximum(variances, 0.0)))

    @property
    def p_above_average(self) -> Floats:
        """Return the probability that each unit's intercept effect is above 0; 0.5 where none varies."""
        se = self.standard_error[0]
        known = se > 0
        z = np.divide(self.effect[0], se, out=np.zeros_like(se), where=known)
        return np.array([NORMAL.cdf(value) for value in z.tolist()])


def estimate_unit_effects(model: MixedModel) -> list[UnitEffects]:
    """Return the effects of every unit of every random term.

    Parameters
    ----------
    model
        A fitted model.

    Returns
    -------
    list of UnitEffects
        In the order of the model's random terms.
    """
    sigma2 = model.value.quadratic / model.problem.freedom
    out = []
    for index, (term, informed) in enumerate(zip(model.random, model.slope.information, strict=True)):
        information = informed()
        relative = model.roots[index] @ model.roots[index].T
        change = raw_effects(model.moments, term)
        effect = change @ relative @ model.slope.residual_scores[index]
        n_units = information.shape[-1]
        spread = np.repeat(relative[:, :, None], n_units, axis=2)
        narrowed = spread - sandwich(spread, information)
        covariance = sigma2 * sandwich(np.repeat(change[:, :, None], n_units, axis=2), narrowed)
        codes = model.moments.codes[term.factor]
        counts = [
            np.bincount(codes, weights=x, minlength=n_units).astype(np.int64)
            for x in (model.moments.n_rows, model.moments.n_all_rows)
        ]
        reliability = _reliability(covariance, model.variances[index])
        out.append(UnitEffects(effect, covariance, reliability, counts[0], counts[1]))
    return out


def _reliability(covariance: Floats, variance: Floats) -> Floats:
    left = np.diagonal(covariance).T
    total = np.diag(variance)[:, None]
    share = np.divide(left, total, out=np.ones_like(left), where=total > 0)
    return np.clip(1.0 - share, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Where each unit stands among those of its level; rank 1 is the largest effect.

    Attributes
    ----------
    expected, lower, upper
        Mean rank and its central interval over joint draws, shape (J,).
    p_top
        Share of draws in which the unit is within the top share, shape (J,); None where the level has
        too few units for a top share: fewer than 5 for a fifth.
    """

    expected: Floats
    lower: Floats
    upper: Floats
    p_top: Floats | None


def rank_units(
    model: MixedModel, *, n_draws: int = 1000, seed: int = 1, top_share: float = 0.2, level: float = 0.95
) -> list[Ranks]:
    """Rank the units of every level from joint draws of their intercept effects.

    Parameters
    ----------
    model
        A fitted model.
    n_draws
        Draws; the standard error of a probability is at most ``0.5 / sqrt(n_draws)``.
    seed
        Equal seeds give equal ranks.
    top_share
        Share of units that counts as the top, 0 to 1.
    level
        Of the rank intervals.

    Returns
    -------
    list of Ranks
        In the order of the model's random terms.

    Notes
    -----
    Ties (units without any variance between them) share their mean rank and the top share. Where the top
    share is less than one unit, no probability of being in it is given.
    """
    kept: list[list[npt.NDArray[np.float32]]] = [[] for _ in model.random]
    for chunk in draw_effects(model, n_draws, seed):
        for index, term in enumerate(model.random):
            change = raw_effects(model.moments, term)[0]
            effects = np.tensordot(change, chunk[index], axes=(0, 0))
            kept[index].append(_ranks_of_rows(-effects))
    return [
        _summary(np.concatenate(parts), bool(model.variances[i][0, 0] > 0), top_share, level)
        for i, parts in enumerate(kept)
    ]


def _ranks_of_rows(values: Floats) -> npt.NDArray[np.float32]:
    order = np.argsort(values, axis=1)
    ranks = np.empty(values.shape, dtype=np.float32)
    np.put_along_axis(ranks, order, np.arange(1, values.shape[1] + 1, dtype=np.float32)[None], axis=1)
    return ranks


def _summary(ranks: npt.NDArray[np.float32], varies: bool, top_share: float, level: float) -> Ranks:
    n_draws, n_units = ranks.shape
    # 1e-9: a fifth of 5 is one unit, whatever the rounding
    has_top = top_share * n_units >= 1.0 - 1e-9
    if not varies:
        middle, last = np.full(n_units, (n_units + 1) / 2), np.full(n_units, float(n_units))
        return Ranks(middle, np.ones(n_units), last, np.full(n_units, top_share) if has_top else None)
    expected = ranks.mean(axis=0, dtype=np.float64)
    top = round(top_share * n_units)
    p_top = (ranks <= top).mean(axis=0, dtype=np.float64) if has_top else None
    tail = (1.0 - level) / 2.0
    ends = [round(tail * (n_draws - 1)), round((1.0 - tail) * (n_draws - 1))]
    placed = np.partition(ranks, ends, axis=0)
    return Ranks(expected, placed[ends[0]].astype(float), placed[ends[1]].astype(float), p_top)
