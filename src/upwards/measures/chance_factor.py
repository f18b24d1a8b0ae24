"""How much more than sampling passes with a small school's cohort: read off from differences of two years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwards.core.panel import Flags, Floats

# below this number of pairs of years the spread of differences tells too little of its slope
FEWEST_PAIRS = 200
# more is not taken for chance unless it is this many standard errors away from what sampling gives
SURE = 2.0
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class ChanceSlope:
    """What a squared difference of two years rises by, per unit of the two published variances.

    Attributes
    ----------
    slope, se
        1 where the publisher's variances are all that passes with size; 1 less the share between schools
        where sampling is. The standard error holds whatever the distribution.
    constant
        What passes at a school of any size, twice, in the unit squared.
    n
        Pairs of years.
    """

    slope: float
    se: float
    constant: float
    n: int

    def multiple(self, icc: float) -> float:
        """Return by how much the sampling variance (1 - icc) is exceeded, at least 1; 1 where not sure.

        Examples
        --------
        >>> sure, unsure = ChanceSlope(1.2, 0.05, 2.0, 9000), ChanceSlope(0.9, 0.2, 2.0, 500)
        >>> round(sure.multiple(0.2), 9), unsure.multiple(0.2)
        (1.5, 1.0)
        """
        within = 1.0 - icc
        sure = self.n >= FEWEST_PAIRS and self.slope - within > SURE * self.se
        return self.slope / within if sure else 1.0


def learn_chance_slope(value: Floats, published: Floats, rounding: Floats, borrowed: Flags) -> ChanceSlope:
    """Regress squared differences of neighbouring years on the published variances of the two.

    Parameters
    ----------
    value, published
        Shape (I, T): figures and published sampling variances; NaN where there is none.
    rounding
        Shape (T,): variance that rounding adds.
    borrowed
        Shape (I, T): where the number of pupils is that of another year; left out where enough are left.

    Returns
    -------
    ChanceSlope

    Notes
    -----
    What lasts cancels in a difference; a trend and what passes at a school of any size are in the constant.
    What is left rises with 1/n: sampling, and whatever else passes with few pupils, such as one teacher more
    or a group of friends. Weights are 1/mean², as for squares of normal differences, found in rounds; the
    constant is not below 0.
    """
    square, x = _differences(value, published, rounding, ~borrowed)
    if len(square) < FEWEST_PAIRS:
        square, x = _differences(value, published, rounding, np.ones_like(borrowed))
    if len(square) < FEWEST_PAIRS or np.ptp(x) <= 1e-9 * x.mean():
        return ChanceSlope(1.0, np.inf, 0.0, len(square))
    design = np.stack([np.ones_like(x), x], axis=1)
    found, spread = _by_rounds(design, square)
    if found[0] < 0:
        slope, of_slope = _by_rounds(design[:, 1:], square)
        return ChanceSlope(float(slope[0]), float(of_slope[0, 0]) ** 0.5, 0.0, len(x))
    return ChanceSlope(float(found[1]), float(spread[1, 1]) ** 0.5, float(found[0]), len(x))


def _differences(value: Floats, published: Floats, rounding: Floats, use: Flags) -> tuple[Floats, Floats]:
    """Return squared differences of neighbouring years, rounding taken off, and their variances' sums."""
    known = use & np.isfinite(value) & np.isfinite(published)
    both = known[:, 1:] & known[:, :-1]
    step = np.where(both, value[:, 1:] - value[:, :-1], 0.0)
    counts = np.maximum(both.sum(axis=0), 1)
    square = (step - step.sum(axis=0) / counts) ** 2 - rounding[1:] - rounding[:-1]
    return square[both], (published[:, 1:] + published[:, :-1])[both]


def _by_rounds(design: Floats, square: Floats) -> tuple[Floats, Floats]:
    """Return coefficients and their covariance, right whatever the distribution."""
    least = 1e-3 * float(np.mean(np.abs(square)))
    mean = np.full(len(square), float(square.mean()))
    for _ in range(ROUNDS):
        weight = 1.0 / np.maximum(mean, least) ** 2
        inverse = np.linalg.inv(design.T @ (weight[:, None] * design))
        found = inverse @ (design.T @ (weight * square))
        mean = design @ found
    rest = (weight * (square - mean))[:, None] * design
    return found, np.asarray(inverse @ (rest.T @ rest) @ inverse)
