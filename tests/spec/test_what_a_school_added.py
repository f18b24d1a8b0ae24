"""What a school added, by arithmetic that a reader can follow with a pencil."""

from __future__ import annotations

import math

import polars as pl
import pytest

from upwards import estimate_value_added
from upwards.core.audience import Audience
from upwards.core.disclosure import disclose_units

PUPILS = """
school  score
Hill    1
Hill    2
Hill    2
Hill    3
Park    4
Park    5
Park    6
Park    6
"""


def table(text: str) -> pl.DataFrame:
    head, *lines = [line.split() for line in text.strip().splitlines()]
    rows = pl.DataFrame([dict(zip(head, line, strict=True)) for line in lines])
    return rows.with_columns(pl.col("score").cast(pl.Float64))


def test_an_effect_is_shrunk_by_what_chance_could_have_done():
    answer = estimate_value_added(table(PUPILS), outcome="score", levels=["school"], draws=0).to_dict()
    # Means are 2 and 5.25, the average is 3.625, and each school is 1.625 away from it.
    away = 5.25 - 3.625
    # Within schools: (1 + 0 + 0 + 1) + (1.5625 + 0.0625 + 0.5625 + 0.5625) = 4.75, over 6 degrees of freedom.
    pupil = 4.75 / 6
    # Between schools: 4 * (1.625² + 1.625²) over 1 degree of freedom; part of it is chance.
    school = (4 * 2 * away**2 - pupil) / 4
    components = {row["level"]: row["variance"] for row in answer["fit"]["variance_components"]}
    assert components["residual"] == pytest.approx(pupil)
    assert components["school"] == pytest.approx(school)
    # The mean of four pupils still holds a quarter of the variance of pupils: that share is taken off.
    kept = school / (school + pupil / 4)
    hill, park = answer["units"]
    assert park["effect"] == pytest.approx(kept * away)
    assert hill["effect"] == pytest.approx(-kept * away)
    assert park["reliability"] == pytest.approx(kept)
    # The standard error, given the variances: what shrinkage leaves of the spread of schools.
    assert park["se"] == pytest.approx(math.sqrt(school * (1 - kept)))
    assert park["upper"] - park["effect"] == pytest.approx(1.959964 * park["se"], rel=1e-6)


def test_what_pupils_brought_is_taken_off_first():
    # Everybody in Park scores 10 more, and brought 10 more: nothing was added.
    rows = pl.DataFrame(
        {
            "school": ["Hill"] * 4 + ["Park"] * 4,
            "prior": [0.0, 2, 4, 6, 10, 12, 14, 16],
            "score": [1.0, 1, 3, 7, 11, 11, 13, 17],
        }
    )
    raw = estimate_value_added(rows, outcome="score", levels=["school"], draws=0).to_dict()
    added = estimate_value_added(
        rows, outcome="score", intake=["prior"], levels=["school"], draws=0
    ).to_dict()
    assert raw["units"][1]["effect"] > 4
    assert added["units"][1]["effect"] == pytest.approx(0.0, abs=1e-9)
    assert "raw differences" in raw["warnings"][0]


def test_what_is_left_out_is_counted_and_never_zero():
    rows = table(PUPILS + "Hill nan\n").with_columns(pl.col("score").fill_nan(None))
    fit = estimate_value_added(rows, outcome="score", levels=["school"], draws=0).to_dict()
    assert fit["fit"]["n_pupils"] == 8
    assert fit["fit"]["left_out"] == {"outcome missing": 1}
    assert fit["units"][0]["coverage"] == pytest.approx(4 / 5)


def test_a_count_that_could_be_worked_out_is_hidden_too():
    # 50 pupils in all. Told 30 and 16, anybody could say that Mill has 4.
    units = [
        {"level": "school", "unit": name, "path": [name], "term": "(Intercept)", "n": n, "coverage": 1.0}
        for name, n in (("Hill", 30), ("Park", 16), ("Mill", 4))
    ]
    shown, _ = disclose_units(units, Audience(), min_coverage=0.7)
    assert [row["n"] for row in shown] == [30, None, None]
