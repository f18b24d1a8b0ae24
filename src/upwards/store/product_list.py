"""Which products of which columns a model needs: stated once, as plain data, for any engine to execute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars

from upwards.core.design import DesignColumn

Floats = npt.NDArray[np.float64]
Pair = tuple[int, int]
LevelValue = str | float


@dataclass(frozen=True, slots=True, eq=False)
class ProductList:
    """What one pass over the rows has to add up, and over which rows.

    Column j of ``d = (x, y)`` is design column j less its centre; the last one is the outcome.

    Attributes
    ----------
    design
        The p design columns, intercept first.
    outcome
        Name of the outcome.
    weight
        Name of the weight, if there is one.
    keys
        The columns that make a cell.
    numbers
        Columns that must hold a finite number: outcome, weight, and the numbers of the design.
    labels
        Columns that must hold something other than blank: keys, and the categories of the design.
    text
        Those labels that are text.
    fractional
        Those labels that are floats, where "not a number" means missing.
    level_values
        (category column, level as text) to the value as compared: text, or a 64-bit float.
    centre
        Shape (p + 1,).
    cell
        Pairs (i, j) whose products ``w d_i d_j`` are added up per cell; i = 0 is the intercept.
    overall
        Pairs added up once, over all rows.
    """

    design: tuple[DesignColumn, ...]
    outcome: str
    weight: str | None
    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    labels: tuple[str, ...]
    text: frozenset[str]
    fractional: frozenset[str]
    level_values: dict[tuple[str, str], LevelValue]
    centre: Floats
    cell: tuple[Pair, ...]
    overall: tuple[Pair, ...]

    @property
    def n_columns(self) -> int:
        """Return p + 1."""
        return len(self.design) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What a pass found.

    Attributes
    ----------
    cells
        One row per cell: the key columns as stored, ``n``, ``weight`` and ``weight_squared`` where there
        are weights, and one column per pair of `ProductList.cell`, named by `pair_name`.
    overall
        Sum of products for each pair of `ProductList.overall`.
    sum_log_weight
        Sum of log w.
    n_read
        Rows read, used or not.
    """

    cells: polars.DataFrame
    overall: dict[Pair, float]
    sum_log_weight: float
    n_read: int


def list_pairs(n_columns: int, slopes: Sequence[int]) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """State which products are added up per cell, and which only once for all rows.

    Parameters
    ----------
    n_columns
        p + 1: design columns and the outcome.
    slopes
        Positions of the columns that may have a random coefficient; the first is 0.

    Returns
    -------
    tuple
        Pairs per cell (each slope column with every column, once), and the remaining pairs, which
        complete the matrix of all products.

    Examples
    --------
    >>> list_pairs(3, [0])
    (((0, 1), (0, 2)), ((1, 1), (1, 2), (2, 2)))
    """
    random = set(slopes)
    pairs = [(i, j) for i in range(n_columns) for j in range(i, n_columns) if j > 0]
    cell = tuple(pair for pair in pairs if random & set(pair))
    return cell, tuple(pair for pair in pairs if not random & set(pair))


def pair_name(pair: Pair) -> str:
    """Return the column name of a sum of products.

    Parameters
    ----------
    pair
        Positions of the two columns.

    Returns
    -------
    str

    Examples
    --------
    >>> pair_name((0, 2))
    'product 0 2'
    """
    return f"product {pair[0]} {pair[1]}"
