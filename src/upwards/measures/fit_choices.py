"""Which fits the results of a workspace allow, with which intake and levels, and what is in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

CHARACTERISTICS = ("sex", "disadvantaged", "eal", "sen", "ethnicity", "birth_month")
LEVELS = ("group", "school", "department", "class")
# below this share of known values a characteristic is left out rather than the pupils who lack it
MOSTLY_KNOWN = 0.9
MOST_CATEGORIES = 30
FEW_PUPILS = 30


class Facts(Protocol):
    """What `fit_choices` needs to know of the rows of one subject and stage (see `store.FitFacts`)."""

    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def stage(self) -> str: ...  # noqa: D102
    @property
    def n_rows(self) -> int: ...  # noqa: D102
    @property
    def n_scored(self) -> int: ...  # noqa: D102
    @property
    def known(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def distinct(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def scales(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def prior_sources(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def years(self) -> tuple[int, ...]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class FitChoice:
    """One subject and stage: what will be fitted, or why not.

    Attributes
    ----------
    subject, stage
        Which results.
    intake
        Columns of the intake.
    levels
        Nested levels, outer to inner.
    has_years
        Whether there is more than one academic year.
    has_prior
        Whether prior attainment is in the intake.
    coverage
        Share of scored results whose intake and school are known, 0 to 1; an upper bound before the fit.
    refusal
        Why there is no fit; None where there is one.
    notes
        What a reader must know.
    years
        Academic years, by their ending.
    """

    subject: str
    stage: str
    intake: tuple[str, ...]
    levels: tuple[str, ...]
    has_years: bool
    has_prior: bool
    coverage: float
    refusal: str | None
    notes: tuple[str, ...]
    years: tuple[int, ...] = ()


def choose_fit(facts: Facts, declared: Sequence[str] = ()) -> FitChoice:
    """Choose intake and levels for one subject and stage from what its rows hold.

    Parameters
    ----------
    facts
        Counts of rows and known values.
    declared
        Columns that the mapping names as intake.

    Returns
    -------
    FitChoice
        Prior attainment where there is any; declared columns and characteristics known for at least nine
        in ten; every level whose column exists, outer to inner.

    Notes
    -----
    Two scales, or priors from two sources, are refused: they would be compared as one.
    """
    notes: list[str] = []
    has_prior = facts.known.get("prior", 0) > 0
    if not has_prior:
        notes.append(
            "No prior attainment: what pupils brought is known only by their characteristics, "
            "so effects hold what earlier years gave them as well."
        )
    intake = ["prior"] if has_prior else []
    for name in dict.fromkeys([*declared, *CHARACTERISTICS]):
        if name in facts.known and name != "prior":
            _consider(name, facts, intake, notes)
    levels = tuple(name for name in LEVELS if facts.known.get(name, 0) > 0 and facts.distinct[name] > 1)
    known = [facts.known[name] for name in (*intake, "school") if name in facts.known]
    coverage = min(known, default=0) / max(facts.n_scored, 1)
    return FitChoice(
        subject=facts.subject,
        stage=facts.stage,
        intake=tuple(intake),
        levels=levels,
        has_years=len(facts.years) > 1,
        has_prior=has_prior,
        coverage=coverage,
        refusal=_refusal(facts, has_prior, levels),
        notes=tuple(notes),
        years=facts.years,
    )


def _consider(name: str, facts: Facts, intake: list[str], notes: list[str]) -> None:
    share = facts.known[name] / max(facts.n_scored, 1)
    if facts.distinct[name] < 2:
        return
    if share < MOSTLY_KNOWN:
        notes.append(f"'{name}' is known for {share:.0%} of results only and was left out of the intake.")
    else:
        intake.append(name)


def _refusal(facts: Facts, has_prior: bool, levels: tuple[str, ...]) -> str | None:
    if len(facts.scales) > 1:
        return f"Scores are on {len(facts.scales)} scales ({', '.join(facts.scales)}): one fit has one scale."
    if has_prior and len(facts.prior_sources) > 1:
        sources = ", ".join(facts.prior_sources)
        return f"Prior attainment comes from several sources ({sources}): one fit has one."
    if facts.n_scored < FEW_PUPILS:
        return f"Only {facts.n_scored} results with a score: too few to tell anything."
    if "school" not in levels:
        return "All results are of one school: there is nothing to compare it with."
    return None
