"""Effects of units with their uncertainty: shrunk estimate, standard error, probabilities, ranks."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from upwards.core.moments import Floats, Ints
from upwards.estimators.joint_draws import draw_effects
from upwards.estimators.mixed_model import MixedModel, raw_effects
from upwards.estimators.ranks import Ranks, rank_rows, summarise_ranks
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
            kept[index].append(rank_rows(effects))
    return [
        summarise_ranks(parts, top_share=top_share, level=level, varies=bool(model.variances[i][0, 0] > 0))
        for i, parts in enumerate(kept)
    ]
