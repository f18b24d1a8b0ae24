"""Bright spots: teams whose value added is large with high probability, and how many would be wrong."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from upwards.core.settings import Settings
from upwards.measures.teams import Teams

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
TeamKey = tuple[str, str, str]
Status = Literal[
    "bright spot", "provisional", "cut from the list", "too little data", "not likely enough", "hidden"
]

HIDDEN = "personal: named only by agreement, and only among those who know how"


@dataclass(frozen=True, slots=True)
class BrightSpotRule:
    """What it takes to be called a bright spot.

    Attributes
    ----------
    size
        Smallest true effect that counts, pupil SD.
    certainty
        Smallest probability of an effect of that size, 0 to 1; a headline and an adjusted one are asked.
    min_years, min_pupils, min_coverage
        Fewest academic years and pupils, and smallest share of results attributed (0 to 1).
    max_share_wrong
        Largest expected share of the list that is not a bright spot, 0 to 1.
    personal_below
        A team with fewer known teachers than this is personal.
    person_certainty, person_min_years, person_min_pupils
        The stricter rule for a personal team that agreed to be named.
    """

    size: float = 0.10
    certainty: float = 0.80
    min_years: int = 2
    min_pupils: int = 30
    max_share_wrong: float = 0.15
    min_coverage: float = 0.70
    personal_below: int = 3
    person_certainty: float = 0.90
    person_min_years: int = 3
    person_min_pupils: int = 60

    @classmethod
    def from_settings(cls, settings: Settings) -> BrightSpotRule:
        """Take the thresholds from a workspace's settings."""
        return cls(
            size=settings.number("bright_spot.size"),
            certainty=settings.number("bright_spot.certainty"),
            min_years=settings.count("bright_spot.min_years"),
            min_pupils=settings.count("bright_spot.min_pupils"),
            max_share_wrong=settings.number("bright_spot.max_share_wrong"),
            min_coverage=settings.number("coverage.minimum"),
            personal_below=settings.count("personal_unit.min_teachers"),
            person_certainty=settings.number("named_person.certainty"),
            person_min_years=settings.count("named_person.min_years"),
            person_min_pupils=settings.count("named_person.min_pupils"),
        )


@dataclass(frozen=True, slots=True)
class TeamStatus:
    """What can be said of one team.

    Attributes
    ----------
    school, subject, stage
        The team.
    status
        See `Status`; only ``"bright spot"`` may be called one.
    reasons
        Why, in short phrases; empty for a bright spot.
    probability, probability_adjusted
        P(effect at least the rule's size), without and with adjustment for mean intake; None where hidden,
        below coverage or not measured.
    certainty
        The smaller of the two.
    """

    school: str
    subject: str
    stage: str
    status: Status
    reasons: tuple[str, ...]
    probability: float | None
    probability_adjusted: float | None
    certainty: float | None


