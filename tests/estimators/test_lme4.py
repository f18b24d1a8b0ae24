"""Against reference fits by lme4 1.1-31 at the tolerances stated with them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tests.estimators.known_models import known_fit
from tests.estimators.moments_of import labels_of
from upwards.estimators.unit_effects import estimate_unit_effects

PROJECT = Path(__file__).parents[2]
GOLDEN = json.loads((PROJECT / "tests/golden/value_added/expected.json").read_text())["fits"]


def check_fit(name, expected):
    """Compare everything but the units."""
    model = known_fit(*split(name))
    star = name.startswith("star")
    assert model.converged
    assert not model.singular
    assert model.n == expected["n"]
    assert model.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-5 if star else 1e-6)
    assert model.aic == pytest.approx(expected["aic"], abs=2e-5 if star else 2e-6)
    assert model.bic == pytest.approx(expected["bic"], abs=2e-5 if star else 2e-6)
    assert list(expected["coefficients"]) == list(model.terms)
    # where a coefficient is next to nothing, its standard error is what a millionth refers to
    se = np.array(list(expected["standard_errors"].values()))
    b = np.array(list(expected["coefficients"].values()))
    assert np.all(np.abs(model.coefficients - b) <= 1e-6 * np.maximum(np.abs(b), se))
    np.testing.assert_allclose(model.standard_errors, se, rtol=1e-6)
    np.testing.assert_allclose(model.covariance, expected["covariance"], rtol=0, atol=2e-6 * se.max() ** 2)


def check_components(name, expected):
    model = known_fit(*split(name))
    sigma = np.sqrt(model.residual_variance)
    names = [factor.name for factor in model.moments.factors]
    for row in expected["components"]:
        if row["grp"] == "Residual":
            found, spread = model.residual_variance, sigma
        else:
            variance = model.variances[names.index(row["grp"])]
            i = int(row.get("var1") not in ("(Intercept)",))
            j = i if "var2" not in row else 1
            found = variance[i, j]
            spread = np.sqrt(found) if i == j else found / np.sqrt(variance[i, i] * variance[j, j])
        assert found == pytest.approx(row["vcov"], rel=1e-5)
        assert spread == pytest.approx(row["sdcor"], rel=1e-5)
    raw = [np.linalg.cholesky(v / model.residual_variance) for v in model.variances]
    theta = np.concatenate([root.T[np.triu_indices(len(root))] for root in raw])
    np.testing.assert_allclose(theta, expected["theta"], rtol=1e-5)


def check_units(name, units):
    model = known_fit(*split(name))
    names = [factor.name for factor in model.moments.factors]
    allowed = 1e-5 * np.sqrt(model.residual_variance)
    effects = estimate_unit_effects(model)
    for level, rows in units.items():
        t = names.index(level)
        place = {label: at for at, label in enumerate(labels_of(model.moments, t))}
        for row in rows:
            at = place[row["level"].split(":")[0]]
            terms = [key for key in row if key != "level" and not key.startswith("condSD")]
            for i, term in enumerate(terms):
                assert effects[t].effect[i, at] == pytest.approx(row[term], abs=allowed)
                assert effects[t].standard_error[i, at] == pytest.approx(row[f"condSD.{term}"], abs=allowed)


def split(name):
    model, _, method = name.rpartition("_")
    return model, method.lower()


@pytest.mark.parametrize("name", GOLDEN)
def test_fit_agrees_with_lme4(name):
    check_fit(name, GOLDEN[name])


@pytest.mark.parametrize("name", GOLDEN)
def test_variances_and_correlations_agree_with_lme4(name):
    check_components(name, GOLDEN[name])


@pytest.mark.parametrize("name", GOLDEN)
def test_effects_and_their_standard_errors_agree_with_lme4(name):
    check_units(name, GOLDEN[name]["units"])


@pytest.fixture(scope="module")
def oracle() -> Path:
    """The full reference fits, which live beside the project; without them the test skips visibly."""
    named = os.environ.get("UPWARDS_SHARED_ORACLE")
    folder = Path(named) if named else PROJECT.parent / "shared" / "oracle"
    if not folder.is_dir():
        pytest.skip("the full reference fits are not here: set UPWARDS_SHARED_ORACLE to their folder")
    return folder


def test_every_unit_of_every_reference_fit_agrees(oracle):
    files = sorted(oracle.glob("*.json"))
    assert {path.stem for path in files} == set(GOLDEN)
    for path in files:
        check_units(path.stem, json.loads(path.read_text())["ranef"])


def test_condensed_numbers_are_those_of_the_reference_fits(oracle):
    for name, expected in GOLDEN.items():
        whole = json.loads((oracle / f"{name}.json").read_text())
        assert expected["log_likelihood"] == whole["logLik"]
        assert expected["covariance"] == whole["vcov"]
        assert expected["components"] == whole["varcorr"]
