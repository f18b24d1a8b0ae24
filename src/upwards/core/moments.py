"""Sums of products per cell: all that a model needs to know of the pupil rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from upwards.core.design import DesignColumn

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """A grouping of pupils: a nested level or a crossed factor.

    Attributes
    ----------
    name
        Name of the level, such as ``"school"``.
    paths
        One tuple of labels per unit, outer to inner, as in the file; length J.
    """

    name: str
    paths: Sequence[tuple[str, ...]]

    @property
    def n_units(self) -> int:
        """Return J, the number of units."""
        return len(self.paths)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Weighted sums of products about a centre, per cell (all factors crossed) and in all.

    With design columns x (the first is the intercept) and outcome y, `d = (x, y)` stands for the
    p + 1 columns after each was centred and scaled: ``d = (raw - centre) / scale``. The intercept
    has centre 0 and scale 1.

    Attributes
    ----------
    columns
        Names of the p design columns; the first is ``"(Intercept)"``.
    slopes
        Positions in `columns` that may have a random coefficient (the z of the model), shape (q,);
        the first is 0.
    factors
        The groupings.
    codes
        Unit of each cell in each factor, shape (number of factors, C).
    n_rows
        Rows in each cell, shape (C,).
    n_all_rows
        Rows that each cell would hold if nothing were missing, shape (C,).
    weight
        Sum of weights per cell, shape (C,); equal to `n_rows` without weights.
    weight_squared
        Sum of squared weights per cell, shape (C,).
    products
        Sum of ``w z d`` per cell, shape (q, p + 1, C).
    gram
        Sum of ``w d d'`` over all rows, shape (p + 1, p + 1).
    sum_log_weight
        Sum of log w over all rows.
    centre, scale
        Shape (p + 1,), in raw units.
    left_out
        Rows not used, by reason.
    random
        Factor to the positions in `slopes` of its random coefficients, the intercept (0) first;
        a factor that is absent has a random intercept only.
    design
        What each of the first design columns is made of, for use on rows; empty where not known.
    """

    columns: tuple[str, ...]
    slopes: tuple[int, ...]
    factors: tuple[Factor, ...]
    codes: Ints
    n_rows: Ints
    n_all_rows: Ints
    weight: Floats
    weight_squared: Floats
    products: Floats
    gram: Floats
    sum_log_weight: float
    centre: Floats
    scale: Floats
    left_out: dict[str, int]
    random: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    design: tuple[DesignColumn, ...] = ()

    @property
    def n(self) -> int:
        """Return the number of rows used."""
        return int(self.n_rows.sum())

    @property
    def p(self) -> int:
        """Return the number of design columns, the intercept included."""
        return len(self.columns)

    def factor(self, name: str) -> int:
        """Return the position of a factor by its name."""
        return [factor.name for factor in self.factors].index(name)


def with_combination(moments: Moments, left: str, right: str, name: str) -> Moments:
    """Add the factor whose units are the pairs of units of two factors, such as a school in a year.

    Parameters
    ----------
    moments
        Sums per cell.
    left, right
        Names of the two factors.
    name
        Name of the new factor; its paths are those of `left` with the label of `right` added.

    Returns
    -------
    Moments
        With one more factor; nothing is summed anew.
    """
    a, b = moments.factor(left), moments.factor(right)
    width = moments.factors[b].n_units
    pairs, codes = np.unique(moments.codes[a] * width + moments.codes[b], return_inverse=True)
    outer, inner = moments.factors[a].paths, moments.factors[b].paths
    paths = tuple((*outer[pair // width], inner[pair % width][-1]) for pair in pairs.tolist())
    return replace(
        moments,
        factors=(*moments.factors, Factor(name, paths)),
        codes=np.vstack([moments.codes, codes[None]]),
    )
