"""The plan as an integer program: every limit a row, every partnership a variable."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from upwards.plans.candidates import Candidates
from upwards.plans.rules import LimitName, Limits, Rates, Requests
from upwards.solvers.integer_program import IntegerProgram

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PlanProgram:
    """An integer program and what its variables mean.

    Attributes
    ----------
    program
        The program; its first V variables are partnerships, the rest relaxations.
    pair, place
        Of each partnership variable: the pair, and the place among its recipient's partners (0 is the
        first), shape (V,).
    """

    program: IntegerProgram
    pair: Ints
    place: Ints


class _Rows:
    """Collects the rows of a program."""

    def __init__(self, n_variables: int, relaxed: Collection[LimitName]) -> None:
        self.row: list[Ints] = []
        self.column: list[Ints] = []
        self.coefficient: list[Floats] = []
        self.lower: list[Floats] = []
        self.upper: list[Floats] = []
        self.n_rows = 0
        self.relaxations = {name: n_variables + i for i, name in enumerate(relaxed)}

    def add(
        self,
        group: Ints,
        column: Ints,
        coefficient: Floats,
        *,
        most: float = np.inf,
        least: float = -np.inf,
        limit: LimitName | None = None,
        per_unit: float = 1.0,
    ) -> None:
        """Bound the sums of `coefficient` by group; a relaxation of `limit` adds `per_unit` to its bound."""
        labels, place = np.unique(group, return_inverse=True)
        self.row.append(place.astype(np.int64) + self.n_rows)
        self.column.append(column)
        self.coefficient.append(coefficient)
        if limit in self.relaxations:
            self.row.append(np.arange(labels.size, dtype=np.int64) + self.n_rows)
            self.column.append(np.full(labels.size, self.relaxations[limit], dtype=np.int64))
            self.coefficient.append(np.full(labels.size, -per_unit))
        self.lower.append(np.full(labels.size, least))
        self.upper.append(np.full(labels.size, most))
        self.n_rows += labels.size

    def share(
        self, group: Ints, column: Ints, coefficient: Floats, *, left: Floats, limit: LimitName
    ) -> None:
        """Bound the sums by group by what is left of a limit, by the number of the group; by none below 0.

        A group that holds more than the limit already may take nothing. Once the limit is relaxed, whoever
        takes anything there needs what is too much as well: one row for each column says so.
        """
        first = len(self.upper)
        self.add(group, column, coefficient, limit=limit)
        labels = np.unique(group)
        self.upper[first] = np.maximum(left[labels], 0.0)
        for label in labels[left[labels] < 0] if limit in self.relaxations else ():
            here = np.flatnonzero(group == label)
            n = here.size
            each = np.tile(coefficient[here], (n, 1)) - left[label] * np.eye(n)
            rows = np.repeat(np.arange(n, dtype=np.int64), n)
            self.add(rows, np.tile(column[here], n), each.ravel(), most=0.0, limit=limit)


def build_program(
    candidates: Candidates,
    limits: Limits,
    rates: Rates,
    requests: Requests,
    *,
    relaxed: Collection[LimitName] = (),
) -> PlanProgram:
    """Write a plan as an integer program.

    Parameters
    ----------
    candidates
        The possible pairs.
    limits, rates, requests
        The rules.
    relaxed
        Limits that may be exceeded. If there are any, the program asks for the smallest excess instead of
        the largest benefit, each limit's excess as a share of the limit.

    Returns
    -------
    PlanProgram

    Notes
    -----
    A recipient with several partners gains less from each further one: the partner in place j counts
    ``remaining ** j`` of its benefit (`remaining_after`); partners under way have the first places. Each pair
    has a variable for each further place its recipient could give it, at most one pair stands in a place, and
    a pair in one place; because earlier places are worth more, the partner with the largest benefit stands
    first by itself, and the program stays linear.
    """
    pair, place = _places(candidates, limits, requests)
    benefit = candidates.benefit[pair] * remaining_after(rates) ** (place + taken_places(candidates, pair))
    value = benefit - candidates.harm[pair]
    names = tuple(relaxed)
    rows = _Rows(pair.size, names)
    _limit_rows(rows, candidates, limits, pair)
    _place_rows(rows, candidates, pair, place)
    _request_rows(rows, candidates, requests, pair, place)
    if names:
        value = np.concatenate([np.zeros(pair.size), -1.0 / np.array([_scale(limits, n) for n in names])])
    whole = np.array([True] * pair.size + [name in _COUNTED for name in names], dtype=bool)
    program = IntegerProgram(
        value=value,
        most=np.concatenate([np.ones(pair.size), np.full(len(names), np.inf)]),
        whole=whole,
        row=np.concatenate(rows.row),
        column=np.concatenate(rows.column),
        coefficient=np.concatenate(rows.coefficient),
        lower=np.concatenate(rows.lower),
        upper=np.concatenate(rows.upper),
    )
    return PlanProgram(program, pair, place)


_COUNTED: frozenset[LimitName] = frozenset({"provider recipients", "outside partners"})


def remaining_after(rates: Rates) -> float:
    """Return the share of a gap that is left after one partner: what the best kind does not move."""
    moved = max(rates.coaching.mean, rates.other.mean, 0.0) * rates.share_delivered
    return 1.0 - min(moved, 1.0)


def taken_places(candidates: Candidates, pair: Ints) -> Ints:
    """Return how many partners the recipient of each pair has under way."""
    return candidates.held.partners_of[candidates.recipient[pair]].astype(np.int64)


def newly_serves(candidates: Candidates, pair: Ints, place: Ints) -> Flags:
    """Say of each pair in its place whether it is the first partner of its recipient."""
    is_first: Flags = (place == 0) & (taken_places(candidates, pair) == 0)
    return is_first


def usable(limits: Limits, limit: float | None) -> float:
    """Return what partnerships may use of hours or money once the share for the top is set aside."""
    return np.inf if limit is None else (1.0 - limits.reserved_for_top) * limit


def _scale(limits: Limits, name: LimitName) -> float:
    """Return the size of a limit, to weigh an excess of one against an excess of another."""
    size = {
        "provider recipients": limits.provider_recipients,
        "provider hours": limits.provider_hours,
        "recipient hours": limits.recipient_hours,
        "outside partners": limits.outside_partners,
        "total hours": limits.total_hours,
        "money": limits.money,
        "people's hours": limits.provider_hours,
    }[name]
    return max(float(size or 0.0), 1.0)


def _places(candidates: Candidates, limits: Limits, requests: Requests) -> tuple[Ints, Ints]:
    """Return a variable for each pair and each place that its recipient could give it."""
    kept = np.flatnonzero(
        (candidates.value > 0) | candidates.required | (requests.serve_at_least > 0)
    ).astype(np.int64)
    if not kept.size:
        return kept, kept
    of = candidates.recipient[kept]
    recipients, place = np.unique(of, return_inverse=True)
    hours_left = limits.recipient_hours - candidates.held.hours_of_recipient[recipients]
    outside_left = limits.outside_partners - candidates.held.outside_of[recipients]
    inside = np.bincount(place, weights=candidates.internal[kept])
    outside = np.bincount(place) - inside
    required_outside = np.bincount(place, weights=candidates.required[kept] & ~candidates.internal[kept])
    partners = inside + np.minimum(outside, np.maximum(np.maximum(outside_left, 0), required_outside))
    fitting = np.floor(hours_left / max(candidates.hours[kept].min(), 1e-9) + 1e-9)
    required = np.bincount(place, weights=candidates.required[kept])
    # Required pairs get their places even beyond the limit, so that a clash is found and named.
    n_places = np.maximum(np.minimum(partners, fitting), np.maximum(required, 1)).astype(np.int64)
    repeats = n_places[place]
    first = np.cumsum(repeats) - repeats
    return np.repeat(kept, repeats), np.arange(repeats.sum()) - np.repeat(first, repeats)


def _limit_rows(rows: _Rows, candidates: Candidates, limits: Limits, pair: Ints) -> None:
    """Write the limits."""
    columns = np.arange(pair.size, dtype=np.int64)
    ones, hours = np.ones(pair.size), candidates.hours[pair]
    provider, recipient = candidates.provider[pair], candidates.recipient[pair]
    outside, held = ~candidates.internal[pair], candidates.held
    everything = np.zeros(pair.size, dtype=np.int64)
    of_teams: tuple[tuple[Ints, Floats, float, Floats, LimitName], ...] = (
        (provider, ones, limits.provider_recipients, held.recipients_of, "provider recipients"),
        (provider, hours, limits.provider_hours, held.hours_of_provider, "provider hours"),
        (recipient, hours, limits.recipient_hours, held.hours_of_recipient, "recipient hours"),
    )
    for group, amount, limit, used, name in of_teams:
        rows.share(group, columns, amount, left=limit - used, limit=name)
    rows.share(
        recipient[outside], columns[outside], ones[outside],
        left=limits.outside_partners - held.outside_of, limit="outside partners",
    )  # fmt: skip
    for in_all, per_hour, whole in _in_all(limits):
        # What is asked for needs a partnership: relaxed, the limit must hold what is under way as well.
        left = usable(limits, in_all) - held.hours * per_hour
        most = left if whole in rows.relaxations else max(left, 0.0)
        share = 1.0 - limits.reserved_for_top
        rows.add(everything, columns, 2 * hours * per_hour, most=most, limit=whole, per_unit=share)
    _people_rows(rows, candidates, pair)


def _in_all(limits: Limits) -> list[tuple[float, float, LimitName]]:
    """Return the limits on the whole, each with what one hour takes of it."""
    found: list[tuple[float, float, LimitName]] = []
    if limits.total_hours is not None:
        found.append((limits.total_hours, 1.0, "total hours"))
    if limits.money is not None:
        found.append((limits.money, limits.cost_per_hour, "money"))
    return found


def _people_rows(rows: _Rows, candidates: Candidates, pair: Ints) -> None:
    """Let the pairs that draw on the same people take no more than the hours these have."""
    pools = candidates.pools
    if not pools.pools:
        return
    # Variables stand in the order of their pairs: those of each membership are one run of columns.
    first, last = (np.searchsorted(pair, pools.pair, side=side) for side in ("left", "right"))
    n_columns = last - first
    before = np.cumsum(n_columns) - n_columns
    columns = np.arange(n_columns.sum(), dtype=np.int64) + np.repeat(first - before, n_columns)
    group = np.repeat(pools.pool, n_columns)
    left = pools.hours - candidates.held.hours_of_pool
    rows.share(group, columns, candidates.hours[pair[columns]], left=left, limit="people's hours")


def _place_rows(rows: _Rows, candidates: Candidates, pair: Ints, place: Ints) -> None:
    """Let one pair stand in each place, and each pair in one place."""
    columns, ones = np.arange(pair.size, dtype=np.int64), np.ones(pair.size)
    most_places = int(place.max(initial=0)) + 1
    rows.add(candidates.recipient[pair] * most_places + place, columns, ones, most=1.0)
    if most_places > 1:
        rows.add(pair, columns, ones, most=1.0)


def _request_rows(rows: _Rows, candidates: Candidates, requests: Requests, pair: Ints, place: Ints) -> None:
    """Ask for the required pairs and for enough recipients newly served: those with a first partner."""
    columns, ones = np.arange(pair.size, dtype=np.int64), np.ones(pair.size)
    required = candidates.required[pair]
    rows.add(pair[required], columns[required], ones[required], least=1.0)
    if requests.serve_at_least > 0:
        first = newly_serves(candidates, pair, place)
        group = np.zeros(int(first.sum()), dtype=np.int64)
        rows.add(group, columns[first], ones[first], least=float(requests.serve_at_least))
