"""Condense reference fits to the numbers that the tests need: condense.py FOLDER > expected.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TOLERANCE = {
    "log_likelihood": "1e-6 absolute (1e-5 for STAR)",
    "coefficients, standard errors, covariance": "1e-6 relative",
    "variance components": "1e-5 relative",
    "conditional modes and standard deviations": "1e-5 of the residual standard deviation",
}


def condense(fit: dict[str, Any]) -> dict[str, Any]:
    return {
        "formula": fit["formula"],
        "method": "reml" if fit["REML"] else "ml",
        "n": fit["n"],
        "coefficients": fit["fixef"],
        "standard_errors": fit["se"],
        "covariance": fit["vcov"],
        "theta": list(fit["theta"].values()),
        "components": fit["varcorr"],
        "log_likelihood": fit["logLik"],
        "aic": fit["AIC"],
        "bic": fit["BIC"],
        "units": {level: rows[:4] for level, rows in fit["ranef"].items()},
    }


if __name__ == "__main__":
    found = {p.stem: condense(json.loads(p.read_text())) for p in sorted(Path(sys.argv[1]).glob("*.json"))}
    unit = "outcome's own unit: Exam normalised score, Chem97 A-level points, STAR scale points"
    json.dump({"unit": unit, "tolerance": TOLERANCE, "fits": found}, sys.stdout, indent=1)
