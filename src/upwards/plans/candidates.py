"""Candidates: which teams could gain, who could help them, and what each pair would be worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from upwards.core.errors import UserError, near_misses
from upwards.measures.bright_spots import BrightSpots
from upwards.measures.promised_hours import UnderWay
from upwards.measures.staff_hours import subject_key
from upwards.measures.stages import StageName, Stages
from upwards.measures.teams import Teams
from upwards.plans.held import Use, are_under_way, find_ends, nothing, use_of_under_way
from upwards.plans.people_hours import Demand, People, Pools, find_pools
from upwards.plans.rules import Kind, Pairing, Rates, Requests, Rhythm, TeamKey

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CHUNK = 4096
"""Pairs whose draws are held in memory at once."""
OF_PAIRS = ("provider", "recipient", "internal", "required", "hours", "harm", "benefit", "by_adjusted")


class UnknownTeam(UserError, LookupError):
    """A team was named that the data does not have."""


class PairNotPossible(UserError):
    """Two teams were asked to work together that cannot."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """R recipients and P possible pairs, in an order that does not depend on the order of the rows.

    Attributes
    ----------
    recipients
        Positions of the teams that could gain, shape (R,).
    asked
        Which of them asked for help, shape (R,).
    stage
        The stage of each recipient's school in its subject, length R.
    provider, recipient
        Position of each pair's teams, shape (P,).
    internal, required
        Whether both are in one school; whether the pair was asked for, shape (P,).
    hours, harm, benefit
        Hours of each end; cost to the provider's own pupils and benefit to the recipient's, both in pupil SD
        times pupils, shape (P,).
    by_adjusted
        Whether the benefit is that of the account adjusted for mean intake, the smaller one, shape (P,).
    pupils
        Pupils taught by the one taking part, of every team, shape (T,).
    usual_hours
        Hours of each end of one partnership, also where no pair is possible.
    held
        What partnerships under way use already.
    pools
        Whose recorded hours each pair draws on; empty where no people are known.
    """

    recipients: Ints
    asked: Flags
    stage: tuple[StageName, ...]
    provider: Ints
    recipient: Ints
    internal: Flags
    required: Flags
    hours: Floats
    harm: Floats
    benefit: Floats
    by_adjusted: Flags
    pupils: Floats
    usual_hours: float
    held: Use
    pools: Pools = field(default_factory=Pools)

    @property
    def n_pairs(self) -> int:
        """Return P, the number of pairs."""
        return self.provider.size

    @property
    def place(self) -> Ints:
        """Return the position of each pair's recipient among the recipients, shape (P,); it never falls."""
        lookup = np.zeros(self.pupils.size, dtype=np.int64)
        lookup[self.recipients] = np.arange(self.recipients.size)
        return lookup[self.recipient]

    @property
    def value(self) -> Floats:
        """Return what each pair is worth by itself, shape (P,)."""
        return self.benefit - self.harm


def list_candidates(
    teams: Teams,
    stages: Stages,
    bright_spots: BrightSpots,
    rates: Rates,
    rhythm: Rhythm,
    pairing: Pairing,
    *,
    asks_for_help: Iterable[TeamKey] = (),
    requests: Requests | None = None,
) -> Candidates:
    """List who could gain and every pair that the stages and the agreements allow.

    Parameters
    ----------
    teams, stages, bright_spots
        The measures, of the same teams in the same order.
    rates, rhythm, pairing
        The rules.
    asks_for_help
        Teams that ask for help, whatever their results.
    requests
        Pairs that must be among the candidates.

    Returns
    -------
    Candidates

    Raises
    ------
    UnknownTeam
        If a team is named that does not exist.
    PairNotPossible
        If a required pair is of different subjects, of a team with itself, or would name a person who did
        not agree.

    Notes
    -----
    See ``docs/methods/plan.md``. Personal teams that did not agree are neither providers nor, unless they
    ask themselves, recipients.
    """
    keys = list(zip(teams.school, teams.subject, teams.stage, strict=True))
    position = {key: t for t, key in enumerate(keys)}
    asks = {_find(key, position) for key in asks_for_help}
    hidden = np.array([status.status == "hidden" for status in bright_spots.teams], dtype=bool)
    required = _required((requests or Requests()).pairs, position, hidden, asks)
    school_stage = stages.by_school()
    stage_of: list[StageName] = []
    best_of: list[int | None] = []
    for school, subject, _ in keys:
        found = school_stage.get((school, subject))
        stage_of.append(found.stage if found else "leaders decide")
        best = found.best if found and found.stage == "share within" else None
        best_of.append(None if best is None or hidden[best] else best)
    spots = set(bright_spots.named) | (set(bright_spots.offered) if pairing.provisional else set())
    chosen = _recipients(teams, bright_spots, hidden, stage_of, best_of, asks, pairing)
    recipients = sorted(chosen | {r for _, r in required}, key=lambda t: (keys[t], t))
    possible = _pairs(keys, recipients, spots, stage_of, best_of, asks, pairing) | set(required)
    place = {r: i for i, r in enumerate(recipients)}
    pairs = sorted(possible, key=lambda pair: (place[pair[1]], keys[pair[0]], pair[0]))
    return _worth(teams, recipients, asks, stage_of, pairs, set(required), rates, rhythm, pairing)


