"""Inspection outcomes in force: closed schools count while open, converted ones carry on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from upwards.core.errors import EmptyData
from upwards.core.panel import SchoolJudgements, SchoolRegister
from upwards.measures.inspection_history import InspectionScale, follow_inspections, say_inspections

SCALE = InspectionScale(
    grade={"Outstanding": 1, "Good": 2, "Satisfactory": 3, "Requires Improvement": 3, "Inadequate": 4},
    outstanding=1,
    good=2,
    breaks={2013: "Satisfactory became Requires improvement.", 2025: "grades ended."},
)


def register(rows: list[tuple[str, ...]]) -> SchoolRegister:
    """Make a register from rows of school, line, region, closing day and opening day, sorted by school.

    A school whose opening day is "?" is in no register: other files alone name it.
    """
    rows = sorted(rows)
    n = len(rows)
    text = np.full(n, "")
    nothing = np.full(n, np.nan)
    return SchoolRegister(
        school=np.array([row[0] for row in rows]),
        line=np.array([row[1] for row in rows]),
        name=text, kind=np.array(["" if row[4] == "?" else "Community school" for row in rows]), phase=text,
        authority=text,
        region=np.array([row[2] for row in rows]),
        latitude=nothing, longitude=nothing, urban=nothing, pupils=nothing,
        opened=np.array([row[4].strip("?") or "NaT" for row in rows], dtype="datetime64[D]"),
        closed=np.array([row[3] or "NaT" for row in rows], dtype="datetime64[D]"),
    )  # fmt: skip


def judgements(rows: list[tuple[str, str, str, str]]) -> SchoolJudgements:
    """Make judgements from rows of school, line, day and outcome."""
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return SchoolJudgements(
        school=columns[0],
        line=columns[1],
        date=columns[2].astype("datetime64[D]"),
        framework=np.full(len(rows), "four grades"),
        outcome=columns[3],
    )


SCHOOLS = register(
    [
        ("1", "1", "London", "", ""),
        ("2", "2", "London", "2010-08-31", ""),
        ("3", "9", "North East", "", ""),
        ("9", "9", "North East", "", "2010-09-01"),
        ("4", "4", "", "", ""),
    ]
)
OUTCOMES = judgements(
    [
        ("1", "1", "2007-05-01", "Satisfactory"),
        ("1", "1", "2009-09-01", "Outstanding"),
        ("2", "2", "2008-01-01", "Inadequate"),
        ("3", "9", "2008-02-01", "Good"),
        ("9", "9", "2012-02-01", "Inadequate"),
        ("4", "4", "2008-02-01", "Good"),
    ]
)


def shares(years: list[int]) -> dict[tuple[int, str], tuple[int, float, float]]:
    found = follow_inspections(OUTCOMES, SCHOOLS, SCALE, region="London", years=years)
    return {
        (share.year, share.part): (share.n_schools, share.less_than_good[0], share.outstanding[0])
        for share in found.shares
    }


def test_the_latest_outcome_on_the_last_day_of_the_year_counts():
    found = shares([2007, 2008, 2009])
    assert found[(2007, "London")] == (1, 1.0, 0.0)
    assert found[(2009, "London")] == (2, 1.0, 0.0)  # the Outstanding of 1 September belongs to 2009/10


def test_a_closed_school_counts_while_it_was_open_and_not_after():
    found = shares([2009, 2010])
    assert found[(2009, "London")][0] == 2
    assert found[(2010, "London")] == (1, 0.0, 1.0)


def test_a_converted_school_carries_on_with_the_outcome_of_its_predecessor():
    found = follow_inspections(OUTCOMES, SCHOOLS, SCALE, region="London", years=[2011, 2012])
    elsewhere = [share for share in found.shares if share.part == "elsewhere"]
    assert [(s.n_schools, s.n_inherited, s.less_than_good[0]) for s in elsewhere] == [
        (1, 1, 0.0),
        (1, 0, 1.0),
    ]


def test_a_school_without_region_is_in_neither_part_and_told():
    found = follow_inspections(OUTCOMES, SCHOOLS, SCALE, region="London", years=[2008])
    assert found.n_without_region == 1
    assert sum(share.n_schools for share in found.shares) == 3


def test_a_year_before_the_first_inspection_has_no_share():
    assert shares([2005]) == {}


def test_intervals_are_wilsons():
    # Wilson's interval for 1 of 2: by hand, centre 0.5, half width 1.96/(1+1.96²/2)·sqrt(0.25/2+1.96²/16)
    one = judgements([("1", "1", "2007-05-01", "Good"), ("2", "2", "2007-05-01", "Inadequate")])
    found = follow_inspections(one, SCHOOLS, SCALE, region="London", years=[2007])
    assert found.shares[0].less_than_good == pytest.approx((0.5, 0.0945, 0.9055), abs=1e-4)


def test_an_outcome_that_the_scale_does_not_know_is_named_and_left_out():
    strange = judgements([("1", "1", "2007-05-01", "Good"), ("2", "2", "2007-05-01", "Superb")])
    found = follow_inspections(strange, SCHOOLS, SCALE, region="London", years=[2007])
    assert found.unknown == {"Superb": 1}
    assert found.shares[0].n_schools == 1


def test_a_misspelt_region_is_refused_with_the_near_miss():
    with pytest.raises(EmptyData, match="did you mean 'London'"):
        follow_inspections(OUTCOMES, SCHOOLS, SCALE, region="Londn", years=[2008])


def test_the_order_of_the_judgements_does_not_matter():
    rng = np.random.default_rng(3)
    order = rng.permutation(len(OUTCOMES.line))
    shuffled = SchoolJudgements(
        *(getattr(OUTCOMES, name)[order] for name in ("school", "line", "date", "framework", "outcome"))
    )
    one = follow_inspections(shuffled, SCHOOLS, SCALE, region="London", years=[2008, 2010, 2012])
    assert one == follow_inspections(OUTCOMES, SCHOOLS, SCALE, region="London", years=[2008, 2010, 2012])


def test_the_words_name_the_changes_of_rules_between_the_years():
    found = follow_inspections(OUTCOMES, SCHOOLS, SCALE, region="London", years=[2008, 2014])
    text = say_inspections(found, SCALE)
    assert text[0].startswith("At the end of 2013/14, of the schools with an outcome, in London 0% were less")
    assert "From 2012/13: Satisfactory became Requires improvement." in text[1]
    assert len(text) == 2  # the two years lie on two sides of a change: nothing is said from one to the other


def test_intervals_are_wider_where_schools_of_an_authority_go_together():
    n = 40
    known = register([(f"{i:02d}", f"{i:02d}", "London", "", "") for i in range(n)])
    inside = np.array([f"authority {i // 10}" for i in range(n)])
    apart = np.array([f"authority {i % 20}" for i in range(n)])
    together = judgements(
        [(f"{i:02d}", f"{i:02d}", "2007-05-01", "Inadequate" if i < 20 else "Good") for i in range(n)]
    )

    def width(authority: np.ndarray) -> float:
        placed = replace(known, authority=authority)
        found = follow_inspections(together, placed, SCALE, region="London", years=[2007])
        _, lower, upper = found.shares[0].less_than_good
        return upper - lower

    assert width(inside) > 1.5 * width(apart)
