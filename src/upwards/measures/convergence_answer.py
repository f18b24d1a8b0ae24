"""What `upwards convergence` answers, in plain types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from upwards.measures.convergence import Convergence
from upwards.measures.convergence_intervals import Estimate
from upwards.measures.convergence_states import ChosenState
from upwards.measures.naive_change import QuarterChange
from upwards.measures.unit_paths import UnitPaths


@dataclass(frozen=True, slots=True, eq=False)
class ConvergenceAnswer:
    """One answer: of all schools, between groups, inside one group, or on the gap.

    Attributes
    ----------
    by
        What was asked for.
    group, name
        The group whose inside it is; None between groups, for all schools, and for the gap.
    measure
        Name of the measure.
    unit_word
        What the units are, in the plural.
    found
        What is known of spread and ends.
    chosen
        The state.
    text
        The same in plain words.
    naive
        Change by starting quarter beside regression to the mean; empty where fluctuation is borrowed.
    naive_text
        The same in words.
    """

    by: str
    group: str | None
    name: str | None
    measure: str
    unit_word: str
    found: Convergence
    chosen: ChosenState
    text: str
    naive: tuple[QuarterChange, ...] = ()
    naive_text: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in plain types, without NaN."""
        found = self.found
        return {
            "by": self.by,
            "group": self.group,
            "name": self.name,
            "measure": self.measure,
            "units": self.unit_word,
            "n_units": found.n_units,
            "years": list(found.years),
            "n": list(found.n),
            "spread": [
                {"year": year, "sd": one.estimate, "lower": one.lower, "upper": one.upper}
                for year, one in zip(found.years, found.spread, strict=True)
            ],
            "mean": [
                {"year": year, "mean": one.estimate, "lower": one.lower, "upper": one.upper}
                for year, one in zip(found.years, found.mean, strict=True)
            ],
            "levels": list(_levels(found)),
            "p_narrowing": found.change.p_narrowing,
            "p_top_rising": found.change.p_top_rising,
            "p_bottom_rising": found.change.p_bottom_rising,
            "relative_change": asdict(found.change.relative),
            "persistent_slope": found.slopes.persistent.estimate,
            "persistent_slope_interval": _ends(found.slopes.persistent),
            "stationary_slope": found.slopes.stationary.estimate,
            "stationary_slope_interval": _ends(found.slopes.stationary),
            "gain_lowest": asdict(found.slopes.gain_lowest),
            "gain_highest": asdict(found.slopes.gain_highest),
            "gain_beyond": asdict(found.slopes.gain_beyond),
            "stationary_gain": found.slopes.stationary_gain,
            "mean_change": asdict(found.change.mean),
            "top_change": asdict(found.change.top),
            "checks": _checks(found),
            "lower_end_drew_in_more": found.lopsided,
            "detectable_narrowing": found.change.detectable,
            "borrowed": found.borrowed,
            "state": self.chosen.state,
            "p_state": self.chosen.p_state,
            "reason": self.chosen.reason or None,
            "naive": [asdict(quarter) for quarter in self.naive],
            "naive_text": self.naive_text,
            "text": self.text,
        }


def _checks(found: Convergence) -> dict[str, Any]:
    """Return what else must hold before a state is printed, in plain types."""
    checks = found.checks
    first, last = found.years[0], found.years[-1]
    return {
        "n_both_ends": checks.n_both_ends,
        "p_narrowing_both_ends": checks.p_both_ends,
        "p_narrowing_in_pupil_sd": checks.p_in_pupil_sd,
        "spread_in_pupil_sd": list(checks.in_pupil_sd or ()),
        "pupil_sd_break_even": [
            {"year": year, "factor": factor, "too_near": unknown is not None}
            for year, factor, unknown in zip((first, last), checks.break_even, checks.doubtful, strict=True)
        ],
        "steps": [
            {"from": a, "to": b, "p_narrowing": p}
            for a, b, p in zip(found.years, found.years[1:], checks.steps, strict=False)
        ],
        "unweighted_spread": list(checks.unweighted),
        "uneven_years": [found.years[t] for t in checks.uneven],
    }


def _ends(one: Estimate) -> dict[str, float | None]:
    return {"lower": one.lower, "upper": one.upper}


def _levels(found: Convergence) -> Sequence[dict[str, Any]]:
    """Return one row per year with the bottom, the middle and the top of true levels."""
    return [
        {"year": year, "bottom": asdict(bottom), "middle": asdict(middle), "top": asdict(top)}
        for year, bottom, middle, top in zip(found.years, found.bottom, found.mean, found.top, strict=False)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class ConvergenceOf:
    """All answers to one question.

    Attributes
    ----------
    answers
        The main answer first.
    notes
        What a reader must know, in sentences.
    mistaken
        Share of systems that only fluctuate and would be called narrowing, at most.
    """

    answers: tuple[ConvergenceAnswer, ...]
    notes: tuple[str, ...]
    mistaken: float

    def to_dict(self) -> dict[str, Any]:
        """Return answers and notes, with levels, naive comparison and power of the first beside them."""
        first = self.answers[0]
        main = first.to_dict()
        return {
            "answers": [main, *(answer.to_dict() for answer in self.answers[1:])],
            "levels": main["levels"],
            "naive": {"quarters": main["naive"], "text": main["naive_text"]},
            "power": {"narrowing_found_in_80_percent": main["detectable_narrowing"]},
            "states": _count([one for one in self.answers if one.group is not None] or self.answers),
            "notes": list(self.notes),
            "text": [first.text, *_of_many(self.answers, self.mistaken)],
        }


def _count(answers: Sequence[ConvergenceAnswer]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for answer in answers:
        counted[answer.chosen.state] = counted.get(answer.chosen.state, 0) + 1
    return counted


def _of_many(answers: Sequence[ConvergenceAnswer], mistaken: float) -> list[str]:
    """Say how many of many groups are in each state, and how many of these chance would name."""
    inside = [answer for answer in answers if answer.group is not None]
    if not inside:
        return []
    told = sum(answer.chosen.state != "cannot be told" for answer in inside)
    counts = ", ".join(f"{state}: {n}" for state, n in _count(inside).items())
    return [f"Inside {len(inside)} groups: {counts}.{_by_chance(told, mistaken)}"]


def _by_chance(told: int, mistaken: float) -> str:
    if told < 2:
        return ""
    return (
        f" Were nothing but fluctuation at work, up to about {told * mistaken:.1f} of {told} would still be "
        "called narrowing, and as many widening."
    )


def unit_rows(school: Sequence[str], paths: UnitPaths, z: float) -> list[dict[str, Any]]:
    """Return one row per school: persistent starting level, trend per year and forecast with intervals.

    Parameters
    ----------
    school
        Codes.
    paths
        Their paths.
    z
        Normal quantile of the intervals.

    Returns
    -------
    list of dict
    """

    def told(estimate: float, se: float) -> dict[str, float | None]:
        if not (isfinite(estimate) and isfinite(se)):
            return {"estimate": None, "lower": None, "upper": None}
        return {"estimate": estimate, "lower": estimate - z * se, "upper": estimate + z * se}

    found = (paths.level, paths.level_se, paths.trend, paths.trend_se, paths.forecast, paths.forecast_se)
    columns = zip(school, *(column.tolist() for column in found), strict=True)
    return [
        {"school": code, "level": told(a, b), "trend": told(c, d), "forecast": told(e, f)}
        for code, a, b, c, d, e, f in columns
    ]
