"""Ranks of few units: a top fifth needs five."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.moments_of import moments_of
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import fit_mixed_model
from upwards.estimators.unit_effects import rank_units


def ranks_of(n_units, sd=1.0, **more):
    rng = np.random.default_rng(n_units)
    unit = np.repeat(np.arange(n_units), 20)
    noise = rng.normal(size=(n_units, 20))
    noise -= noise.mean(axis=1, keepdims=True)
    y = (sd * rng.normal(size=(n_units, 1)) + noise).ravel()
    model = fit_mixed_model(moments_of(y, np.ones((len(y), 1)), {"school": unit}), [RandomTerm(0)])
    return rank_units(model, n_draws=200, **more)[0]


def test_four_units_have_ranks_but_no_top_fifth():
    ranks = ranks_of(4)
    assert ranks.p_top is None
    assert ranks.expected.sum() == pytest.approx(10.0, abs=1e-4)
    assert ranks_of(4, sd=0.0).p_top is None


def test_of_five_units_one_is_the_top_fifth():
    assert ranks_of(5).p_top.sum() == pytest.approx(1.0)
    assert ranks_of(5, sd=0.0).p_top.tolist() == [0.2] * 5


def test_a_top_half_needs_two_units():
    assert ranks_of(2, top_share=0.5).p_top.sum() == pytest.approx(1.0)
    assert ranks_of(2, top_share=0.4).p_top is None
