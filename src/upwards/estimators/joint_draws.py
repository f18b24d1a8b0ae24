"""Joint draws of the effects of all units, given the estimated parameters.

Draws walk down the tree: the outermost effects first, each level given those above it, so that the
dependence between units (of one school, or met by the same pupils) is in them exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from upwards.core.moments import Floats
from upwards.estimators.mixed_model import MixedModel
from upwards.estimators.nested import Step
from upwards.estimators.small_blocks import multiply

if TYPE_CHECKING:
    from upwards.estimators.crossed import Crossing, CrossingState

CHUNK_BYTES = 32_000_000


def draw_effects(model: MixedModel, n_draws: int, seed: int) -> Iterator[list[Floats]]:
    """Yield joint posterior draws of all units' effects, a chunk of draws at a time.

    Parameters
    ----------
    model
        The fitted model; its parameters are held at their estimates.
    n_draws
        Draws in all.
    seed
        Equal seeds give equal draws.

    Yields
    ------
    list of Floats
        Per random term, draws in centred and scaled units, shape (k, draws in the chunk, J).
    """
    rng = np.random.default_rng(seed)
    widest = max(len(model.moments.slopes) * model.moments.products.shape[2], 1)
    chunk = int(np.clip(CHUNK_BYTES // (8 * widest), 1, n_draws))
    for start in range(0, n_draws, chunk):
        yield _draw_chunk(model, min(chunk, n_draws - start), rng)


def _draw_chunk(model: MixedModel, n_draws: int, rng: np.random.Generator) -> list[Floats]:
    arrangement, state = model.problem.arrangement, model.value.elimination
    sigma = float(np.sqrt(model.value.quadratic / model.problem.freedom))
    residual = np.zeros(model.moments.p + 1)
    residual[model.problem.kept], residual[-1] = -model.value.coefficients, 1.0
    q = len(arrangement.slopes)
    draws: dict[int, Floats] = {}
    above: Floats | None = None
    if arrangement.crossing is not None and state.crossing is not None:
        drawn = _draw_crossed(arrangement.crossing, state.crossing, residual, sigma, n_draws, rng)
        draws.update(drawn)
        if arrangement.steps:
            cells = [arrangement.crossing.pivot, *arrangement.crossing.others]
            above = sum((_on_cells(step, drawn[step.term], q) for step in cells), start=np.zeros(1))
    for step, kept in zip(reversed(arrangement.steps), reversed(state.steps), strict=True):
        mean = np.tensordot(kept.pull, residual, axes=(1, 0))[:, None]
        if above is not None:
            link = multiply(kept.shrinkage, kept.before[list(step.z)][:, list(arrangement.slopes)])
            mean = mean - sum(link[:, j, None] * above[j] for j in range(q))
        noise = _correlated(kept.shrinkage, n_draws, rng)
        draws[step.term] = mean + sigma * noise
        if step is not arrangement.steps[0]:
            own = _on_units(step, draws[step.term], q)
            total = own if above is None else own + above
            above = step.grouping.spread(total)
    return [draws[i] for i in range(len(arrangement.terms))]


def _correlated(covariance: Floats, n_draws: int, rng: np.random.Generator) -> Floats:
    """Return noise (k, draws, J) with the covariances given, shape (k, k, J), singular ones too."""
    k, _, n_units = covariance.shape
    noise = rng.standard_normal((k, n_draws, n_units))
    if k == 1:
        return np.asarray(noise * np.sqrt(covariance[0, 0]))
    half = _lower_root(covariance)
    out = np.empty_like(noise)
    for i in range(k):
        out[i] = half[i, 0] * noise[0]
        for j in range(1, i + 1):
            out[i] += half[i, j] * noise[j]
    return out


def _lower_root(covariance: Floats) -> Floats:
    """Return lower triangular L with LL' equal to each block; a direction without variance gets none."""
    k = len(covariance)
    root = np.zeros_like(covariance)
    for j in range(k):
        left = covariance[j:, j] - np.einsum("iau,au->iu", root[j:, :j], root[j, :j])
        own = np.sqrt(np.maximum(left[0], 0.0))
        varies = own > 1e-8 * np.sqrt(np.maximum(covariance[j, j], 0.0))
        root[j:, j] = np.divide(left, own, out=np.zeros_like(left), where=varies)
    return root


def _on_units(step: Step, draws: Floats, q: int) -> Floats:
    out = np.zeros((q, *draws.shape[1:]))
    out[list(step.z)] = draws
    return out


def _on_cells(step: Step, draws: Floats, q: int) -> Floats:
    return _on_units(step, draws[..., step.grouping.unit_of_cell], q)


def _draw_crossed(
    crossing: Crossing,
    state: CrossingState,
    residual: Floats,
    sigma: float,
    n_draws: int,
    rng: np.random.Generator,
) -> dict[int, Floats]:
    noise = rng.standard_normal((crossing.size, n_draws))
    core = (state.mean @ residual)[:, None] + sigma * (
        state.root @ crossing.layout.draw(state.factors, noise)
    )
    draws = {
        step.term: np.moveaxis(core[crossing.variables(i)], 1, 2) for i, step in enumerate(crossing.others)
    }
    k = len(crossing.pivot.z)
    reached = np.moveaxis((state.link @ core).reshape(-1, k, n_draws), 0, -1)
    mean = np.tensordot(state.pull, residual, axes=(1, 0))[:, None]
    pulled = np.stack([sum(state.shrinkage[i, j] * reached[j] for j in range(k)) for i in range(k)])
    draws[crossing.pivot.term] = mean - pulled + sigma * _correlated(state.shrinkage, n_draws, rng)
    return draws
