"""Several subjects of one year together: their true covariance apart from errors that share pupils."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwards.core.errors import EmptyData, UserError
from upwards.estimators.area_effects import Prior, average, reliability
from upwards.estimators.area_figures import LEAST_VARIANCE, Flags, check_figures, observe
from upwards.estimators.area_likelihood import Floats, Observed, information
from upwards.estimators.area_search import Form, Optimum, is_singular, maximise


@dataclass(frozen=True, slots=True, eq=False)
class SubjectFit:
    """True values of units in several subjects.

    Attributes
    ----------
    mean
        Shape (S,): mean of the units' true values.
    mean_covariance
        Shape (S, S).
    covariance, covariance_se
        Shape (S, S): true covariance between subjects, and its standard errors.
    correlation
        Shape (S, S): the same as correlations; NaN where a variance is 0.
    at_boundary
        Whether the true covariance is singular: a variance of 0 or a correlation of 1.
    error_correlation
        Correlation of a unit's sampling errors that was taken.
    effect, se
        Shape (I, S): true deviation from the subject's mean, predicted from all subjects.
    reliability
        Shape (I, S), 0 to 1.
    restricted_log_likelihood
        At the estimate.
    n_units, n_values
        Units with at least one value; values.
    n_evaluations
        Times the likelihood was evaluated.
    converged
        False when the search stopped early.
    """

    mean: Floats
    mean_covariance: Floats
    covariance: Floats
    covariance_se: Floats
    correlation: Floats
    at_boundary: bool
    error_correlation: float
    effect: Floats
    se: Floats
    reliability: Floats
    restricted_log_likelihood: float
    n_units: int
    n_values: int
    n_evaluations: int
    converged: bool


def fit_subject_model(value: Floats, variance: Floats, *, correlation: float) -> SubjectFit:
    """Estimate how units truly differ in several subjects, and each unit's true values.

    Parameters
    ----------
    value
        Shape (I, S): published figures of one year; NaN where there is none.
    variance
        Same shape: their known sampling variances.
    correlation
        Correlation of the sampling errors of one unit's subjects, at least 0 and below 1: the same pupils
        sat them. It is not known from published figures; vary it.

    Returns
    -------
    SubjectFit
        The true covariance is unrestricted, by restricted maximum likelihood.

    Raises
    ------
    EmptyData
        When two subjects were seen together in fewer than three units.
    UserError
        When shapes differ, a variance is negative, a value infinite, or the correlation out of range.

    Notes
    -----
    The squared error of a prediction is g1 + g2 + 2 g3 of Prasad and Rao.

    References
    ----------
    Benavent and Morales (2016), Multivariate Fay–Herriot models for small area estimation, Computational
    Statistics and Data Analysis 94, 372–390.
    """
    value, variance, _ = check_figures(value, variance, None)
    _check(value, correlation)
    known = np.isfinite(value)
    scale, centre = _scales(value), np.nanmean(value, axis=0)
    observed = _correlated(
        observe((value - centre) / scale, variance / scale**2, LEAST_VARIANCE), correlation
    )
    form = _form(value.shape[1])
    used = known.any(axis=1)
    fitted = Observed(observed.value[:, used], observed.error[:, :, used], observed.present[:, used])
    optimum = maximise(fitted, form, [np.eye(value.shape[1]) * 0.6])
    inverse = np.asarray(
        np.linalg.pinv(information(optimum.value, optimum.slope, form.basis), hermitian=True), dtype=float
    )
    prior = Prior(form.basis, form.basis)
    here = optimum.value
    effect, error, own = average(
        observed, prior, form.basis, optimum.parameters[None], inverse, here.mean, here.mean_covariance
    )
    covariance = here.covariance * np.outer(scale, scale)
    return SubjectFit(
        mean=here.mean * scale + centre,
        mean_covariance=here.mean_covariance * np.outer(scale, scale),
        covariance=covariance,
        covariance_se=_square(np.sqrt(np.diag(inverse)), len(scale)) * np.outer(scale, scale),
        correlation=_correlations(covariance),
        at_boundary=is_singular(optimum.roots[0]),
        error_correlation=correlation,
        effect=effect.T * scale,
        se=np.sqrt(error).T * scale,
        reliability=reliability(error, own).T,
        restricted_log_likelihood=_log_likelihood(optimum, known, scale),
        n_units=int(used.sum()),
        n_values=int(known.sum()),
        n_evaluations=optimum.n_evaluations,
        converged=optimum.converged,
    )


def _check(value: Floats, correlation: float) -> None:
    if not 0.0 <= correlation < 1.0:
        raise UserError(
            f"The correlation of sampling errors is {correlation}; it must be at least 0 and below 1."
        )
    known = np.isfinite(value).astype(float)
    if (known.T @ known).min() < 3:
        raise EmptyData(
            "Two subjects were seen together in fewer than three units, too few to tell how they go "
            "together; leave one of them out."
        )


def _scales(value: Floats) -> Floats:
    scale = np.nanstd(value, axis=0)
    return np.asarray(np.where(scale > 0, scale, 1.0), dtype=float)


def _correlated(observed: Observed, correlation: float) -> Observed:
    """Give a unit's errors their correlation."""
    root = np.sqrt(np.einsum("ssi->si", observed.error))
    shared = correlation * root[:, None] * root[None]
    places = np.arange(len(root))
    shared[places, places] = root**2
    return Observed(observed.value, shared, observed.present)


def _form(n_subjects: int) -> Form:
    rows, columns = np.tril_indices(n_subjects)
    basis = np.zeros((len(rows), n_subjects, n_subjects))
    basis[np.arange(len(rows)), rows, columns] = basis[np.arange(len(rows)), columns, rows] = 1.0
    return Form(basis, (n_subjects,))


def _square(lower: Floats, size: int) -> Floats:
    square = np.zeros((size, size))
    rows, columns = np.tril_indices(size)
    square[rows, columns] = square[columns, rows] = lower
    return square


def _correlations(covariance: Floats) -> Floats:
    sd = np.sqrt(np.diag(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.outer(sd, sd) > 0, covariance / np.outer(sd, sd), np.nan))


def _log_likelihood(optimum: Optimum, known: Flags, scale: Floats) -> float:
    freedom = known.sum(axis=0) - 1
    return float(-0.5 * optimum.value.criterion - freedom @ np.log(scale))
