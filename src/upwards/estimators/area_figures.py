"""Published figures as arrays for the search: checked, centred, and what they can tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from upwards.core.errors import EmptyData, UserError
from upwards.estimators.area_likelihood import Observed

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NAMES = ("level", "level_trend", "trend", "transitory")
# sampling variances below this share of the total variance count as this: beyond it rounding decides
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Figures in search of variances.

    Attributes
    ----------
    observed
        Units and years with figures only, centred by year, divided by `scale`.
    basis
        Shape (4, T', T'): derivative of the true covariance in the parameters, for the years with figures.
    times
        Shape (T,): all years, since the first.
    seen
        Shape (T,): which years have figures.
    centre
        Shape (T',): what was taken from the figures.
    scale
        What they were divided by: their standard deviation within years.
    """

    observed: Observed
    basis: Floats
    times: Floats
    seen: Flags
    centre: Floats
    scale: float


def check_figures(
    value: Floats, variance: Floats, times: Sequence[float] | Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Return figures and variances of shape (I, T), both NaN where either is absent, and the times."""
    value, variance = np.asarray(value, dtype=float), np.asarray(variance, dtype=float)
    if value.shape != variance.shape or value.ndim not in (1, 2):
        raise UserError(
            f"Figures have shape {value.shape} and their sampling variances {variance.shape}; both must be "
            "units by years, of the same shape."
        )
    if value.ndim == 1:
        value, variance = value[:, None], variance[:, None]
    if np.isinf(value).any():
        raise UserError("A figure is infinite; leave it empty (NaN) where there is none.")
    if (variance < 0).any():
        raise UserError("A sampling variance is negative; a variance is at least 0.")
    absent = np.isnan(value) | ~np.isfinite(variance)
    years = np.arange(value.shape[1], dtype=float) if times is None else np.array(times, dtype=float)
    if years.shape != value.shape[1:] or not np.isfinite(years).all() or (np.diff(years) <= 0).any():
        raise UserError(f"Times must be {value.shape[1]} ascending numbers, one for each column of figures.")
    return np.where(absent, np.nan, value), np.where(absent, np.nan, variance), years


def check_size(known: Flags) -> None:
    """Refuse what cannot tell a spread."""
    n_units, n_values, n_years = int(known.any(axis=1).sum()), int(known.sum()), int(known.any(axis=0).sum())
    if n_units < 2 or n_values <= n_years:
        raise EmptyData(
            f"{n_units} units with {n_values} figures in {n_years} years are too few to tell a spread; at "
            "least two units with more figures than years are needed."
        )


def arrange(value: Floats, variance: Floats, times: Floats) -> Panel:
    """Return the figures centred by year and relative to their standard deviation within years."""
    known = np.isfinite(value)
    used, seen = np.asarray(known.any(axis=1)), np.asarray(known.any(axis=0))
    centre = np.nanmean(value[:, seen], axis=0)
    rest = (value[:, seen] - centre)[used]
    scale = float(np.sqrt(np.nanmean(rest**2)))
    scale = scale if scale > 0 else 1.0
    observed = observe(rest / scale, variance[np.ix_(used, seen)] / scale**2, LEAST_VARIANCE)
    return Panel(observed, area_basis(times[seen]), times, seen, centre, scale)


def observe(value: Floats, variance: Floats, least: float) -> Observed:
    """Return figures with units last and independent errors, no variance below `least`."""
    present = np.ascontiguousarray(np.isfinite(value).T, dtype=float)
    error = np.zeros((len(present), *present.shape))
    places = np.arange(len(present))
    error[places, places] = np.where(present > 0, np.maximum(variance.T, least), 0.0)
    return Observed(np.where(present > 0, value.T, 0.0), error, present)


def area_basis(times: Floats) -> Floats:
    """Return the derivative of the true covariance in the four parameters, shape (4, T, T)."""
    one = np.ones_like(times)
    level, both, trend = np.outer(one, one), np.add.outer(times, times), np.outer(times, times)
    return np.stack([level, both, trend, np.eye(len(times))])


def identified(
    known: Flags, times: Floats, trend: bool, transitory: bool
) -> tuple[list[int], tuple[str, ...]]:
    """Return the parameters that the observed years and pairs of years can tell apart, and those lost."""
    together = known.astype(float).T @ known.astype(float)
    rows, columns = np.nonzero(np.triu(together >= 2))
    scaled = times - times.mean()
    scaled = scaled / max(float(np.abs(scaled).max()), 1e-300)
    moments = area_basis(scaled)[:, rows, columns].T
    freedom = int(known.sum() - known.any(axis=0).sum())
    wanted = [0] + [1, 2] * trend + [3] * transitory
    smaller = [k for k in wanted if k in (0, 3)]
    chosen = [0]
    for parts in (wanted, smaller):
        if len(parts) <= freedom and np.linalg.matrix_rank(moments[:, parts]) == len(parts):
            chosen = parts
            break
    return chosen, tuple(NAMES[k] for k in wanted if k not in chosen)
