"""Expectations as JSON values: coefficients of whole subjects and stages, nothing of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from upwards.core.design import DesignColumn, Indicator, Numeric
from upwards.store.residual_rows import Expectation


def expectation_to_dict(expectation: Expectation) -> dict[str, Any]:
    """Return JSON values.

    Parameters
    ----------
    expectation
        Of one subject and stage.

    Returns
    -------
    dict
        What `expectation_from_dict` reads.
    """
    return {**asdict(expectation), "without": sorted(expectation.without)}


def expectation_from_dict(content: Mapping[str, Any]) -> Expectation:
    """Return the expectation that `expectation_to_dict` wrote.

    Parameters
    ----------
    content
        JSON values.

    Returns
    -------
    Expectation
    """
    return Expectation(
        subject=content["subject"],
        stage=content["stage"],
        design=tuple(_column(one) for one in content["design"]),
        coefficients=tuple(content["coefficients"]),
        sd=content["sd"],
        adjustment=content["adjustment"],
        without=frozenset(content["without"]),
    )


def _column(content: Mapping[str, Any]) -> DesignColumn:
    factors = tuple(Numeric(**one) if "power" in one else Indicator(**one) for one in content["factors"])
    return DesignColumn(content["name"], factors, content["term"])
