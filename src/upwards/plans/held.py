"""What partnerships under way hold: their pairs, and what they leave of every limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from upwards.measures.promised_hours import UnderWay
from upwards.measures.staff_hours import subject_key
from upwards.measures.teams import Teams

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """What partnerships use: recipients, partners and hours of each team, hours of people, and in all.

    Attributes
    ----------
    recipients_of, hours_of_provider
        Of each team as a provider, shape (T,).
    partners_of, outside_of, hours_of_recipient
        Of each team as a recipient, shape (T,); partners outside are those of other schools.
    hours_of_pool
        Of each pool of people, shape (K,).
    hours
        Of both ends together.
    """

    recipients_of: Floats
    hours_of_provider: Floats
    partners_of: Floats
    outside_of: Floats
    hours_of_recipient: Floats
    hours_of_pool: Floats
    hours: float

    def __add__(self, other: Use) -> Use:
        """Add what others use of the same teams and people."""
        return Use(
            recipients_of=self.recipients_of + other.recipients_of,
            hours_of_provider=self.hours_of_provider + other.hours_of_provider,
            partners_of=self.partners_of + other.partners_of,
            outside_of=self.outside_of + other.outside_of,
            hours_of_recipient=self.hours_of_recipient + other.hours_of_recipient,
            hours_of_pool=self.hours_of_pool + other.hours_of_pool,
            hours=self.hours + other.hours,
        )


def nothing(n_teams: int, n_pools: int = 0) -> Use:
    """Return the use of no partnership."""
    a, b, c, d, e = (np.zeros(n_teams) for _ in range(5))
    return Use(a, b, c, d, e, np.zeros(n_pools), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Which teams stand at the two ends of a partnership under way, as positions; several where not said."""

    provider: Ints
    recipient: Ints


def find_ends(teams: Teams, under_way: Iterable[UnderWay]) -> tuple[Ends, ...]:
    """Find the teams of partnerships under way.

    Parameters
    ----------
    teams
        The teams.
    under_way
        The partnerships.

    Returns
    -------
    tuple of Ends
        In the same order. Where the record names no team that the results have, all teams of the school in
        the subject; none where the results have no such school or subject.
    """
    at: dict[tuple[str, str], list[int]] = {}
    for t, (school, subject) in enumerate(zip(teams.school, teams.subject, strict=True)):
        at.setdefault((school, subject_key(subject)), []).append(t)

    def of(school: str, subject: str, team: str) -> Ints:
        here = at.get((school, subject_key(subject)), [])
        named = [t for t in here if subject_key(teams.stage[t]) == subject_key(team)]
        return np.array(named or here, dtype=np.int64)

    return tuple(
        Ends(
            of(one.provider_school, one.subject, one.provider_team),
            of(one.recipient_school, one.subject, one.recipient_team),
        )
        for one in under_way
    )


def use_of_under_way(n_teams: int, under_way: Iterable[UnderWay], ends: Iterable[Ends]) -> Use:
    """Add up what partnerships under way hold; where it is not said which team, of each that it may be."""
    found, hours = nothing(n_teams), 0.0
    for one, end in zip(under_way, ends, strict=True):
        found.recipients_of[end.provider] += 1
        found.hours_of_provider[end.provider] += one.provider_hours
        found.partners_of[end.recipient] += 1
        found.outside_of[end.recipient] += one.provider_school != one.recipient_school
        found.hours_of_recipient[end.recipient] += one.recipient_hours
        hours += one.provider_hours + one.recipient_hours
    return replace(found, hours=hours)


def are_under_way(provider: Ints, recipient: Ints, ends: Iterable[Ends]) -> Flags:
    """Say of each pair whether these two teams work together already, shape (P,)."""
    going = [(p, r) for end in ends for p in end.provider.tolist() for r in end.recipient.tolist()]
    both = np.array(going, dtype=np.int64).reshape(-1, 2)
    width = 1 + max(recipient.max(initial=0), both.max(initial=0))
    return np.isin(provider * width + recipient, both[:, 0] * width + both[:, 1])
