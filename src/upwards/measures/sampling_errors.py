"""How far chance alone moves a published figure: the variance of each, from what was published with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from upwards.core.catalogue import PublishedMeasure
from upwards.core.errors import UserError
from upwards.core.moments import Ints
from upwards.core.panel import Flags, Floats, SchoolPanel, Texts

# two successes and two failures more among all pupils, so that a year of 100 % everywhere is not certain
ADDED = 4.0
BASES = ("interval", "pupils of another year", "pupils")
TAILS = (
    "Percentages: chance is taken to be as large at every school as at the mean school of its size. It is "
    "smaller near 0 % and 100 % and larger near 50 %: over all schools intervals hold as they should, but of "
    "schools far from the mean towards 50 % they are too short, towards 0 % or 100 % too long."
)
RESOLUTIONS = (1.0, 0.1, 0.01, 0.001)


class UnknownSamplingError(UserError, ValueError):
    """Nothing was published from which chance could be told."""


@dataclass(frozen=True, slots=True, eq=False)
class SamplingErrors:
    """Sampling variances of the figures of I schools in T years.

    Attributes
    ----------
    published
        Shape (I, T), unit squared: as the publisher counts them; NaN where there is no value, or where
        nothing tells them.
    rounding
        Shape (T,), unit squared: the variance that rounding the figure adds.
    basis
        Shape (I, T): ``"interval"``, ``"pupils"``, ``"pupils of another year"``, or ``""`` for none.
    n
        Shape (I, T): pupils used; NaN where unknown.
    pupil_sd
        Shape (T,), in the unit: national pupil standard deviation; of percentages 100 √(p(1 − p)) with the
        share p of all pupils; NaN where unknown.
    contains_between
        Whether the published variance holds the spread between schools, as an interval from the national
        pupil standard deviation does, and as p(1 − p) of all pupils does.
    is_percent
        Whether pupils' outcomes are yes or no.
    years
        The T academic years.
    sd_of
        Year to the year whose pupil standard deviation is used for it, where that is another.
    n_unknown
        Shape (T,): schools with a value and no variance; they are left out.
    """

    published: Floats
    rounding: Floats
    basis: Texts
    n: Floats
    pupil_sd: Floats
    contains_between: bool
    is_percent: bool
    years: tuple[int, ...]
    sd_of: Mapping[int, int]
    n_unknown: Ints

    def variance(self, icc: float = 0.0, multiple: float = 1.0) -> Floats:
        """Return the variances to estimate with, shape (I, T), unit squared.

        Parameters
        ----------
        icc
            Share of the pupil variance that lies between schools, 0 to 1: the published variance is
            multiplied by 1 - icc where it contains that share; 0 reproduces the publisher's.
        multiple
            What passes with a cohort, as a multiple of its sampling variance, at least 1 (`chance_factor`).

        Returns
        -------
        ndarray
        """
        share = 1.0 - icc if self.contains_between else 1.0
        return np.asarray(self.published * share * multiple + self.rounding)

    def at_means(self, mean: Floats) -> SamplingErrors:
        """Return the same with other national shares, for percentages; other figures stay as they are.

        Parameters
        ----------
        mean
            Shape (T,), percent: the mean of each year; NaN leaves a year as it is.

        Returns
        -------
        SamplingErrors
            Variances that came with a published interval stay.
        """
        if not self.is_percent:
            return self
        inside = (mean > 0) & (mean < 100)
        sd = np.where(inside, np.sqrt(np.where(inside, mean * (100.0 - mean), 0.0)), self.pupil_sd)
        counted = np.where(self.basis == BASES[0], 1.0, (sd / self.pupil_sd) ** 2)
        return replace(self, published=self.published * counted, pupil_sd=sd)

    @property
    def borrowed(self) -> Flags:
        """Where the number of pupils is that of another year, shape (I, T)."""
        return np.asarray(self.basis == "pupils of another year")

    def notes(self, years: Sequence[int]) -> list[str]:
        """Return what a reader must know of the sampling errors in these years, in plain sentences."""
        said = [TAILS] if self.is_percent else []
        said += [
            f"The spread between pupils in {year} is not known: that of {self.sd_of[year]} is used."
            for year in years
            if year in self.sd_of
        ]
        for year in years:
            borrowed = int(self.borrowed[:, self.years.index(year)].sum())
            if borrowed:
                said.append(
                    f"{year}: the number of pupils is not known for {borrowed:,} schools; that of their "
                    "nearest year is used."
                )
        unknown = sum(int(self.n_unknown[self.years.index(year)]) for year in years)
        if unknown:
            said.append(
                f"{unknown:,} figures of single years are left out: neither an interval nor a number of "
                "pupils tells how far chance moves them."
            )
        return said


def sampling_errors(panel: SchoolPanel, measure: PublishedMeasure) -> SamplingErrors:
    """Return what chance does to each published figure.

    Parameters
    ----------
    panel
        The figures; years that are not asked for may be in it, and lend their numbers of pupils.
    measure
        What the figures are: unit and pupil standard deviations.

    Returns
    -------
    SamplingErrors

    Raises
    ------
    UnknownSamplingError
        When no figure has an interval or a number of pupils with a known standard deviation.

    Notes
    -----
    In this order: the published interval, ((upper - lower) / 2 / z)²; else the square of the national pupil
    standard deviation over the number of pupils. Percentages: p(1 - p)/n with two successes and two
    failures added to p, so that 0 % and 100 % are not taken as certain. A school without a number of
    pupils in a year has that of its nearest earlier year, else of its nearest later one. A figure published
    to a tenth is also off by its rounding: 0.1²/12.

    References
    ----------
    Department for Education (2019), Primary school accountability, annex A: confidence intervals.
    Rao and Molina (2015), Small Area Estimation, chapter 6, on smoothed sampling variances.
    """
    has = np.isfinite(panel.value)
    n, borrowed = _pupils(panel)
    of_interval = _of_interval(panel)
    percent = measure.unit.startswith("percent")
    spread = _of_shares(panel, n) if percent else measure.pupil_sd
    sd, sd_of = _pupil_sds(panel, spread, of_interval, implied=not percent)
    of_count = sd**2 / n
    by_interval = has & np.isfinite(of_interval)
    by_count = has & ~by_interval & np.isfinite(of_count)
    published = np.where(by_interval, of_interval, np.where(by_count, of_count, np.nan))
    unknown = has & ~np.isfinite(published)
    if has.any() and unknown.sum() == has.sum():
        raise UnknownSamplingError(
            f"{measure.title} was published without intervals, and without the pupils or the spread between "
            "pupils that would tell its sampling error. Without it chance cannot be told from schools; "
            "choose another measure or other years."
        )
    return SamplingErrors(
        published=published,
        rounding=_rounding(panel.value),
        basis=np.select([by_interval, by_count & borrowed, by_count], BASES, ""),
        n=n,
        pupil_sd=sd,
        contains_between=True,
        is_percent=percent,
        years=panel.years,
        sd_of=sd_of,
        n_unknown=unknown.sum(axis=0),
    )


def _of_interval(panel: SchoolPanel) -> Floats:
    z = NormalDist().inv_cdf((1.0 + panel.level) / 2.0)
    half = (panel.upper - panel.lower) / 2.0
    return np.asarray(np.where(half >= 0, (half / z) ** 2, np.nan))


def _pupils(panel: SchoolPanel) -> tuple[Floats, Flags]:
    """Return the pupils of each school-year, and where they are those of another year."""
    own = np.where(panel.n > 0, panel.n, np.nan)
    n = own.copy()
    for t in range(1, n.shape[1]):
        n[:, t] = np.where(np.isfinite(n[:, t]), n[:, t], n[:, t - 1])
    for t in range(n.shape[1] - 2, -1, -1):
        n[:, t] = np.where(np.isfinite(n[:, t]), n[:, t], n[:, t + 1])
    return n, np.isfinite(n) & ~np.isfinite(own)


def _of_shares(panel: SchoolPanel, n: Floats) -> dict[int, float]:
    """Return the standard deviation of pupils' yes or no per year, in percent, from all pupils together."""
    known = np.isfinite(panel.value) & np.isfinite(n)
    pupils = np.sum(n, axis=0, where=known)
    share = (np.sum(panel.value * n, axis=0, where=known) / 100.0 + ADDED / 2.0) / (pupils + ADDED)
    found = dict(zip(panel.years, (100.0 * np.sqrt(share * (1.0 - share))).tolist(), strict=True))
    return {year: sd for year, sd in found.items() if pupils[panel.years.index(year)] > 0}


