"""Expectations survive being kept as JSON."""

from __future__ import annotations

import json

from upwards.core.design import DesignColumn, Indicator, Numeric
from upwards.store.kept_expectations import expectation_from_dict, expectation_to_dict
from upwards.store.residual_rows import Expectation


def test_an_expectation_is_the_same_after_it_was_kept() -> None:
    design = (
        DesignColumn("(Intercept)", (), "(Intercept)"),
        DesignColumn("prior^2", (Numeric("prior", 2),), "prior^2"),
        DesignColumn("sexM:prior", (Indicator("sex", "M"), Numeric("prior")), "sex:prior"),
        DesignColumn("year2024", (Indicator("year", "2024", number_as_category=True),), "C(year)"),
    )
    one = Expectation(
        subject="reading",
        stage="year 6",
        design=design,
        coefficients=(1.5, -0.25, 0.1, 2.0),
        sd=14.2,
        adjustment={},
        without=frozenset({"class"}),
    )
    kept = expectation_from_dict(json.loads(json.dumps(expectation_to_dict(one))))
    for name in ("subject", "stage", "design", "coefficients", "sd", "adjustment", "without"):
        assert getattr(kept, name) == getattr(one, name)
