"""Best predictions of units' true deviations from the mean of the year, with honest errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from upwards.core.errors import UserError
from upwards.estimators.area_draws import admissible
from upwards.estimators.area_figures import LEAST_VARIANCE, area_basis, check_figures, observe
from upwards.estimators.area_likelihood import Floats, Observed, apply, root_of, whiten
from upwards.estimators.area_model import AreaFit

# variances drawn where an estimate lies at a boundary, and the seed: equal data give equal answers
N_DRAWS = 40
SEED = 20261122


@dataclass(frozen=True, slots=True, eq=False)
class AreaEffects:
    """True deviations of units from the mean of the year, estimated.

    Attributes
    ----------
    at
        Shape (K,): years since the first, as asked for.
    effect, se
        Shape (I, K): lasting, trend and transitory part together.
    persistent, persistent_se
        Shape (I, K): without the transitory part.
    reliability
        Shape (I, K), 0 to 1: share of the true variance that the figures explain: 1 - se² / variance.
    """

    at: Floats
    effect: Floats
    se: Floats
    persistent: Floats
    persistent_se: Floats
    reliability: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is to be predicted, before the data.

    Attributes
    ----------
    link
        Shape (p, K, T): derivative, in each parameter, of its covariance with the true values observed.
    own
        Shape (p, K, K): derivative of its own covariance.
    """

    link: Floats
    own: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Predictions at one set of variances.

    Attributes
    ----------
    effect
        Shape (K, I).
    error
        Shape (K, I): mean squared error given the variances, the means estimated.
    added
        Shape (K, I): what estimating the variances adds (the g3 of Prasad and Rao).
    """

    effect: Floats
    error: Floats
    added: Floats


def estimate_areas(
    fit: AreaFit, value: Floats, variance: Floats, *, at: Sequence[float] | Floats | None = None
) -> AreaEffects:
    """Predict each unit's true deviation from the mean of the year, in observed years and beyond.

    Parameters
    ----------
    fit
        Variances and means, from these figures or a wider system's.
    value, variance
        Shape (I, T), the times of the fit: figures and their sampling variances.
    at
        Times to predict for; by default those of the fit. Beyond them it is a forecast.

    Returns
    -------
    AreaEffects
        A unit without any figure has effect 0 and the standard deviation of the system as its error.

    Raises
    ------
    UserError
        When shapes and times do not fit together.

    Notes
    -----
    Effects are best linear unbiased predictions of u + b t + w. The squared error is g1 + g2 + 2 g3: what
    the figures leave open, the means' and the variances' uncertainty. Where the fit lies at a boundary,
    that formula is too short; effects and errors are then averaged over variances drawn by
    `draw_parameters`.

    References
    ----------
    Prasad and Rao (1990), The estimation of the mean squared error of small-area estimators, JASA 85,
    163–171. Datta and Lahiri (2000), A unified measure of uncertainty of estimated best linear unbiased
    predictors in small area estimation problems, Statistica Sinica 10, 613–627.

    Examples
    --------
    >>> from upwards.estimators.area_model import fit_area_model
    >>> value, variance = np.array([[2.0], [0.0], [-2.0]]), np.ones((3, 1))
    >>> fit = fit_area_model(value, variance, fixed=(3.0, 0.0, 0.0, 0.0))
    >>> estimate_areas(fit, value, variance).effect.ravel()
    array([ 1.5,  0. , -1.5])
    """
    value, variance, places = check_request(fit, value, variance, at)
    observed, basis = observed_by(fit, value, variance), area_basis(fit.times)
    parameters = _parameters(fit)
    uncertainty = fit.parameter_covariance if len(parameters) == 1 else np.zeros((4, 4))
    (effect, error, own), (lasting, lasting_error, _) = (
        average(
            observed,
            prior_of(fit.times, places, transitory=part),
            basis,
            parameters,
            uncertainty,
            *means(fit),
        )
        for part in (True, False)
    )
    return AreaEffects(
        at=places,
        effect=effect.T,
        se=np.sqrt(error).T,
        persistent=lasting.T,
        persistent_se=np.sqrt(lasting_error).T,
        reliability=reliability(error, own).T,
    )


def check_request(
    fit: AreaFit, value: Floats, variance: Floats, at: Sequence[float] | Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Return figures, variances and times to predict for, once they fit together."""
    value, variance, _ = check_figures(value, variance, None)
    if value.shape[1] != len(fit.times):
        raise UserError(
            f"Figures have {value.shape[1]} years, the fit {len(fit.times)}; they must be the same."
        )
    if np.isnan(fit.mean[np.isfinite(value).any(axis=0)]).any():
        raise UserError("There are figures in a year for which the fit has none, so its mean is not known.")
    places = np.array(fit.times if at is None else at, dtype=float)
    if places.ndim != 1 or not len(places) or not np.isfinite(places).all():
        raise UserError("Times to predict for must be a list of at least one number.")
    return value, variance, places


