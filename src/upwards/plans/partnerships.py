"""Partnerships: choose who works with whom, as the largest benefit that the limits allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from upwards.measures.bright_spots import BrightSpots
from upwards.measures.promised_hours import UnderWay
from upwards.measures.stages import Stages
from upwards.measures.teams import Teams
from upwards.plans.candidates import (
    Candidates,
    counted_gap,
    kind_of,
    list_candidates,
    with_people,
    with_under_way,
)
from upwards.plans.clashes import InfeasiblePlan, PlanUnfinished, explain_clash, n_served, n_to_serve
from upwards.plans.people_hours import People, Place
from upwards.plans.plan import INTERVAL_LEVEL, HoursOfPeople, Line, Plan, Reserve, Totals
from upwards.plans.program import build_program, remaining_after, taken_places
from upwards.plans.reasons import explain_unserved, hours_of_people, limits_used, say_why
from upwards.plans.rules import Limits, Pairing, Rate, Rates, Requests, Rhythm, TeamKey
from upwards.plans.under_way import lines_under_way, say_under_way
from upwards.solvers.integer_program import Solution, solve_integer_program

__all__ = ["InfeasiblePlan", "PlanUnfinished", "make_partnership_plan"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def make_partnership_plan(
    teams: Teams,
    stages: Stages,
    bright_spots: BrightSpots,
    limits: Limits | None = None,
    rates: Rates | None = None,
    *,
    asks_for_help: Iterable[TeamKey] = (),
    pairing: Pairing | None = None,
    rhythm: Rhythm | None = None,
    requests: Requests | None = None,
    people: People | None = None,
    under_way: Sequence[UnderWay] = (),
    time_limit: float = 60.0,
    seed: int = 1,
) -> Plan:
    """Plan who works with whom, on what, for how many hours, at what cost.

    Parameters
    ----------
    teams, stages, bright_spots
        The measures, of the same teams in the same order.
    limits, rates, pairing, rhythm
        The rules; their defaults if not given.
    asks_for_help
        Teams (school, subject, stage) that ask for help, whatever their results.
    requests
        What the plan must contain.
    people
        Who works in the schools, with the hours they have; None where that is not known.
    under_way
        Partnerships that are agreed and not over: none of these pairs is planned again, and the hours they
        hold are taken off every limit.
    time_limit
        Seconds for each search of the solver.
    seed
        Of the draws of the transfer rates.

    Returns
    -------
    Plan
        Proven optimal, or with its distance from the optimum.

    Raises
    ------
    InfeasiblePlan
        If the requests do not fit within the limits; it names the clash and the smallest relaxation.
    UnknownTeam
        If a team is named that does not exist.
    PairNotPossible
        If two teams are asked to work together that cannot.

    Notes
    -----
    One person at each end works together for a cycle. A pair is worth

        pupils taught by the recipient x E[min(max(provider - recipient, 0), cap)] x transfer rate
        x share of hours delivered - cost per weekly hour x weekly hours x pupils taught by the provider,

    the expectation over joint draws, the smaller of the two accounts of intake. A further partner of one
    recipient counts only what the earlier ones left of the gap. The interval of the total draws the effects
    jointly, and one rate for each kind.
    See ``docs/methods/plan.md``.

    Examples
    --------
    >>> import numpy as np
    >>> from upwards.measures.bright_spots import find_bright_spots
    >>> from upwards.measures.stages import choose_stages
    >>> draws = np.tile(np.array([0.3, -0.3], dtype=np.float32), (100, 1))
    >>> teams = Teams(("Hill", "Park"), ("reading", "reading"), ("3", "3"), np.array([80, 90]),
    ...               np.array([2, 2]), np.array([4, 4]), np.ones(2), draws[0].astype(float),
    ...               np.zeros(2), draws, draws)
    >>> plan = make_partnership_plan(teams, choose_stages(teams), find_bright_spots(teams))
    >>> [(line.provider_school, line.recipient_school, line.hours_each) for line in plan.lines]
    [('Hill', 'Park', 9.0)]
    """
    limits, rates = limits or Limits(), rates or Rates()
    pairing, rhythm, requests = pairing or Pairing(), rhythm or Rhythm(), requests or Requests()
    candidates = list_candidates(
        teams, stages, bright_spots, rates, rhythm, pairing, asks_for_help=asks_for_help, requests=requests
    )
    candidates = with_under_way(candidates, teams, under_way)
    if people is not None:
        candidates = with_people(candidates, teams, people, pairing, under_way)
    solution, chosen = _solve(
        candidates, limits, rates, _still_asked(requests, candidates, teams), time_limit
    )
    place = _places_of(chosen, candidates)
    staffed = None if people is None else hours_of_people(chosen, candidates, limits)
    lines = _lines(teams, candidates, bright_spots, chosen, place, limits, rates, pairing, staffed or {})
    unserved = explain_unserved(teams, candidates, chosen, limits)
    use = limits_used(chosen, candidates, limits)
    interval = _interval(teams, candidates, chosen, place, rates, pairing, seed)
    totals = _totals(lines, candidates, chosen, len(unserved), interval)
    reserve = _reserve(stages, limits, totals)
    rows = None if staffed is None else tuple(staffed.values())
    going = lines_under_way(under_way)
    text = _text(totals, solution, reserve, lines, bright_spots, pairing, rows)
    return Plan(
        lines, unserved, totals, use, reserve, "optimal" if solution.status == "optimal" else "feasible",
        solution.gap, solution.bound, limits, rates, rhythm, pairing, requests, text, rows,
        going, say_under_way([asdict(one) for one in going], [asdict(line) for line in lines]),
    )  # fmt: skip


def _still_asked(requests: Requests, candidates: Candidates, teams: Teams) -> Requests:
    """Return what is asked for beside what is under way: such pairs and recipients are there already."""
    possible = {
        (_key(teams, p), _key(teams, r))
        for p, r in zip(
            candidates.provider[candidates.required].tolist(),
            candidates.recipient[candidates.required].tolist(),
            strict=True,
        )
    }
    return Requests(
        pairs=tuple(pair for pair in requests.pairs if pair in possible),
        serve_at_least=max(requests.serve_at_least - n_served(candidates), 0),
    )


def _key(teams: Teams, t: int) -> TeamKey:
    return teams.school[t], teams.subject[t], teams.stage[t]


def _solve(
    candidates: Candidates, limits: Limits, rates: Rates, requests: Requests, time_limit: float
) -> tuple[Solution, Ints]:
    """Return the solver's answer and the chosen pairs; raise what stands against the requests."""
    if n_to_serve(candidates) < requests.serve_at_least:
        raise explain_clash(candidates, limits, rates, requests)
    written = build_program(candidates, limits, rates, requests)
    solution = solve_integer_program(written.program, time_limit=time_limit)
    if solution.status == "infeasible":
        raise explain_clash(candidates, limits, rates, requests, time_limit=time_limit)
    if solution.status == "no answer":
        raise PlanUnfinished(
            f"No plan was found in {time_limit:g} seconds, so it is not known whether one exists. "
            "Allow more time, or ask for fewer required pairs and teams served."
        )
    return solution, np.sort(written.pair[solution.x > 0.5])


