"""Units' whole paths over years: their joint uncertainty, and draws of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from upwards.core.errors import UserError
from upwards.estimators.area_draws import draw_parameters
from upwards.estimators.area_effects import Prior, check_request, means, observed_by, prior_of
from upwards.estimators.area_figures import area_basis
from upwards.estimators.area_likelihood import Floats, apply, root_of, whiten
from upwards.estimators.area_model import AreaFit


def posterior_covariance(
    fit: AreaFit,
    value: Floats,
    variance: Floats,
    *,
    at: Sequence[float] | Floats | None = None,
    transitory: bool = True,
) -> Floats:
    """Return how the errors of a unit's predictions hang together over years.

    Parameters
    ----------
    fit, value, variance, at
        As in `estimate_areas`.
    transitory
        Whether the part that does not last is predicted too.

    Returns
    -------
    ndarray
        Shape (I, K, K): squared error given the variances of the fit, the means being estimated.

    Raises
    ------
    UserError
        When shapes and times do not fit together.
    """
    value, variance, places = check_request(fit, value, variance, at)
    prior = prior_of(fit.times, places, transitory=transitory)
    observed, basis = observed_by(fit, value, variance), area_basis(fit.times)
    whitener, _ = whiten(observed, np.tensordot(fit.parameters, basis, axes=(0, 0)))
    white, left = _given(prior, fit.parameters, whitener)
    weights = np.einsum("sti,kti->ksi", whitener, white)
    spread = np.tensordot(root_of(means(fit)[1]).T, weights, axes=(1, 1))
    return np.ascontiguousarray(np.moveaxis(left + np.einsum("ski,sli->kli", spread, spread), 2, 0))


def draw_paths(
    fit: AreaFit,
    value: Floats,
    variance: Floats,
    *,
    draws: int,
    seed: int,
    at: Sequence[float] | Floats | None = None,
    transitory: bool = True,
    n_models: int = 50,
) -> Iterator[Floats]:
    """Yield joint draws of all units' true deviations from the mean of the year.

    Parameters
    ----------
    fit, value, variance, at
        As in `estimate_areas`.
    draws
        How many.
    seed
        Equal seeds give equal draws.
    transitory
        Whether the part that does not last is drawn too.
    n_models
        Variances drawn (`draw_parameters`); paths are drawn in equal parts at each.

    Yields
    ------
    ndarray
        Shape (I, K), one draw: variances, means and deviations as uncertain as they are.

    Raises
    ------
    UserError
        When shapes and times do not fit together, or fewer than one draw is asked for.
    """
    if min(draws, n_models) < 1:
        raise UserError(
            f"{draws} draws at {n_models} variances were asked for; at least one of each is needed."
        )
    value, variance, places = check_request(fit, value, variance, at)
    prior = prior_of(fit.times, places, transitory=transitory)
    observed, basis = observed_by(fit, value, variance), area_basis(fit.times)
    mean, mean_covariance = means(fit)
    rest = (observed.value - mean[:, None]) * observed.present
    rng = np.random.default_rng(seed)
    models = draw_parameters(fit, draws=min(n_models, draws), seed=seed + 1)
    root = root_of(mean_covariance)
    for model, share in zip(models, np.bincount(np.arange(draws) % len(models)), strict=True):
        whitener, _ = whiten(observed, np.tensordot(model, basis, axes=(0, 0)))
        white, left = _given(prior, model, whitener)
        effect = np.einsum("kti,ti->ki", white, apply(whitener, rest))
        weights, half = np.einsum("sti,kti->ksi", whitener, white), lower_root(left)
        for _ in range(share):
            shift = root @ rng.standard_normal(len(root))
            noise = rng.standard_normal(effect.shape)
            drawn = effect - np.tensordot(shift, weights, axes=(0, 1))
            drawn += np.einsum("kli,li->ki", half, noise)
            yield np.ascontiguousarray(drawn.T)


def _given(prior: Prior, parameters: Floats, whitener: Floats) -> tuple[Floats, Floats]:
    """Return whitened covariances with the figures (K, T, I), and what they leave open (K, K, I)."""
    white = np.tensordot(np.tensordot(parameters, prior.link, axes=(0, 0)), whitener, axes=(1, 0))
    own = np.tensordot(parameters, prior.own, axes=(0, 0))
    return white, own[:, :, None] - np.einsum("kti,lti->kli", white, white)


def lower_root(covariance: Floats) -> Floats:
    """Return lower triangular L with LL' equal to each block (K, K, I); no variance gives no column."""
    root = np.zeros_like(covariance)
    for j in range(len(covariance)):
        left = covariance[j:, j] - np.einsum("lai,ai->li", root[j:, :j], root[j, :j])
        own = np.sqrt(np.maximum(left[0], 0.0))
        varies = own > 1e-7 * np.sqrt(np.maximum(covariance[j, j], 0.0))
        root[j:, j] = np.divide(left, own, out=np.zeros_like(left), where=varies)
    return root
