"""A region's gap taken apart by published intake."""

from __future__ import annotations

import numpy as np
import pytest

from upwards.core.errors import EmptyData
from upwards.core.panel import SchoolPanel, SchoolRegister
from upwards.measures.region_gap import explain_region_gap


def panel(measure: str, school, value, n=None, pupil_group: str = "", year: int = 2019) -> SchoolPanel:
    value = np.asarray(value, dtype=float)[:, None]
    text = np.full(value.shape, "")
    n = np.full(value.shape, 100.0) if n is None else np.asarray(n, dtype=float)[:, None]
    nothing = np.full(value.shape, np.nan)
    return SchoolPanel(
        measure, pupil_group, np.asarray(school), (year,), value, nothing, nothing, 0.95, n, text, text, text
    )


def register(school, region, authority) -> SchoolRegister:
    order = np.argsort(school)
    n = len(order)
    text, nothing = np.full(n, ""), np.full(n, np.nan)
    days = np.full(n, "NaT", dtype="datetime64[D]")
    return SchoolRegister(
        school=np.asarray(school)[order], line=np.asarray(school)[order], name=text, kind=text, phase=text,
        authority=np.asarray(authority)[order], region=np.asarray(region)[order], latitude=nothing,
        longitude=nothing, urban=nothing, pupils=nothing, opened=days, closed=days,
    )  # fmt: skip


def country(seed: int = 1, n: int = 400):
    rng = np.random.default_rng(seed)
    school = np.array([f"{number:06d}" for number in range(n)])
    london = np.arange(n) < n // 4
    authority = np.array([f"{'L' if inner else 'R'}{i % 20}" for i, inner in enumerate(london)])
    eal = 20 + 40 * london + rng.normal(0, 5, n)
    score = 0.01 * eal + rng.normal(0, 0.1, n)
    region = np.where(london, "London", "North East")
    return school, london, eal, score, register(school, region, authority)


def test_a_gap_that_goes_with_intake_leaves_nothing():
    school, _, eal, score, known = country()
    found = explain_region_gap(
        panel("p8", school, score),
        {"language": [panel("eal", school, eal)]},
        known,
        region="London",
        year=2019,
    )
    assert found["gap"]["lower"] > 0.3
    assert found["remaining"]["lower"] < 0 < found["remaining"]["upper"]
    assert found["parts"][0]["estimate"] == pytest.approx(
        found["gap"]["estimate"] - found["remaining"]["estimate"], abs=1e-9
    )


def test_figures_are_matched_by_school_whatever_their_order():
    school, _, eal, score, known = country()
    order = np.random.default_rng(2).permutation(len(school))
    one, other = (
        explain_region_gap(
            panel("p8", school, score),
            {"language": [panel("eal", school[rows], eal[rows])]},
            known,
            region="London",
            year=2019,
        )
        for rows in (np.arange(len(school)), order)
    )
    assert one["remaining"] == pytest.approx(other["remaining"])


def test_a_school_without_a_figure_is_left_out_and_counted():
    school, _, eal, score, known = country()
    eal[:3] = np.nan
    found = explain_region_gap(
        panel("p8", school, score),
        {"language": [panel("eal", school[1:], eal[1:])]},
        known,
        region="London",
        year=2019,
    )
    assert found["n_left_out"] == 3
    assert found["n_schools"] == 397


def test_a_year_without_a_figure_is_refused_by_name():
    school, _, eal, score, known = country()
    with pytest.raises(EmptyData, match="eal was not published by school for 2018/19"):
        explain_region_gap(
            panel("p8", school, score),
            {"language": [panel("eal", school, eal, year=2018)]},
            known,
            region="London",
            year=2019,
        )


def test_a_misspelt_region_is_refused_with_the_near_miss():
    school, _, eal, score, known = country()
    with pytest.raises(EmptyData, match="did you mean 'London'"):
        explain_region_gap(
            panel("p8", school, score), {"e": [panel("e", school, eal)]}, known, region="Lodon", year=2019
        )


def test_the_split_by_kind_of_pupil_adds_up_to_the_gap_by_hand():
    # London: 40 of 100 disadvantaged at −0.5, all at 0.1, so others 0.5; elsewhere 20 of 100 at −0.5, all at
    # 0.3, so others 0.5: the gap of −0.2 is composition alone.
    school = np.array([f"{number:03d}" for number in range(8)])
    london = np.arange(8) < 4
    region = np.where(london, "London", "South West")
    known = register(school, region, np.array([f"a{i}" for i in range(8)]))
    everybody = panel("p8", school, np.where(london, 0.1, 0.3))
    some = panel("p8", school, np.full(8, -0.5), np.where(london, 40, 20), pupil_group="disadvantaged")
    found = explain_region_gap(
        everybody,
        {"x": [panel("x", school, np.arange(8.0) % 3)]},
        known,
        region="London",
        year=2019,
        split=(some, everybody),
    )
    assert found["split"]["composition"] == pytest.approx(-0.2)
    assert found["split"]["rates"] == pytest.approx(0.0, abs=1e-12)
    assert found["split"]["gap"] == pytest.approx(-0.2)
    # every school of a side is alike, so leaving an authority out changes nothing
    assert found["split"]["composition_upper"] - found["split"]["composition_lower"] == pytest.approx(
        0, abs=1e-9
    )


def test_the_split_has_an_interval_that_leaving_authorities_out_gives():
    rng = np.random.default_rng(4)
    school, london, eal, score, known = country()
    n = rng.integers(20, 60, len(school))
    some = panel("p8", school, score - 0.4 + rng.normal(0, 0.1, len(school)), n, pupil_group="disadvantaged")
    everybody = panel("p8", school, score)
    found = explain_region_gap(
        everybody,
        {"x": [panel("x", school, eal)]},
        known,
        region="London",
        year=2019,
        split=(some, everybody),
    )["split"]
    assert found["rates_lower"] < found["rates"] < found["rates_upper"]
    assert found["rates"] == pytest.approx(0.4, abs=0.06)
    # 20 + 20 authorities of schools with an SD of about 0.11 around their side's mean
    assert 0.01 < found["rates_upper"] - found["rates_lower"] < 0.08


def test_what_remains_is_given_at_the_slopes_of_either_side():
    school, london, eal, _, known = country()
    score = np.where(london, 0.02, 0.01) * eal
    found = explain_region_gap(
        panel("p8", school, score),
        {"language": [panel("eal", school, eal)]},
        known,
        region="London",
        year=2019,
    )
    rest, own = found["remaining_by"]
    assert (rest["slopes_of"], own["slopes_of"]) == ("the rest", "London")
    assert rest["estimate"] == pytest.approx(0.01 * eal[london].mean(), abs=1e-9)
    assert own["estimate"] == pytest.approx(0.01 * eal[~london].mean(), abs=1e-9)
    assert "No single figure" in found["text"][1]
    assert found["beyond"]["measure"] == "eal"
    assert found["beyond"]["share"] > 0.95  # 60 percent beside 20, with an SD of 5


def test_where_no_gap_can_be_told_the_words_say_so():
    rng = np.random.default_rng(8)
    school, _, eal, _, known = country()
    found = explain_region_gap(
        panel("p8", school, rng.normal(0, 1, len(school))),
        {"language": [panel("eal", school, eal)]},
        known,
        region="London",
        year=2019,
    )
    assert "no gap" in found["text"][0]
    assert len(found["untold"]) == 4