def with_under_way(candidates: Candidates, teams: Teams, under_way: Sequence[UnderWay]) -> Candidates:
    """Leave out the pairs that work together already, and count what these use."""
    ends = find_ends(teams, under_way)
    free = ~are_under_way(candidates.provider, candidates.recipient, ends)
    of_pairs = {name: getattr(candidates, name)[free] for name in OF_PAIRS}
    return replace(candidates, held=use_of_under_way(teams.n_teams, under_way, ends), **of_pairs)


def with_people(
    candidates: Candidates,
    teams: Teams,
    people: People,
    pairing: Pairing,
    under_way: Sequence[UnderWay] = (),
) -> Candidates:
    """Say of each pair whose recorded hours its provider's end takes, and what is promised of them."""
    demand: list[Demand] = [
        (teams.school[p], teams.subject[p], kind_of(bool(inside), pairing) == "coaching")
        for p, inside in zip(candidates.provider.tolist(), candidates.internal.tolist(), strict=True)
    ]
    written = {subject_key(subject): subject for subject in teams.subject}
    promised = [
        (one.provider_school, written.get(subject_key(one.subject), one.subject), one.kind == "coaching")
        for one in under_way
    ]
    pools = find_pools(people, demand + promised)
    hours = np.array([one.provider_hours for one in under_way], dtype=np.float64)
    drawn = pools.drawn(np.arange(len(demand), len(demand) + len(promised), dtype=np.int64), hours)
    return replace(
        candidates, pools=pools.first(len(demand)), held=replace(candidates.held, hours_of_pool=drawn)
    )


def _find(key: TeamKey, position: dict[TeamKey, int]) -> int:
    """Return the position of a team."""
    if key not in position:
        known = [" / ".join(team) for team in position]
        raise UnknownTeam(
            f"There is no team {' / '.join(key)!r}{near_misses(' / '.join(key), known)}. "
            "Name a team by school, subject and stage, as in the results."
        )
    return position[key]


def _required(
    pairs: Sequence[tuple[TeamKey, TeamKey]], position: dict[TeamKey, int], hidden: Flags, asks: set[int]
) -> list[tuple[int, int]]:
    """Check the pairs that were asked for."""
    found = []
    for provider, recipient in pairs:
        p, r = _find(provider, position), _find(recipient, position)
        said = f"{' / '.join(provider)} cannot be asked to work with {' / '.join(recipient)}"
        if p == r:
            raise PairNotPossible(f"{said}: they are the same team.")
        if provider[1] != recipient[1]:
            raise PairNotPossible(f"{said}: a partnership works on one subject.")
        if hidden[p] or (hidden[r] and r not in asks):
            raise PairNotPossible(
                f"{said}: one of them is taught by one or two people, who have not agreed to be named. "
                "Ask them first and record their agreement."
            )
        found.append((p, r))
    return found


def _recipients(
    teams: Teams,
    bright_spots: BrightSpots,
    hidden: Flags,
    stage_of: list[StageName],
    best_of: list[int | None],
    asks: set[int],
    pairing: Pairing,
) -> set[int]:
    """Choose the teams furthest to gain, the others of schools that share within, and those who ask."""
    # Both accounts of intake must say so, as of bright spots.
    below = np.minimum(np.mean(teams.draws < 0, axis=0), np.mean(teams.draws_adjusted < 0, axis=0))
    known = np.array([status.certainty is not None for status in bright_spots.teams], dtype=bool)
    able = set(bright_spots.named) | set(bright_spots.offered)
    found = set(asks)
    for t in np.flatnonzero(known & ~hidden).tolist():
        best = best_of[t]
        inside = best is not None and best != t
        outward = stage_of[t] == "link out" or (
            stage_of[t] == "leaders decide" and pairing.where_leaders_decide
        )
        furthest = below[t] >= pairing.furthest_certainty
        if t not in able and (inside or (furthest and (outward or stage_of[t] == "share within"))):
            found.add(t)
    return found


