"""Stages: whether a school should share within, link out or grow the top, or its leaders decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from upwards.measures.bright_spots import TeamKey, keys_in, personal_teams
from upwards.measures.stage_answers import (
    INTERVAL_LEVEL,
    Earlier,
    OutsideReference,
    SchoolStage,
    SchoolSubject,
    StageName,
    StageRule,
    Stages,
    say_why,
    say_years,
    sum_up,
)
from upwards.measures.teams import Teams

__all__ = [
    "Earlier", "OutsideReference", "SchoolStage", "SchoolSubject", "StageName", "StageRule", "Stages",
    "choose_stages",
]  # fmt: skip

Draws = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

FEWEST_SCHOOLS = 4
"""Fewest schools of which an upper quartile says anything."""


@dataclass(frozen=True, slots=True, eq=False)
class _Account:
    """What one account of intake says of a school: flags of each draw, and the gap with its interval."""

    shares: Flags
    even: Flags
    gap: tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """A school in a subject: its teams, and draws of its level in each account of intake, shape (2, D)."""

    school: str
    subject: str | None
    members: Ints
    n_left_out: int
    level: Draws


def choose_stages(
    teams: Teams,
    rule: StageRule | None = None,
    reference: OutsideReference | None = None,
    *,
    agreed: Set[TeamKey] = frozenset(),
    earlier: Mapping[SchoolSubject, Earlier] | None = None,
) -> Stages:
    """Choose, for each school and subject, where the knowledge it needs is most likely to be.

    Parameters
    ----------
    teams
        T teams with joint draws in both accounts of intake, pupil SD of each team's subject and stage.
    rule
        The thresholds; the defaults of `StageRule` if not given.
    reference
        The outside 75th percentile; without it no school is told to grow the top.
    agreed
        Personal teams (school, subject, stage) that agreed to be named.
    earlier
        Last year's stages, so that a stage changes only if the rule gave it two years running or it is
        nearly certain.

    Returns
    -------
    Stages
        One stage per school and subject, and one per school over all, with probabilities and a sentence.

    Notes
    -----
    Two gaps are kept apart, because picking the best team anew in each draw rewards uncertainty: five equal
    teams known only roughly would show a large "gap" in every draw.

    - *Share within* needs somebody to learn from. Its gap is that of the team whose posterior mean is
      furthest ahead, fixed before the draws are read, over the mean of the school's other teams:
      ``P(share within) = P(theta_b - mean(theta_others) >= gap)``.
    - *Even* must hold whichever team is best. Its gap is the largest in each draw:
      ``P(even) = P(max(theta) - mean(the rest) < gap)``.

    Both are posterior probabilities of events about the true effects, calibrated when the model holds: of
    the schools with P = 0.8 about 80 % have it. The second gap is never smaller than the first, so the two
    leave a remainder, "there is a gap, but not known whose", which goes to the leaders.

    A stage must survive both accounts of intake, as bright spots do. Every probability is computed on
    `Teams.draws` and on `Teams.draws_adjusted`, and the smaller of the two stands; "not high" is asked of
    both as well. What the two take from one another goes to the leaders, so that the four still sum to 1.
    The team ahead is one and the same in both: the one whose lead is largest in the account where it is
    smaller. The gap shown is that of the account with the smaller mean.

    The level of a school is the mean of its teams weighted by pupils. A single team has no internal gap: it
    can link out or grow the top if its level alone says so with the same certainty. Over all subjects each
    team is measured in its own subject's SD, and no best team is given: subjects are not ranked against
    each other.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.tile(np.array([0.4, 0.0], dtype=np.float32), (100, 1))
    >>> teams = Teams(("Hill", "Hill"), ("reading", "reading"), ("2", "3"), np.array([80, 90]),
    ...               np.array([2, 2]), np.array([4, 4]), np.ones(2), draws[0].astype(float),
    ...               np.zeros(2), draws, draws)
    >>> choose_stages(teams).by_school()["Hill", "reading"].stage
    'share within'
    """
    rule = rule or StageRule()
    draws = np.ascontiguousarray(np.stack([teams.draws.T, teams.draws_adjusted.T]))
    usable = (teams.coverage >= rule.min_coverage) & ~np.isnan(draws).any(axis=(0, 2))
    secret = personal_teams(teams, rule.personal_below) & ~keys_in(teams, agreed)
    units = list(_units(teams, draws, usable))
    high_here = _high_here(units)
    schools = []
    for unit, here in zip(units, high_here, strict=True):
        if not unit.members.size:
            schools.append(_silent(unit, f"no team of {_place(unit)} has results that can be used"))
        elif unit.members.size == 1 and secret[unit.members[0]]:
            schools.append(
                _silent(unit, f"{_place(unit)} is one team of one or two people, whose results are not shown")
            )
        else:
            years = say_years(teams.n_years[unit.members], rule.min_years)
            found = _stage(unit, draws[:, unit.members], rule, reference, here, years)
            schools.append(_keep_steady(_hide_best(found, secret), rule, earlier))
    return Stages(tuple(schools), rule, reference, sum_up(schools, reference))


def _units(teams: Teams, draws: Draws, usable: Flags) -> Iterator[_Unit]:
    """Group teams into schools over all and schools by subject."""
    groups: dict[tuple[str, str], list[int]] = {}
    for t, (school, subject) in enumerate(zip(teams.school, teams.subject, strict=True)):
        groups.setdefault((school, ""), []).append(t)
        groups.setdefault((school, "=" + subject), []).append(t)
    for (school, subject), listed in sorted(groups.items()):
        # Within a subject teams are taken in the order of their stages, so that ties do not depend on rows.
        members = np.array(sorted(listed, key=lambda t: (teams.stage[t], teams.subject[t])), dtype=np.intp)
        kept = members[usable[members]]
        weight = np.maximum(teams.n_pupils[kept], 1).astype(np.float32)
        level = weight @ draws[:, kept] / weight.sum() if kept.size else np.empty((2, 0), dtype=np.float32)
        yield _Unit(school, subject[1:] or None, kept, members.size - kept.size, level)


def _high_here(units: list[_Unit]) -> list[Flags | None]:
    """Return draws of "level above these schools' own 75th percentile"; None with few schools."""
    found: list[Flags | None] = [None] * len(units)
    by_subject: dict[str | None, list[int]] = {}
    for u, unit in enumerate(units):
        if unit.members.size:
            by_subject.setdefault(unit.subject, []).append(u)
    for positions in by_subject.values():
        if len(positions) >= FEWEST_SCHOOLS:
            levels = np.stack([units[u].level for u in positions])  # (schools, 2, D)
            above = levels > np.quantile(levels, 0.75, axis=0)
            for u, flags in zip(positions, above, strict=True):
                found[u] = flags
    return found


def _stage(
    unit: _Unit,
    draws: Draws,
    rule: StageRule,
    reference: OutsideReference | None,
    here: Flags | None,
    years: str,
) -> SchoolStage:
    """Apply the rule to one school, from draws of its K teams in both accounts, shape (2, K, D)."""
    outside = unit.level > np.float32(reference.of(unit.subject)) if reference else None
    best = _best(draws)
    accounts = [_gaps(account, best, rule.gap) for account in draws]
    even = np.stack([account.even for account in accounts])
    gap = min((account.gap for account in accounts), key=lambda summary: summary[0] or 0.0)
    known = outside if outside is not None else here
    above = known if known is not None else np.zeros_like(even)
    p_share = _smaller(np.stack([account.shares for account in accounts]))
    p_link = _smaller(even & ~above)
    p_grow = _smaller(even & above) if outside is not None else None
    several = unit.members.size > 1
    found = SchoolStage(
        school=unit.school,
        subject=unit.subject,
        stage="leaders decide",
        by_rule="leaders decide",
        why="",
        share_within=p_share,
        grow_the_top=p_grow,
        link_out=p_link,
        leaders_decide=max(0.0, 1.0 - p_share - (p_grow or 0.0) - p_link),
        gap=gap[0],
        gap_lower=gap[1],
        gap_upper=gap[2],
        even=_smaller(even) if several else None,
        high=_smaller(outside) if outside is not None else None,
        high_here=_smaller(here) if here is not None else None,
        n_teams=int(unit.members.size),
        n_left_out=unit.n_left_out,
        best=int(unit.members[best]) if several and unit.subject is not None else None,
    )
    stage = _by_rule(found, _smaller(~known) if known is not None else None, rule)
    return replace(found, stage=stage, by_rule=stage, why=say_why(found, stage, rule, reference, years))


def _smaller(flags: Flags) -> float:
    """Return the smaller of the two accounts' probabilities, from flags of shape (2, D)."""
    return float(flags.mean(axis=1).min())


