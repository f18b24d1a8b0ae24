"""Whether one end of a system drew in more than the other, whatever the shape of true levels."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from upwards.core.moments import Floats
from upwards.measures.convergence_moments import TrueMoments

NORMAL = NormalDist()


def p_lower_end_drew_in(value: Floats, variance: Floats, moments: TrueMoments) -> float | None:
    """Return the probability that the lower end drew in more than the upper end, in proportion.

    Parameters
    ----------
    value, variance
        As in `describe_convergence`.
    moments
        Their moments.

    Returns
    -------
    float or None
        None where a spread is not above 0.

    Notes
    -----
    No shape is assumed: it is the change of skewness. Sampling errors of means are symmetric, so the third
    moment of published figures is that of true levels; divided by the cube of the true spread, it rises
    where the lower end draws in more than the upper. Its error comes from the units, the estimated
    spread's own part included.
    """
    known = ~np.isnan(value) & ~np.isnan(variance)
    skews, parts = [], []
    for t in (0, len(moments.times) - 1):
        true = moments.covariance[t, t]
        here = known[:, t]
        if not true > 0 or here.sum() < 3:
            return None
        away = np.where(here, value[:, t] - value[here, t].mean(), 0.0)
        noise = np.where(here, variance[:, t], 0.0)
        spread = float((away**2 - noise).sum() / here.sum())
        if spread <= 0:
            return None
        skew = float((away**3).sum() / here.sum()) / spread**1.5
        third = (away**3 - 3 * away * (away**2).sum() / here.sum()) / spread**1.5 - skew * here
        second = (away**2 - noise - spread * here) * 1.5 * skew / spread
        skews.append(skew)
        parts.append((third - second) / here.sum())
    error = float(np.sqrt(((parts[1] - parts[0]) ** 2).sum()))
    return NORMAL.cdf((skews[1] - skews[0]) / error) if error > 0 else None
