"""Correction for measurement error in an intake column, from the moments alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from upwards.core.errors import UserError
from upwards.core.moments import Floats, Moments
from upwards.estimators.criterion import Method, Problem, Value, differentiate, evaluate
from upwards.estimators.elimination import RandomTerm, arrange
from upwards.estimators.identification import check_rows, check_terms
from upwards.estimators.mixed_model import (
    MixedModel,
    assemble,
    fit_mixed_model,
    independent_columns,
    to_raw,
)
from upwards.estimators.newton import Optimum, minimise, point_at

MAX_ROUNDS = 50


def fit_with_reliability(
    moments: Moments,
    random: Sequence[RandomTerm],
    *,
    column: str,
    reliability: float,
    method: Method = "reml",
) -> MixedModel:
    """Fit a mixed model whose intake column is known only with error.

    Parameters
    ----------
    moments
        Sums per cell, without weights.
    random
        Random terms; none may have a slope on the column.
    column
        Design column measured with error, such as prior attainment.
    reliability
        True variance over observed variance of that column, above 0 and at most 1; taken as known.
    method
        As in `fit_mixed_model`.

    Returns
    -------
    MixedModel
        Coefficients corrected for attenuation; the residual variance contains the error's part.

    Raises
    ------
    UserError
        When the reliability is not in range, the data are weighted, a random slope stands on the
        column, or the data contradict the reliability (the corrected column would have no variance).

    Notes
    -----
    Observed x is true x plus independent error of variance ``(1 - reliability) var(x)``. The
    estimating equation for the coefficients is corrected by what the error adds to X'V^-1 X in
    expectation, its variance times tr V^-1; covariances are fitted to the corrected residuals; both
    are repeated until they agree. Standard errors take the reliability as known.

    References
    ----------
    Fuller (1987), Measurement Error Models, section 2.2. Goldstein, Kounali and Robinson (2008),
    Modelling measurement errors and category misclassifications in multilevel models,
    Statistical Modelling 8, 243–261.
    """
    if reliability == 1.0:
        return fit_mixed_model(moments, random, method=method)
    place = _check(moments, random, column, reliability)
    kept = independent_columns(moments)
    check_rows(moments, len(kept))
    check_terms(moments, random)
    whole = Problem(moments, arrange(moments, random), kept, method)
    noise = (1.0 - reliability) * _variance(moments, place)
    optimum = minimise(whole)
    slope = 0.0
    for _ in range(MAX_ROUNDS):
        value, error = _corrected(whole, optimum.roots, place, noise)
        new = float(value.coefficients[list(kept).index(place)])
        if abs(new - slope) < 1e-9 * max(1.0, abs(new)):
            break
        slope = new
        optimum = _refit(whole, place, slope, optimum)
    return _finish(whole, optimum, value, error, place)


def _check(moments: Moments, random: Sequence[RandomTerm], column: str, reliability: float) -> int:
    if not 0.0 < reliability <= 1.0:
        raise UserError(
            f"The reliability of '{column}' is {reliability}; it is a share of variance, over 0 and up to 1."
        )
    place = moments.columns.index(column)
    if not np.array_equal(moments.weight, moments.n_rows):
        raise UserError("Reliability and weights cannot be used together; leave one of them out.")
    if any(moments.slopes[z] == place for term in random for z in term.z):
        raise UserError(
            f"'{column}' has a random slope and a reliability below 1; the correction covers fixed "
            "slopes only. Leave one of the two out."
        )
    return place


def _variance(moments: Moments, place: int) -> float:
    return float(moments.gram[place, place] / moments.n - (moments.gram[0, place] / moments.n) ** 2)


def _corrected(whole: Problem, roots: list[Floats], place: int, noise: float) -> tuple[Value, float]:
    """Return the value with corrected coefficients, and what the error adds to X'V^-1 X."""
    value = evaluate(whole, roots)
    plain = differentiate(replace(whole, method="ml"), value)
    traces = [np.sum((r @ r.T) * t) for r, t in zip(roots, plain.log_det, strict=True)]
    error = noise * (whole.moments.n - float(sum(traces)))
    index = list(whole.kept).index(place)
    precision = value.precision.copy()
    precision[index, index] -= error
    if np.linalg.eigvalsh(precision).min() <= 0:
        raise UserError(
            f"With this reliability '{whole.moments.columns[place]}' would have no variance left within "
            "the other intake; give a higher reliability, or leave out the intake that goes with it."
        )
    right = value.elimination.gram[whole.kept, -1]
    coefficients = np.linalg.solve(precision, right)
    total = float(value.elimination.gram[-1, -1])
    quadratic = total - 2.0 * float(right @ coefficients)
    quadratic += float(coefficients @ value.precision @ coefficients)
    return replace(value, coefficients=coefficients, quadratic=quadratic), error


def _refit(whole: Problem, place: int, slope: float, optimum: Optimum) -> Optimum:
    """Fit the covariances to the outcome less the corrected part of the column."""
    moments = whole.moments
    change = np.eye(moments.p + 1)
    change[-1, place] = -slope
    rest = replace(
        moments,
        products=np.einsum("ij,qjc->qic", change, moments.products, optimize=True),
        gram=change @ moments.gram @ change.T,
    )
    kept = whole.kept[whole.kept != place]
    return minimise(Problem(rest, whole.arrangement, kept, whole.method), optimum.roots)


def _finish(whole: Problem, optimum: Optimum, value: Value, error: float, place: int) -> MixedModel:
    here = point_at(whole, optimum.roots)
    model = assemble(whole, replace(here, converged=optimum.converged, n_steps=optimum.n_steps))
    relative = value.quadratic / whole.freedom
    index = list(whole.kept).index(place)
    precision = value.precision.copy()
    precision[index, index] -= error
    bread = np.linalg.inv(precision)
    spread = value.precision * relative
    spread[index, index] += error * (error / whole.moments.n) * float(value.coefficients[index]) ** 2
    change, shift = to_raw(whole.moments, whole.kept)
    scale = relative / (model.value.quadratic / whole.freedom)
    return replace(
        model,
        value=value,
        slope=differentiate(whole, value),
        coefficients=change @ value.coefficients + shift,
        covariance=change @ (bread @ spread @ bread) @ change.T,
        residual_variance=float(relative * whole.moments.scale[-1] ** 2),
        variances=[v * scale for v in model.variances],
        log_likelihood=-0.5 * optimum.value.criterion,
    )
