"""A large relaxed program, solved by its columns, has the answer of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from upwards.solvers import relaxation
from upwards.solvers.integer_program import IntegerProgram, solve_integer_program
from upwards.solvers.relaxation import Relaxation, relax


def matching(seed: int, n_left: int = 12, n_right: int = 15, budget: float = 10.0) -> dict[str, Any]:
    """Everyone on the left with everyone on the right, each once, so many in all."""
    rng = np.random.default_rng(seed)
    left, right = np.divmod(np.arange(n_left * n_right), n_right)
    n = left.size
    row = np.concatenate([left, n_left + right, np.full(n, n_left + n_right)])
    matrix = sparse.csr_array((np.ones(3 * n), (row, np.tile(np.arange(n), 3))))
    upper = np.append(np.ones(n_left + n_right), budget)
    return {
        "value": rng.uniform(-0.2, 1, n),
        "matrix": matrix,
        "lower": np.full(upper.size, -np.inf),
        "upper": upper,
        "most": np.ones(n),
    }


@pytest.mark.parametrize("seed", range(6))
def test_solving_by_columns_agrees_with_solving_at_once(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    program = matching(seed)
    at_once = relax(**program, time_limit=60)
    monkeypatch.setattr(relaxation, "SIFTED_FROM", 1)
    monkeypatch.setattr(relaxation, "FIRST_PER_ROW", 1)
    monkeypatch.setattr(relaxation, "NEXT_PER_ROW", 1)
    monkeypatch.setattr(relaxation, "BEST_OVERALL", 1)
    by_columns = relax(**program, time_limit=60)
    assert by_columns.status == at_once.status == "optimal"
    assert by_columns.bound == pytest.approx(at_once.bound)
    assert program["value"] @ by_columns.x == pytest.approx(at_once.bound)


def test_any_prices_bound_every_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    program = matching(1)
    best = relax(**program, time_limit=60).bound
    monkeypatch.setattr(relaxation, "SIFTED_FROM", 1)
    monkeypatch.setattr(relaxation, "FIRST_PER_ROW", 1)
    monkeypatch.setattr(relaxation, "BEST_OVERALL", 1)
    clock = iter([0.0, 0.0, 100.0])
    monkeypatch.setattr("upwards.solvers.relaxation.time.monotonic", lambda: next(clock))
    late = relax(**program, time_limit=60)
    assert late.status == "late"
    assert late.bound >= best - 1e-9
    assert program["value"] @ late.x <= best + 1e-9


def test_time_that_is_up_at_once_leaves_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaxation, "SIFTED_FROM", 1)
    late = relax(**matching(1), time_limit=-1)
    assert (late.status, late.bound) == ("late", np.inf)


def test_a_program_by_columns_may_be_infeasible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaxation, "SIFTED_FROM", 1)
    program = matching(1, budget=-1.0)
    assert relax(**program, time_limit=60).status == "infeasible"


def test_a_late_relaxation_still_gives_a_plan_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    program = matching(2)
    entries = program["matrix"].tocoo()
    row, column = (np.asarray(place, dtype=np.int64) for place in entries.coords)
    whole = IntegerProgram(
        value=program["value"],
        most=program["most"],
        whole=np.ones(program["value"].size, dtype=bool),
        row=row,
        column=column,
        coefficient=entries.data,
        lower=program["lower"],
        upper=program["upper"],
    )
    best = solve_integer_program(whole)
    nothing = np.zeros_like(program["value"])
    late = Relaxation("late", nothing, best.value + 1, -program["value"])
    monkeypatch.setattr("upwards.solvers.integer_program.relax", lambda *_, **__: late)
    found = solve_integer_program(whole)
    assert found.status == "feasible"
    assert 0 < found.value <= best.value
    assert found.gap == pytest.approx((best.value + 1 - found.value) / found.value)