def _places_of(chosen: Ints, candidates: Candidates) -> Ints:
    """Return the place of each chosen pair among its recipient's partners: under way, then by benefit."""
    order = np.lexsort((-candidates.benefit[chosen], candidates.recipient[chosen]))
    ordered = candidates.recipient[chosen][order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: ordered.size])
    places = np.empty(chosen.size, dtype=np.int64)
    run = np.diff(np.append(starts, ordered.size))
    places[order] = np.arange(ordered.size) - np.repeat(starts, run)
    return places + taken_places(candidates, chosen)


def _lines(
    teams: Teams,
    candidates: Candidates,
    bright_spots: BrightSpots,
    chosen: Ints,
    place: Ints,
    limits: Limits,
    rates: Rates,
    pairing: Pairing,
    staffed: Mapping[Place, HoursOfPeople],
) -> tuple[Line, ...]:
    """Write the partnerships, by subject, recipient and partner."""
    left, young = remaining_after(rates), teams.n_years < bright_spots.rule.min_years
    found = []
    for pair, rank in zip(chosen.tolist(), place.tolist(), strict=True):
        p, r = int(candidates.provider[pair]), int(candidates.recipient[pair])
        of, hours = int(candidates.place[pair]), float(candidates.hours[pair])
        internal, stage = bool(candidates.internal[pair]), candidates.stage[of]
        kind = kind_of(internal, pairing)
        asked, required = bool(candidates.asked[of]), bool(candidates.required[pair])
        why = say_why(
            teams, p, r, kind=kind, hours=hours, stage=stage, asked=asked, required=required,
            provisional=bool(young[p]),
        )  # fmt: skip
        found.append(
            Line(
                subject=teams.subject[r],
                provider_school=teams.school[p],
                provider_stage=teams.stage[p],
                recipient_school=teams.school[r],
                recipient_stage=teams.stage[r],
                kind=kind,
                internal=internal,
                stage=stage,
                hours_each=hours,
                hours=2 * hours,
                cost=2 * hours * limits.cost_per_hour,
                pupils=float(candidates.pupils[r]),
                benefit=float(candidates.benefit[pair] * left**rank - candidates.harm[pair]),
                partner=rank + 1,
                asked=asked,
                required=required,
                provisional=bool(young[p]),
                leaders_decide=stage == "leaders decide",
                why=why,
                hours_why=staffed[candidates.pools.place_of(pair)].why if staffed else None,
            )
        )
    return tuple(sorted(found, key=lambda line: (line.subject, line.recipient_school, line.recipient_stage,
                                                 line.partner)))  # fmt: skip


