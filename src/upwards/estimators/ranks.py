"""Where each unit stands among all, from joint draws: never from the order of noisy estimates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from upwards.core.moments import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Where each unit stands among those of its level; rank 1 is the largest effect.

    Attributes
    ----------
    expected, lower, upper
        Mean rank and its central interval over joint draws, shape (J,).
    p_top
        Share of draws in which the unit is within the top share, shape (J,); None where the level has
        too few units for a top share: fewer than 5 for a fifth.
    """

    expected: Floats
    lower: Floats
    upper: Floats
    p_top: Floats | None


def rank_draws(
    chunks: Iterable[npt.NDArray[np.floating]],
    *,
    top_share: float = 0.2,
    level: float = 0.95,
    varies: bool = True,
) -> Ranks:
    """Rank units in each of many joint draws of their effects, and sum up over the draws.

    Parameters
    ----------
    chunks
        Draws of all J effects, each chunk of shape (draws, J).
    top_share
        Share of units that counts as the top, 0 to 1.
    level
        Of the rank intervals.
    varies
        False where the units do not differ: all share their mean rank and the top share.

    Returns
    -------
    Ranks

    Notes
    -----
    Where the top share is less than one unit, no probability of being in it is given.

    Examples
    --------
    >>> ranks = rank_draws([np.array([[3.0, 1.0, 2.0, 0.0, -1.0]])])
    >>> ranks.expected.tolist(), ranks.p_top.tolist()
    ([1.0, 3.0, 2.0, 4.0, 5.0], [1.0, 0.0, 0.0, 0.0, 0.0])
    """
    parts = [rank_rows(chunk) for chunk in chunks]
    return summarise_ranks(parts, top_share=top_share, level=level, varies=varies)


def rank_rows(draws: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return the rank of each unit in each draw, shape (draws, J); rank 1 is the largest."""
    order = np.argsort(-draws, axis=1)
    ranks = np.empty(draws.shape, dtype=np.float32)
    np.put_along_axis(ranks, order, np.arange(1, draws.shape[1] + 1, dtype=np.float32)[None], axis=1)
    return ranks


def summarise_ranks(
    parts: Sequence[npt.NDArray[np.float32]], *, top_share: float, level: float, varies: bool = True
) -> Ranks:
    """Sum up ranks over draws; arguments and answer as in `rank_draws`, ranks from `rank_rows`."""
    ranks = np.concatenate(parts)
    n_draws, n_units = ranks.shape
    # 1e-9: a fifth of 5 is one unit, whatever the rounding
    has_top = top_share * n_units >= 1.0 - 1e-9
    if not varies:
        middle, last = np.full(n_units, (n_units + 1) / 2), np.full(n_units, float(n_units))
        return Ranks(middle, np.ones(n_units), last, np.full(n_units, top_share) if has_top else None)
    expected = ranks.mean(axis=0, dtype=np.float64)
    top = round(top_share * n_units)
    p_top = (ranks <= top).mean(axis=0, dtype=np.float64) if has_top else None
    tail = (1.0 - level) / 2.0
    ends = [round(tail * (n_draws - 1)), round((1.0 - tail) * (n_draws - 1))]
    placed = np.partition(ranks, ends, axis=0)
    return Ranks(expected, placed[ends[0]].astype(float), placed[ends[1]].astype(float), p_top)
