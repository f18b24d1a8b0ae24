"""What the classes of one teacher added, for that teacher alone: together, shrunken, and how sure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from upwards.core.moments import Ints
from upwards.core.settings import Settings
from upwards.estimators.weighted_effect import weigh_effects
from upwards.measures.teaching_spread import PUPIL, TEACHING_PARTS, TeachingSpread
from upwards.measures.team_effects import combine_codes
from upwards.store.own_rows import SHARE, OwnCounts
from upwards.store.residual_rows import ResidualRows

CARRIED = ("school", "subject", "stage", "year", "class", "pupil", "teacher")
INTERVAL_LEVEL = 0.95
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """What some classes added together, pupil SD.

    Attributes
    ----------
    effect, se, lower, upper
        Shrunken mean over the results, weighted by the teacher's part, with its interval.
    raw
        The same mean before it was shrunken.
    interval_level
        Of the interval.
    places, places_lower, places_upper
        By how many places among a hundred average pupils the one in the middle moves.
    """

    effect: float
    se: float
    lower: float
    upper: float
    raw: float
    interval_level: float
    places: int
    places_lower: int
    places_upper: int


@dataclass(frozen=True, slots=True)
class OwnTeaching:
    """The figure, or why there is none, and on what it rests.

    Attributes
    ----------
    n_results, n_pupils, n_years, n_classes
        What could be used, each different one once; before a fit, what is there.
    coverage
        Share of the results of these classes that could be used and attributed, 0 to 1.
    refusal
        Why there is no figure; blank where there is one.
    figure
        None where it is refused.
    """

    n_results: int
    n_pupils: int
    n_years: int
    n_classes: int
    coverage: float
    refusal: str = ""
    figure: OwnFigure | None = None

    def refused(self, reason: str) -> OwnTeaching:
        """Return it with a reason why there is no figure."""
        return replace(self, refusal=reason, figure=None)


def counted(counts: OwnCounts, settings: Settings) -> OwnTeaching:
    """Say what there is of a teacher's classes, and whether it is enough to be measured.

    Parameters
    ----------
    counts
        Of the results as they stand.
    settings
        The workspace's.

    Returns
    -------
    OwnTeaching
        Without a figure; `refusal` is blank where there can be one.
    """
    whole = counts.n_results + counts.n_unnamed
    return _judged(
        OwnTeaching(
            n_results=counts.n_results,
            n_pupils=counts.n_pupils,
            n_years=counts.n_years,
            n_classes=counts.n_classes,
            coverage=counts.n_results / max(whole, 1),
        ),
        settings,
    )


def measure_own_teaching(
    rows: ResidualRows, spread: TeachingSpread, counts: OwnCounts, settings: Settings
) -> OwnTeaching:
    """Measure what one teacher's classes added together.

    Parameters
    ----------
    rows
        All usable results of the teacher's schools, with ``teacher`` and ``share`` among the columns.
    spread
        How much results differ between schools, teachers, classes and pupils.
    counts
        Of the results as they stand.
    settings
        The workspace's.

    Returns
    -------
    OwnTeaching

    Notes
    -----
    The figure is the mean, over the teacher's results, of what school, team, year, teacher and class add
    beyond the expectation of the pupils' own intake: what these classes added, not what the teacher alone
    did. It is conditional on the schools given; results of other schools tell only the variances and the
    mean, on which the schools are independent.
    """
    weight = np.array([float(one) for one in rows.labels[SHARE]])[rows.codes[SHARE]]
    used = _judged(_used(rows, weight > 0, counts), settings)
    if used.refusal:
        return used
    parts = [_units(rows, name) for name in spread.parts]
    groups = _units(rows, PUPIL) if any(one.group > 0 for one in spread.drawn) else None
    effect = weigh_effects(rows.residual, parts, groups, weight, spread.drawn)
    mean = sum(one.mean for one in spread.drawn) / len(spread.drawn)
    raw = float(rows.residual @ weight / weight.sum()) - mean
    return replace(used, figure=_figure(effect.effect, effect.se, raw))


def _used(rows: ResidualRows, own: npt.NDArray[np.bool_], counts: OwnCounts) -> OwnTeaching:
    found = {name: codes[own] for name, codes in rows.codes.items()}
    classes = [found[name] for name in ("school", "subject", "year", "class") if name in found]
    return OwnTeaching(
        n_results=int(own.sum()),
        # a result without an identifier has a code of its own here, so no more than were counted
        n_pupils=min(len(np.unique(found["pupil"])), counts.n_pupils),
        n_years=len(np.unique(found["year"])),
        n_classes=len(set(zip(*(codes.tolist() for codes in classes), strict=True))),
        coverage=int(own.sum()) / max(counts.n_results + counts.n_unnamed, 1),
    )


def _units(rows: ResidualRows, part: str) -> Ints:
    columns = dict(TEACHING_PARTS)[part]
    return combine_codes([rows.codes[name] for name in columns if name in rows.codes])


def _figure(effect: float, se: float, raw: float) -> OwnFigure:
    z = NORMAL.inv_cdf(0.5 + INTERVAL_LEVEL / 2)
    lower, upper = effect - z * se, effect + z * se
    return OwnFigure(
        effect=effect,
        se=se,
        lower=lower,
        upper=upper,
        raw=raw,
        interval_level=INTERVAL_LEVEL,
        places=_places(effect),
        places_lower=_places(lower),
        places_upper=_places(upper),
    )


def _places(effect: float) -> int:
    return round(100 * (NORMAL.cdf(effect) - 0.5))


def _judged(found: OwnTeaching, settings: Settings) -> OwnTeaching:
    """Refuse what cannot be told: coverage first, then the fewest pupils and years for one person."""
    minimum = settings.number("coverage.minimum")
    pupils, years = settings.count("named_person.min_pupils"), settings.count("named_person.min_years")
    refusal = ""
    if found.coverage < minimum:
        refusal = (
            f"Only {found.coverage:.0%} of the results of these classes name you and can be used. At least "
            f"{minimum:.0%} are needed, since those that are left are not a random part."
        )
    elif found.n_pupils < pupils or found.n_years < years:
        refusal = (
            f"A figure about one person needs at least {pupils} pupils in {years} years; here are "
            f"{found.n_pupils} in {found.n_years}. With fewer it would be wrong too often to be of use."
        )
    return found.refused(refusal)
