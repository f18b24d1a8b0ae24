"""A mean on a bounded scale with an interval that is honest for few answers."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

LEVEL = 0.95
# Nearer to an end than this, a mean would say that everybody gave the same answer.
EDGE = 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and where the mean of all who could have been asked is likely to lie.

    Attributes
    ----------
    mean, lower, upper
        On the scale of the answers.
    n
        Answers behind it; not shown.
    lowest, highest
        Ends of the scale.
    """

    mean: float
    lower: float
    upper: float
    n: int
    lowest: float
    highest: float

    def __str__(self) -> str:
        ends = f"({self.lower:.1f} to {self.upper:.1f})"
        if self.mean > self.highest - EDGE:
            return f"above {self.highest - EDGE:.1f} {ends}"
        if self.mean < self.lowest + EDGE:
            return f"below {self.lowest + EDGE:.1f} {ends}"
        return f"{self.mean:.1f} {ends}"


def mean_interval(mean: float, n: int, lowest: float, highest: float) -> Interval:
    """Return the score interval of a mean on a bounded scale.

    No spread of answers on the scale is larger than when everybody takes one of its ends; with that spread it
    is Wilson's interval of a share. It is wide rather than narrow, never of width zero, and tells nothing of
    the answers but their mean.
    """
    width = highest - lowest
    drawn = min(max(mean, lowest + EDGE), highest - EDGE)
    share, z = (drawn - lowest) / width, NormalDist().inv_cdf(0.5 + LEVEL / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(
        mean, lowest + width * (middle - half), lowest + width * (middle + half), n, lowest, highest
    )
