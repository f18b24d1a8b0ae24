"""Integer programs: the best choice under limits, proven best or with its distance from the best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from upwards.core.errors import InternalError
from upwards.solvers.relaxation import Relaxation, relax

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
SolverStatus = Literal["optimal", "feasible", "infeasible", "no answer"]

TOLERANCE = 1e-6
GREEDY_TRIES = 50_000
"""Variables that the greedy choice looks at, best first."""


@dataclass(frozen=True, slots=True, eq=False)
class IntegerProgram:
    """Maximise ``value @ x`` with ``lower <= A x <= upper`` and ``0 <= x <= most``.

    Attributes
    ----------
    value
        Worth of one of each variable, shape (n,).
    most
        Upper bound of each variable, shape (n,); may be infinite.
    whole
        Which variables must be whole numbers, shape (n,).
    row, column, coefficient
        The non-zero entries of A, each of the same length.
    lower, upper
        Bounds of each row, shape (m,); may be infinite.
    """

    value: Floats
    most: Floats
    whole: Flags
    row: Ints
    column: Ints
    coefficient: Floats
    lower: Floats
    upper: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Return m and n, the numbers of rows and of variables."""
        return self.lower.size, self.value.size


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What was found.

    Attributes
    ----------
    status
        ``"optimal"``: proven best. ``"feasible"``: allowed, best known, see `gap`. ``"infeasible"``: proven
        that nothing is allowed. ``"no answer"``: the time was up before anything was found.
    x
        The choice, shape (n,); zeros unless optimal or feasible.
    value, bound
        Its worth, and the most that any choice could be worth.
    """

    status: SolverStatus
    x: Floats
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Return how far the best could at most be above this, as a share of its worth."""
        missing = max(self.bound - self.value, 0.0)
        return missing / max(abs(self.value), 1e-12) if missing > TOLERANCE else 0.0


def solve_integer_program(program: IntegerProgram, *, time_limit: float = 60.0) -> Solution:
    """Solve an integer program.

    Parameters
    ----------
    program
        The program.
    time_limit
        Seconds for each of the two searches, the relaxed and the whole one.

    Returns
    -------
    Solution
        Proven optimal, or with the bound that is known.

    Notes
    -----
    A row that counts whole things of one size is first tightened to a sum it can reach: 12,000 hours hold
    666 partnerships of 18 hours and no more. Then the relaxation (whole numbers not asked) is solved by
    HiGHS; if its answer is whole, it is optimal, which is the rule for matching people under capacities.
    Otherwise a greedy choice led by the relaxation gives a floor, and every variable whose reduced cost
    exceeds the distance between the relaxation and that floor is left out, for no better choice contains
    it: what is left is small, and is solved by branch and bound. The same program, in the same order, has
    the same answer, unless the time is up.

    Examples
    --------
    >>> import numpy as np
    >>> one_of_two = IntegerProgram(
    ...     value=np.array([2.0, 3.0]), most=np.ones(2), whole=np.ones(2, dtype=bool),
    ...     row=np.zeros(2, dtype=int), column=np.arange(2), coefficient=np.ones(2),
    ...     lower=np.array([-np.inf]), upper=np.ones(1))
    >>> solve_integer_program(one_of_two).x
    array([0., 1.])
    """
    m, n = program.shape
    if n == 0:
        possible = bool(np.all(program.lower <= 0) and np.all(program.upper >= 0))
        return Solution("optimal" if possible else "infeasible", np.zeros(0), 0.0, 0.0)
    matrix = sparse.csr_array((program.coefficient, (program.row, program.column)), shape=(m, n))
    program = _tighten(program)
    relaxed = relax(program.value, matrix, program.lower, program.upper, program.most, time_limit=time_limit)
    if relaxed.status == "infeasible":
        return Solution("infeasible", np.zeros(n), 0.0, 0.0)
    if relaxed.status != "optimal":
        floor = _greedy(program, matrix, relaxed)
        everything = float(np.maximum(program.value, 0) @ program.most)
        return _best_known(program, matrix, floor, min(relaxed.bound, everything))
    guess = np.where(program.whole, np.round(relaxed.x), relaxed.x)
    if np.all(np.abs(guess - relaxed.x) <= TOLERANCE) and _allowed(program, matrix, guess):
        return _checked("optimal", program, matrix, guess, float(program.value @ guess))
    return _branch(program, matrix, relaxed, _greedy(program, matrix, relaxed), time_limit)


