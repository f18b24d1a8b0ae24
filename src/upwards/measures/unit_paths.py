"""Each unit's persistent starting level, trend and forecast, with their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwards.core.moments import Floats
from upwards.estimators.area_effects import estimate_areas
from upwards.estimators.area_model import AreaFit


@dataclass(frozen=True, slots=True, eq=False)
class UnitPaths:
    """Paths of I units as differences from the mean of the year, in the measure's unit; shape (I,) each.

    Attributes
    ----------
    level, level_se
        Persistent level in the first year.
    trend, trend_se
        Change of the persistent level per year.
    forecast, forecast_se
        True level in the year after the last, what passes included.
    """

    level: Floats
    level_se: Floats
    trend: Floats
    trend_se: Floats
    forecast: Floats
    forecast_se: Floats


def follow_units(fit: AreaFit, value: Floats, variance: Floats) -> UnitPaths:
    """Estimate the path of each unit, shrunk by what its figures leave open.

    Parameters
    ----------
    fit
        Of these figures.
    value, variance
        Figures and their sampling variances, shape (I, T).

    Returns
    -------
    UnitPaths

    Notes
    -----
    Level and forecast carry the uncertainty of the variances; the error of a trend is that of the figures,
    the variances taken as known. Where the model holds no trend, it is 0 with error 0.
    """
    period = float(fit.times[-1])
    found = estimate_areas(fit, value, variance, at=[0.0, period, period + 1])
    start, end = found.persistent[:, 0], found.persistent[:, 1]
    return UnitPaths(
        level=start,
        level_se=found.persistent_se[:, 0],
        trend=(end - start) / period if period else np.zeros(len(start)),
        trend_se=_trend_error(fit, value, variance),
        forecast=found.effect[:, 2],
        forecast_se=found.se[:, 2],
    )


def _trend_error(fit: AreaFit, value: Floats, variance: Floats) -> Floats:
    """Return the error of each unit's trend given the variances, shape (I,)."""
    known = np.isfinite(value) & np.isfinite(variance)
    size = value.shape[1]
    basis = np.stack([np.ones(size), fit.times], axis=1)
    parts = np.array([[fit.level, fit.level_trend], [fit.level_trend, fit.trend]])
    true = basis @ parts @ basis.T + fit.transitory * np.eye(size)
    both = known[:, :, None] & known[:, None, :]
    total = np.where(both, true, 0.0)
    places = np.arange(size)
    total[:, places, places] = np.where(known, np.diag(true) + np.where(known, variance, 0.0), 1.0)
    shared = known * (parts @ basis.T)[1]
    explained = np.einsum("it,it->i", shared, np.linalg.solve(total, shared[:, :, None])[:, :, 0])
    return np.asarray(np.sqrt(np.maximum(fit.trend - explained, 0.0)))
