"""Hours that people really have: which partnerships draw on the hours of the same people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from upwards.measures.staff_hours import Colleague, subject_key

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
UNKNOWN = -1
MOST_POOLS = 64
"""Pools of one school; where subjects share people in more ways, one pool of all closes the rest."""

Demand = tuple[str, str, bool]
"""School and subject that give, and whether it is coaching."""
Place = tuple[str, str, int]
"""School and subject, and the pool of its people; `UNKNOWN` where no hours are recorded."""


@dataclass(frozen=True, slots=True)
class People:
    """The people of the schools.

    Attributes
    ----------
    colleagues
        One for each person and school.
    coaches_trained
        Whether coaching takes hours of people trained to coach, where it is recorded who is.
    """

    colleagues: tuple[Colleague, ...]
    coaches_trained: bool = True


@dataclass(frozen=True, slots=True)
class Pool:
    """People of one school whose hours are all that some of its subjects can give.

    Attributes
    ----------
    school, subjects
        The subjects that have no other people, as the results write them, in order.
    hours
        Of these people together, in one cycle.
    n_people, n_unrecorded
        People whose hours are recorded, and further ones of these subjects whose hours are not.
    are_coaches
        Whether these are trained coaches only.
    terms
        Terms that the hours are of; empty for hours of any week.
    """

    school: str
    subjects: tuple[str, ...]
    hours: float
    n_people: int
    n_unrecorded: int
    are_coaches: bool
    terms: tuple[str, ...]


def _nobody() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Pools:
    """K pools and the pairs that draw on them.

    Attributes
    ----------
    pools
        The pools, length K.
    pool, pair
        Position of a pool and of a pair that draws on it, shape (M,); by pair.
    own
        The pool of each pair's own school and subject, shape (P,); `UNKNOWN` where no hours are recorded.
    demand, n_able
        School, subject and kind of hours of each pair, and how many people could give them, length P; empty
        where no people are known at all.
    """

    pools: tuple[Pool, ...] = ()
    pool: Ints = field(default_factory=_nobody)
    pair: Ints = field(default_factory=_nobody)
    own: Ints = field(default_factory=_nobody)
    demand: tuple[Demand, ...] = ()
    n_able: tuple[int, ...] = ()

    @property
    def hours(self) -> Floats:
        """Return the hours of each pool, shape (K,)."""
        return np.array([pool.hours for pool in self.pools], dtype=np.float64)

    def place_of(self, pair: int) -> Place:
        """Return the school and subject that give in a pair, and the pool of their people."""
        school, subject, _ = self.demand[pair]
        return school, subject, int(self.own[pair])

    def first(self, n_pairs: int) -> Pools:
        """Keep all pools, and of those that draw on them the first pairs."""
        kept = self.pair < n_pairs
        return replace(
            self, pool=self.pool[kept], pair=self.pair[kept], own=self.own[:n_pairs],
            demand=self.demand[:n_pairs], n_able=self.n_able[:n_pairs],
        )  # fmt: skip

    def drawn(self, pairs: Ints, amount: Floats) -> Floats:
        """Add up an amount of some pairs in every pool, shape (K,)."""
        if not self.pools:
            return np.zeros(0)
        of_pair = np.zeros(self.own.size)
        of_pair[pairs] = amount
        return np.bincount(self.pool, weights=of_pair[self.pair], minlength=len(self.pools)).astype(float)

    def excess(self, drawn: Floats, amount: Floats) -> Floats:
        """Return how far one more of each pair would exceed its tightest pool, shape (P,), or −inf."""
        found = np.full(amount.size, -np.inf)
        np.maximum.at(found, self.pair, (drawn - self.hours)[self.pool] + amount[self.pair])
        return found

    def tightest(self, pair: int, drawn: Floats) -> int:
        """Return the pool of a pair that has the least hours left."""
        mine = self.pool[self.pair == pair]
        return int(mine[np.argmin((self.hours - drawn)[mine])])


def find_pools(people: People, demand: Sequence[Demand]) -> Pools:
    """Find whose hours each pair draws on.

    Parameters
    ----------
    people
        Those of the table of people.
    demand
        School, subject and kind of hours of each pair.

    Returns
    -------
    Pools

    Notes
    -----
    Somebody who teaches two subjects has their hours once. Subjects of one school can all be given what
    they ask for if, and only if, every set of them asks for no more than the people of these subjects have
    together (Hall's condition for amounts that can be divided). It is enough to ask it of sets whose people
    overlap, each with every subject that has no other people: these are the pools.

    Hours not recorded are not zero: a person without them is left out of the sum, and a subject of which
    nobody's are recorded draws on no pool.

    References
    ----------
    P. Hall, On representatives of subsets, Journal of the London Mathematical Society 10 (1935); for
    amounts, D. Gale, A theorem on flows in networks, Pacific Journal of Mathematics 7 (1957).
    """
    at: dict[str, list[int]] = {}
    for i, one in enumerate(people.colleagues):
        at.setdefault(one.school, []).append(i)
    asked = dict.fromkeys(sorted(demand))
    able = {one: _able(people, at.get(one[0], ()), one) for one in asked}
    known = {
        one: frozenset(i for i in who if people.colleagues[i].hours is not None) for one, who in able.items()
    }
    pools: list[Pool] = []
    members: dict[Demand, list[int]] = {one: [] for one in asked}
    own = dict.fromkeys(asked, UNKNOWN)
    for school in dict.fromkeys(one[0] for one in asked):
        here = {one: who for one, who in known.items() if one[0] == school and who}
        for who in _overlapping(here.values()):
            inside = [place for place, theirs in here.items() if theirs <= who]
            for place in inside:
                members[place].append(len(pools))
                own[place] = len(pools) if here[place] == who else own[place]
            everybody = frozenset[int]().union(*(able[place] for place in inside))
            pools.append(_pool(people, who, inside, everybody))
    joined = [(k, p) for p, one in enumerate(demand) for k in members[one]]
    both = np.array(joined, dtype=np.int64).reshape(-1, 2)
    of_pair = np.array([own[one] for one in demand], dtype=np.int64)
    n_able = tuple(len(able[one]) for one in demand)
    return Pools(tuple(pools), both[:, 0], both[:, 1], of_pair, tuple(demand), n_able)


def _able(people: People, here: Iterable[int], demand: Demand) -> frozenset[int]:
    """Return who of a school may give hours in a subject: trained coaches, where any are recorded."""
    _, subject, is_coaching = demand
    wanted = subject_key(subject)
    teaching = frozenset(i for i in here if wanted in people.colleagues[i].subjects)
    trained = frozenset(i for i in teaching if people.colleagues[i].is_trained)
    return trained if is_coaching and people.coaches_trained and trained else teaching


def _overlapping(sets: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """Return the sets, and the unions of those that overlap, each once."""
    found = list(dict.fromkeys(sets))
    singles = tuple(found)
    for one in found:  # grows while it is read, until no new union is found
        for other in tuple(found):
            if len(found) >= MOST_POOLS:
                return list(dict.fromkeys([*found, frozenset().union(*singles)]))
            if one & other and one | other not in found:
                found.append(one | other)
    return found


def _pool(people: People, who: frozenset[int], inside: Sequence[Demand], able: frozenset[int]) -> Pool:
    chosen = [people.colleagues[i] for i in sorted(who)]
    return Pool(
        school=inside[0][0],
        subjects=tuple(dict.fromkeys(subject for _, subject, _ in inside)),
        hours=float(sum(one.hours or 0.0 for one in chosen)),
        n_people=len(chosen),
        n_unrecorded=len(able - who),
        are_coaches=people.coaches_trained
        and all(is_coaching for *_, is_coaching in inside)
        and all(one.is_trained for one in chosen),
        terms=tuple(sorted({one.term for one in chosen if one.term})),
    )


def say_hours(pool: Pool) -> str:
    """Say what hours the people of a pool have, as the beginning of a sentence.

    Examples
    --------
    >>> say_hours(Pool("Hill", ("reading",), 12.0, 1, 2, True, ("Autumn 2026/27",)))
    'Reading at Hill has 12 hours of 1 trained coach in Autumn 2026/27 (2 others have none recorded)'
    """
    said = _listed(pool.subjects)
    subject = said[:1].upper() + said[1:]
    has = "have together" if len(pool.subjects) > 1 else "has"
    one, many = ("trained coach", "trained coaches") if pool.are_coaches else ("person", "people")
    when = f"in {', '.join(pool.terms)}" if pool.terms else "in a cycle"
    n = pool.n_unrecorded
    others = f" ({n} {'others have' if n > 1 else 'other has'} none recorded)" if n else ""
    who = f"{pool.n_people} {one if pool.n_people == 1 else many}"
    return f"{subject} at {pool.school} {has} {pool.hours:g} hours of {who} {when}{others}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