def _best(draws: Draws) -> int:
    """Return the team furthest ahead on average, in the account where it is less so."""
    effect = np.mean(draws, axis=2, dtype=np.float64)
    return int(np.argmax((effect - effect.mean(axis=1, keepdims=True)).min(axis=0)))


def _gaps(draws: Draws, best: int, worth_sharing: float) -> _Account:
    """Read "the best is ahead", "all are even" and the gap off one account's draws, shape (K, D)."""
    n_teams = draws.shape[0]
    if n_teams == 1:
        nothing = np.zeros(draws.shape[1], dtype=bool)
        return _Account(nothing, ~nothing, (None, None, None))
    mean = draws.mean(axis=0)
    # theta - (total - theta) / (K - 1) is K / (K - 1) times theta's distance from the mean of all K.
    scale = np.float32(n_teams / (n_teams - 1))
    gap = scale * (draws[best] - mean)
    largest = scale * (draws.max(axis=0) - mean)
    lower, upper = np.quantile(gap, [(1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2])
    summary = (float(np.mean(gap, dtype=np.float64)), float(lower), float(upper))
    size = np.float32(worth_sharing)
    return _Account(gap >= size, largest < size, summary)


def _by_rule(found: SchoolStage, not_high: float | None, rule: StageRule) -> StageName:
    """Apply the thresholds; `not_high` is the smaller of the two accounts' probabilities of it."""
    if found.share_within is not None and found.share_within >= rule.share_certainty:
        return "share within"
    known = found.high if found.high is not None else found.high_here
    high = known is not None and known >= rule.grow_certainty
    if high and (found.even is None or found.even >= rule.grow_certainty):
        return "grow the top" if found.high is not None else "leaders decide"
    if found.even is None:
        # A single team has only its level to go by, so "not high" must itself be likely.
        low = not_high is not None and not_high >= rule.link_certainty
        return "link out" if low else "leaders decide"
    # High in one account is enough to doubt that the knowledge is outside.
    perhaps = not_high is not None and 1.0 - not_high >= rule.grow_certainty
    return "link out" if found.even >= rule.link_certainty and not perhaps else "leaders decide"


def _place(unit: _Unit) -> str:
    """Name a school and subject."""
    return unit.school if unit.subject is None else f"{unit.school} in {unit.subject}"


def _silent(unit: _Unit, reason: str) -> SchoolStage:
    """Leave it to the leaders without a number."""
    why = f"Not shown: {reason}; the school's leaders decide."
    n_teams = int(unit.members.size)
    return SchoolStage(
        unit.school, unit.subject, "leaders decide", "leaders decide", why,
        n_teams=n_teams, n_left_out=unit.n_left_out,
    )  # fmt: skip


def _hide_best(found: SchoolStage, secret: Flags) -> SchoolStage:
    """Do not point at a best team that is personal and did not agree."""
    return replace(found, best=None) if found.best is not None and secret[found.best] else found


def _keep_steady(
    found: SchoolStage, rule: StageRule, earlier: Mapping[SchoolSubject, Earlier] | None
) -> SchoolStage:
    """Keep last year's stage unless the new one held two years running or is nearly certain."""
    before = (earlier or {}).get((found.school, found.subject))
    if before is None or found.by_rule in (before.in_force, before.by_rule):
        return found
    probability = getattr(found, found.by_rule.replace(" ", "_"))
    if probability is not None and probability >= rule.change_certainty:
        return found
    kept = f'The rule now gives "{found.by_rule}", for the first year: "{before.in_force}" stays in force.'
    return replace(found, stage=before.in_force, why=f"{found.why} {kept}")