def _tighten(program: IntegerProgram) -> IntegerProgram:
    """Lower the bounds of rows that count whole things of one size to sums they can reach."""
    m, _ = program.shape
    least, largest = np.full(m, np.inf), np.full(m, -np.inf)
    np.minimum.at(least, program.row, program.coefficient)
    np.maximum.at(largest, program.row, program.coefficient)
    whole = np.ones(m, dtype=bool)
    whole[program.row[~program.whole[program.column]]] = False
    rows = np.flatnonzero(whole & (least == largest) & (least > 0) & np.isfinite(program.upper))
    upper = program.upper.copy()
    upper[rows] = least[rows] * np.floor(upper[rows] / least[rows] + TOLERANCE)
    return replace(program, upper=upper)


def _greedy(program: IntegerProgram, matrix: sparse.csr_array, relaxed: Relaxation) -> Floats | None:
    """Take what the relaxation leans to, then what costs least against it; None if it may not fit."""
    packing = not np.any(np.isfinite(program.lower)) and bool(np.all(program.coefficient >= 0))
    if not (packing and np.all(program.whole) and np.all(program.upper >= 0)):
        return None
    columns = matrix.tocsc()
    room = program.upper.copy()
    x = np.zeros(program.value.size)
    order = np.lexsort((-program.value, relaxed.reduced_cost, -np.round(relaxed.x, 6)))
    for j in order[program.value[order] > 0][:GREEDY_TRIES]:
        entries = slice(columns.indptr[j], columns.indptr[j + 1])
        rows, needs = columns.indices[entries], columns.data[entries]
        if program.most[j] >= 1 and np.all(needs <= room[rows] + 1e-9):
            room[rows] -= needs
            x[j] = 1.0
    return x


def _branch(
    program: IntegerProgram,
    matrix: sparse.csr_array,
    relaxed: Relaxation,
    floor: Floats | None,
    time_limit: float,
) -> Solution:
    """Settle what the relaxation left open, without what is already certain to be left out."""
    bound = relaxed.bound
    some = np.arange(program.value.size)
    if floor is not None:
        distance = bound - float(program.value @ floor) + TOLERANCE * (1.0 + abs(bound))
        some = np.flatnonzero((relaxed.reduced_cost <= distance) | (floor > 0))
    milp: Any = optimize.milp
    found = milp(
        -program.value[some],
        integrality=program.whole[some].astype(int),
        bounds=optimize.Bounds(np.zeros(some.size), program.most[some]),
        constraints=optimize.LinearConstraint(matrix[:, some], program.lower, program.upper),
        options={"time_limit": time_limit, "mip_rel_gap": 0.0},
    )
    if found.status == 2:
        return Solution("infeasible", np.zeros_like(program.value), 0.0, 0.0)
    if found.mip_dual_bound is not None:
        # Nothing better than the floor was left out, so the smaller bound holds, but never below the floor.
        proven = -float(found.mip_dual_bound)
        bound = min(bound, proven if floor is None else max(proven, float(program.value @ floor)))
    if found.x is None:
        return _best_known(program, matrix, floor, bound)
    x = np.zeros_like(program.value)
    x[some] = np.where(program.whole[some], np.round(found.x), found.x)
    if found.status == 0:
        return _checked("optimal", program, matrix, x, float(program.value @ x))
    if floor is not None and program.value @ floor > program.value @ x:
        return _best_known(program, matrix, floor, bound)
    return _checked("feasible", program, matrix, x, bound)


def _best_known(
    program: IntegerProgram, matrix: sparse.csr_array, floor: Floats | None, bound: float
) -> Solution:
    """Fall back on the greedy choice when the time is up."""
    if floor is None:
        return Solution("no answer", np.zeros_like(program.value), 0.0, bound)
    solution = _checked("feasible", program, matrix, floor, max(bound, float(program.value @ floor)))
    return Solution("optimal", floor, solution.value, solution.value) if solution.gap == 0 else solution


def _checked(
    status: SolverStatus, program: IntegerProgram, matrix: sparse.csr_array, x: Floats, bound: float
) -> Solution:
    """Trust no solver: a choice beyond a limit is a bug."""
    if not _allowed(program, matrix, x):
        raise InternalError("The solver returned a choice beyond its limits; please report this as a bug.")
    return Solution(status, x, float(program.value @ x), bound)


def _allowed(program: IntegerProgram, matrix: sparse.csr_array, x: Floats) -> bool:
    """Say whether a choice keeps every limit, within rounding."""
    sums = matrix @ x
    slack = TOLERANCE * (1.0 + np.abs(sums))
    within = np.all(sums <= program.upper + slack) and np.all(sums >= program.lower - slack)
    return bool(within and np.all(x >= -TOLERANCE) and np.all(x <= program.most + TOLERANCE))
