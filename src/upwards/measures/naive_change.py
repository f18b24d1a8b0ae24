"""The naive comparison: change by starting quartile, beside what regression to the mean alone produces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from upwards.core.moments import Floats
from upwards.measures.convergence_moments import measure_moments

QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")
MIN_UNITS = 8


@dataclass(frozen=True, slots=True)
class QuarterChange:
    """What units of one quarter, by their first published figure, did until the last year.

    Attributes
    ----------
    quarter
        Of the first figures.
    n_units
        Units in it.
    start
        Mean first figure, less that of all.
    change
        Mean change, less that of all units with both figures.
    by_regression
        The change that sampling error and ordinary fluctuation alone would show: a system that keeps its
        true spread.
    """

    quarter: str
    n_units: int
    start: float
    change: float
    by_regression: float


def compare_quarters(
    value: Floats, variance: Floats, years: tuple[int, ...], *, smooth: Floats | None = None
) -> tuple[QuarterChange, ...]:
    """Compare quarters of first figures, as is often done, beside regression to the mean.

    Parameters
    ----------
    value, variance
        Figures and their sampling variances, shape (I, T).
    years
        Academic years by their ending.
    smooth
        Sampling variances that do not depend on the figure, where `variance` does.

    Returns
    -------
    tuple of QuarterChange
        Lowest first; empty where fewer than eight units have both figures, or no true spread shows.

    Notes
    -----
    In a system that keeps its true variance S² and correlation r of first and last year, a unit whose first
    figure has sampling variance v is expected to change by (r S² / (S² + v) - 1) times its distance from the
    mean. Units without a last figure are in neither column.
    """
    moments = measure_moments(value, variance, years, smooth=smooth)
    start, end, shared = moments.covariance[0, 0], moments.covariance[-1, -1], moments.covariance[0, -1]
    both = ~np.isnan(value[:, [0, -1]] + variance[:, [0, -1]]).any(axis=1)
    if both.sum() < MIN_UNITS or not (start > 0 and end > 0):
        return ()
    first, last = value[both, 0], value[both, -1]
    noise = (variance if smooth is None else smooth)[both, 0]
    correlation = min(max(shared / np.sqrt(start * end), -1.0), 1.0)
    away = first - first.mean()
    regression = (correlation * start / (start + noise) - 1) * away
    regression = regression - regression.mean()
    change = last - first
    change = change - change.mean()
    quarter = _quarters(first)
    return tuple(
        QuarterChange(
            name,
            int((quarter == q).sum()),
            *(float(x[quarter == q].mean()) for x in (away, change, regression)),
        )
        for q, name in enumerate(QUARTERS)
        if (quarter == q).any()
    )


def _quarters(first: Floats) -> Floats:
    """Return the quarter of each figure, 0 to 3; equal figures are in one quarter."""
    cuts = np.quantile(first, [0.25, 0.5, 0.75])
    return np.asarray(np.searchsorted(cuts, first, side="left"))


def say_naive(quarters: Sequence[QuarterChange], unit: str) -> str:
    """Say in words what the naive comparison shows and how much of it is regression to the mean.

    Parameters
    ----------
    quarters
        From `compare_quarters`.
    unit
        Unit of the measure.

    Returns
    -------
    str
        Empty where there is nothing to compare.
    """
    if not quarters:
        return ""
    low = quarters[0]
    return (
        f"Compared by starting quarter of published figures, the lowest moved by {low.change:+.2g} {unit} "
        f"against the mean; sampling error and ordinary fluctuation alone would move it by "
        f"{low.by_regression:+.2g}. Only the difference, {low.change - low.by_regression:+.2g}, could be "
        "more than that; the highest quarter mirrors it."
        if len(quarters) == len(QUARTERS)
        else ""
    )
