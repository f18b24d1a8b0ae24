"""The way from each school of a group to the nearest other, and where its minutes come from."""

from __future__ import annotations

import numpy as np

from upwards.core.panel import Floats, SchoolRegister
from upwards.core.settings import Settings
from upwards.core.travel_times import TravelTimes
from upwards.measures.group_eligibility import GroupMembers
from upwards.measures.travel import (
    Nearest,
    TravelModel,
    count_used,
    estimate_pairs,
    find_nearest,
    replace_by_given,
)

ESTIMATED = "Travel times are estimates from straight lines, a detour and speeds, not from a road network."
GIVEN = (
    "Travel times are from {source}: {used:,} of {given:,} pairs used, which have a time and are of two "
    "schools of one group. All others are estimates from straight lines."
)


def find_ways(
    members: GroupMembers, register: SchoolRegister, times: TravelTimes | None, settings: Settings
) -> tuple[Nearest, str]:
    """Find the nearest other school of each member, and say where the minutes come from.

    Parameters
    ----------
    members, register
        Schools of groups, and where they lie.
    times
        Travel times that were given; None to estimate all.
    settings
        Detour and speeds, ``travel.*``.

    Returns
    -------
    tuple of Nearest and str

    Raises
    ------
    NoTravelTimes
        When times were given and none is of two schools of one group.
    """
    model = TravelModel.from_settings(settings)
    pairs = estimate_pairs(members.group, *_places(members, register), model)
    if times is None:
        return find_nearest(pairs, len(members.school)), ESTIMATED
    used, given = count_used(pairs, members.school, times)
    pairs = replace_by_given(pairs, members.school, times)
    said = GIVEN.format(source=times.source, used=used, given=given)
    return find_nearest(pairs, len(members.school)), said


def _places(members: GroupMembers, register: SchoolRegister) -> tuple[Floats, Floats, Floats]:
    """Return latitude, longitude and town of the members; NaN where unknown."""
    unknown = np.full(len(members.place), np.nan)
    latitude, longitude, urban = (
        np.where(members.place >= 0, column[members.place], np.nan) if len(column) else unknown
        for column in (register.latitude, register.longitude, register.urban)
    )
    return latitude, longitude, urban
