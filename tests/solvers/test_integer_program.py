"""Integer programs against every possible choice."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from upwards.core.errors import InternalError
from upwards.solvers.integer_program import IntegerProgram, solve_integer_program


def program(value: Any, matrix: Any, upper: Any, lower: Any = None, most: Any = None) -> IntegerProgram:
    dense = np.asarray(matrix, dtype=float)
    row, column = np.nonzero(dense)
    n = len(value)
    return IntegerProgram(
        value=np.asarray(value, dtype=float),
        most=np.ones(n) if most is None else np.asarray(most, dtype=float),
        whole=np.ones(n, dtype=bool),
        row=row,
        column=column,
        coefficient=dense[row, column],
        lower=np.full(len(dense), -np.inf) if lower is None else np.asarray(lower, dtype=float),
        upper=np.asarray(upper, dtype=float),
    )


def by_hand(value: Any, matrix: Any, upper: Any, lower: Any = None) -> float:
    """Return the best worth over all choices of 0 and 1; minus infinity if none is allowed."""
    best = -np.inf
    for choice in itertools.product((0.0, 1.0), repeat=len(value)):
        sums = np.asarray(matrix) @ choice
        if np.all(sums <= np.asarray(upper) + 1e-9) and (lower is None or np.all(sums >= np.asarray(lower))):
            best = max(best, float(np.dot(value, choice)))
    return best


KNAPSACK = ([10.0, 7.0, 7.0], [[6.0, 5.0, 5.0]], [10.0])


def test_whole_numbers_are_not_rounded_from_fractions() -> None:
    found = solve_integer_program(program(*KNAPSACK))
    assert found.status == "optimal"
    assert found.x.tolist() == [0.0, 1.0, 1.0]
    assert found.value == found.bound == 14.0
    assert found.gap == 0.0


def test_nothing_to_choose_is_an_answer() -> None:
    assert solve_integer_program(program([], np.zeros((1, 0)), [1.0])).status == "optimal"
    assert solve_integer_program(program([], np.zeros((1, 0)), [1.0], [1.0])).status == "infeasible"


def test_what_cannot_be_is_said_to_be_infeasible() -> None:
    assert solve_integer_program(program([1.0, 1.0], [[1.0, 1.0]], [5.0], [3.0])).status == "infeasible"
    # Infeasible only in whole numbers: 2 x + 2 y = 3, and 2 x + 4 y = 3.
    for row in ([2.0, 2.0], [2.0, 4.0]):
        found = solve_integer_program(program([1.0, 1.0], [row], [3.0], [3.0]))
        assert found.status == "infeasible"


@settings(max_examples=60, deadline=None)
@given(data=st.data(), n=st.integers(1, 7), m=st.integers(1, 4), floors=st.booleans())
def test_no_choice_is_worth_more(data: st.DataObject, n: int, m: int, floors: bool) -> None:
    numbers = st.integers(0, 9)
    value = [data.draw(st.integers(-5, 20)) for _ in range(n)]
    matrix = [[data.draw(numbers) for _ in range(n)] for _ in range(m)]
    upper = [data.draw(st.integers(0, 25)) for _ in range(m)]
    lower = [data.draw(st.integers(0, 5)) for _ in range(m)] if floors else None
    found = solve_integer_program(program(value, matrix, upper, lower))
    best = by_hand(value, matrix, upper, lower)
    if best == -np.inf:
        assert found.status == "infeasible"
    else:
        assert found.status == "optimal"
        assert found.value == pytest.approx(best)


def test_a_variable_may_be_counted_or_continuous() -> None:
    counted = solve_integer_program(program([1.0], [[2.0]], [7.0], most=[np.inf]))
    assert counted.x.tolist() == [3.0]
    assert counted.status == "optimal"


def late(*_: Any, **__: Any) -> SimpleNamespace:
    return SimpleNamespace(status=1, x=None, mip_dual_bound=None)


def test_when_the_time_is_up_the_best_known_is_returned_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimize, "milp", late)
    value, weights, room = [10.0, 7.0, 7.0], [[6.0, 5.0, 5.0]], [10.0]
    found = solve_integer_program(program(value, weights, room))
    assert found.status == "feasible"
    assert found.value == 10.0
    # The relaxation takes the first whole and 4/5 of the second.
    assert found.bound == pytest.approx(15.6)
    assert found.gap == pytest.approx(0.56)
    with_floor = solve_integer_program(program(value, weights, room, [5.0]))
    assert with_floor.status == "no answer"


def test_a_late_answer_worse_than_the_greedy_one_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for x, kept in (([0.0, 1.0, 0.0], 10.0), ([0.0, 1.0, 1.0], 14.0)):
        answer = SimpleNamespace(status=1, x=np.array(x), mip_dual_bound=-15.0)
        monkeypatch.setattr(optimize, "milp", lambda *_, answer=answer, **__: answer)
        found = solve_integer_program(program([10.0, 7.0, 7.0], [[6.0, 5.0, 5.0]], [10.0]))
        assert (found.status, found.value, found.bound) == ("feasible", kept, 15.0)


def test_when_even_the_relaxation_is_late_the_greedy_choice_is_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(optimize, "linprog", late)
    found = solve_integer_program(program(*KNAPSACK))
    assert (found.status, found.value, found.bound) == ("feasible", 10.0, 24.0)
    everything = solve_integer_program(program([1.0, 2.0], [[1.0, 1.0]], [5.0]))
    assert everything.status == "optimal"


def test_a_solver_that_breaks_a_limit_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = SimpleNamespace(status=0, x=np.ones(3), mip_dual_bound=-28.0)
    monkeypatch.setattr(optimize, "milp", lambda *_, **__: wrong)
    with pytest.raises(InternalError, match="beyond its limits"):
        solve_integer_program(program(*KNAPSACK))