def _pupil_sds(
    panel: SchoolPanel, published: Mapping[int, float], of_interval: Floats, *, implied: bool
) -> tuple[Floats, dict[int, int]]:
    """Return the pupil SD of each year: published, else implied by intervals, else of the nearest year."""
    known = dict(published)
    for t, year in enumerate(panel.years if implied else ()):
        found = np.sqrt(of_interval[:, t] * panel.n[:, t])
        if year not in known and np.isfinite(found).any():
            known[year] = float(np.nanmedian(found))
    if not known:
        return np.full(len(panel.years), np.nan), {}
    nearest = {year: min(known, key=lambda other: (abs(other - year), other)) for year in panel.years}
    sd = np.array([known[nearest[year]] for year in panel.years])
    return sd, {year: other for year, other in nearest.items() if other != year}


def _rounding(value: Floats) -> Floats:
    """Return the variance of rounding per year, from the coarsest step that all figures are multiples of."""
    found = np.zeros(value.shape[1])
    for t in range(value.shape[1]):
        figures = value[np.isfinite(value[:, t]), t]
        for step in RESOLUTIONS if len(figures) else ():
            if np.allclose(figures / step, np.round(figures / step), rtol=0.0, atol=1e-4):
                found[t] = step**2 / 12.0
                break
    return found
