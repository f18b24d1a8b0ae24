"""Against figures that others printed, to the digits they printed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.estimators.known_models import dyestuff, frame, known_fit
from tests.estimators.moments_of import design, moments_of
from upwards.estimators.criterion import evaluate
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import fit_mixed_model
from upwards.estimators.variance_intervals import variance_intervals

FIGURES = json.loads((Path(__file__).parents[1] / "golden/value_added/published.json").read_text())
FITS = {
    "exam null ml": ("exam_null", "ml", 5e-5),
    "exam intercept ml": ("exam_ri", "ml", 5e-5),
    "exam slope ml": ("exam_rs", "ml", 5e-5),
    "chem97 null reml": ("chem97_null", "reml", 5e-4),
    "chem97 gcsecnt reml": ("chem97_gcse", "reml", 5e-5),
    "star crossed reml": ("star_crossed", "reml", 5e-3),
}


@pytest.mark.parametrize("name", FITS)
def test_fit_agrees_with_what_was_printed(name):
    model, method, half_a_digit = FITS[name]
    fit, figures = known_fit(model, method), FIGURES[name]
    allowed = half_a_digit * 1.05
    for found, key in ((fit.coefficients, "coefficients"), (fit.standard_errors, "standard_errors")):
        pairs = zip(found, figures.get(key, []), strict=False)
        assert all(printed is None or abs(value - printed) <= allowed for value, printed in pairs)
    variances = np.concatenate([np.diag(v) for v in fit.variances])
    np.testing.assert_allclose(variances, figures["variances"], rtol=0, atol=allowed)
    assert fit.residual_variance == pytest.approx(figures["residual"], abs=allowed)
    if "covariance" in figures:
        assert fit.variances[0][0, 1] == pytest.approx(figures["covariance"], abs=allowed)
    if "deviance" in figures:
        assert -2 * fit.log_likelihood == pytest.approx(
            figures["deviance"], abs=6e-3 if "null" in name else 6e-4
        )


def test_dyestuff_criterion_at_a_fixed_theta_and_at_the_optimum():
    figures = FIGURES["dyestuff ml"]
    moments, random = dyestuff()
    fit = fit_mixed_model(moments, random, method="ml")
    at_theta = evaluate(fit.problem, [np.array([[0.713]])]).criterion
    assert at_theta == pytest.approx(figures["criterion at theta 0.713"], abs=1e-10)
    assert fit.value.criterion == pytest.approx(figures["criterion at the optimum"], abs=1e-9)
    restricted = fit_mixed_model(moments, random).value.criterion
    assert restricted == pytest.approx(figures["restricted criterion at the optimum"], abs=1e-9)


def test_dyestuff_profile_intervals_agree_with_lme4():
    figures = FIGURES["dyestuff ml"]
    moments, random = dyestuff()
    batch, residual = variance_intervals(fit_mixed_model(moments, random, method="ml"))
    # lme4 interpolates its profile with a spline: a thousandth is what it keeps
    np.testing.assert_allclose([batch.lower, batch.upper], figures["interval of batch SD"], atol=2e-3)
    np.testing.assert_allclose(
        [residual.lower, residual.upper], figures["interval of residual SD"], atol=1e-3
    )


def test_small_classes_in_kindergarten_gain_what_was_published():
    figures = FIGURES["star kindergarten"]
    star = frame("star")
    rows = star[star.gr == "K"].dropna(subset=["read", "math"])
    assert len(rows) == figures["n"]
    X = design((rows.cltype == "small").to_numpy(float), (rows.cltype == "reg+A").to_numpy(float))
    moments = moments_of(rows.read + rows.math, X, {"school": rows.sch})
    ols = evaluate(fit_mixed_model(moments, [RandomTerm(0)], method="ml").problem, [np.zeros((1, 1))])
    small = ols.coefficients[1] * moments.scale[-1] / moments.scale[1]
    assert small == pytest.approx(figures["small minus regular, OLS"], abs=5e-3)
    # school effects as fixed columns: what a wide random intercept tends to
    wide = evaluate(fit_mixed_model(moments, [RandomTerm(0)]).problem, [np.array([[1e4]])])
    within = wide.coefficients[1] * moments.scale[-1] / moments.scale[1]
    assert within == pytest.approx(figures["with school effects"], abs=5e-3)
