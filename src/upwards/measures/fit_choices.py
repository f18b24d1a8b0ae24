"""Which fits the results of a workspace allow, with which intake and levels, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upwards.store.results_rows import FitFacts

CHARACTERISTICS = ("sex", "disadvantaged", "eal", "sen", "ethnicity", "birth_month")
LEVELS = ("group", "school", "department", "class")
# numbers that name a category: the effect of a month of birth is no straight line from January
NAMING_NUMBERS = frozenset({"birth_month"})
# below this share of known values a characteristic or level is left out rather than the pupils who lack it
MOSTLY_KNOWN = 0.9
MOST_CATEGORIES = 30
FEW_PUPILS = 30


@dataclass(frozen=True, slots=True)
class FitChoice:
    """One subject and stage: what will be fitted, or why not.

    Attributes
    ----------
    subject, stage
        Which results.
    intake
        Terms of the intake: a column, or ``C(column)``.
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


def choose_fit(facts: FitFacts, declared: Sequence[str] = (), *, min_coverage: float = 0.7) -> FitChoice:
    """Choose intake and levels for one subject and stage from what its rows hold.

    Parameters
    ----------
    facts
        Counts of rows and known values.
    declared
        Columns that the mapping names as intake.
    min_coverage
        Share of results below which a unit has no score, 0 to 1; less than it overall is said in a note.

    Returns
    -------
    FitChoice
        Prior attainment where there is any; declared columns and characteristics known for at least nine
        in ten; the school, and every other level known for at least nine in ten, outer to inner.

    Notes
    -----
    Two scales, priors from two sources, or several results of one pupil in a year are refused: they would
    be compared as one.
    """
    notes: list[str] = []
    has_prior = facts.known.get("prior", 0) > 0
    if not has_prior:
        notes.append(
            "No prior attainment: what pupils brought is known only by their characteristics, "
            "so effects hold what earlier years gave them as well."
        )
    columns = ["prior"] if has_prior else []
    columns += [
        name
        for name in dict.fromkeys([*declared, *CHARACTERISTICS])
        if name != "prior" and _is_usable(name, facts, notes)
    ]
    levels = tuple(name for name in LEVELS if _is_level(name, facts, notes))
    known = [facts.known[name] for name in (*columns, "school") if name in facts.known]
    coverage = min(known, default=0) / max(facts.n_scored, 1)
    if coverage < min_coverage:
        notes.append(
            f"At most {coverage:.0%} of results can be used: those left out are not a random part, and units "
            f"below {min_coverage:.0%} have no score."
        )
    return FitChoice(
        subject=facts.subject,
        stage=facts.stage,
        intake=tuple(f"C({name})" if name in NAMING_NUMBERS else name for name in columns),
        levels=levels,
        has_years=len(facts.years) > 1,
        has_prior=has_prior,
        coverage=coverage,
        refusal=_refusal(facts, has_prior, levels),
        notes=tuple(notes),
        years=facts.years,
    )


def unit_columns(level: str, levels: Sequence[str]) -> tuple[str, ...]:
    """Return the columns whose labels make up the path of a level's units.

    Parameters
    ----------
    level
        Such as ``"school"`` or its year part, ``"school:year"``.
    levels
        Nested levels of the fit, outer to inner.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> unit_columns("school:year", ("group", "school", "class"))
    ('group', 'school', 'year')
    """
    name, year = (level, "") if level in levels else level.rsplit(":", 1)
    return (*levels[: levels.index(name) + 1], *filter(None, [year]))


def _is_usable(name: str, facts: FitFacts, notes: list[str]) -> bool:
    """Say whether a column joins the intake; leaving out one that tells something is noted."""
    if facts.distinct.get(name, 0) < 2:
        return False
    share = facts.known[name] / max(facts.n_scored, 1)
    if share < MOSTLY_KNOWN:
        notes.append(f"'{name}' is known for {share:.0%} of results only and was left out of the intake.")
        return False
    if name in facts.text and facts.distinct[name] > MOST_CATEGORIES:
        notes.append(
            f"'{name}' has {facts.distinct[name]:,} different values, too many for categories, and was left "
            "out of the intake."
        )
        return False
    return True


def _is_level(name: str, facts: FitFacts, notes: list[str]) -> bool:
    """Say whether a column is a level; one that few rows name would leave most of them out."""
    if facts.distinct.get(name, 0) < 2:
        return False
    share = facts.known[name] / max(facts.n_scored, 1)
    if name != "school" and share < MOSTLY_KNOWN:
        notes.append(f"'{name}' is known for {share:.0%} of results only and is no level of the fit.")
        return False
    return True


def _refusal(facts: FitFacts, has_prior: bool, levels: tuple[str, ...]) -> str | None:
    if len(facts.scales) > 1:
        return f"Scores are on {len(facts.scales)} scales ({', '.join(facts.scales)}): one fit has one scale."
    if has_prior and len(facts.prior_sources) > 1:
        sources = ", ".join(facts.prior_sources)
        return f"Prior attainment comes from several sources ({sources}): one fit has one."
    if facts.n_repeated:
        return (
            f"{facts.n_repeated:,} results are a pupil's second or later one of a year: they are not "
            "independent. Import one sitting of one assessment only."
        )
    if facts.n_scored < FEW_PUPILS:
        return f"Fewer than {FEW_PUPILS} results have a score: too few to tell anything."
    if "school" not in levels:
        return "All results are of one school: there is nothing to compare it with."
    return None
