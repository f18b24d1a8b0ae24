"""What convergence is asked by: the whole system, or its parts."""

from __future__ import annotations

from typing import Literal, get_args

from upwards.core.errors import UserError, near_misses

By = Literal["system", "region", "authority", "trust", "school", "gap"]
BYS: tuple[By, ...] = get_args(By)
PLURAL = {"region": "regions", "authority": "authorities", "trust": "trusts"}


class UnknownGrouping(UserError, LookupError):
    """A grouping was named that does not exist."""


def find_grouping(name: str) -> By:
    """Return the grouping of that name.

    Raises
    ------
    UnknownGrouping
        If there is none; near misses are named.

    Examples
    --------
    >>> find_grouping("region")
    'region'
    """
    for known in BYS:
        if known == name:
            return known
    raise UnknownGrouping(
        f"There is no grouping {name!r}{near_misses(name, BYS) or '.'} There are: {', '.join(BYS)}."
    )
