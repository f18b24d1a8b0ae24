"""Every reference fit of lme4, from a file through the command line, at the tolerances stated with it."""

from __future__ import annotations

import math
from typing import Any

import pytest

EXAM = ["--outcome", "normexam", "--levels", "school"]
CHEM = ["--outcome", "score", "--intake", "gcsecnt,gender,age", "--levels", "lea,school"]
STAR = ["--outcome", "read", "--intake", "gr,cltype,sx", "--crossed", "id,tch"]
ASKED = {
    "exam_null": ("Exam", EXAM),
    "exam_ri": ("Exam", [*EXAM, "--intake", "standLRT"]),
    "exam_rs": ("Exam", [*EXAM, "--intake", "standLRT", "--slopes", "school:standLRT"]),
    "exam_full": (
        "Exam",
        [*EXAM, "--intake", "standLRT,sex,schgend,schavg", "--slopes", "school:standLRT"],
    ),
    "chem97_3level": ("Chem97", CHEM),
    "star_crossed": ("star", STAR),
}
FITS = [f"{name}_{method}" for name in ASKED for method in ("ML", "REML") if name != "star_crossed"]


def ask(run: Any, files: Any, name: str) -> Any:
    model, _, method = name.rpartition("_")
    data, arguments = ASKED[model]
    fast = ["--draws", "0", "--intervals", "none", "--format", "json"]
    said = run("value-added", files[data], *arguments, "--method", method.lower(), *fast)
    assert said.code == 0, said.err
    return said.json


@pytest.mark.parametrize("name", [*FITS, "star_crossed_REML"])
def test_the_answer_is_that_of_lme4(run: Any, files: Any, oracle: Any, name: str) -> None:
    answer, expected = ask(run, files, name), oracle[name]
    fit, likely = answer["fit"], 1e-5 if name.startswith("star") else 1e-6
    assert fit["n_pupils"] == expected["n"]
    assert fit["method"] == name.rpartition("_")[2].lower()
    assert fit["converged"]
    assert not fit["singular"]
    assert fit["log_likelihood"] == pytest.approx(expected["logLik"], abs=likely)
    assert fit["aic"] == pytest.approx(expected["AIC"], abs=2 * likely)
    assert fit["bic"] == pytest.approx(expected["BIC"], abs=2 * likely)
    check_coefficients(fit, expected)
    sigma = check_components(fit, expected)
    check_units(answer["units"], expected, 1e-5 * sigma)


def check_coefficients(fit: Any, expected: Any) -> None:
    assert [row["term"] for row in fit["coefficients"]] == list(expected["fixef"])
    for row in fit["coefficients"]:
        se = expected["se"][row["term"]]
        assert row["se"] == pytest.approx(se, rel=1e-6)
        assert row["estimate"] == pytest.approx(expected["fixef"][row["term"]], rel=1e-6, abs=1e-6 * se)
        assert row["upper"] - row["lower"] == pytest.approx(2 * 1.959963984540054 * row["se"])


def check_components(fit: Any, expected: Any) -> float:
    """Compare variances and correlations; return the residual SD."""
    found = {(row["level"], row["term"], row["term2"]): row for row in fit["variance_components"]}
    assert len(found) == len(expected["varcorr"])
    for row in expected["varcorr"]:
        if row["grp"] == "Residual":
            own = found["residual", None, None]
        elif "var2" in row:
            own = found[row["grp"], row["var1"], row["var2"]]
        else:
            own = found[row["grp"], row["var1"], None]
        # for a pair, lme4's vcov is the covariance and sdcor the correlation: so are variance and sd here
        assert own["variance"] == pytest.approx(row["vcov"], rel=1e-5)
        assert own["sd"] == pytest.approx(row["sdcor"], rel=1e-5)
    return math.sqrt(found["residual", None, None]["variance"])


def check_units(units: Any, expected: Any, tolerance: float) -> None:
    found = {(row["level"], row["unit"], row["term"]): row for row in units}
    assert len(found) == len(units)
    for level, rows in expected["ranef"].items():
        for row in rows:
            label = row["level"].split(":")[0]
            for term in (key for key in row if key != "level" and not key.startswith("condSD")):
                own = found[level, label, term]
                assert own["effect"] == pytest.approx(row[term], abs=tolerance)
                assert own["se"] == pytest.approx(row[f"condSD.{term}"], abs=tolerance)
                assert own["path"][-1] == label


def test_paths_of_nested_units_run_from_outer_to_inner(run: Any, files: Any) -> None:
    units = ask(run, files, "chem97_3level_REML")["units"]
    assert {len(row["path"]) for row in units if row["level"] == "lea"} == {1}
    schools = [row for row in units if row["level"] == "school"]
    assert len(schools) == 2410
    leas = {row["unit"] for row in units if row["level"] == "lea"}
    assert all(len(row["path"]) == 2 and row["path"][0] in leas for row in schools)
