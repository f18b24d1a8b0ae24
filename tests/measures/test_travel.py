"""How far the schools of a group are apart."""

from __future__ import annotations

import numpy as np
import pytest

from upwards.core.settings import Settings
from upwards.core.travel_times import TravelTimes
from upwards.measures.travel import (
    NoTravelTimes,
    Pairs,
    TravelModel,
    count_used,
    estimate_pairs,
    find_nearest,
    pair_members,
    replace_by_given,
    straight_km,
)

MODEL = TravelModel(detour=1.35, speed=40, speed_urban=25, speed_rural=55)
GROUP = np.array([0, 0, 0, 1, 2, 2])
SCHOOL = np.array(["a", "b", "c", "d", "e", "f"])
NORTH = np.array([51.0, 51.1, 51.5, 52.0, 53.0, np.nan])
EAST = np.zeros(6)
URBAN = np.array([1.0, 1.0, 0.0, 0.0, 1.0, np.nan])


def pairs_of() -> Pairs:
    return estimate_pairs(GROUP, NORTH, EAST, URBAN, MODEL)


def test_pairs_are_those_within_groups_and_no_others() -> None:
    start, end = pair_members(GROUP)
    every = {(i, j) for i in range(6) for j in range(6) if i != j and GROUP[i] == GROUP[j]}
    assert set(zip(start.tolist(), end.tolist(), strict=True)) == every


def test_london_to_manchester_is_262_km() -> None:
    km = straight_km(np.array([51.5074, 53.4808]), np.array([-0.1278, -2.2426]), np.array([0]), np.array([1]))
    assert km[0] == pytest.approx(262.0, abs=0.5)


def test_minutes_are_line_times_detour_over_the_speed_of_the_place() -> None:
    pairs = pairs_of()
    a_to_b = 111.195 * 0.1 * 1.35 / 25 * 60  # both in towns: 36.0 minutes
    b_to_c = 111.195 * 0.4 * 1.35 / 40 * 60  # town and country: 90.1
    place = {(i, j): k for k, (i, j) in enumerate(zip(pairs.start, pairs.end, strict=True))}
    assert pairs.minutes[place[0, 1]] == pytest.approx(a_to_b, rel=1e-4)
    assert pairs.minutes[place[1, 2]] == pytest.approx(b_to_c, rel=1e-4)


def test_a_school_alone_or_without_a_place_has_no_nearest() -> None:
    nearest = find_nearest(pairs_of(), 6)
    assert nearest.place.tolist() == [1, 0, 1, -1, -1, -1]
    assert nearest.basis.tolist() == ["estimated"] * 3 + ["unknown"] * 3
    assert np.isnan(nearest.minutes[3:]).all()


def test_given_times_replace_estimates_in_both_directions_unless_both_are_given() -> None:
    times = TravelTimes(
        np.array(["a", "c", "e", "a"]), np.array(["c", "a", "f", "zz"]), np.array([5.0, 7, 9, 1]), "x"
    )
    nearest = find_nearest(replace_by_given(pairs_of(), SCHOOL, times), 6)
    assert nearest.place.tolist() == [2, 0, 0, -1, 5, 4]
    assert nearest.minutes[[0, 2, 4, 5]].tolist() == [5, 7, 9, 9]
    assert nearest.basis.tolist() == ["given", "estimated", "given", "unknown", "given", "given"]


def test_times_that_hold_nothing_change_nothing() -> None:
    empty = TravelTimes(np.array(["a"]), np.array(["b"]), np.array([np.nan]), "x")
    assert not replace_by_given(pairs_of(), SCHOOL, empty).given.any()


def test_pairs_used_are_counted_and_none_used_is_refused() -> None:
    times = TravelTimes(
        np.array(["a", "c", "c", "a", "b", "b"]),
        np.array(["c", "a", "zz", "e", "b", "c"]),
        np.array([5.0, 7, 1, 1, 1, np.nan]),
        "x",
    )  # two between schools of one group; an unknown code, another group, itself, and no time
    assert count_used(pairs_of(), SCHOOL, times) == (2, 5)
    strange = TravelTimes(np.array(["zz"]), np.array(["a"]), np.array([5.0]), "x.csv")
    with pytest.raises(NoTravelTimes, match=r"None of the 1 pairs in x\.csv"):
        count_used(pairs_of(), SCHOOL, strange)


def test_the_model_is_that_of_the_settings() -> None:
    assert TravelModel.from_settings(Settings.load()) == MODEL