@dataclass(frozen=True, slots=True, eq=False)
class BrightSpots:
    """Who knows how, and how far the list can be trusted.

    Attributes
    ----------
    teams
        One status per team, in the order of the teams given.
    named
        Positions of the bright spots, most certain first.
    offered
        Positions of provisional ones: all of the rule but the years; most certain first.
    provisional
        True when no team has the years the rule asks for, so that only provisional ones can be offered.
    share_wrong, offered_share_wrong
        Expected share of either list that is not a bright spot, 0 to 1; None for an empty list.
    rule
        The thresholds used.
    text
        The answer in sentences.
    """

    teams: tuple[TeamStatus, ...]
    named: tuple[int, ...]
    offered: tuple[int, ...]
    provisional: bool
    share_wrong: float | None
    offered_share_wrong: float | None
    rule: BrightSpotRule
    text: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data for JSON, without NaN."""
        return asdict(self)


def find_bright_spots(
    teams: Teams, rule: BrightSpotRule | None = None, *, agreed: Set[TeamKey] = frozenset()
) -> BrightSpots:
    """Find the teams whose value added is both large and likely.

    Parameters
    ----------
    teams
        T teams with joint draws, pupil SD of each team's subject and stage.
    rule
        The thresholds; the defaults of `BrightSpotRule` if not given.
    agreed
        Personal teams (school, subject, stage) that agreed to be named among those who know how.

    Returns
    -------
    BrightSpots
        A status with reasons for each team, the list, and the expected share of it that is wrong.

    Notes
    -----
    A bright spot needs P(effect >= size) >= certainty in the headline draws *and* in those adjusted for
    the unit's mean intake; its certainty is the smaller of the two. The expected share wrong of a list is
    the mean of 1 - certainty over it. While it exceeds `max_share_wrong` the least certain go, all teams
    of equal certainty together, so that relabelling teams changes nothing. A team that meets all but the
    years is provisional: it is a list of its own, with its own expected share wrong, and never mixed in.
    Personal teams without agreement are hidden whatever their results; so are those that agreed and are not
    on a list, since that is all they agreed to. Teams of which draws are missing
    or coverage is too small have no probability: it is unknown, not 0.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.tile(np.array([0.3, 0.0], dtype=np.float32), (100, 1))
    >>> teams = Teams(("Hill", "Park"), ("reading", "reading"), ("3", "3"), np.array([80, 90]),
    ...               np.array([2, 2]), np.array([4, 4]), np.ones(2), draws[0].astype(float),
    ...               np.zeros(2), draws, draws)
    >>> found = find_bright_spots(teams)
    >>> [found.teams[i].school for i in found.named], found.share_wrong
    (['Hill'], 0.0)
    """
    rule = rule or BrightSpotRule()
    headline = probability_at_least(teams.draws, rule.size)
    adjusted = probability_at_least(teams.draws_adjusted, rule.size)
    certainty = np.minimum(headline, adjusted)
    personal = personal_teams(teams, rule.personal_below)
    hidden = personal & ~keys_in(teams, agreed)
    gaps = _missing_data(teams, rule, personal, certainty)
    likely = certainty >= np.where(personal, rule.person_certainty, rule.certainty)
    only_years = np.array([list(reasons) == ["years"] for reasons in gaps], dtype=bool)
    complete = np.array([not reasons for reasons in gaps], dtype=bool)
    named = _cut(np.flatnonzero(complete & likely & ~hidden), certainty, rule.max_share_wrong)
    offered = _cut(np.flatnonzero(only_years & likely & ~hidden), certainty, rule.max_share_wrong)
    listed: dict[int, Status] = {}
    listed.update(dict.fromkeys(named, "bright spot"))
    listed.update(dict.fromkeys(offered, "provisional"))
    untold = [bool(one) and t not in listed for t, one in enumerate(personal)]
    statuses = tuple(
        _hidden(teams, t)
        if untold[t]
        else _status(teams, t, (headline[t], adjusted[t]), gaps[t], bool(likely[t]), listed.get(t))
        for t in range(teams.n_teams)
    )
    provisional = bool(teams.n_teams) and not bool(np.any(teams.n_years >= rule.min_years))
    wrong, offered_wrong = _share_wrong(certainty, named), _share_wrong(certainty, offered)
    text = _text(rule, len(named), wrong, len(offered), offered_wrong, provisional, sum(untold))
    return BrightSpots(statuses, named, offered, provisional, wrong, offered_wrong, rule, text)


def probability_at_least(draws: npt.NDArray[np.float32], size: float) -> Floats:
    """Return P(effect >= size) per team from draws of shape (D, T); NaN where a draw is missing."""
    share = np.mean(draws >= np.float32(size), axis=0, dtype=np.float64)
    return np.where(np.isnan(draws).any(axis=0), np.nan, share)


def personal_teams(teams: Teams, personal_below: int) -> Flags:
    """Return which of T teams are known to be taught by fewer people than `personal_below`."""
    return (teams.n_teachers >= 0) & (teams.n_teachers < personal_below)


def keys_in(teams: Teams, keys: Set[TeamKey]) -> Flags:
    """Return which of T teams are among `keys` (school, subject, stage)."""
    labels = zip(teams.school, teams.subject, teams.stage, strict=True)
    return np.array([label in keys for label in labels], dtype=bool)


def _missing_data(
    teams: Teams, rule: BrightSpotRule, personal: Flags, certainty: Floats
) -> list[dict[str, str]]:
    """List, per team, what the data lacks: short name to phrase."""
    years = np.where(personal, rule.person_min_years, rule.min_years)
    pupils = np.where(personal, rule.person_min_pupils, rule.min_pupils)
    found: list[dict[str, str]] = []
    for t in range(teams.n_teams):
        lacks: dict[str, str] = {}
        if np.isnan(certainty[t]):
            lacks["score"] = "not measured"
        if teams.n_years[t] < years[t]:
            lacks["years"] = "one year only" if teams.n_years[t] == 1 else f"fewer than {years[t]} years"
        if teams.n_pupils[t] < pupils[t]:
            lacks["pupils"] = f"too few pupils (fewer than {pupils[t]})"
        if not teams.coverage[t] >= rule.min_coverage:
            lacks["coverage"] = f"below coverage (under {rule.min_coverage:.0%} of results attributed)"
        found.append(lacks)
    return found


def _cut(chosen: npt.NDArray[np.intp], certainty: Floats, max_share_wrong: float) -> tuple[int, ...]:
    """Order a list by certainty and drop its least certain end until few enough are expected to be wrong."""
    order = chosen[np.argsort(-certainty[chosen], kind="stable")]
    wrong = 1.0 - certainty[order]
    running = np.cumsum(wrong) / np.arange(1, order.size + 1)
    # Teams of equal certainty stand or fall together: a cut is allowed only where certainty drops.
    last_of_tie = np.append(np.diff(wrong) > 0, True)[: order.size]
    allowed = np.flatnonzero(last_of_tie & (running <= max_share_wrong + 1e-12))
    return tuple(int(t) for t in order[: allowed[-1] + 1]) if allowed.size else ()


def _share_wrong(certainty: Floats, listed: tuple[int, ...]) -> float | None:
    """Return the expected share of a list that is wrong."""
    return float(np.mean(1.0 - certainty[list(listed)])) if listed else None


def _hidden(teams: Teams, t: int) -> TeamStatus:
    """Say nothing of a personal team that did not agree to be named."""
    label = (teams.school[t], teams.subject[t], teams.stage[t])
    return TeamStatus(*label, "hidden", (HIDDEN,), None, None, None)


def _status(
    teams: Teams,
    t: int,
    probabilities: tuple[float, float],
    lacks: dict[str, str],
    likely: bool,
    listed: Status | None,
) -> TeamStatus:
    """Say what can be said of one team."""
    reasons = tuple(lacks.values())
    status: Status
    if listed:
        status = listed
    elif lacks and not (likely and list(lacks) == ["years"]):
        status = "too little data"
    elif likely:
        status, reasons = "cut from the list", (*reasons, "less certain than the others on the list")
    else:
        status, reasons = "not likely enough", ("not both large and likely, in both accounts of intake",)
    label = (teams.school[t], teams.subject[t], teams.stage[t])
    if "coverage" in lacks or "score" in lacks:
        return TeamStatus(*label, status, reasons, None, None, None)
    headline, adjusted = map(float, probabilities)
    return TeamStatus(*label, status, reasons, headline, adjusted, min(headline, adjusted))


def _text(
    rule: BrightSpotRule,
    n_named: int,
    wrong: float | None,
    n_offered: int,
    offered_wrong: float | None,
    provisional: bool,
    n_hidden: int,
) -> tuple[str, ...]:
    """Put the answer into sentences."""
    lines = []
    if provisional:
        lines.append(
            f"No team has results for {rule.min_years} years, so none can be called a bright spot yet: "
            "a good year and good teaching cannot be told apart."
        )
    elif wrong is None:
        lines.append("No team is both large and likely enough to be called a bright spot.")
    else:
        verb = "is a bright spot" if n_named == 1 else "are bright spots"
        lines.append(f"{_teams(n_named)} {verb}; about {wrong:.0%} of the list is expected to be wrong.")
    if offered_wrong is not None:
        lines.append(
            f"Provisional, on too few years: {_teams(n_offered)} that would otherwise be on the list; "
            f"about {offered_wrong:.0%} of these are expected to be wrong even if the year was typical."
        )
    if n_hidden:
        lines.append(
            f"{_teams(n_hidden)} not shown: taught by one or two people, who are named only if they agree "
            "and their results are on the list."
        )
    return tuple(lines)


def _teams(count: int) -> str:
    """Count teams in words."""
    return "1 team" if count == 1 else f"{count} teams"