def _pairs(
    keys: list[TeamKey],
    recipients: list[int],
    spots: set[int],
    stage_of: list[StageName],
    best_of: list[int | None],
    asks: set[int],
    pairing: Pairing,
) -> set[tuple[int, int]]:
    """Pair each recipient with those who may help it, inside or outside as its stage says."""
    within: dict[tuple[str, str], set[int]] = {}
    by_stage: dict[tuple[str, str], list[int]] = {}
    for p in spots:
        within.setdefault(keys[p][:2], set()).add(p)
        by_stage.setdefault(keys[p][1:], []).append(p)
    stages = sorted({key[2] for key in keys})
    near = {s: [other for other in stages if pairing.neighbours(s, other)] for s in stages}
    found: set[tuple[int, int]] = set()
    for r in recipients:
        school, subject, stage = keys[r]
        both = stage_of[r] == "leaders decide" and (pairing.where_leaders_decide or r in asks)
        if both or stage_of[r] == "share within":
            inside = within.get((school, subject), set()) | {best_of[r]}
            found |= {(p, r) for p in inside if p is not None and p != r and keys[p][2] in near[stage]}
        if both or stage_of[r] in ("link out", "grow the top"):
            for other in near[stage]:
                found |= {(p, r) for p in by_stage.get((subject, other), []) if keys[p][0] != school}
    return found


def _worth(
    teams: Teams,
    recipients: list[int],
    asks: set[int],
    stage_of: list[StageName],
    pairs: list[tuple[int, int]],
    required: set[tuple[int, int]],
    rates: Rates,
    rhythm: Rhythm,
    pairing: Pairing,
) -> Candidates:
    """Attach to each pair its hours, its benefit and its cost."""
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    provider, recipient = both[:, 0], both[:, 1]
    internal = np.array([teams.school[p] == teams.school[r] for p, r in pairs], dtype=bool)
    pupils = pupils_of_one(teams, rates)
    inside, outside = rates.of(pairing.internal_kind).mean, rates.of(pairing.external_kind).mean
    headline, adjusted = (
        expected_gap(np.ascontiguousarray(draws.T), provider, recipient, rates.gap_cap)
        for draws in (teams.draws, teams.draws_adjusted)
    )
    moved = np.minimum(headline, adjusted) * np.where(internal, inside, outside) * rates.share_delivered
    return Candidates(
        recipients=np.array(recipients, dtype=np.int64),
        asked=np.array([r in asks for r in recipients], dtype=bool),
        stage=tuple(stage_of[r] for r in recipients),
        provider=provider,
        recipient=recipient,
        internal=internal,
        required=np.array([pair in required for pair in pairs], dtype=bool),
        hours=np.full(len(pairs), rhythm.hours),
        harm=rates.provider_cost * rhythm.weekly_hours * pupils[provider],
        benefit=pupils[recipient] * moved,
        by_adjusted=adjusted < headline,
        pupils=pupils,
        usual_hours=rhythm.hours,
        held=nothing(teams.n_teams),
    )


def pupils_of_one(teams: Teams, rates: Rates) -> Floats:
    """Return the pupils taught in a year by one person of each team, shape (T,).

    `Teams.n_teachers` are those of one year, the one with most: teachers who followed one another do not
    share a year's pupils. Where the number of teachers is unknown it is `Rates.pupils_per_teacher`, or the
    year's pupils if fewer.
    """
    year = teams.n_pupils / np.maximum(teams.n_years, 1)
    known = teams.n_teachers > 0
    return np.where(known, year / np.maximum(teams.n_teachers, 1), np.minimum(year, rates.pupils_per_teacher))


def expected_gap(draws: npt.NDArray[np.float32], provider: Ints, recipient: Ints, cap: float) -> Floats:
    """Return E[min(max(provider - recipient, 0), cap)] of each pair, from joint draws of shape (T, D).

    A pair of which a draw is missing has no known gap and counts none.
    """
    found = np.empty(provider.size)
    for start in range(0, provider.size, CHUNK):
        some = slice(start, start + CHUNK)
        found[some] = counted_gap(draws, provider[some], recipient[some], cap).mean(axis=1, dtype=np.float64)
    return np.nan_to_num(found, nan=0.0)


def counted_gap(
    draws: npt.NDArray[np.float32], provider: Ints, recipient: Ints, cap: float
) -> npt.NDArray[np.float32]:
    """Return draws of the gap that counts, shape (pairs, D)."""
    gap = draws[provider] - draws[recipient]
    return np.clip(gap, np.float32(0), np.float32(cap), out=gap)


def kind_of(internal: bool, pairing: Pairing) -> Kind:
    """Return the kind of a partnership inside a school or between schools."""
    return pairing.internal_kind if internal else pairing.external_kind
