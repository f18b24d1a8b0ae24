"""Published figures whose true level fades from year to year: the rival of a trend of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from upwards.core.errors import EmptyData
from upwards.estimators.area_figures import arrange, check_figures, check_size
from upwards.estimators.area_likelihood import evaluate

Floats = npt.NDArray[np.float64]

STARTS = ((0.7, 0.9, 0.3), (0.7, 0.6, 0.1))
BOUNDS = ((0.0, 3.0), (0.0, 1.0), (0.0, 3.0))


@dataclass(frozen=True, slots=True)
class FadingFit:
    """A level that keeps a share of itself from year to year, and what passes within a year.

    Attributes
    ----------
    lasting
        Variance of the level, the same in every year, in the unit squared.
    kept
        Correlation of the level with that of a year later, 0 to 1.
    passing
        Variance of what passes within a year.
    restricted_log_likelihood
        At the estimate; comparable with that of `AreaFit` on the same figures.
    """

    lasting: float
    kept: float
    passing: float
    restricted_log_likelihood: float


def fit_fading_model(
    value: Floats, variance: Floats, *, times: Sequence[float] | Floats | None = None
) -> FadingFit:
    """Estimate how much units truly differ where what lasts is replaced little by little.

    Parameters
    ----------
    value, variance, times
        As in `fit_area_model`; three years with figures or more.

    Returns
    -------
    FadingFit
        By restricted maximum likelihood.

    Raises
    ------
    EmptyData
        With fewer than three years.
    UserError
        As in `fit_area_model`.

    Notes
    -----
    Cov(true value at t, at s) = lasting × kept^|t - s| + passing × [t = s].

    References
    ----------
    Rao and Yu (1994), Small-area estimation by combining time-series and cross-sectional data, Canadian
    Journal of Statistics 22, 511–528.
    """
    value, variance, years = check_figures(value, variance, times)
    check_size(np.isfinite(value))
    panel = arrange(value, variance, years)
    when = panel.times[panel.seen]
    if len(when) < 3:
        raise EmptyData(
            f"{len(when)} years cannot tell a level that fades from what passes within a year; "
            "at least three are needed."
        )
    lag = np.abs(when[:, None] - when)

    def criterion(root: Floats) -> float:
        level, kept, passing = root
        covariance = level**2 * kept**lag + passing**2 * np.eye(len(when))
        return evaluate(panel.observed, covariance).criterion

    found = [
        minimize(
            criterion,
            np.array(start),
            method="Nelder-Mead",
            bounds=BOUNDS,
            options={"xatol": 1e-4, "fatol": 1e-4, "maxiter": 400},
        )
        for start in STARTS
    ]
    best = min(found, key=lambda one: float(one.fun))
    freedom = int(panel.observed.present.sum()) - len(when)
    level, kept, passing = (float(one) for one in best.x)
    return FadingFit(
        (level * panel.scale) ** 2,
        kept,
        (passing * panel.scale) ** 2,
        -0.5 * float(best.fun) - freedom * float(np.log(panel.scale)),
    )
