"""Unit means as further intake: from the sums per cell what the rows would give."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.moments_of import design, moments_of
from upwards.estimators.composition import with_unit_means
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import fit_mixed_model

TERMS = [RandomTerm(0, (0, 1)), RandomTerm(1)]


@pytest.mark.parametrize("weighted", [False, True])
def test_means_from_sums_are_means_from_rows(weighted):
    rng = np.random.default_rng(1)
    school, department = np.repeat(np.arange(15), 20), np.repeat(np.arange(45), 300 // 45 + 1)[:300]
    department = school * 3 + department % 3
    w = rng.uniform(0.5, 2, 300) if weighted else np.ones(300)
    x = rng.normal(size=(300, 2)) + rng.normal(size=(15, 2))[school]
    y = x @ [0.5, 1.0] + rng.normal(size=15)[school] + rng.normal(size=300)
    groups = {"school": school, "department": department}
    options = {"slopes": (0, 1), "weight": w if weighted else None}
    total = np.bincount(school, w)
    means = [(np.bincount(school, w * column) / total)[school] for column in x.T]
    short = fit_mixed_model(
        with_unit_means(moments_of(y, design(*x.T), groups, names=["(Intercept)", "a", "b"], **options), 0),
        TERMS,
    )
    long = fit_mixed_model(moments_of(y, design(*x.T, *means), groups, **options), TERMS)
    assert short.terms == ("(Intercept)", "a", "b", "a (mean of school)", "b (mean of school)")
    np.testing.assert_allclose(short.coefficients, long.coefficients, rtol=1e-5, atol=1e-6)
    assert short.log_likelihood == pytest.approx(long.log_likelihood, abs=1e-7)


def test_chosen_columns_only_and_redundant_means_are_dropped():
    rng = np.random.default_rng(2)
    school = np.repeat(np.arange(10), 12)
    own, shared = rng.normal(size=120), rng.normal(size=10)[school]
    y = own + shared + rng.normal(size=120)
    moments = moments_of(y, design(own, shared), {"s": school})
    assert with_unit_means(moments, 0, columns=(1,)).columns[3:] == ("x1 (mean of s)",)
    assert fit_mixed_model(with_unit_means(moments, 0), [RandomTerm(0)]).dropped == ("x2 (mean of s)",)


def test_without_intake_nothing_is_added():
    moments = moments_of(np.arange(12.0), np.ones((12, 1)), {"s": np.repeat(np.arange(3), 4)})
    assert with_unit_means(moments, 0).columns == ("(Intercept)",)
