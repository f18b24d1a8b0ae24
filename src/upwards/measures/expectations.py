"""From a fit to what it leads one to expect of each pupil, without and with the school's mean intake."""

from __future__ import annotations

import numpy as np

from upwards.core.moments import Moments
from upwards.estimators.mixed_model import MixedModel
from upwards.measures.value_added_answer import ValueAdded
from upwards.store.residual_rows import Expectation

OPTIONAL_LEVELS = ("class",)


def expect(answer: ValueAdded, subject: str, stage: str) -> tuple[Expectation, Expectation]:
    """Return the expectations of a fit: by pupils' own intake, and by the school's mean intake too.

    Parameters
    ----------
    answer
        A fit with its adjusted fit.
    subject, stage
        Which results it is of.

    Returns
    -------
    tuple of Expectation
        Headline and adjusted; equal where there is no intake to average.
    """
    sd = pupil_sd(answer.model.moments)
    headline = _expectation(answer.model, subject, stage, sd, {})
    if answer.adjusted is None:
        return headline, headline
    return headline, _expectation(answer.adjusted, subject, stage, sd, _mean_intake(answer.adjusted))


def pupil_sd(moments: Moments) -> float:
    """Return the SD of the outcome over all rows used, raw units: the unit "pupil SD" of an effect.

    Parameters
    ----------
    moments
        Sums per cell.

    Returns
    -------
    float
        With divisor n - 1, weights as given.
    """
    weight = float(moments.weight.sum())
    mean = float(moments.gram[0, -1]) / weight
    variance = float(moments.gram[-1, -1]) / weight - mean**2
    return float(moments.scale[-1] * np.sqrt(variance * moments.n / max(moments.n - 1, 1)))


def _expectation(
    model: MixedModel, subject: str, stage: str, sd: float, adjustment: dict[str, float]
) -> Expectation:
    design = model.moments.design
    fitted = {factor.name for factor in model.moments.factors}
    pairs = [
        (design[i], float(b))
        for i, b in zip(model.problem.kept.tolist(), model.coefficients, strict=True)
        if i < len(design)
    ]
    return Expectation(
        subject=subject,
        stage=stage,
        design=tuple(column for column, _ in pairs),
        coefficients=tuple(value for _, value in pairs),
        sd=sd,
        adjustment=adjustment,
        without=frozenset(OPTIONAL_LEVELS) - fitted,
    )


def _mean_intake(model: MixedModel) -> dict[str, float]:
    """Return what the mean intake of each school adds to the expectation, raw units."""
    moments = model.moments
    school = moments.factor("school")
    codes, n_units = moments.codes[school], moments.factors[school].n_units
    weight = np.bincount(codes, weights=moments.weight, minlength=n_units)
    total = np.zeros(n_units)
    for i, coefficient in zip(model.problem.kept.tolist(), model.coefficients, strict=True):
        if i >= len(moments.design):
            sums = np.bincount(codes, weights=moments.products[0, i], minlength=n_units)
            total += coefficient * (moments.centre[i] + moments.scale[i] * sums / weight)
    return {path[-1]: float(value) for path, value in zip(moments.factors[school].paths, total, strict=True)}
