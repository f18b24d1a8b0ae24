"""What is said about a school's stage: the thresholds, the answer and its sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from upwards.core.settings import Settings

StageName = Literal["share within", "grow the top", "link out", "leaders decide"]
SchoolSubject = tuple[str, str | None]
Ints = npt.NDArray[np.int64]

INTERVAL_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class StageRule:
    """Thresholds of the stages.

    Attributes
    ----------
    gap
        Gap between a school's best team and its others that is worth sharing, pupil SD.
    share_certainty, grow_certainty, link_certainty
        Smallest probability with which to share within, to grow the top (both of high and of even) and to
        link out, 0 to 1.
    min_coverage
        Teams with a smaller share of results attributed do not count, 0 to 1.
    personal_below
        A team with fewer known teachers than this is personal.
    change_certainty
        Probability that changes a stage at once; below it a change needs two years running.
    min_years
        Teams with fewer academic years are said to have so few; the verdict does not depend on it.
    """

    gap: float = 0.20
    share_certainty: float = 0.70
    grow_certainty: float = 0.70
    link_certainty: float = 0.70
    min_coverage: float = 0.70
    personal_below: int = 3
    change_certainty: float = 0.90
    min_years: int = 2

    @classmethod
    def from_settings(cls, settings: Settings) -> StageRule:
        """Take the thresholds from a workspace's settings."""
        return cls(
            gap=settings.number("share_within.gap"),
            share_certainty=settings.number("share_within.certainty"),
            grow_certainty=settings.number("grow_top.certainty"),
            link_certainty=settings.number("link_out.certainty"),
            min_coverage=settings.number("coverage.minimum"),
            personal_below=settings.count("personal_unit.min_teachers"),
            change_certainty=settings.number("change_of_stage.certainty"),
            min_years=settings.count("bright_spot.min_years"),
        )


@dataclass(frozen=True, slots=True)
class OutsideReference:
    """What "high" means outside these schools.

    Attributes
    ----------
    upper_quartile
        75th percentile of what schools add, pupil SD, on the scale of the teams' effects.
    source
        Where it comes from, as shown to the user.
    by_subject
        The same for single subjects, where it is known.
    """

    upper_quartile: float
    source: str
    by_subject: Mapping[str, float] = field(default_factory=dict)

    def of(self, subject: str | None) -> float:
        """Return the 75th percentile for a subject, or the one for all."""
        return self.by_subject.get(subject, self.upper_quartile) if subject else self.upper_quartile


@dataclass(frozen=True, slots=True)
class Earlier:
    """Last year's stage of a school in a subject: the one in force and the one the rule gave."""

    in_force: StageName
    by_rule: StageName


