"""England's official intervals and bands of progress, recomputed from what is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from upwards.core.errors import UserError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]
Kind = Literal["progress8", "ks2_progress"]

Z = 1.96  # the publisher's, not the exact 1.959964
DECIMALS = {"progress8": 2, "ks2_progress": 1}
PROGRESS8_CUT = 0.5
WELL_ABOVE, ABOVE, AVERAGE, BELOW, WELL_BELOW = 1.0, 2.0, 3.0, 4.0, 5.0
BAND_WORDS = ("well above average", "above average", "average", "below average", "well below average")

# Kinds of school, as the register writes them, whose pupils join at 14.
LATE_KINDS = ("University technical college", "Studio schools")
LATE_AGE = 12

NO_SCORE = "no score published"
NO_SIZE = "no number of pupils published"
NO_SPREAD = "no pupil standard deviation known"


class NoCutOffs(UserError):
    """Key Stage 2 bands were asked for without the cut-offs that are part of their rule."""


@dataclass(frozen=True, slots=True, eq=False)
class OfficialBands:
    """Bands as the publisher's rule gives them.

    Attributes
    ----------
    band
        Same shape as the scores: 1 well above average to 5 well below; NaN where it cannot be recomputed.
    lower, upper
        Same shape: the 95 % interval to the published decimal; NaN where it cannot be recomputed.
    why
        Same shape, text: which part is not published; ``""`` where there is a band.
    """

    band: Floats
    lower: Floats
    upper: Floats
    why: Texts


@dataclass(frozen=True, slots=True)
class BandCuts:
    """Scores that part the outer bands of Key Stage 2 from the next.

    Attributes
    ----------
    low
        10th percentile: well below average is a score *below* it.
    high
        90th percentile: well above average is this score or more.
    """

    low: float
    high: float


def recompute_interval(value: Floats, n: Floats, sd: float | Floats, *, kind: Kind) -> tuple[Floats, Floats]:
    """Return the publisher's 95 % interval: score ± 1.96 × pupil SD / √pupils, to the published decimal.

    Parameters
    ----------
    value
        Published scores, any shape; NaN where missing.
    n
        Pupils in the measure, same shape; NaN or 0 where not published.
    sd
        National pupil standard deviation, in the unit of the score; one or one per score.
    kind
        Which measure: two decimals for Progress 8, one for Key Stage 2.

    Returns
    -------
    lower, upper
        Same shape as `value`; NaN where a part is missing.

    Notes
    -----
    The publisher starts from the unrounded score (except Key Stage 2 in 2017 and 2018), so an end may differ
    by one in its last decimal.

    References
    ----------
    Department for Education, *Primary school accountability in 2019: technical guide*, annex A; *Secondary
    accountability measures*, section *Confidence intervals*.

    Examples
    --------
    >>> ends = recompute_interval(np.array([1.2]), np.array([102.0]), 6.23, kind="ks2_progress")
    >>> [end.tolist() for end in ends]
    [[0.0], [2.4]]
    """
    pupils = np.where(n > 0, n, np.nan)
    half = Z * np.asarray(sd, dtype=np.float64) / np.sqrt(pupils)
    # Half a unit in the last place goes away from zero, as the publisher rounds, and -0.0 is 0.
    return _rounded(value - half, DECIMALS[kind]), _rounded(value + half, DECIMALS[kind])


def percentile_cuts(value: Floats) -> BandCuts:
    """Return the cut-offs of the outer bands of Key Stage 2 from the scores of all mainstream schools.

    Parameters
    ----------
    value
        Published scores of the year's mainstream schools that have a band, any shape; NaN left out. Special
        schools are banded by the same cut-offs but not counted in them.

    Returns
    -------
    BandCuts
        Each is a published score: the smallest that at least 10 % (90 %) of schools do not exceed.

    Raises
    ------
    NoCutOffs
        If there is no score.

    Examples
    --------
    >>> percentile_cuts(np.arange(-5.0, 5.0, 0.1).round(1))
    BandCuts(low=-4.1, high=3.9)
    """
    known = value[np.isfinite(value)]
    if not known.size:
        raise NoCutOffs(
            "There is no score to take the 10th and 90th percentile from, which Key Stage 2 bands need. "
            "Import the national file of the year."
        )
    low, high = np.quantile(known, [0.1, 0.9], method="inverted_cdf")
    return BandCuts(float(low), float(high))


def joins_late(kind: Texts, first_age: Floats | None = None) -> Flags:
    """Return which schools have pupils who join at 12 or later, as far as it is known.

    Parameters
    ----------
    kind
        Kind of school in the register's words, any shape.
    first_age
        Youngest age of the school's range, same shape; NaN where unknown. Without it upper schools, which
        have no kind of their own, are not found.

    Returns
    -------
    ndarray of bool
        Same shape.

    Examples
    --------
    >>> joins_late(np.array(["Studio schools", "Academy converter"]), np.array([np.nan, 13.0])).tolist()
    [True, True]
    """
    late = np.isin(kind, LATE_KINDS)
    return late if first_age is None else late | (np.nan_to_num(first_age, nan=0.0) >= LATE_AGE)


def recompute_bands(
    value: Floats,
    n: Floats,
    sd: float,
    kind: Kind,
    *,
    lower: Floats | None = None,
    upper: Floats | None = None,
    cuts: BandCuts | None = None,
    starts_late: Flags | None = None,
) -> OfficialBands:
    """Return the official band of each score, where all its parts are published.

    Parameters
    ----------
    value
        Published scores, any shape (schools, or schools × years of one rule); NaN where missing.
    n
        Pupils in the measure, same shape; NaN where not published.
    sd
        National pupil standard deviation of the year; NaN where not known.
    kind
        Which rule.
    lower, upper
        Published intervals, same shape, used instead of recomputed ones wherever both ends are there.
    cuts
        Cut-offs of the year, for Key Stage 2; see `percentile_cuts`.
    starts_late
        Same shape, for Progress 8: schools whose pupils join at 12 or later (upper schools, university
        technical colleges, studio schools; see `joins_late`). They are given only bands 1, 3 and 5.

    Returns
    -------
    OfficialBands

    Raises
    ------
    NoCutOffs
        If Key Stage 2 is asked for without `cuts`.

    Notes
    -----
    Progress 8: well above is a score of 0.5 or more with the whole interval above 0; well below is less than
    −0.5 (−0.50 itself is not) with the interval below 0; above and below have the interval on one side of 0.
    For schools whose pupils join late the interval plays no part: 0.5 or more, less than −0.5, or average.

    Key Stage 2: the interval on one side of 0 and, for the outer bands, the score beyond the cut-off.

    An interval that ends at 0 to the published decimal contains 0.

    References
    ----------
    Department for Education, *Secondary accountability measures*, and *Primary school accountability*:
    technical guides. The rule for late joiners was found in the published bands of 2018.

    Examples
    --------
    >>> found = recompute_bands(np.array([0.5, -0.5, 0.05, np.nan]), np.full(4, 150.0), 1.263, "progress8")
    >>> found.band.tolist(), found.why[3:].tolist()
    ([1.0, 4.0, 3.0, nan], ['no score published'])
    """
    if kind == "ks2_progress" and cuts is None:
        raise NoCutOffs(
            "Key Stage 2 bands need the 10th and 90th percentile of the year's schools. Import the national "
            "file of the year, or give the cut-offs."
        )
    low, high = recompute_interval(value, n, sd, kind=kind)
    if lower is not None and upper is not None:
        published = np.isfinite(lower) & np.isfinite(upper)
        low, high = np.where(published, lower, low), np.where(published, upper, high)
    band = _one_side(value, low, high, *_cut_offs(kind, cuts))
    if starts_late is not None and kind == "progress8":
        outer = np.where(
            value >= PROGRESS8_CUT, WELL_ABOVE, np.where(value < -PROGRESS8_CUT, WELL_BELOW, AVERAGE)
        )
        band = np.where(starts_late & np.isfinite(value), outer, band)
    return OfficialBands(band, low, high, _why(value, n, sd, band))


def _cut_offs(kind: Kind, cuts: BandCuts | None) -> tuple[float, float]:
    if kind == "progress8" or cuts is None:
        return -PROGRESS8_CUT, PROGRESS8_CUT
    return cuts.low, cuts.high


def _one_side(value: Floats, low: Floats, high: Floats, low_cut: float, high_cut: float) -> Floats:
    known = np.isfinite(value) & np.isfinite(low) & np.isfinite(high)
    band = np.where(known, AVERAGE, np.nan)
    band = np.where(known & (low > 0), np.where(value >= high_cut, WELL_ABOVE, ABOVE), band)
    return np.where(known & (high < 0), np.where(value < low_cut, WELL_BELOW, BELOW), band)


def _why(value: Floats, n: Floats, sd: float, band: Floats) -> Texts:
    size = "U40"
    why = np.where(np.isfinite(band), "", NO_SCORE).astype(size)
    scored = np.isnan(band) & np.isfinite(value)
    why = np.where(scored, NO_SPREAD, why).astype(size)
    return np.where(scored & ~(n > 0), NO_SIZE, why).astype(size)


def _rounded(ends: Floats, decimals: int) -> Floats:
    scale = 10.0**decimals
    # A score of one or two decimals is not exact in binary: 1e-9 keeps 0.25 from becoming 0.2.
    return np.sign(ends) * np.floor(np.abs(ends) * scale + 0.5 + 1e-9) / scale + 0.0
