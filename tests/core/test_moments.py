from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from upwards.core.moments import Factor, Moments, with_combination
from upwards.store.moments_pass import compute_moments


@pytest.fixture
def moments() -> Moments:
    rows = pl.LazyFrame(
        {"school": ["a", "a", "b", "b", "b"], "year": [1, 2, 1, 1, 2], "score": [1.0, 2.0, 3.0, 5.0, 7.0]}
    )
    return compute_moments(rows, outcome="score", intake=[], nested=["school"], crossed=["year"])


def test_rows_columns_and_factors_are_counted(moments: Moments) -> None:
    assert (moments.n, moments.p) == (5, 1)
    assert moments.factor("year") == 1
    assert [factor.n_units for factor in moments.factors] == [2, 2]
    with pytest.raises(ValueError, match="class"):
        moments.factor("class")


def test_a_combination_has_the_pairs_that_occur(moments: Moments) -> None:
    both = with_combination(moments, "school", "year", "school:year")
    assert both.factors[-1].paths == (("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"))
    assert np.bincount(both.codes[-1], weights=both.n_rows).tolist() == [1, 1, 2, 1]


def test_a_combination_sums_nothing_anew_and_leaves_the_rest(moments: Moments) -> None:
    both = with_combination(moments, "school", "year", "school:year")
    assert both.products is moments.products
    assert both.gram is moments.gram
    assert both.factors[:-1] == moments.factors
    assert np.array_equal(both.codes[:-1], moments.codes)


def test_pairs_that_do_not_occur_are_no_units() -> None:
    rows = pl.LazyFrame({"school": ["a", "b"] * 3, "year": [1, 2] * 3, "score": [1.0, 2, 3, 4, 5, 7]})
    moments = compute_moments(rows, outcome="score", intake=[], nested=["school"], crossed=["year"])
    both = with_combination(moments, "school", "year", "school:year")
    assert both.factors[-1].paths == (("a", "1"), ("b", "2"))


def test_a_factor_counts_its_units() -> None:
    assert Factor("school", (("x", "a"), ("x", "b"))).n_units == 2
