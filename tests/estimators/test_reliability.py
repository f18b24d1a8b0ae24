"""Intake known with error: what is refused, and what a reliability of 1 must not change."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.moments_of import design, moments_of
from upwards.core.errors import UserError
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import fit_mixed_model
from upwards.estimators.reliability import fit_with_reliability

LEVEL = [RandomTerm(0)]


def pupils(**options):
    rng = np.random.default_rng(3)
    unit = np.repeat(np.arange(20), 15)
    x = rng.normal(size=(300, 2))
    x[:, 1] = 0.95 * x[:, 0] + 0.1 * x[:, 1]
    y = x[:, 0] + 0.4 * rng.normal(size=20)[unit] + rng.normal(size=300)
    return moments_of(y, design(x[:, 0], x[:, 1]), {"s": unit}, **options)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_perfect_reliability_changes_nothing(method):
    moments = pupils()
    plain = fit_mixed_model(moments, LEVEL, method=method)
    model = fit_with_reliability(moments, LEVEL, column="x1", reliability=1.0, method=method)
    np.testing.assert_allclose(model.coefficients, plain.coefficients, rtol=1e-8)
    np.testing.assert_allclose(model.standard_errors, plain.standard_errors, rtol=1e-8)
    assert model.residual_variance == pytest.approx(plain.residual_variance, rel=1e-8)


@pytest.mark.parametrize("reliability", [0.0, -0.1, 1.1])
def test_a_reliability_that_is_no_share_is_refused(reliability):
    with pytest.raises(UserError, match="share of variance"):
        fit_with_reliability(pupils(), LEVEL, column="x1", reliability=reliability)


def test_weights_and_slopes_on_the_column_are_refused():
    with pytest.raises(UserError, match="cannot be used together"):
        fit_with_reliability(pupils(weight=np.linspace(1, 2, 300)), LEVEL, column="x1", reliability=0.8)
    with pytest.raises(UserError, match="random slope"):
        fit_with_reliability(pupils(slopes=(0, 1)), [RandomTerm(0, (0, 1))], column="x1", reliability=0.8)


def test_a_reliability_that_the_data_contradict_is_refused():
    with pytest.raises(UserError, match="no variance left"):
        fit_with_reliability(pupils(), LEVEL, column="x1", reliability=0.8)