def _interval(
    teams: Teams,
    candidates: Candidates,
    chosen: Ints,
    place: Ints,
    rates: Rates,
    pairing: Pairing,
    seed: int,
) -> tuple[float, float]:
    """Return the 80 % interval of the plan's benefit over joint draws of effects and rates."""
    accounts = [np.ascontiguousarray(draws.T) for draws in (teams.draws, teams.draws_adjusted)]
    n_draws = accounts[0].shape[1]
    if not chosen.size or not n_draws:
        return 0.0, 0.0
    weight = candidates.pupils[candidates.recipient[chosen]] * remaining_after(rates) ** place
    moved = {rates.of(kind): np.zeros(n_draws) for kind in (pairing.internal_kind, pairing.external_kind)}
    for pair, pupils in zip(chosen.tolist(), weight.tolist(), strict=True):
        # The account that the pair's benefit is taken from, so that the interval is around that benefit.
        draws = accounts[int(candidates.by_adjusted[pair])]
        gap = counted_gap(draws, candidates.provider[[pair]], candidates.recipient[[pair]], rates.gap_cap)[0]
        moved[rates.of(kind_of(bool(candidates.internal[pair]), pairing))] += pupils * np.nan_to_num(gap)
    total = np.full(n_draws, -float(candidates.harm[chosen].sum()))
    rng = np.random.default_rng(seed)
    for rate, gained in moved.items():
        total += gained * _rate_draws(rate, n_draws, rng) * rates.share_delivered
    lower, upper = np.quantile(total, [(1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2])
    return float(lower), float(upper)


def _rate_draws(rate: Rate, n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw a transfer rate, normal with its mean and the width of its 80 % interval; evenly spread."""
    normal = NormalDist()
    sd = (rate.upper - rate.lower) / (2 * normal.inv_cdf((1 + INTERVAL_LEVEL) / 2))
    spread = np.array([normal.inv_cdf((i + 0.5) / n_draws) for i in range(n_draws)])
    return rate.mean + sd * rng.permutation(spread)


def _totals(
    lines: tuple[Line, ...],
    candidates: Candidates,
    chosen: Ints,
    n_unserved: int,
    interval: tuple[float, float],
) -> Totals:
    """Add up the lines."""
    served = np.unique(candidates.recipient[chosen])
    return Totals(
        partnerships=len(lines),
        served=int(served.size),
        unserved=n_unserved,
        hours=sum(line.hours for line in lines),
        cost=sum(line.cost for line in lines),
        pupils=float(candidates.pupils[served].sum()),
        benefit=sum(line.benefit for line in lines),
        benefit_lower=interval[0],
        benefit_upper=interval[1],
    )


def _reserve(stages: Stages, limits: Limits, totals: Totals) -> Reserve:
    """Set aside hours and money for growing the top, beside what the partnerships use."""
    share = limits.reserved_for_top
    beside = share / (1.0 - share) if share < 1 else 0.0
    hours = share * limits.total_hours if limits.total_hours is not None else beside * totals.hours
    money: float | None = None
    if limits.money is not None:
        money = share * limits.money
    elif limits.cost_per_hour > 0:
        money = hours * limits.cost_per_hour
    schools = tuple(
        (stage.school, stage.subject)
        for stage in stages.schools
        if stage.stage == "grow the top" and stage.subject is not None
    )
    use = "peers at the same level, research, structured innovation and training coaches"
    if schools:
        whom = f"{len(schools)} school{'s' if len(schools) > 1 else ''} by subject that are high and even"
    else:
        whom = "all, because no school is known to be high and even,"
    return Reserve(
        hours, money, schools, f"{hours:g} hours are kept for growing the top: for {whom} for {use}."
    )


def _text(
    totals: Totals,
    solution: Solution,
    reserve: Reserve,
    lines: tuple[Line, ...],
    bright_spots: BrightSpots,
    pairing: Pairing,
    staffed: tuple[HoursOfPeople, ...] | None,
) -> tuple[str, ...]:
    """Put the plan into sentences."""
    said = []
    if lines:
        proof = "no other choice within the limits brings more"
        if solution.status != "optimal":
            proof = f"no better one is known, and none can bring over {solution.gap:.1%} more"
        said.append(
            f"{_count(totals.partnerships, 'partnership')} for {_count(totals.served, 'team')}, "
            f"{totals.hours:g} hours in all; {proof}."
        )
        each = max(totals.pupils, 1e-12)
        said.append(
            f"Expected, for {totals.pupils:.0f} pupils taught by those taking part and less the cost to the "
            f"providers' own pupils: {_signed(totals.benefit / each)} SD ({INTERVAL_LEVEL:.0%} interval "
            f"{_signed(totals.benefit_lower / each)} to {_signed(totals.benefit_upper / each)})."
        )
    else:
        said.append("No partnership is planned: none is worth its hours, or none fits within these limits.")
    if not bright_spots.named and not (pairing.provisional and bright_spots.offered):
        said.append("No bright spot is known, so nobody can be asked to help another school.")
    if bright_spots.offered and not pairing.provisional:
        n_offered = _count(len(bright_spots.offered), "provisional provider")
        said.append(f"{n_offered} not used: results of more years are needed, or leave to use them.")
    n_provisional = sum(line.provisional for line in lines)
    if n_provisional:
        said.append(f"{_count(n_provisional, 'line')} on providers with too few years of results to be sure.")
    n_open = sum(line.leaders_decide for line in lines)
    if n_open:
        said.append(
            f"{_count(n_open, 'line')} where results cannot tell the stage: the school's leaders decide."
        )
    if totals.unserved:
        said.append(f"{_count(totals.unserved, 'team')} without a partner, each with what stopped it.")
    if staffed:
        places = {(one.school, one.subject) for one in staffed}  # not once more for its coaches
        n_known = len(places - {(one.school, one.subject) for one in staffed if one.hours is None})
        rest = "; where they are not, the usual limit holds" if n_known < len(places) else ""
        said.append(
            f"Hours of people are recorded for {n_known} of {_count(len(places), 'place')} (a school in a "
            f"subject) that could give{rest}."
        )
    return (*said, reserve.why, "Travel, rooms and common free periods are not counted.")


def _signed(value: float) -> str:
    """Write a number in pupil SD with a true minus sign, and nothing as 0.000 without one."""
    text = f"{value:.3f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def _count(count: int, noun: str) -> str:
    """Count things."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