def prior_of(times: Floats, at: Floats, *, transitory: bool) -> Prior:
    """Return how what is asked for at `at` varies, and with what was observed at `times`."""
    link, own = _cross(at, times), _cross(at, at)
    if not transitory:
        link[3] = own[3] = 0.0
    return Prior(link, own)


def _cross(a: Floats, b: Floats) -> Floats:
    both = np.add.outer(a, b)
    same = (a[:, None] == b).astype(float)
    return np.stack([np.ones_like(both), both, np.outer(a, b), same])


def _parameters(fit: AreaFit) -> Floats:
    """Return the estimate, or draws where it lies at a boundary, shape (draws, 4)."""
    if not fit.at_boundary or not fit.parameter_covariance.any():
        return fit.parameters[None]
    return admissible(fit, fit.parameter_covariance, N_DRAWS, SEED)


def observed_by(fit: AreaFit, value: Floats, variance: Floats) -> Observed:
    """Return figures arranged for predictions, each unit's apart from all others'."""
    widest = float(np.diagonal(np.tensordot(fit.parameters, area_basis(fit.times), axes=(0, 0))).max())
    return observe(value, variance, LEAST_VARIANCE * widest)


def means(fit: AreaFit) -> tuple[Floats, Floats]:
    """Return means and their covariance, 0 for years without figures, whose weight is 0 as well."""
    return np.nan_to_num(fit.mean), np.nan_to_num(fit.mean_covariance)


def reliability(error: Floats, own: Floats) -> Floats:
    """Return the share of true variance (K,) that predictions with these squared errors (K, I) explain."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(own[:, None] > 0, 1.0 - error / own[:, None], 0.0).clip(0.0, 1.0)


def average(
    observed: Observed,
    prior: Prior,
    basis: Floats,
    parameters: Floats,
    uncertainty: Floats,
    mean: Floats,
    mean_covariance: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return effects (K, I), squared errors (K, I) and prior variances (K,), over the parameters given.

    Parameters
    ----------
    observed
        Figures and errors.
    prior
        What is predicted.
    basis
        Shape (p, T, T): derivative of the true covariance in the parameters.
    parameters
        Shape (draws, p).
    uncertainty
        Shape (p, p): covariance of the parameters; zeros where draws stand for it.
    mean, mean_covariance
        Of the places observed.
    """
    shape = (prior.own.shape[1], observed.value.shape[1])
    first, second, error = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    own = np.zeros(shape[0])
    for row in parameters:
        found = predict(observed, prior, basis, row, uncertainty, mean, mean_covariance)
        first += found.effect
        second += found.effect**2
        error += found.error + 2.0 * found.added
        own += np.diagonal(np.tensordot(row, prior.own, axes=(0, 0)))
    n = len(parameters)
    effect = first / n
    between = np.maximum(second / n - effect**2, 0.0) if n > 1 else 0.0
    return effect, error / n + between, own / n


def predict(
    observed: Observed,
    prior: Prior,
    basis: Floats,
    parameters: Floats,
    uncertainty: Floats,
    mean: Floats,
    mean_covariance: Floats,
) -> Prediction:
    """Return best linear predictions at the parameters given, with their squared errors.

    Parameters
    ----------
    observed, prior, basis, uncertainty, mean, mean_covariance
        As in `average`.
    parameters
        Shape (p,).
    """
    covariance = np.tensordot(parameters, basis, axes=(0, 0))
    link = np.tensordot(parameters, prior.link, axes=(0, 0))
    own = np.diagonal(np.tensordot(parameters, prior.own, axes=(0, 0)))
    whitener, _ = whiten(observed, covariance)
    rest = apply(whitener, (observed.value - mean[:, None]) * observed.present)
    white = np.tensordot(link, whitener, axes=(1, 0))
    effect = np.einsum("kti,ti->ki", white, rest)
    error = np.maximum(own[:, None] - (white**2).sum(axis=1), 0.0)
    weights = np.einsum("sti,kti->ksi", whitener, white)
    spread = np.tensordot(root_of(mean_covariance).T, weights, axes=(1, 1))
    error += (spread**2).sum(axis=0)
    return Prediction(effect, error, _added(whitener, weights, prior, basis, uncertainty))


def _added(whitener: Floats, weights: Floats, prior: Prior, basis: Floats, uncertainty: Floats) -> Floats:
    """Return g3: how much predictions move when variances move by their uncertainty, squared."""
    added = np.zeros((weights.shape[0], weights.shape[2]))
    for direction in root_of(uncertainty).T:
        if not direction.any():
            continue
        link = np.tensordot(direction, prior.link, axes=(0, 0))
        covariance = np.tensordot(direction, basis, axes=(0, 0))
        for k, weight in enumerate(weights):
            moved = apply(whitener, link[k][:, None] - covariance @ weight)
            added[k] += (moved**2).sum(axis=0)
    return added
