"""Clashes: which limits stand against what was asked for, and the smallest relaxation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from upwards.core.errors import UserError
from upwards.plans.candidates import Candidates
from upwards.plans.program import build_program, newly_serves
from upwards.plans.rules import LIMIT_NAMES, LimitName, Limits, Rates, Requests
from upwards.solvers.integer_program import solve_integer_program


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A limit, and what it would have to be."""

    limit: LimitName
    now: float
    needed: float


class InfeasiblePlan(UserError):
    """What was asked for does not fit within the limits.

    Attributes
    ----------
    relaxations
        The smallest relaxations: any one of them is enough, or all of them are needed if `together`.
    together
        Whether no single relaxation is enough.
    at_most
        Most recipients that could be served within the limits, those with a partner under way included; None
        if the required pairs alone do not fit.
    """

    def __init__(
        self, message: str, relaxations: tuple[Relaxation, ...], together: bool, at_most: int | None
    ) -> None:
        super().__init__(message)
        self.relaxations = relaxations
        self.together = together
        self.at_most = at_most


class PlanUnfinished(UserError, TimeoutError):
    """The time was up before any plan was found."""


def explain_clash(
    candidates: Candidates, limits: Limits, rates: Rates, requests: Requests, *, time_limit: float = 60.0
) -> InfeasiblePlan:
    """Find the limits that clash with the requests and the smallest relaxation that would do.

    Parameters
    ----------
    candidates, limits, rates, requests
        Of a plan that is infeasible; the requests are what is asked for beside what is under way.
    time_limit
        Seconds per search.

    Returns
    -------
    InfeasiblePlan
        To be raised.

    Notes
    -----
    Each limit is relaxed by itself, for every team alike, by the least that makes a plan possible; where no
    single limit is enough, all are relaxed together with the smallest sum of shares of the limits.
    """
    n_possible, n_going = n_to_serve(candidates), n_served(candidates)
    asked = _asked(requests, n_going)
    if n_possible < requests.serve_at_least:
        message = (
            f"No plan can have {asked}: {_teams(n_possible)} that could gain "
            f"{'has' if n_possible == 1 else 'have'} a possible partner{' besides' if n_going else ''}. "
            f"Ask for {n_possible + n_going} or fewer, or widen who may be paired."
        )
        return InfeasiblePlan(message, (), False, n_possible + n_going)
    now = _limits_now(candidates, limits)
    single = []
    for name in now:
        found = _least(candidates, limits, rates, requests, (name,), time_limit)
        if found:
            single.append(Relaxation(name, now[name], now[name] + found[name]))
    at_most = _most_served(candidates, limits, rates, requests, time_limit)
    if single:
        choice = " or ".join(map(_say, single))
        message = f"{_begin(asked, single)} The smallest change that would do: {choice}{_or_fewer(at_most)}."
        return InfeasiblePlan(message, tuple(single), False, at_most)
    amounts = _least(candidates, limits, rates, requests, tuple(now), time_limit) or {}
    several = [Relaxation(name, now[name], now[name] + more) for name, more in amounts.items() if more > 1e-6]
    choice = " and ".join(map(_say, several))
    message = f"{_begin(asked, several)} The smallest change that would do: {choice}{_or_fewer(at_most)}."
    return InfeasiblePlan(message, tuple(several), True, at_most)


def _limits_now(candidates: Candidates, limits: Limits) -> dict[LimitName, float]:
    """Return the limits that there are; of people's hours those of whom have fewest."""
    people = float(candidates.pools.hours.min()) if candidates.pools.pools else None
    values = (
        limits.provider_recipients, limits.provider_hours, limits.recipient_hours,
        limits.outside_partners, limits.total_hours, limits.money, people,
    )  # fmt: skip
    pairs = zip(LIMIT_NAMES, values, strict=True)
    return {name: float(value) for name, value in pairs if value is not None}


def _least(
    candidates: Candidates,
    limits: Limits,
    rates: Rates,
    requests: Requests,
    relaxed: tuple[LimitName, ...],
    time_limit: float,
) -> dict[LimitName, float] | None:
    """Return the least excess of the relaxed limits; None if it does not help."""
    written = build_program(candidates, limits, rates, requests, relaxed=relaxed)
    solution = solve_integer_program(written.program, time_limit=time_limit)
    if solution.status in ("infeasible", "no answer"):
        return None
    excess = solution.x[written.pair.size :]
    return {name: float(more) for name, more in zip(relaxed, excess, strict=True)}


def _most_served(
    candidates: Candidates, limits: Limits, rates: Rates, requests: Requests, time_limit: float
) -> int | None:
    """Return how many recipients could be served within the limits, with those served already."""
    written = build_program(candidates, limits, rates, replace(requests, serve_at_least=1))
    first = newly_serves(candidates, written.pair, written.place)
    program = replace(written.program, value=first.astype(float))
    solution = solve_integer_program(program, time_limit=time_limit)
    if solution.status in ("optimal", "feasible"):
        return n_served(candidates) + round(solution.value)
    if solution.status == "infeasible" and not requests.pairs:  # nobody besides
        return n_served(candidates) or None
    return None


def _begin(asked: str, clash: list[Relaxation]) -> str:
    """Name the clash."""
    names = ", ".join(relaxation.limit for relaxation in clash)
    return f"No plan can have {asked} within the limits: it clashes with {names}."


def n_to_serve(candidates: Candidates) -> int:
    """Return how many recipients have a possible partner, and none under way."""
    return int(np.sum(candidates.held.partners_of[np.unique(candidates.recipient)] == 0))


def n_served(candidates: Candidates) -> int:
    """Return how many of those who could gain have a partner under way."""
    return int(np.sum(candidates.held.partners_of[candidates.recipients] > 0))


def _asked(requests: Requests, n_going: int) -> str:
    """Say what was asked for beside what is under way; of teams served, all of them."""
    of_them = f" ({n_going} of them by what is under way)" if n_going else ""
    parts = []
    if requests.pairs:
        parts.append(
            f"the {len(requests.pairs)} required pairs" if len(requests.pairs) > 1 else "the required pair"
        )
    if requests.serve_at_least:
        parts.append(f"at least {_teams(requests.serve_at_least + n_going)} served{of_them}")
    return " and ".join(parts)


def _say(relaxation: Relaxation) -> str:
    """Say one relaxation."""
    if relaxation.limit == "people's hours":
        return (
            f"{_number(relaxation.needed - relaxation.now)} more hours of people, in each subject of a school"
        )
    return f"{relaxation.limit} {_number(relaxation.needed)} instead of {_number(relaxation.now)}"


def _number(value: float) -> str:
    """Write a number with no more digits than it needs, rounded up to a hundredth."""
    return f"{np.ceil(value * 100 - 1e-4) / 100:.10g}"


def _or_fewer(at_most: int | None) -> str:
    """Offer to ask for less."""
    return "" if at_most is None else f", or to serve {_teams(at_most)}"


def _teams(count: int) -> str:
    """Count teams."""
    return "1 team" if count == 1 else f"{count} teams"
