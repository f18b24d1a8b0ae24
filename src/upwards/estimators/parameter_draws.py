"""Fitted models with other, equally plausible variances: what plug-in estimates leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from upwards.core.moments import Floats
from upwards.estimators.criterion import evaluate
from upwards.estimators.joint_draws import draw_effects
from upwards.estimators.likelihood_profile import Target, evaluate_at, expand, frame_of
from upwards.estimators.mixed_model import MixedModel


def draw_models(model: MixedModel, *, n_draws: int, seed: int) -> Iterator[MixedModel]:
    """Yield the model at variances drawn from their approximate distribution.

    Parameters
    ----------
    model
        A fitted model.
    n_draws
        How many.
    seed
        Equal seeds give equal draws.

    Yields
    ------
    MixedModel
        With other `roots` and `value`; fit for `draw_effects`. Its other attributes are the fitted ones.

    Notes
    -----
    Normal in the entries of the covariance roots, with the curvature at the optimum; a root drawn below
    zero counts by its square. Variances estimated as 0 are drawn too, so that few units do not look sure
    to be equal.
    """
    frame, place = frame_of(model, Target(None, 0, 0))
    curvature = expand(frame, place, evaluate_at(frame, place)[1]).curvature
    values, vectors = np.linalg.eigh(curvature)
    size = np.maximum(np.abs(values), 1e-9 * float(np.abs(values).max()))
    noise = np.random.default_rng(seed).standard_normal((n_draws, len(place)))
    for row in noise:
        moved = place + vectors @ (row * np.sqrt(2.0 / size))
        roots = [np.asarray(root) for root in frame.roots(moved)]
        yield replace(model, roots=roots, value=evaluate(model.problem, roots))


def draw_effects_and_variances(
    model: MixedModel, n_draws: int, seed: int, *, n_models: int = 25
) -> Iterator[list[Floats]]:
    """Yield joint draws of all units' effects with the uncertainty of the variances in them.

    Parameters
    ----------
    model
        A fitted model.
    n_draws
        Draws in all.
    seed
        Equal seeds give equal draws.
    n_models
        Variances drawn; effects are drawn in equal parts at each.

    Yields
    ------
    list of Floats
        As `joint_draws.draw_effects` does.

    References
    ----------
    Gelman and others (2013), Bayesian Data Analysis, section 5.4: plug-in variances are over-confident
    with few units.
    """
    left = n_draws
    for done, drawn in enumerate(draw_models(model, n_draws=n_models, seed=seed)):
        share = -(-left // (n_models - done))
        yield from draw_effects(drawn, share, seed + 1 + done)
        left -= share
