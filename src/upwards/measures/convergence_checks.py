"""What must hold beside P(narrowing): the same schools, the pupil SD, its unit, an even population."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from upwards.core.moments import Floats, Ints
from upwards.measures.convergence_moments import TrueMoments, measure_moments
from upwards.measures.convergence_rule import ConvergenceRule

NORMAL = NormalDist()
# a year whose number of units differs by more from the usual has another population
MOST_UNEVEN = 0.1
# fewer units with both ends tell nothing of their own
FEWEST_BOTH = 30


@dataclass(frozen=True, slots=True, eq=False)
class PupilScale:
    """Pupil standard deviations of T years.

    Attributes
    ----------
    sd
        Shape (T,), in the unit; NaN where unknown.
    uncertainty
        Shape (T,): by which share each may be wrong.
    """

    sd: Floats
    uncertainty: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What else tells whether a spread changed; None where it cannot be told or was not asked.

    Attributes
    ----------
    n_both_ends, p_both_ends
        Units with a figure in the first and the last year, and P(narrowing) of these alone.
    error_both_ends
        Standard error of the change of their variance.
    p_in_pupil_sd
        P(narrowing) in pupil standard deviations of the year.
    in_pupil_sd
        Spread in the first and the last year in that unit.
    break_even
        Factor on the pupil SD of the first and of the last year, alone, at which the change would no longer
        be certain; None where none would do it, and where the change is not certain.
    doubtful
        Whether such a factor (first, last) lies within what is not known of that SD, and that share.
    steps
        P(narrowing) from each year to the next.
    unweighted
        Spread by year where every unit weighs the same.
    uneven
        Places of years with another number of units than is usual.
    """

    n_both_ends: int | None = None
    p_both_ends: float | None = None
    error_both_ends: float = 0.0
    p_in_pupil_sd: float | None = None
    in_pupil_sd: tuple[float, float] | None = None
    break_even: tuple[float | None, float | None] = (None, None)
    doubtful: tuple[float | None, float | None] = (None, None)
    steps: tuple[float | None, ...] = ()
    unweighted: tuple[float | None, ...] = ()
    uneven: tuple[int, ...] = ()


def check_change(
    variances: tuple[float, float],
    noise: tuple[float, float],
    error: float,
    rule: ConvergenceRule,
    scale: PupilScale | None,
) -> Checks:
    """Check a change of variance against the pupil standard deviations of its first and last year.

    Parameters
    ----------
    variances, noise
        True and sampling variance in the first and the last year.
    error
        Standard error of the change of the true variance.
    rule
        Certainty.
    scale
        Pupil standard deviations; None where they are not known, or where there are none.

    Returns
    -------
    Checks
        With break-even factors and the probability in pupil SDs only.

    Examples
    --------
    >>> scale = PupilScale(np.array([6.0, 6.0]), np.array([0.1, 0.02]))
    >>> found = check_change((5.0, 4.0), (1.0, 1.0), 0.1, ConvergenceRule(), scale)
    >>> [round(x, 2) for x in found.break_even], found.doubtful
    ([1.34, 0.44], (None, None))
    """
    if scale is None:
        return Checks()
    (start, end), z = variances, NORMAL.inv_cdf(rule.certainty)
    sign = 1.0 if start > end else -1.0
    spare = sign * (start - end) - z * error
    break_even = tuple(
        _factor(1 + side * sign * spare / v) if spare > 0 and v > 0 else None
        for side, v in zip((1, -1), noise, strict=True)
    )
    doubtful = tuple(
        float(u) if f is not None and abs(f - 1) < u else None
        for f, u in zip(break_even, scale.uncertainty[[0, -1]].tolist(), strict=True)
    )
    first, last = scale.sd[[0, -1]].tolist()
    told = np.isfinite(first * last) and min(first, last) > 0
    change = (start / first**2 - end / last**2) / (error / (first * last)) if told else 0.0
    return Checks(
        break_even=(break_even[0], break_even[1]),
        doubtful=(doubtful[0], doubtful[1]),
        p_in_pupil_sd=NORMAL.cdf(change) if told else None,
        in_pupil_sd=(sqrt(max(start, 0.0)) / first, sqrt(max(end, 0.0)) / last) if told else None,
    )


def _factor(squared: float) -> float | None:
    return sqrt(squared) if squared > 0 else None


def of_both_ends(
    value: Floats, variance: Floats, *, area: Ints | None = None, smooth: Floats | None = None
) -> tuple[bool, int, float | None, float]:
    """Say what units with figures in the first and the last year show.

    Parameters
    ----------
    value, variance, area, smooth
        As in `measure_moments`.

    Returns
    -------
    tuple
        Whether it can be told, how many they are, their P(narrowing), and the standard error of the change
        of their variance.
    """
    ends = [0, value.shape[1] - 1]
    both = np.asarray(np.isfinite(value[:, ends] + variance[:, ends]).all(axis=1))
    count = int(both.sum())
    if count < FEWEST_BOTH:
        return False, count, None, 0.0
    cut = np.ix_(both, ends)
    moments = measure_moments(
        value[cut],
        variance[cut],
        (0, 1),
        area=None if area is None else area[both],
        smooth=None if smooth is None else smooth[cut],
    )
    error = sqrt(max(moments.error_of_change(0, 1), 0.0))
    fall = float(moments.covariance[0, 0] - moments.covariance[1, 1])
    return error > 0, count, NORMAL.cdf(fall / error) if error > 0 else None, error


def steps_of(moments: TrueMoments) -> tuple[float | None, ...]:
    """Return P(narrowing) from each year to the next, None where either has other units than is usual.

    Parameters
    ----------
    moments
        Of all years.

    Returns
    -------
    tuple
    """
    uneven = uneven_years(moments.n)
    found: list[float | None] = []
    for t in range(len(moments.times) - 1):
        error = moments.error_of_change(t, t + 1)
        fall = float(moments.covariance[t, t] - moments.covariance[t + 1, t + 1])
        told = error > 0 and np.isfinite(fall) and not {t, t + 1} & set(uneven)
        found.append(NORMAL.cdf(fall / sqrt(error)) if told else None)
    return tuple(found)


def uneven_years(n: Ints) -> tuple[int, ...]:
    """Return the years that have another number of units than is usual, by place.

    Parameters
    ----------
    n
        Units by year, shape (T,).

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> uneven_years(np.array([3900, 2900, 3900, 3900]))
    (1,)
    """
    usual = float(np.median(n))
    return tuple(np.flatnonzero(np.abs(n - usual) > MOST_UNEVEN * usual).tolist())
