"""How far the schools of one group are apart: an estimate from coordinates, or given times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from upwards.core.errors import UserError
from upwards.core.panel import Floats, GroupMemberships, SchoolRegister
from upwards.core.settings import Settings
from upwards.core.travel_times import TravelTimes

Codes = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]

EARTH_KM = 6371.0088
ESTIMATED, GIVEN, UNKNOWN = "estimated", "given", "unknown"


class NoTravelTimes(UserError, LookupError):
    """Travel times were given, and none is between two schools of one group."""


@dataclass(frozen=True, slots=True)
class TravelModel:
    """From a straight line to minutes on the road.

    Attributes
    ----------
    detour
        Road distance over straight line.
    speed, speed_urban, speed_rural
        km/h: on a mix of roads, between two schools in towns, between two in the country.
    """

    detour: float
    speed: float
    speed_urban: float
    speed_rural: float

    @classmethod
    def from_settings(cls, settings: Settings) -> TravelModel:
        """Read the model from ``travel.*``."""
        names = ("travel.detour", "travel.speed", "travel.speed_urban", "travel.speed_rural")
        return cls(*map(settings.number, names))


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """All ordered pairs of two different schools of one group.

    Attributes
    ----------
    start, end
        Shape (P,): places of the two schools in the list of members, sorted by `start`.
    km, minutes
        Shape (P,): straight line, and travel time; NaN where a school has no place.
    given
        Shape (P,): whether the minutes were given rather than estimated.
    """

    start: Codes
    end: Codes
    km: Floats
    minutes: Floats
    given: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """For each member the nearest other school of its group, by travel time.

    Attributes
    ----------
    place
        Shape (M,): where it stands among the members; -1 where there is none, or no coordinates.
    km, minutes
        Shape (M,), NaN where there is none.
    basis
        Shape (M,): ``"estimated"``, ``"given"`` or ``"unknown"``.
    """

    place: Codes
    km: Floats
    minutes: Floats
    basis: Texts


def pair_members(group: Codes) -> tuple[Codes, Codes]:
    """Return all ordered pairs of two different members of one group.

    Parameters
    ----------
    group
        Shape (M,): the group of each member, ascending.

    Returns
    -------
    tuple of ndarray
        Places of the first and of the second, shape (P,) each, sorted by the first.

    Examples
    --------
    >>> [part.tolist() for part in pair_members(np.array([0, 0, 7]))]
    [[0, 1], [1, 0]]
    """
    begins = np.searchsorted(group, group, side="left")
    sizes = np.searchsorted(group, group, side="right") - begins
    start = np.repeat(np.arange(len(group)), sizes)
    within = np.arange(len(start)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    end = begins[start] + within
    other = start != end
    return start[other], end[other]


def straight_km(latitude: Floats, longitude: Floats, start: Codes, end: Codes) -> Floats:
    """Return great-circle distances between schools.

    Parameters
    ----------
    latitude, longitude
        Shape (M,), degrees.
    start, end
        Shape (P,): places of the two schools.

    Returns
    -------
    ndarray
        Shape (P,), km; NaN where a school has no coordinates.

    References
    ----------
    Sinnott 1984, *Virtues of the haversine*.

    Examples
    --------
    >>> one = straight_km(np.array([51.0, 52.0]), np.zeros(2), np.array([0]), np.array([1]))
    >>> round(float(one[0]), 1)
    111.2
    """
    north, east = np.radians(latitude), np.radians(longitude)
    half = np.sin((north[end] - north[start]) / 2) ** 2
    half += np.cos(north[start]) * np.cos(north[end]) * np.sin((east[end] - east[start]) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half.clip(max=1.0))))


def estimate_pairs(
    group: Codes, latitude: Floats, longitude: Floats, urban: Floats, model: TravelModel
) -> Pairs:
    """Estimate how long the way between any two schools of a group takes.

    Parameters
    ----------
    group
        Shape (M,): the group of each member, ascending.
    latitude, longitude
        Shape (M,), degrees; NaN unknown.
    urban
        Shape (M,): 1 town, 0 country, NaN unknown.
    model
        Detour and speeds.

    Returns
    -------
    Pairs

    Notes
    -----
    Straight line times detour, divided by the town's speed where both lie in towns, by the country's where
    both lie in the country, and by that of a mix of roads otherwise or where it is not known.
    """
    start, end = pair_members(group)
    km = straight_km(latitude, longitude, start, end)
    both = urban[start] + urban[end]
    speed = np.select([both == 2, both == 0], [model.speed_urban, model.speed_rural], model.speed)
    return Pairs(start, end, km, km * model.detour / speed * 60, np.zeros(len(start), dtype=bool))


def replace_by_given(pairs: Pairs, school: Texts, times: TravelTimes) -> Pairs:
    """Replace estimates by given times, where there are any.

    Parameters
    ----------
    pairs
        Of the members.
    school
        Shape (M,): the members' codes.
    times
        What was given; a pair that is given in one direction only lasts as long in the other.

    Returns
    -------
    Pairs
    """
    known = np.isfinite(times.minutes)
    first, second, minutes = times.start[known], times.end[known], times.minutes[known]
    if not len(minutes) or not len(school):
        return pairs
    codes = np.unique(np.concatenate([first, second, school]))
    n = len(codes)
    a, b = np.searchsorted(codes, first), np.searchsorted(codes, second)
    keys, at = np.unique(np.concatenate([a * n + b, b * n + a]), return_index=True)
    values = np.concatenate([minutes, minutes])[at]  # the first of equals: the direction that was given
    member = np.searchsorted(codes, school)
    wanted = member[pairs.start] * n + member[pairs.end]
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    found = keys[place] == wanted
    return replace(pairs, minutes=np.where(found, values[place], pairs.minutes), given=found)


def count_used(pairs: Pairs, school: Texts, times: TravelTimes) -> tuple[int, int]:
    """Return how many of the pairs given are between two schools of one group, and how many were given.

    Parameters
    ----------
    pairs
        Of the members.
    school
        Shape (M,): the members' codes.
    times
        What was given; a school to itself is no pair.

    Returns
    -------
    tuple of int

    Raises
    ------
    NoTravelTimes
        When none is used.

    Examples
    --------
    >>> both = Pairs(np.array([0, 1]), np.array([1, 0]), np.ones(2), np.ones(2), np.zeros(2, dtype=bool))
    >>> given = TravelTimes(np.array(["a", "a"]), np.array(["b", "z"]), np.array([5.0, 9.0]), "times.csv")
    >>> count_used(both, np.array(["a", "b"]), given)
    (1, 2)
    """
    codes = np.unique(np.concatenate([times.start, times.end, school]))
    member = np.searchsorted(codes, school)
    wanted = member[pairs.start] * len(codes) + member[pairs.end]
    a, b = np.searchsorted(codes, times.start), np.searchsorted(codes, times.end)
    key = a * len(codes) + b
    used = np.unique(key[np.isfinite(times.minutes) & np.isin(key, wanted)])
    given = np.unique(key[a != b])
    if not len(used):
        raise NoTravelTimes(
            f"None of the {len(given):,} pairs in {times.source} is a time between two schools of one group. "
            "Write the schools' codes as the register does, or leave travel times out: they are then "
            "estimated."
        )
    return len(used), len(given)


def find_nearest(pairs: Pairs, n_members: int) -> Nearest:
    """Return for each member the nearest other school of its group.

    Parameters
    ----------
    pairs
        Of the members.
    n_members
        M.

    Returns
    -------
    Nearest
        A member alone in its group has none.
    """
    usable = np.isfinite(pairs.minutes)
    order = np.lexsort((pairs.end[usable], pairs.minutes[usable], pairs.start[usable]))
    chosen = np.flatnonzero(usable)[order]
    member, first = np.unique(pairs.start[chosen], return_index=True)
    best = chosen[first]
    place = np.full(n_members, -1, dtype=np.int64)
    km, minutes = np.full(n_members, np.nan), np.full(n_members, np.nan)
    basis = np.full(n_members, UNKNOWN, dtype=f"<U{len(ESTIMATED)}")
    place[member], km[member], minutes[member] = pairs.end[best], pairs.km[best], pairs.minutes[best]
    basis[member] = np.where(pairs.given[best], GIVEN, ESTIMATED)
    return Nearest(place, km, minutes, basis)


def places_of_groups(
    memberships: GroupMemberships, register: SchoolRegister
) -> list[tuple[Texts, Floats, Floats]]:
    """Return codes, latitudes and longitudes of the schools of each group, for a server of travel times.

    Parameters
    ----------
    memberships, register
        Members of groups, and where schools lie.

    Returns
    -------
    list of tuple
        One for each group, by its code.
    """
    order = np.argsort(memberships.group, kind="stable")
    place = register.places(memberships.school[order])
    order, place = order[place >= 0], place[place >= 0]
    cuts = np.flatnonzero(memberships.group[order][1:] != memberships.group[order][:-1]) + 1
    columns = (memberships.school[order], register.latitude[place], register.longitude[place])
    return list(zip(*(np.split(column, cuts) for column in columns), strict=True)) if len(order) else []
