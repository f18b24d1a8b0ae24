"""How a share is written, in a table, a chart and a sentence alike."""

from __future__ import annotations


def as_share(value: float | None) -> str:
    """Write a share as a percentage; nothing uncertain becomes certain by rounding.

    Parameters
    ----------
    value
        0 to 1; None where there is none.

    Returns
    -------
    str

    Examples
    --------
    >>> as_share(0.631), as_share(0.999), as_share(0.002), as_share(1.0), as_share(None)
    ('63%', 'over 99%', 'under 1%', '100%', '–')
    """
    if value is None:
        return "–"
    if 0.995 <= value < 1:
        return "over 99%"
    if 0 < value < 0.005:
        return "under 1%"
    return f"{value:.0%}"