@dataclass(frozen=True, slots=True)
class SchoolStage:
    """The stage of one school in one subject, or over all of them.

    Attributes
    ----------
    school, subject
        The school; the subject, or None for all subjects together.
    stage, by_rule
        The stage in force, and the one the rule gives on these results alone.
    why
        One sentence.
    share_within, grow_the_top, link_out, leaders_decide
        Probabilities of the four; they sum to 1. The first three are the smaller of the two accounts of
        intake, the last is the rest. Without a reference `grow_the_top` is None and its part is in
        `leaders_decide`. All None where nothing may or can be said.
    gap, gap_lower, gap_upper
        Posterior mean and 95 % interval of the gap between the school's best team and the mean of its
        others, pupil SD, of the account of intake with the smaller mean; None for fewer than two teams.
    even
        P(whichever team is best, the gap is below the rule's), 0 to 1, the smaller of the two accounts.
    high, high_here
        P(level above the outside 75th percentile), and above that of these schools, each the smaller of the
        two accounts; None where unknown.
    n_teams, n_left_out
        Teams counted, and teams left out for coverage or because they were not measured.
    best
        Position of the best team; None where there is none or it is personal and did not agree.
    """

    school: str
    subject: str | None
    stage: StageName
    by_rule: StageName
    why: str
    share_within: float | None = None
    grow_the_top: float | None = None
    link_out: float | None = None
    leaders_decide: float | None = None
    gap: float | None = None
    gap_lower: float | None = None
    gap_upper: float | None = None
    even: float | None = None
    high: float | None = None
    high_here: float | None = None
    n_teams: int = 0
    n_left_out: int = 0
    best: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """The stage of every school, in each subject and over all.

    Attributes
    ----------
    schools
        Ordered by school, then over all (subject None), then by subject.
    rule, reference
        The thresholds and the outside reference used.
    text
        The answer in sentences.
    """

    schools: tuple[SchoolStage, ...]
    rule: StageRule
    reference: OutsideReference | None
    text: tuple[str, ...]

    def by_school(self) -> dict[SchoolSubject, SchoolStage]:
        """Return the stages under (school, subject)."""
        return {(stage.school, stage.subject): stage for stage in self.schools}

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data for JSON, without NaN."""
        reference = None
        if self.reference:
            reference = {
                "upper_quartile": self.reference.upper_quartile,
                "source": self.reference.source,
                "by_subject": dict(self.reference.by_subject),
            }
        return {
            "schools": tuple(asdict(stage) for stage in self.schools),
            "rule": asdict(self.rule),
            "reference": reference,
            "text": self.text,
        }


def say_years(n_years: Ints, min_years: int) -> str:
    """Return a clause on teams with fewer academic years than `min_years`; empty if none has.

    Examples
    --------
    >>> say_years(np.array([1, 1]), 2), say_years(np.array([3, 1]), 2), say_years(np.array([2]), 2)
    (', on one year of results only', ', on one year of results only in some teams', '')
    """
    fewest = int(n_years.min())
    if fewest >= min_years:
        return ""
    some = " in some teams" if int(n_years.max()) > fewest else ""
    return f", on {'one year' if fewest == 1 else f'{fewest} years'} of results only{some}"


def say_why(
    found: SchoolStage,
    stage: StageName,
    rule: StageRule,
    reference: OutsideReference | None,
    years: str = "",
) -> str:
    """Say why in a sentence; `years` is the clause of `say_years`."""
    place = found.school if found.subject is None else f"{found.school} in {found.subject}"
    one = found.even is None
    if stage == "share within":
        return (
            f"{place}: one team is ahead of the others by at least {rule.gap:g} SD with probability "
            f"{found.share_within:.2f}, so the knowledge is inside; share it within first{years}."
        )
    if stage == "grow the top" and reference:
        manner = "high" if one else "high and even"
        return (
            f"{place} is {manner}, above the upper quartile of {reference.source} with probability "
            f"{found.high:.2f}: work with peers at this level, research and structured innovation{years}."
        )
    if stage == "link out":
        manner = "has one team, probably not among the highest" if one else "is even and not surely high"
        return f"{place} {manner}; the knowledge it needs is outside: link with one partner at a time{years}."
    if found.high is None and (found.high_here or 0.0) >= rule.grow_certainty and (one or _even(found, rule)):
        return (
            f"{place} is high compared with these schools only: without an outside reference nobody can say "
            "whether to grow the top or to link out, so its leaders decide."
        )
    if one:
        return f"{place} has one team, and its level is not known well enough to choose; its leaders decide."
    if _even(found, rule):
        return (
            f"{place} is even, but not sure enough, in both accounts of intake, to choose between growing "
            "the top and linking out; its leaders decide."
        )
    return (
        f"{place}: the results cannot tell whether one team is ahead by {rule.gap:g} SD or all are even; "
        "its leaders decide."
    )


def _even(found: SchoolStage, rule: StageRule) -> bool:
    """Say whether the school is even with enough certainty."""
    return found.even is not None and found.even >= rule.link_certainty


def sum_up(schools: list[SchoolStage], reference: OutsideReference | None) -> tuple[str, ...]:
    """Count the stages, and say what cannot be known."""
    counts = dict.fromkeys(("share within", "link out", "grow the top", "leaders decide"), 0)
    for stage in schools:
        if stage.subject is not None:
            counts[stage.stage] += 1
    said = ", ".join(f"{name}: {count}" for name, count in counts.items())
    lines = [f"Schools by subject: {said}."]
    if reference:
        lines.append(f"High means above the upper quartile of {reference.source}.")
    else:
        lines.append("No outside reference was given: high can only mean high compared with these schools.")
    return tuple(lines)
